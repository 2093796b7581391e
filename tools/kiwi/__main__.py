"""`python -m tools.kiwi`: have Kiwi TCMS ready to be started."""

import sys

from tools.environments import SetupError
from tools.kiwi.install import ensure

if __name__ == "__main__":
    try:
        print(f"ready: {ensure().title}")
    except SetupError as error:
        print(error, file=sys.stderr)
        sys.exit(1)
