"""Groups follow what the selected validators report."""

import pictures
import pytest

from catsclean.auditing.audit import audit


def board(seed, missing=None, size=(200, 160)):
    """Draw what a fixed camera sees: one board, of which a part may be missing."""
    import numpy as np
    from PIL import Image, ImageDraw

    picture = pictures.scene(77, size)
    if missing is not None:
        draw = ImageDraw.Draw(picture)
        draw.rectangle([20 + 20 * missing, 60, 34 + 20 * missing, 74], fill=(20, 90, 40))
    noise = np.random.default_rng(seed).normal(0, 3, (size[1], size[0], 1))
    levels = np.asarray(picture, np.float64) + noise
    return Image.fromarray(levels.clip(0, 255).astype(np.uint8))


@pytest.fixture
def boards(tmp_path):
    root = tmp_path / "boards"
    for number in range(6):
        label = "good" if number < 4 else "missing"
        (root / label).mkdir(parents=True, exist_ok=True)
        picture = board(number, None if number < 4 else number)
        (root / label / f"{number}.jpg").write_bytes(pictures.encode(picture, quality=92))
    copy = root / "good/copy.jpg"
    copy.write_bytes((root / "good/0.jpg").read_bytes())
    return root


def groups_of(root, **kwargs):
    result = audit(root, workers=1, save=False, cache=False, **kwargs)
    table = result.manifest.table
    of_group = table.dropna(subset=["group"]).groupby("group")["path"]
    return sorted(sorted(paths) for _, paths in of_group)


EXACT = [["good/0.jpg", "good/copy.jpg"]]


def test_all_selected_makes_one_group(boards):
    (group,) = groups_of(boards)
    assert len(group) == 7


def test_what_no_selected_validator_reports_joins_nothing(boards):
    assert groups_of(boards, ignore=["near-duplicate", "label-conflict"]) == EXACT


def test_a_conflict_that_is_reported_keeps_its_group(boards):
    (group,) = groups_of(boards, ignore=["near-duplicate"])
    assert len(group) == 7


def test_a_stricter_proof_joins_less(boards):
    strict = {"least_correlation": 1.0}
    options = {"near-duplicate": strict, "label-conflict": strict, "split-leak": strict}
    assert groups_of(boards, options=options) == EXACT


def test_a_stricter_proof_is_reported_less(boards):
    strict = {"label-conflict": {"least-correlation": 1.0}}
    found = audit(boards, select=["label-conflict"], options=strict, workers=1, save=False)
    assert found.findings == ()
    plain = audit(boards, select=["label-conflict"], workers=1, save=False)
    assert len(plain.findings) == 7
