"""A real Kiwi TCMS server for tests and benchmarks: `python -m tools.kiwi` installs it."""
