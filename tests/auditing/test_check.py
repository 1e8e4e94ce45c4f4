"""Checking single files."""

import pictures
import pytest
from packed import files_of, make_parquet, make_tar, make_zip

from catsclean.auditing.audit import audit
from catsclean.auditing.check import check_files
from catsclean.cli import run
from catsclean.errors import ConfigError, UsageError


@pytest.fixture
def pets(tmp_path, monkeypatch):
    pictures.make_dataset(tmp_path / "Pets")
    (tmp_path / "Pets/Cat/empty.jpg").write_bytes(b"")
    (tmp_path / "Pets/Cat/bad.jpg").write_bytes(pictures.jpeg(1)[:900])
    monkeypatch.chdir(tmp_path)
    return tmp_path


def found(audit):
    return [(finding.path, finding.validator) for finding in audit.findings]


def test_only_the_named_files_are_looked_at(pets):
    audit = check_files(["Pets/Cat/empty.jpg", "Pets/Dog/1.jpg"])
    assert found(audit) == [("Pets/Cat/empty.jpg", "zero-length")]
    assert audit.summary["files"] == 2


def test_findings_carry_the_folder_as_label(pets):
    (finding,) = check_files(["Pets/Cat/bad.jpg"]).findings
    assert finding.label == "Cat"


def test_nothing_is_written(pets):
    before = sorted(pets.rglob("*"))
    check_files(["Pets/Cat/0.jpg"])
    assert sorted(pets.rglob("*")) == before


def test_other_files_are_passed_over(pets):
    (pets / "notes.txt").write_text("not a picture")
    assert check_files(["notes.txt"]).summary["files"] == 0


@pytest.mark.parametrize("path", ["Pets", "Pets/Cat/missing.jpg", "../outside.jpg"])
def test_folders_missing_files_and_files_elsewhere_are_refused(pets, path):
    with pytest.raises(UsageError, match="Received"):
        check_files([path])


def test_a_link_is_not_followed(pets):
    (pets / "link.jpg").symlink_to(pets / "Pets/Cat/empty.jpg")
    assert ("link.jpg", "zero-length") not in found(check_files(["link.jpg"]))


def test_a_picture_that_is_a_link_is_not_read_and_that_is_incomplete(pets):
    (pets / "link.jpg").symlink_to(pets / "Pets/Dog/1.jpg")
    checked = check_files(["link.jpg"])
    (finding,) = checked.findings
    assert (finding.validator, finding.message) == ("special-file", "a link, not followed")
    assert checked.incomplete
    assert checked.summary["links_not_read"] == 1


def test_a_link_that_leads_out_of_the_root_says_so(pets):
    (pets / "Pets/Cat/link.jpg").symlink_to(pets / "outside.jpg")
    (pets / "outside.jpg").write_bytes(pictures.jpeg(1))
    (finding,) = check_files(["Pets/Cat/link.jpg"], root="Pets").findings
    assert finding.message == f"a link that leads out of {str(pets / 'Pets')!r}, not followed"


@pytest.mark.parametrize("target", ["nowhere.jpg", "Pets"])
def test_links_to_no_file_are_reported_and_leave_nothing_unread(pets, target):
    (pets / "link.jpg").symlink_to(pets / target)
    checked = check_files(["link.jpg"])
    assert found(checked) == [("link.jpg", "special-file")]
    assert not checked.incomplete


def test_a_link_is_followed_on_request_below_the_root_and_into_folders_that_are_named(pets):
    (pets / "in.jpg").symlink_to(pets / "Pets/Cat/empty.jpg")
    (pets.parent / f"{pets.name}-store").mkdir()
    blob = pets.parent / f"{pets.name}-store/blob"
    blob.write_bytes(pictures.jpeg(1)[:900])
    (pets / "out.jpg").symlink_to(blob)
    below = check_files(["in.jpg", "out.jpg"], follow_links=True)
    assert sorted(found(below)) == [("in.jpg", "zero-length"), ("out.jpg", "special-file")]
    checked = check_files(["in.jpg", "out.jpg"], follow_links_to=blob.parent)
    assert sorted(found(checked)) == [("in.jpg", "zero-length"), ("out.jpg", "truncated")]
    assert not checked.incomplete


def test_a_file_named_twice_is_looked_at_once(pets):
    assert check_files(["Pets/Cat/0.jpg", pets / "Pets/Cat/0.jpg"]).summary["files"] == 1


