"""Machine clients: platforms that read what this service publishes, each with its own secret, scopes and quotas."""
