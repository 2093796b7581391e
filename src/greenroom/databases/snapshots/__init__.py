"""Snapshots: databases that were made once and are kept by what they were made from."""
