"""Figures for Prometheus, and answers for who asks whether the registry is well."""
