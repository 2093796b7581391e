"""pytest as a library: its tests in the runs of greenroom's own runner, and what all front doors know of its tests.

`manage.py test` and `greenroom test` give the files that need pytest to it. It collects them and runs each test; the suite, its
order, workers, databases and reports stay greenroom's. As long as no file needs it, pytest is not imported.
"""
