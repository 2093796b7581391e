"""What attributes of test classes and test methods ask for, a module for each feature.

A feature has `NAMES`, the attributes that it looks at, and one or both of

- `set_up_class(cls)`, called before the class's own `setUpClass()`; what it does is undone by `cls.addClassCleanup()`;
- `set_up(test)`, called before the test's own `setUp()`, of async tests too; undone by `test.addCleanup()`.

It may have `applies(cls)`, which says of a class that carries such an attribute whether there is anything to do. It imports
nothing heavy at module level. `table.FEATURES` lists them all, in the order in which they are called.
"""
