"""How fast greenroom is, told as ratios: `python -m benchmarks [NAME...]`.

Absolute times say more about a machine and its other work than about a test runner. So every contender runs in the
same session, the contenders take turns (A B C A B C ...), and what is reported is the median of several rounds with
its minimum and spread, and the ratio to another contender of the same round. Nothing here asserts a time.

The package needs the standard library only. It drives the contenders as a user would, through their commands, in a
virtual environment of its own under `.cache/benchmarks/`.
"""
