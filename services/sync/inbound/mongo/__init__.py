"""What is kept here of the main system, and the main system's own database."""

from services.sync.inbound.mongo.here import COLLECTIONS

__all__ = ["COLLECTIONS"]
