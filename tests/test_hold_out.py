"""A set that comes with its hold-out: no step may take a picture out of it for a copy in training.

Its copies in training come first by name, or have more pixels: by these the hold-out would lose.
"""

import re
import shutil

import pictures
import pytest

from catsclean.auditing.audit import audit
from catsclean.cleaning import plan_cleaning
from catsclean.duplicates.canonical import rank
from catsclean.reports.questions.copy_groups import group_copies
from catsclean.reports.questions.picture_facts import facts_of
from catsclean.splitting import split

SAME_BYTES, SAME_PIXELS, SMALLER = (f"validation/Cat/{n}.png" for n in ("0", "1", "2"))
LEAKS = {"train/Cat/bytes.png", "train/Cat/pixels.png", "train/Cat/larger.png"}


@pytest.fixture(scope="module")
def held(tmp_path_factory):
    """The audit of eight pictures to train on, four to validate on, and three that leak."""
    root = tmp_path_factory.mktemp("held") / "Pets"
    seeds = iter(range(300, 400))
    for folder, number in (("train", 4), ("validation", 2)):
        for label in ("Cat", "Dog"):
            (root / folder / label).mkdir(parents=True)
            for name in range(number):
                data = pictures.encode(pictures.draw(next(seeds)), "PNG")
                (root / folder / label / f"{name}.png").write_bytes(data)
    small = pictures.draw(500).resize((120, 90))
    (root / SMALLER).write_bytes(pictures.encode(small, "PNG"))
    (root / "train/Cat/larger.png").write_bytes(pictures.encode(pictures.draw(500), "PNG"))
    shutil.copy(root / SAME_BYTES, root / "train/Cat/bytes.png")
    data = pictures.encode(pictures.draw(501), "PNG")
    (root / SAME_PIXELS).write_bytes(data)
    longer = pictures.encode(pictures.draw(501), "PNG", compress_level=0)
    (root / "train/Cat/pixels.png").write_bytes(longer)
    return audit(root, workers=1)


def test_the_copies_in_training_are_what_is_found(held):
    about = {"exact-duplicate", "same-pixels", "near-duplicate"}
    found = {f.path: f.message for f in held.findings if f.validator in about}
    assert found.keys() == LEAKS
    said = ("(in a held-out split)", "it is in a held-out split")
    assert all(any(words in message for words in said) for message in found.values())


def test_a_clean_moves_nothing_that_is_held_out(held):
    plan = plan_cleaning(held, unsafe=True)
    moved = {move.path: move.keeper for moves in plan.moves.values() for move in moves}
    assert moved == {
        "train/Cat/bytes.png": SAME_BYTES,
        "train/Cat/pixels.png": SAME_PIXELS,
        "train/Cat/larger.png": SMALLER,
    }
    assert "held-out split" in plan.keep_rule


def test_the_last_copy_that_is_spared_is_the_one_that_is_held_out(held, tmp_path):
    import json

    table = held.manifest.table.set_index("path")
    document = {"schema_version": 1, "kind": "catsclean-decisions", "root": "Pets"}
    document["decisions"] = [
        {"path": path, "action": "quarantine", "sha256": table["sha256"][path]}
        for path in (SMALLER, "train/Cat/larger.png")
    ]
    decisions = tmp_path / "decisions.json"
    decisions.write_text(json.dumps(document))
    plan = plan_cleaning(held, decisions)
    assert SMALLER in {kept.path for kept in plan.kept_back}


def test_the_report_proposes_to_keep_what_is_held_out(held):
    paths = {p for f in held.findings for p in (f.path, *f.related) if p}
    groups = group_copies(held.findings, facts_of(held, paths, {}))
    best = {group.members[0].facts.sample.path for group in groups}
    assert best == {SAME_BYTES, SAME_PIXELS, SMALLER}


def test_a_split_that_keeps_the_hold_out_has_all_of_it(held):
    result = split(held.manifest, {}, keep_split=True).manifest.table
    kept = set(result.loc[result["split"] == "val", "path"])
    assert kept == {p for p in result["path"] if re.match("validation/", p)}
    assert not LEAKS & set(result.loc[result["split"] == "train", "path"])


@pytest.fixture
def dealt(tmp_path):
    """A set whose pictures were dealt by a split, and to which a copy of one held out came later."""
    root = pictures.make_dataset(tmp_path / "Pets", {"Cat": 8, "Dog": 8})
    first = audit(root, workers=1)
    dealt = split(first.manifest, {"train": 0.75, "val": 0.25}).manifest
    dealt.save(first.state.path / "split.parquet")
    table = dealt.table
    held = table.loc[table["split"] == "val", "path"].iloc[-1]
    shutil.copy(root / held, root / "Dog/+.jpg")
    return root, held


def test_a_later_copy_takes_nothing_out_of_what_a_split_held_out(dealt):
    root, held = dealt
    for cache in (True, False):
        result = audit(root, workers=1, cache=cache)
        (found,) = (f for f in result.findings if f.validator == "exact-duplicate")
        assert (found.path, found.related) == ("Dog/+.jpg", (held,))
        assert "the original (in a held-out split)" in found.message
        facts = facts_of(result, {"Dog/+.jpg", held}, {})
        assert min((fact.sample for fact in facts.values()), key=rank).path == held
    moves = plan_cleaning(root).moves["exact-duplicate"]
    assert [(move.path, move.keeper) for move in moves] == [("Dog/+.jpg", held)]


def test_a_split_that_cannot_be_read_holds_nothing_out(dealt):
    root, held = dealt
    root.with_name("Pets.catsclean").joinpath("split.parquet").write_bytes(b"damaged")
    (found,) = (f for f in audit(root, workers=1).findings if f.validator == "exact-duplicate")
    assert found.message.endswith(f"{held}, the original (known before)")


def test_another_file_in_the_place_of_one_that_was_held_out_is_not(dealt):
    root, held = dealt
    data = pictures.jpeg(900)
    (root / held).write_bytes(data)
    (root / "Dog/+.jpg").write_bytes(data)
    (found,) = (f for f in audit(root, workers=1).findings if f.validator == "exact-duplicate")
    assert "first name" in found.message
