"""The fast path: test cases that nothing of pytest's touches run without pytest's machinery around each test.

What is collected are real items, only lighter ones (`items`). The first test of a class runs as ever, so fixtures of the
class, its module and the session are set up by pytest. For the tests that follow, each hook of pytest's own around a test
is known, and what it would do is done directly (`lane`); whatever is not plain, as a failure, goes through the hooks again.
Where anything else has to do with a class or a test, it runs as ever (`decision`): exactness goes before speed.
"""