def selected(audit):
    return set(audit.summary["validators"])


def test_what_is_off_by_default_is_off_here_too_and_can_be_added(pets):
    usual = selected(check_files(["Pets/Cat/0.jpg"]))
    assert not usual & {"personal-metadata", "trailing-data", "exact-duplicate"}
    added = selected(check_files(["Pets/Cat/0.jpg"], select="+trailing-data"))
    assert added == usual | {"trailing-data"}


def test_the_command_heeds_what_the_settings_select(pets, capsys):
    (pets / "catsclean.toml").write_text('select = ["truncated", "small-class"]')
    assert run(["check", "Pets/Cat/empty.jpg", "Pets/Cat/bad.jpg"]) == 1
    assert [line.split(": ")[1] for line in capsys.readouterr().out.splitlines()] == ["truncated"]


def test_settings_that_select_nothing_for_a_single_file_are_named(pets, capsys):
    (pets / "catsclean.toml").write_text('select = ["small-class"]')
    assert run(["check", "Pets/Cat/empty.jpg"]) == 2
    assert "selects no validator that judges a single file" in capsys.readouterr().err


def test_a_baseline_of_the_audit_is_heeded_from_a_folder_above(pets, capsys):
    run(["audit", "Pets", "--write-baseline", "known.json", "-j", "1"])
    (pets / "Pets/Cat/bad.jpg").write_bytes(pictures.jpeg(2)[:900])
    capsys.readouterr()
    files = ["Pets/Cat/empty.jpg", "Pets/Cat/bad.jpg"]
    assert run(["check", *files, "--baseline", "known.json"]) == 1
    assert [line.split(": ")[0] for line in capsys.readouterr().out.splitlines()] == [files[1]]


