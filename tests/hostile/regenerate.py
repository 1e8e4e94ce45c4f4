"""Writes ``verdicts.csv`` again: ``PYTHONPATH=. python tests/hostile/regenerate.py``.

Read the difference before you commit it: every changed line is another answer to the same file.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from hostile import corpus, places


def main() -> None:
    """Make the corpus in a temporary folder, audit it, and keep the verdicts."""
    with tempfile.TemporaryDirectory() as scratch:
        root, output = Path(scratch, "corpus"), Path(scratch, "verdicts.json")
        corpus.make(root)
        program = str(Path(__file__).with_name("judging.py"))
        state = str(Path(scratch, "state"))
        command = [sys.executable, program, str(root), state, str(output), str(corpus.TIMEOUT_S)]
        try:
            subprocess.run([*places.command_without_powers(), *command], check=True)
        finally:
            places.make_deletable(root)
        corpus.save_golden(json.loads(output.read_text(encoding="utf-8")))


if __name__ == "__main__":
    main()
