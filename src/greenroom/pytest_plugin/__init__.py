"""greenroom under the `pytest` command: a plugin of pytest, beside pytest-django.

pytest collects, runs and reports as ever, and pytest-django's fixtures keep their meaning. What they stand on is greenroom's:
databases come from snapshots, resets take the place of flushes, system checks run, durations are remembered.

Where Django has no settings, nothing of it is loaded: see `plugin`.
"""
