"""Writing a split as folders, beside cp and a bare loop of links."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from benchmarks import measuring
from benchmarks.results import Row, compare
from benchmarks.workshop import OURS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.workshop import Workshop

TITLE = "Split"
METHOD = """\
`catsclean.split` of a manifest and its folders written, start-up and reading the manifest included;
CPU time of all processes, by `benchmarks/splitting.py`. The floors write the same files: `cp -al`
(hard links), `cp -a`, and `os.link` in a loop with the folders synced."""
PEERS = ()
_FLOORS = {
    "split --link hardlink": "bare link loop + fsync",
    "split --link symlink": "bare link loop + fsync",
    "split --link copy": "cp -a",
}
_CALL = """
import json, sys
from benchmarks import splitting
print(json.dumps(splitting.measure_all(*map(int, sys.argv[1:]))))
"""


def measure(workshop: Workshop) -> Iterator[Row]:
    count, size = (2_000 if workshop.quick else 5_000), 23_000
    command = [sys.executable, "-c", _CALL, str(count), str(size), "3"]
    env = {**OURS, "TMPDIR": str(workshop.scratch)}
    taken = json.loads(measuring.run(command, env=env).output)
    seconds = {name: [cpu_s for cpu_s, _ in runs] for name, runs in taken.items()}
    label = f"{count:,} files of {size / 1000:.0f} kB"
    for name, values in seconds.items():
        floor = _FLOORS.get(name)
        if floor is None:
            yield Row(f"{label}: {name}", "s CPU", tuple(values), plot=label)
        else:
            yield compare(
                f"{label}: {name}", "s CPU", values, floor, seconds[floor], plot=label, ours=True,
            )  # fmt: skip
