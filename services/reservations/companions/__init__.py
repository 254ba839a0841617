"""Companions: people whom a citizen books for, kept so that nobody types a document's number twice."""
