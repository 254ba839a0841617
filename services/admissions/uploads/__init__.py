"""What gates did without network: their logs are taken in afterwards, and what does not fit is told to people."""
