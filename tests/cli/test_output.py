"""``--output`` and ``--write-baseline``: where they may write, and ``-`` for standard output."""

import pytest
from pictures import jpeg, make_dataset


@pytest.fixture
def set_(tmp_path):
    root = make_dataset(tmp_path / "set")
    (root / "Cat" / "empty.jpg").touch()
    return root


@pytest.mark.parametrize(
    "options",
    [
        ("--json", "-o", "set/Cat/0.jpg"),
        ("-o", "set/new.txt"),
        ("--write-baseline", "set/Cat/0.jpg"),
        ("-o", "st/manifest.parquet"),
        ("-o", "picture.jpg"),
        ("--write-baseline", "notes.json"),
        ("--write-baseline", "-"),
        ("-o", "known.json", "--write-baseline", "known.json"),
    ],
)
def test_what_must_not_be_written_is_refused_before_the_audit(run, set_, tmp_path, options):
    (tmp_path / "picture.jpg").write_bytes(jpeg())
    (tmp_path / "notes.json").write_text("{}")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    done = run("audit", "set", "--select", "file", "--state-dir", "st", *options)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_dash_is_standard_output(run, set_, tmp_path):
    plain = run("audit", "set", "--select", "file")
    assert run("audit", "set", "--select", "file", "-o", "-") == plain
    page = run("report", "set", "-o", "-")
    assert page.stdout.lower().startswith("<!doctype html>")
    assert page.stdout.rstrip().endswith("</html>")
    assert not (tmp_path / "-").exists()


def test_a_check_writes_to_a_file_what_it_would_print(run, set_, tmp_path):
    wish = "check", "set/Cat/empty.jpg", "--format", "sarif"
    printed = run(*wish)
    assert run(*wish, "-o", "-") == printed
    (tmp_path / "findings.sarif").write_text("older findings")
    written = run(*wish, "--output", "findings.sarif")
    assert (written.returncode, written.stdout) == (printed.returncode, "") == (1, "")
    assert (tmp_path / "findings.sarif").read_text(encoding="utf-8") == printed.stdout


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("set/Cat/0.jpg", "was not written by catsclean"),
        ("picture.jpg", "was not written by catsclean"),
        ("page.jpg", "one of the files to check"),
        ("link.json", "one of the files to check"),
        ("audited/new.json", "must not be inside the data set"),
        ("nowhere/new.json", "the folder of this file does not exist"),
        ("set", "this is a folder"),
    ],
)
def test_a_check_refuses_before_it_reads_what_must_not_be_written(run, set_, tmp_path, target, why):
    (tmp_path / "picture.jpg").write_bytes(jpeg())
    (tmp_path / "page.jpg").write_text("<html>not found</html>")
    (tmp_path / "link.json").symlink_to("page.jpg")
    (tmp_path / "audited").mkdir()
    (tmp_path / "audited.catsclean").mkdir()
    for name in ("audit.json", "manifest.parquet"):
        (tmp_path / "audited.catsclean" / name).touch()
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    done = run("check", "page.jpg", "no such file", "-o", target)
    assert (done.returncode, done.stdout) == (2, "")
    assert why in done.stderr
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_page_on_standard_output_cannot_be_opened(run, set_):
    run("audit", "set", "--select", "file")
    assert run("report", "set", "-o", "-", "--open").returncode == 2


def test_a_baseline_takes_the_place_of_a_baseline(run, set_):
    for _ in range(2):
        done = run("audit", "set", "--select", "file", "--write-baseline", "known.json")
        assert done.returncode == 0


def test_the_report_may_be_named_where_it_lies(run, set_):
    run("audit", "set", "--select", "file")
    assert run("report", "set", "-o", "set.catsclean/report.html").returncode == 0
    assert run("report", "set", "-o", "set.catsclean/findings.csv").returncode == 2
