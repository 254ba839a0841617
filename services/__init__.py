"""The domain: what Chengma decides and remembers, free of web server and wire format."""
