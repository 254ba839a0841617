"""The wire: what each body, parameter and reply looks like; the same schemas validate and document."""
