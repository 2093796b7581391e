"""A real Kiwi TCMS server for tests and benchmarks: `python -m tools.kiwi` installs it.

To test against another version than the one it installs, name a Python that has it in `GREENROOM_KIWI_PYTHON`: see `install`.
"""
