import shutil

import pictures
import pytest
from pictures import jpeg
from PIL import Image
from related import found_by

import catsclean
from catsclean.cli import run
from catsclean.errors import UsageError
from catsclean.validators.in_other_set import InOtherSet


@pytest.fixture
def other(pets, tmp_path):
    folder = tmp_path / "other"
    (folder / "Cat").mkdir(parents=True)
    shutil.copy(pets / "Cat/1.jpg", folder / "Cat/known.jpg")
    return folder


def test_finds_a_picture_that_the_other_data_set_has(pets, other):
    audit = catsclean.audit(pets, select=["in-other-set"], against=other, save=False, cache=False)
    assert [(f.path, f.message) for f in audit.findings] == [
        ("Cat/1.jpg", "Cat/known.jpg in other is the same picture (same bytes)")
    ]


def test_is_silent_where_nothing_is_shared(pets, tmp_path):
    other = tmp_path / "strangers"
    (other / "Cat").mkdir(parents=True)
    (other / "Cat/1.jpg").write_bytes(jpeg(seed=100))
    audit = catsclean.audit(pets, select=["in-other-set"], against=other, save=False, cache=False)
    assert audit.findings == ()


def test_is_silent_without_another_data_set(pets):
    assert found_by(InOtherSet(), pets) == {}


@pytest.fixture
def archive(tmp_path):
    root = tmp_path / "archive"
    root.mkdir()
    for seed in range(4):
        picture = pictures.scene(50 + seed, (320, 240))
        (root / f"a{seed}.jpg").write_bytes(pictures.encode(picture, quality=85))
    shutil.copy(root / "a0.jpg", root / "z0.jpg")
    return root


@pytest.fixture
def inbox(tmp_path, archive):
    root = tmp_path / "inbox"
    root.mkdir()
    shutil.copy(archive / "a0.jpg", root / "same.jpg")
    large = pictures.scene(51, (320, 240))
    (root / "more.jpg").write_bytes(pictures.encode(large, quality=98))
    (root / "smaller.jpg").write_bytes(
        pictures.encode(pictures.scene(52, (320, 240)).resize((160, 120)), quality=95)
    )
    with Image.open(archive / "a3.jpg") as picture:
        (root / "grey.jpg").write_bytes(pictures.encode(picture.convert("L"), quality=98))
    (root / "new.jpg").write_bytes(jpeg(seed=101))
    return root


def compared(inbox, archive, **kwargs):
    options = {"select": ["in-other-set"], "against": archive, "workers": 1}
    result = catsclean.audit(inbox, **options, **kwargs)
    return result, {finding.path: finding for finding in result.findings}


def test_names_all_partners_and_says_when_the_new_file_is_better(inbox, archive):
    _, found = compared(inbox, archive, save=False, cache=False)
    assert set(found) == {"same.jpg", "more.jpg", "smaller.jpg", "grey.jpg"}
    assert found["same.jpg"].related == ("a0.jpg", "z0.jpg")
    assert found["same.jpg"].message == (
        "a0.jpg in archive (and 1 more) is the same picture (same bytes)"
    )
    assert found["more.jpg"].message.endswith("but the one here has more bytes")
    assert found["more.jpg"].fix == "none"
    for name in ("smaller.jpg", "grey.jpg"):  # more bytes of a worse picture are no merit
        assert "but the one here" not in found[name].message
        assert found[name].fix == "review"


def test_a_larger_picture_is_better(inbox, archive):
    _, found = compared(archive, inbox, save=False, cache=False)
    assert found["a2.jpg"].message.endswith("(resized), but the one here is larger")
    assert "is in colour" in found["a3.jpg"].message


def test_nothing_is_written_beside_the_other_set_if_a_state_folder_is_named(
    inbox, archive, tmp_path
):
    before = sorted(path.name for path in tmp_path.iterdir())
    first, _ = compared(inbox, archive, state_dir=tmp_path / "state")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*before, "state"])
    again, _ = compared(inbox, archive, state_dir=tmp_path / "state")
    assert again.findings == first.findings


def test_what_the_other_set_does_not_have_can_be_listed(inbox, archive, tmp_path, capsys):
    result, _ = compared(inbox, archive, save=False, cache=False)
    assert result.only_new == ("new.jpg",)
    with pytest.raises(UsageError, match="--against"):
        catsclean.audit(inbox, save=False, cache=False).only_new  # noqa: B018 - it raises
    state = str(tmp_path / "state")
    arguments = ["audit", str(inbox), "--state-dir", state, "--no-progress", "--only-new"]
    assert run([*arguments, "--against", str(archive)]) == 0
    assert capsys.readouterr().out == "new.jpg\n"
    assert run(arguments) == 2
