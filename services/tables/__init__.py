"""Tables: reading and writing spreadsheets, whatever they are about."""
