"""Webhooks: other platforms are told of events, by signed requests that are repeated until they are taken."""
