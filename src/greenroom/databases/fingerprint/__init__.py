"""What a test database was made from.

`inputs_of()` sums up everything that the contents of a fresh test database depend on, without importing a migration. A
database that was kept under equal inputs may stand in for a fresh one. In doubt a thing is an input: a rebuild costs
seconds, a stale database a wrong result.
"""

from greenroom.databases.fingerprint.gather import inputs_of
from greenroom.databases.fingerprint.inputs import FORMAT, Inputs

__all__ = ["FORMAT", "Inputs", "inputs_of"]
