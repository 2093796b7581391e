"""What a process that runs tests knows of itself: where it is, what the running test left, and what has to be closed.

Everything here is of one process and starts anew in a forked or spawned worker.
"""
