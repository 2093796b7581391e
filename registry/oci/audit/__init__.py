"""The audit log: who did what to which content, and when."""
