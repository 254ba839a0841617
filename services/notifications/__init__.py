"""Notifications: people are told of what became of their visits, once, by messages that they accepted before."""
