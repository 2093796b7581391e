"""Sharing the connections of a test with the threads of a live server.

`Trunk` is the connection of the test, `Branch` what a request sees of it, `SharedLock` what keeps them apart.
"""
