"""`python -m siting` is the command `siting`."""

import sys

if __name__ == "__main__":
    try:
        from siting.cli import main

        main()
    except KeyboardInterrupt:
        sys.exit(130)
