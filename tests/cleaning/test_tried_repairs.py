"""What fix could not repair is not suggested to fix again."""

import pictures
import pytest

import catsclean
from catsclean.cli import run
from catsclean.core.state import StateFolder

WHY_IN_TABLE = "A file that a table of labels names keeps its name."


@pytest.fixture
def cut(tmp_path):
    """Return a data set with a cut picture, which no repair mends, and a wrong extension."""
    root = pictures.make_dataset(tmp_path / "Pets", {"Cat": 3, "Dog": 3})
    whole = (root / "Dog/1.jpg").read_bytes()
    (root / "Dog/1.jpg").write_bytes(whole[: len(whole) // 2])
    (root / "Cat/1.jpg").rename(root / "Cat/1.png")
    catsclean.audit(root, content=False)
    return root


def test_a_clean_does_not_suggest_what_a_fix_could_not_repair(cut, capsys):
    assert catsclean.plan_cleaning(cut).repairable == {"Cat/1.png", "Dog/1.jpg"}
    catsclean.plan_repairs(cut)
    assert catsclean.plan_cleaning(cut).repairable == {"Cat/1.png"}
    catsclean.plan_repairs(cut).apply()
    run(["clean", str(cut)])
    assert "catsclean fix" not in capsys.readouterr().out


def test_a_clean_that_is_carried_out_does_not_suggest_to_repair_what_it_moved(cut, capsys):
    run(["clean", str(cut)])
    assert "try to repair 2 files" in capsys.readouterr().out
    run(["clean", str(cut), "--apply"])
    assert "try to repair 1 file" in capsys.readouterr().out


def test_other_bytes_under_the_name_are_tried_again(cut):
    catsclean.plan_repairs(cut)
    (cut / "Dog/1.jpg").write_bytes((cut / "Dog/1.jpg").read_bytes()[:-9])
    catsclean.audit(cut, content=False)
    assert "Dog/1.jpg" in catsclean.plan_cleaning(cut).repairable


def test_fix_and_clean_do_not_send_a_user_in_a_circle_if_a_table_names_a_file(
    cut, tmp_path, capsys
):
    labels = tmp_path / "labels.csv"
    catsclean.audit(cut, content=False).save_labels(labels)
    catsclean.audit(cut, content=False, labels=labels)
    capsys.readouterr()
    run(["fix", str(cut), "--select", "wrong-extension"])
    said = " ".join(capsys.readouterr().out.split())
    assert WHY_IN_TABLE in said
    assert "catsclean clean" not in said
    run(["clean", str(cut), "--select", "wrong-extension"])
    said = " ".join(capsys.readouterr().out.split())
    assert "fix cannot repair it; decide in the review or in the report" in said
    assert "Cat/1.png" not in catsclean.plan_cleaning(cut).repairable
    # the folders as labels again: then the file may get another name
    catsclean.audit(cut, content=False, labels="folders")
    assert "Cat/1.png" in catsclean.plan_cleaning(cut).repairable


def test_a_note_that_cannot_be_read_forbids_nothing(cut):
    catsclean.plan_repairs(cut)
    StateFolder.of(cut).tried_repairs.write_text("[3")
    assert "Dog/1.jpg" in catsclean.plan_cleaning(cut).repairable
