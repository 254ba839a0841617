"""The process that tells the main system, and what it is put together of."""
