"""An OCI Distribution v1.1 registry, as a reusable Django app."""
