"""The pieces of a worker's work are found where the benchmark looks for them."""

import json
import subprocess
import sys
from pathlib import Path

from pictures import make_dataset

from benchmarks.worker_pieces import ALL, PIECES, REST

HERE = Path(__file__).parents[2]


def test_every_piece_takes_its_part_of_the_whole(tmp_path):
    root = make_dataset(tmp_path / "set")
    command = [sys.executable, "-m", "benchmarks.worker_pieces", str(root)]
    done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=True)
    spent = json.loads(done.stdout)
    assert all(spent[piece] > 0 for piece in PIECES)
    assert abs(sum(spent[piece] for piece in (*PIECES, REST)) - spent[ALL]) < 1e-6 * spent[ALL]
