"""The page of a review, used in headless Chromium as a person does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.results import Asked, Row
from benchmarks.workshop import count_files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.workshop import Workshop

TITLE = "Review"
METHOD = """\
`benchmarks/review_page.py` starts `catsclean review`, opens its address in headless Chromium,
answers up to 100 questions at three keys a second, jumps to 13 places of Browse, and scrolls past
some screens. A key counts from its press until the pictures of the next question are decoded and
painted; a jump until the first new picture, and until all in view, are painted. Two data sets: the
JPEGs of the data set, and small generated JPEGs. Chromium, its drawing included, runs on the same
processors."""
PEERS = ()
_FEW, _MANY = 2_500, 100_000
# unit, bound, and what it is of what `review_page.measure` returns
_FIGURES = (
    ("until the address is printed", "s", 2.0, "address_wall_s"),
    ("from opening to the first picture", "s", 0.8, "first_picture_wall_s"),
    ("key to painted, median", "ms", None, "key_ms_p50"),
    ("key to painted, 95 of 100", "ms", 50.0, "key_ms_p95"),
    ("a jump: first picture, median", "ms", 250.0, "jump_first_ms_p50"),
    ("a jump: all in view, median", "ms", 500.0, "jump_all_ms_p50"),
    ("to open the questions", "kB", 300.0, "open_kb"),
    ("to open Browse", "kB", 300.0, "browse_kb"),
    ("a picture scrolled past", "kB", 5.0, "scrolled_kb_a_picture"),
    ("memory of the server (RSS)", "MB", 220.0, "server_rss_mb"),
)


def measure(workshop: Workshop) -> Iterator[Row]:
    from benchmarks import review_page  # needs Playwright

    many = workshop.audited(_FEW if workshop.quick else _MANY)
    for root, state in (_own(workshop), (many.root, many.state)):
        name = f"{count_files(root):,} pictures"
        found = review_page.measure(root, state, decide=100, jumps=12)
        for what, unit, most, key in _FIGURES:
            if key in found:
                asked = None if most is None or workshop.quick else Asked(most)
                yield Row(f"{name}: {what}", unit, (found[key],), asked=asked)
        longest = max(found["long_ms"], default=0.0)
        yield Row(
            f"{name}: the longest task in Browse", "ms", (longest,),
            asked=None if workshop.quick else Asked(100.0),
        )  # fmt: skip
        readers = max(found["others_rss_mb"][2:], default=0.0)
        yield Row(f"{name}: memory of a reader at rest (RSS)", "MB", (readers,), asked=Asked(60.0))


def _own(workshop: Workshop) -> tuple[Path, Path]:
    """Audit the pictures; return them and the state folder, which gets the decisions."""
    root, state = workshop.jpegs(), workshop.scratch / "reviewed.state"
    arguments = ("--state-dir", str(state), "--exit-zero", "--no-progress", "--quiet")
    workshop.catsclean("audit", str(root), *arguments)
    return root, state
