"""What a registry may not become: quotas, immutable tags, retention by rule, read-only mode."""
