"""The program ``catsclean``, also as ``python -m catsclean``."""

from __future__ import annotations

import sys

_INTERRUPTED = 130


def main() -> None:
    """Run the command line; ends the process, quietly where it is interrupted while it loads."""
    try:
        # inside: loading it takes long enough to be interrupted
        from catsclean import cli

        cli.main()
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)


if __name__ == "__main__":
    main()
