"""The promise of the reader: what is clean, TensorFlow decodes; what is dropped, it refuses.

The confusion table is printed; see it with ``pytest -s``.
"""

from collections import Counter
from pathlib import Path

import pytest
from images import damage

from catsclean.core import names
from catsclean.core.limits import Limits
from catsclean.scan.discover import discover
from catsclean.scan.worker import Task, scan_chunk
from catsclean.testing.practice import make_practice

pytestmark = [pytest.mark.tensorflow, pytest.mark.slow]
pytest.importorskip("tensorflow", minversion="2.20")  # the first that reads WebP

# what `clean` may set aside because it is no picture that anybody could train on
DROPPED = {"empty", "not-image", "undecodable", "truncated", "active", "lfs-pointer"}


def probe(data: bytes) -> str:
    import tensorflow as tf

    try:
        decoded = tf.io.decode_image(data, channels=3, expand_animations=False)
    except (tf.errors.OpError, ValueError) as error:
        return type(error).__name__
    return "" if decoded.ndim == 3 and decoded.shape[2] == 3 else f"shape {decoded.shape}"


def read(root: Path, limits: Limits) -> list[tuple[str, str, str]]:
    """Give path, verdict and detail of every file that was opened."""
    listing = discover(root)
    paths = tuple(p for row, p in enumerate(listing.paths) if row not in listing.presets)
    columns = scan_chunk(Task(str(root), paths, limits, ()))
    found = []
    for path, outcome, detail, refusal in zip(
        paths,
        columns["outcome"],
        columns["outcome_detail"],
        columns["tensorflow_refuses"],
        strict=True,
    ):
        verdict = "clean" if outcome == "decoded" and not refusal else outcome
        if outcome == "decoded" and refusal:
            verdict = "unsupported by TensorFlow"
        found.append((path, verdict, detail or refusal))
    return found


def check(root: Path, title: str, limits: Limits | None = None) -> Counter[tuple[str, str]]:
    """Compare every file below `root` with TensorFlow; print and give the confusion table."""
    limits = limits or Limits(timeout_s=600.0)
    table: Counter[tuple[str, str]] = Counter()
    broken = []
    for path, verdict, detail in read(root, limits):
        if verdict == "over-limit":
            table[verdict, "not asked"] += 1
            continue
        if verdict in {"unreadable", "junk"}:
            continue
        refusal = probe((root / names.decode(path)).read_bytes())
        table[verdict, "refuses" if refusal else "decodes"] += 1
        if (verdict == "clean" and refusal) or (verdict in DROPPED and not refusal):
            broken.append(f"{path}: {verdict} {detail!r}, TensorFlow: {refusal or 'decodes'}")
    print(f"\n{title}")  # noqa: T201 - the table is to be seen
    for (verdict, answer), count in sorted(table.items()):
        print(f"  {verdict:28}{answer:12}{count:6}")  # noqa: T201
    assert not broken, "\n".join(broken)
    return table


def test_over_300_damaged_variants(tmp_path):
    count = 0
    for number, (name, data) in enumerate(damage.variants()):
        safe = "".join(c if c.isalnum() else "-" for c in name)[:80]
        (tmp_path / f"{number:03}-{safe}.jpg").write_bytes(data)
        count += 1
    assert count >= 300
    table = check(tmp_path, f"{count} variants of drawn pictures", Limits(timeout_s=600.0))
    assert table["clean", "decodes"] > 50
    assert table["truncated", "refuses"] > 30
    assert table["undecodable", "refuses"] > 30


def test_variants_of_real_pictures(shared_data, tmp_path):
    originals = {
        f"{label} {number}": (shared_data / f"PetImages/{label}/{number}.jpg").read_bytes()
        for label in ("Cat", "Dog")
        for number in (1, 77, 500)
    }
    for number, (_, data) in enumerate(damage.variants(originals)):
        (tmp_path / f"{number}.jpg").write_bytes(data)
    check(tmp_path, "variants of real and drawn pictures")


def test_every_file_of_the_kaggle_slice(shared_data):
    table = check(shared_data / "PetImages", "PetImages")
    assert table == {("clean", "decodes"): 1999, ("empty", "refuses"): 1}


def test_every_file_of_the_practice_folder(tmp_path):
    practice = make_practice(tmp_path / "PetImages", count=60)
    check(practice.root, "practice folder")
