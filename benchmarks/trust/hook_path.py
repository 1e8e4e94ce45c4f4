"""Let the Python processes that tests start load ``hooks/sitecustomize.py``."""

from __future__ import annotations

import os
from pathlib import Path

from benchmarks.trust.mutants import REPOSITORY

_HOOKS = str(Path(__file__).parent / "hooks")


def put_on_path() -> None:
    """Put the hooks, and the repository that they import from, on the path of later processes."""
    paths = [_HOOKS, str(REPOSITORY), *filter(None, os.environ.get("PYTHONPATH", "").split(":"))]
    os.environ["PYTHONPATH"] = ":".join(dict.fromkeys(paths))
