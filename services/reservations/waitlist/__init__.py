"""Waiting for places of a slot that is full: joining, offers, taking and passing on."""
