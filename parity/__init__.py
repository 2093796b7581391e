"""Shows that greenroom's results are stock Django's.

    python -m parity fixed           a fixed part of Django's own suite, in every mode
    python -m parity all             the whole of it, and the suites of packages that others wrote
    python -m parity package NAME    one of them (`python -m parity list` names them)
    python -m parity demo            the fixed part under greenroom alone, as a user sees it

Each suite is run by Django's own runner and by greenroom, and what they say of each test is compared: the same ids,
the same outcomes. `--database postgresql` compares Django's own suite on another database. The two recordings come by different roads (`recorder.py` knows nothing of greenroom; greenroom's is
its own event stream), so that a fault of greenroom's can't hide on both sides.
"""
