"""Test cases that say what they need."""