def test_findings_that_are_left_out_are_counted_unless_quiet(pets, capsys):
    run(["audit", "Pets", "--write-baseline", "known.json", "-j", "1", "--select", "truncated"])
    (pets / "catsclean.toml").write_text('per-path-ignores = {"Cat/empty.jpg" = ["file"]}')
    capsys.readouterr()
    wish = ["check", "Pets/Cat/empty.jpg", "Pets/Cat/bad.jpg", "--baseline", "known.json"]
    assert run(wish) == 0
    out, err = capsys.readouterr()
    assert (out, err.splitlines()) == (
        "",
        [
            "catsclean: 1 finding ignored (per-path-ignores).",
            "catsclean: 1 finding is in the baseline.",
        ],
    )
    assert run([*wish, "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("command", [["audit", "Pets"], ["check", "Pets/Cat/empty.jpg"]])
def test_each_command_writes_the_summary_of_a_github_job(pets, monkeypatch, command):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(pets / "summary.md"))
    assert run([*command, "--format", "github"]) == 1
    assert "zero&#45;length" in (pets / "summary.md").read_text(encoding="utf-8")


def test_settings_are_taken_from_the_file_that_is_named(pets, capsys):
    (pets / "other.toml").write_text('ignore = ["zero-length"]')
    assert run(["check", "Pets/Cat/empty.jpg", "--config", "other.toml"]) == 0


def test_files_beside_the_working_folder_are_checked_below_a_root_above_both(
    pets, capsys, monkeypatch
):
    monkeypatch.chdir(pets / "Pets/Dog")
    assert run(["check", "../Cat/empty.jpg"]) == 2
    assert "--root" in capsys.readouterr().err
    assert run(["check", "--root", "..", "../Cat/empty.jpg", "0.jpg"]) == 1
    assert capsys.readouterr().out == "Cat/empty.jpg: zero-length: 0 bytes\n"


def test_a_root_that_is_no_folder_is_refused(pets):
    assert run(["check", "--root", "nowhere", "Pets/Cat/0.jpg"]) == 2


def test_one_path_is_one_file(pets):
    assert found(check_files("Pets/Cat/empty.jpg")) == [("Pets/Cat/empty.jpg", "zero-length")]
    assert check_files(pets / "Pets/Cat/0.jpg").summary["files"] == 1


@pytest.mark.parametrize("select", ["exact-duplicate", "duplicates", "small-class,odd-size"])
def test_what_compares_files_alone_cannot_check_any(pets, capsys, select):
    with pytest.raises(ConfigError, match="can judge a single file"):
        check_files(["Pets/Cat/0.jpg"], select=select)
    assert run(["check", "--select", select, "Pets/Cat/0.jpg"]) == 2
    assert "Run: catsclean audit FOLDER" in capsys.readouterr().err


def test_of_a_mixture_the_rest_is_checked_and_the_others_are_named(pets, capsys):
    assert run(["check", "--select", "labels,zero-length", "Pets/Cat/empty.jpg"]) == 1
    out, err = capsys.readouterr()
    assert out.startswith("Pets/Cat/empty.jpg: zero-length")
    assert "small-class" not in out
    assert "skipped, because they need the whole data set:" in err
    assert "small-class" in err
    run(["check", "--quiet", "--select", "labels,zero-length", "Pets/Cat/empty.jpg"])
    assert capsys.readouterr().err == ""


def test_the_command_says_that_links_are_not_followed_and_ends_with_3(pets, capsys):
    (pets / "link.jpg").symlink_to(pets / "Pets/Dog/1.jpg")
    assert run(["check", "link.jpg"]) == 3
    out, err = capsys.readouterr()
    assert "link.jpg: special-file: a link, not followed" in out
    assert "1 link was not followed. Use --follow-links" in err
    assert run(["check", "link.jpg", "--follow-links"]) == 0
    (pets / "catsclean.toml").write_text("follow-links = true\n")
    assert run(["check", "link.jpg"]) == 0


def test_no_files_are_no_error(pets, capsys):
    assert run(["check"]) == 0
    assert "no files to check" in capsys.readouterr().err
    assert check_files([]).findings == ()


def test_a_selection_of_which_nothing_is_left_is_bad_usage(pets, capsys):
    arguments = ["--select", "truncated", "--ignore", "truncated"]
    assert run(["audit", "Pets", *arguments]) == 2
    assert "no validators left" in capsys.readouterr().err
    with pytest.raises(ConfigError, match="select=file, ignore=all"):
        audit("Pets", select="file", ignore=["all"])


@pytest.mark.parametrize("paths", [None, 3, [3], [None]])
def test_what_is_no_path_is_refused(pets, paths):
    with pytest.raises(UsageError, match="paths must name files"):
        check_files(paths)


@pytest.mark.parametrize("terminal", [True, False])
def test_good_files_are_told_on_a_terminal_and_not_in_a_pipe(pets, capsys, monkeypatch, terminal):
    monkeypatch.setattr("sys.stdout.isatty", lambda: terminal, raising=False)
    assert run(["check", "Pets/Cat/0.jpg"]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert err == "catsclean: 1 file, no findings.\n" * terminal


@pytest.mark.parametrize("name", ["shard.tar", "photos.zip"])
def test_each_file_in_a_container_is_checked(pets, name):
    make = make_tar if name == "shard.tar" else make_zip
    make(pets / name, files_of(pets / "Pets"))
    (pets / "loose.jpg").touch()
    audit = check_files([name, "loose.jpg"])
    assert {f.path: (f.validator, f.label) for f in audit.findings} == {
        "loose.jpg": ("zero-length", None),
        f"{name}/Cat/bad.jpg": ("truncated", "Cat"),
        f"{name}/Cat/empty.jpg": ("zero-length", "Cat"),
    }
    assert audit.summary["files"] == len(files_of(pets / "Pets")) + 1
    assert not audit.incomplete


def test_each_row_of_a_table_is_checked(pets):
    rows = [(None, b""), (None, pictures.jpeg(1))]
    make_parquet(pets / "a.parquet", rows, [0, 1], ["Cat", "Dog"])
    (finding,) = check_files(["a.parquet"]).findings
    assert (finding.path, finding.validator, finding.label) == (
        "a.parquet/000000.jpg", "zero-length", "Cat",
    )  # fmt: skip


def test_a_container_that_cannot_be_read_makes_a_check_incomplete(pets):
    (pets / "broken.zip").write_bytes(b"broken" * 99)
    audit = check_files(["broken.zip", "Pets/Dog/1.jpg"])
    assert found(audit) == [("broken.zip", "unreadable")]
    assert audit.incomplete


def test_a_folder_of_an_audited_set_is_answered_with_the_command_that_works(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pictures.make_dataset(tmp_path / "set", {"Cat": 2, "Dog": 2})
    with pytest.raises(UsageError, match=r"Run: catsclean audit set/Cat$"):
        check_files(["set/Cat"])
    audit("set", content=False, workers=1)
    with pytest.raises(UsageError, match=r"Run: catsclean audit set$"):
        check_files(["set/Cat"])
