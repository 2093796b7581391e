"""The databases that workers run on."""
