"""`pytest --workers N`: the tests that pytest collected, run in processes that are forked from it.

The parent collects, once. Workers inherit the tests, run them by pytest's own protocol, and say what hooks were told; the parent
tells its plugins the same. So reporters, caches and plugins of the parent see what they see without workers.
"""
