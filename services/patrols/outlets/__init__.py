"""Outlets: licences, contacts, and what becomes of them."""
