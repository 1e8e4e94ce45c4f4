"""Links, doubtful layouts and wrong places on the command line: one line that says what to do."""

import pytest
from pictures import jpeg, make_dataset


@pytest.fixture
def linked(tmp_path):
    """A data set of links into a store beside it."""
    store = make_dataset(tmp_path / "store")
    for picture in store.rglob("*.jpg"):
        link = tmp_path / "pets" / picture.relative_to(store)
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(picture)
    return tmp_path / "pets"


def test_exit_zero_does_not_hide_that_an_audit_is_incomplete(run, linked):
    assert run("audit", "pets", "--exit-zero").returncode == 3
    assert run("audit", "pets", "--exit-zero", "--fail-on", "never").returncode == 3


def test_links_are_followed_by_option_to_the_end(run, linked, tmp_path):
    allowed = ("--follow-links-to", "store")
    done = run("audit", "pets", "--select", "file", *allowed)
    assert (done.returncode, done.stdout) == (0, "")
    refused = run("split", "pets", "--val", "0.5", "--link", "copy")
    assert refused.returncode == 1
    assert "--follow-links-to" in refused.stderr
    assert run("split", "pets", "--val", "0.5", "--link", "copy", *allowed).returncode == 0
    assert len(list((tmp_path / "pets-split").rglob("*.jpg"))) == 12


def test_links_are_followed_by_the_settings(run, linked, tmp_path):
    (tmp_path / "catsclean.toml").write_text(
        'follow-links = true\nfollow-links-to = ["store"]\nselect = ["file"]\n'
    )
    assert run("audit", "pets").returncode == 0
    assert run("split", "pets", "--val", "0.5", "--link", "copy").returncode == 0


@pytest.mark.parametrize("line", ["follow-links = 1", "follow-links-to = [3]"])
def test_settings_about_links_are_checked(run, linked, tmp_path, line):
    (tmp_path / "catsclean.toml").write_text(f"{line}\n")
    done = run("audit", "pets")
    assert done.returncode == 2
    assert line.partition(" ")[0] in done.stderr


def test_the_commands_that_come_next_follow_the_same_links(run, linked):
    out = run("audit", "pets", "--follow-links-to", "store", "--format", "table").stdout
    lines = [line for line in out.splitlines() if line.startswith("  catsclean ")]
    assert lines
    assert all("--follow-links-to" in line for line in lines)


def test_an_incomplete_audit_is_split_only_on_request(run, tmp_path):
    root = make_dataset(tmp_path / "set")
    (tmp_path / "bird.jpg").write_bytes(jpeg(50))
    (root / "Cat/bird.jpg").symlink_to(tmp_path / "bird.jpg")
    assert run("audit", "set", "--select", "file").returncode == 3
    done = run("split", "set", "--val", "0.5", "--no-files")
    assert done.returncode == 2
    assert "1 file is a link and was not read" in done.stderr
    assert "(Cat/bird.jpg)" in done.stderr
    assert "--allow-incomplete" in done.stderr
    again = run("split", "set", "--val", "0.5", "--no-files", "--allow-incomplete")
    assert again.returncode == 0


@pytest.mark.parametrize("apply", [(), ("--apply",)])
def test_a_clean_says_that_the_audit_was_incomplete(run, tmp_path, apply):
    root = make_dataset(tmp_path / "set")
    (root / "Dog/empty.jpg").write_bytes(b"")
    (tmp_path / "bird.jpg").write_bytes(jpeg(50))
    run("audit", "set", "--select", "file")
    assert "incomplete" not in run("clean", "set").stdout
    (root / "Cat/bird.jpg").symlink_to(tmp_path / "bird.jpg")
    run("audit", "set", "--select", "file")
    lines = run("clean", "set", *apply).stdout.splitlines()
    (said,) = [line for line in lines if "incomplete" in line]
    assert said.startswith("The audit is incomplete: 1 file is a link and was not read;")
    assert said.endswith("(Cat/bird.jpg). Files that it did not check stay.")


def test_a_doubtful_layout_is_asked_about_and_not_split(run, tmp_path):
    for number in range(8):
        path = tmp_path / "set" / "ab"[number % 2] / "xy"[number // 2 % 2] / f"{number}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(jpeg(number))
    question = "Are a, b the classes, or splits with the classes x, y?"
    command = "catsclean audit set --layout classes, or --layout splits"
    for done in (
        run("audit", "set", "--select", "file"),
        run("split", "set", "--val", "0.5", "--no-files"),
    ):
        assert question in done.stderr
        assert command in done.stderr
    assert done.returncode == 2
    assert question in " ".join(
        run("audit", "set", "--select", "file", "--format", "table").stdout.split()
    )
    run("audit", "set", "--select", "file", "--layout", "classes")
    done = run("split", "set", "--val", "0.5", "--no-files")
    assert done.returncode == 0


@pytest.mark.parametrize("url", ["https://example.org//pets.zip", "ftp://host/pets"])
@pytest.mark.parametrize("command", [("audit",), ("split", "--val", "0.1"), ("report",)])
def test_a_url_is_named_as_typed(run, url, command):
    done = run(command[0], url, *command[1:])
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert f"Received: {url!r}" in done.stderr


def test_an_archive_is_answered_with_how_to_unpack_it(run, tmp_path):
    (tmp_path / "pets.tgz").write_bytes(b"\x1f\x8b")
    done = run("audit", "pets.tgz")
    assert done.returncode == 2
    assert "tar -xf pets.tgz" in done.stderr


def test_the_folder_around_an_unpacked_archive_names_the_data_set_in_it(run, tmp_path):
    make_dataset(tmp_path / "download/PetImages")
    (tmp_path / "download/readme[1].txt").write_text("x")
    (tmp_path / "download/MSR-LA - 3467.docx").write_bytes(b"PK\3\4")
    done = run("audit", "download", "--select", "file")
    assert "Then audit it: catsclean audit download/PetImages" in done.stderr
    refused = run("split", "download", "--val", "0.5")
    assert refused.returncode == 2
    assert "Is PetImages a class, or a data set of its own?" in refused.stderr
