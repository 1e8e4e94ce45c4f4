import json

import pytest
from pictures import jpeg

from catsclean.cli import labels_command


@pytest.fixture
def flat(tmp_path):
    (tmp_path / "Pets").mkdir()
    for number in range(4):
        (tmp_path / f"Pets/{('cat', 'dog')[number % 2]}.{number}.jpg").write_bytes(
            jpeg(number, (48, 48))
        )
    (tmp_path / "t.csv").write_text("id,race\n" + "".join(f"{a},pet\n" for a in ("cat.0", "dog.1")))
    return tmp_path


def test_what_was_recognised_is_printed(run, flat):
    done = run("audit", "Pets", "--no-content", "--format", "table")
    assert done.returncode == 0
    assert "labels: file names: cat, dog" in done.stdout
    done = run("audit", "Pets", "--no-content")
    assert "Labels: file names: cat, dog." in done.stderr


def test_a_table_is_named_on_the_command_line(run, flat):
    done = run("audit", "Pets", "--no-content", "--labels", "t.csv:id,race", "--format", "table")
    assert "labels: t.csv, column race (--labels): pet" in done.stdout
    record = json.loads((flat / "Pets.catsclean/audit.json").read_text())
    [table] = record["dataset"]["label_source"]["tables"]
    assert (table["path_column"], table["label_column"], table["by_id"]) == ("id", "race", True)


def test_a_table_of_the_settings_is_relative_to_their_file(run, flat, monkeypatch):
    (flat / "catsclean.toml").write_text('labels = "t.csv:id,race"\n')
    (flat / "below").mkdir()
    monkeypatch.chdir(flat / "below")
    done = run("audit", "../Pets", "--no-content", "--format", "table")
    assert "column race (--labels): pet" in done.stdout
    (flat / "catsclean.toml").write_text('labels = "names"\n')
    assert (
        "file names (--labels)"
        in run("audit", "../Pets", "--no-content", "--format", "table").stdout
    )


@pytest.mark.parametrize("wrong", ["", "name:(", "t.csv:id,nothing", "nothing.csv", "name:(zzz)"])
def test_a_wrong_value_is_one_line_and_2(run, flat, wrong):
    done = run("audit", "Pets", "--labels", wrong)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert not (flat / "Pets.catsclean").exists()


def test_a_pipe_is_told_that_a_data_set_has_no_labels(run, flat):
    for path in (flat / "Pets").iterdir():
        path.rename(path.with_name(f"{path.name[4:5]}.jpg"))
    said = "No labels; validators of labels are skipped."
    assert said in run("audit", "Pets", "--no-content").stderr


def test_a_table_that_may_have_the_labels_is_mentioned(run, flat):
    for path in (flat / "Pets").iterdir():
        path.rename(path.with_name(f"{path.name[4:5]}.jpg"))
    (flat / "t.csv").rename(flat / "Pets/t.csv")
    done = run("audit", "Pets", "--no-content")
    assert "Does Pets/t.csv have them? Then add --labels Pets/t.csv" in done.stderr


def test_a_table_beside_a_single_folder_is_mentioned_too(run, flat):
    (flat / "Pets/images").mkdir()
    for path in list((flat / "Pets").glob("*.jpg")):
        path.rename(flat / f"Pets/images/{path.name[4:5]}.jpg")
    (flat / "t.csv").rename(flat / "Pets/t.csv")
    done = run("audit", "Pets", "--no-content")
    assert (
        "one class, images. Does Pets/t.csv have them? Then add --labels Pets/t.csv" in done.stderr
    )


def test_a_check_names_labels_too(run, flat):
    (flat / "Pets/cat.9.jpg").write_bytes(b"")
    for labels, label in (((), "Pets"), (("--labels", "names"), "cat")):
        done = run("check", "Pets/cat.9.jpg", "--format", "json", *labels)
        assert json.loads(done.stdout)["findings"][0]["label"] == label
    done = run("check", "Pets/cat.9.jpg", "--labels", "t.csv:id,race", "--format", "json")
    assert json.loads(done.stdout)["findings"][0]["label"] is None


def test_a_table_beside_the_data_set_is_mentioned_where_its_pictures_are_audited(
    run, tmp_path, monkeypatch
):
    (tmp_path / "my set/images").mkdir(parents=True)
    for number in range(4):
        (tmp_path / f"my set/images/{number}.jpg").write_bytes(jpeg(number, (48, 48)))
    (tmp_path / "my set/labels.csv").write_text("id,label\n0,cat\n1,dog\n2,cat\n3,dog\n")
    done = run("audit", "my set/images", "--no-content")
    asked = "Labels: none. Does {0} have them? Then add --labels {0}."
    assert asked.format("'my set/labels.csv'") in done.stderr
    monkeypatch.chdir(tmp_path / "my set/images")
    whole = tmp_path.resolve() / "my set/labels.csv"
    assert asked.format(f"'{whole}'") in run("audit", ".", "--no-content").stderr
    assert (
        "labels.csv, column label"
        in run("audit", ".", "--no-content", "--labels", "../labels.csv").stderr
    )


def test_labels_are_exported(run, flat):
    run("audit", "Pets", "--no-content")
    done = run("labels", "export", "out.csv", "Pets")
    assert done.stdout == "Wrote 4 labels to out.csv\n"
    assert (flat / "out.csv").read_text().splitlines()[1].startswith('"cat.0.jpg","cat","keep",')
    assert run("labels", "export", "out.csv", "Pets").returncode == 2


def test_labels_that_are_alike_are_merged_in_an_exported_table(run, flat):
    run("audit", "Pets", "--no-content")
    assert run("labels", "export", "pets.csv", "Pets", "--rename", "dog=cat").returncode == 0
    done = run("audit", "Pets", "--no-content", "--labels", "pets.csv", "--format", "table")
    assert "labels: pets.csv, column label (--labels): cat" in done.stdout


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        ("dog", "--rename is OLD=NEW. Received: 'dog'"),
        ("owl=cat", "no sample has the label. Received: 'owl=cat'. The labels are cat, dog."),
        ("dog= ", "a label cannot be empty"),
    ],
)
def test_a_label_that_cannot_be_renamed_writes_nothing(run, flat, wish, expected):
    run("audit", "Pets", "--no-content")
    done = run("labels", "export", "pets.csv", "Pets", "--rename", wish)
    assert (done.returncode, expected in done.stderr) == (2, True)
    assert not (flat / "pets.csv").exists()


def test_a_label_to_be_renamed_may_have_equals_signs():
    assert labels_command._renamed("a=b=c", ["a=b"]) == ("a=b", "c")
    assert labels_command._renamed("a=b=c", ["d"]) == ("a", "b=c")
