"""EPCIS 2.0: documents and events as the standard writes them; nothing is stored here."""
