"""``catsclean audit``: exit codes, formats, settings, and one clear line for bad usage."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from hostile import places
from patience import HANG_S
from pictures import jpeg, make_dataset

import catsclean
from catsclean import cli
from catsclean.core import names
from catsclean.errors import (
    CleaningError,
    ConfigError,
    DatasetError,
    ManifestError,
    SplitError,
    StateError,
    TrainingError,
    WorkerError,
)


@pytest.fixture
def clean_set(tmp_path):
    return make_dataset(tmp_path / "set")


@pytest.fixture
def broken_set(clean_set):
    (clean_set / "Cat" / "empty.jpg").touch()
    return clean_set


def test_a_clean_set_ends_with_code_0(run, clean_set):
    done = run("audit", "set", "--select", "file")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "12 files, no findings.\n"


def test_an_error_ends_with_code_1_and_one_line_a_finding(run, broken_set):
    done = run("audit", "set", "--select", "file")
    assert done.returncode == 1
    assert done.stdout == "Cat/empty.jpg: zero-length: 0 bytes\n"


def test_a_pipe_gets_the_lines_and_standard_error_what_they_come_to(run, broken_set):
    done = run("audit", "set", "--select", "file")
    assert done.stderr == (
        "Found 1 finding: 1 error, 0 warnings, 0 notes. Nothing was changed.\n"
        "1 file can be moved safely, 0 to review.\n"
    )


def test_a_quiet_audit_prints_its_findings_and_nothing_else(run, broken_set):
    done = run("audit", "set", "--select", "file", "--quiet")
    assert (done.stdout, done.stderr) == ("Cat/empty.jpg: zero-length: 0 bytes\n", "")
    assert json.loads(run("audit", "set", "-q", "--json").stdout)["counts"]["errors"] == 1


def test_a_quiet_audit_prints_lines_on_a_terminal_too(broken_set, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    cli.run(["audit", str(broken_set), "--select", "file", "-q", "-j", "1"])
    assert capsys.readouterr() == ("Cat/empty.jpg: zero-length: 0 bytes\n", "")


def test_a_pipe_gets_errors_first(run, broken_set):
    (broken_set / "Cat" / ".hidden.jpg").write_bytes(jpeg(3))
    (broken_set / "Cat" / "0.png").write_bytes(jpeg(4))
    lines = run("audit", "set", "--select", "file,dataset").stdout.splitlines()
    assert lines[0] == "Cat/empty.jpg: zero-length: 0 bytes"
    found = json.loads(run("audit", "set", "--select", "file,dataset", "--json").stdout)["findings"]
    ranks = [("note", "warning", "error").index(f["severity"]) for f in found]
    assert len(lines) == len(found)
    assert lines == [
        f"{f['path'] or '(the set)'}: {f['validator']}: {f['message']}"
        for _, f in sorted(zip(ranks, found, strict=True), key=lambda pair: -pair[0])
    ]


@pytest.mark.parametrize(
    ("options", "code"),
    [(["--exit-zero"], 0), (["--fail-on", "never"], 0), (["--fail-on", "note"], 1)],
)
def test_the_exit_code_can_be_chosen(run, broken_set, options, code):
    assert run("audit", "set", "--select", "file", *options).returncode == code


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_file_ends_with_code_3(run, clean_set):
    (clean_set / "Cat" / "0.jpg").chmod(0)
    assert run("audit", "set").returncode == 3


def test_a_missing_folder_is_bad_usage(run):
    done = run("audit", "nowhere")
    assert_one_line(done, "no such folder")


def test_a_file_instead_of_a_folder_is_bad_usage(run, tmp_path):
    (tmp_path / "file.jpg").write_bytes(jpeg())
    assert_one_line(run("audit", "file.jpg"), "not a folder")


def test_an_empty_folder_is_bad_usage(run, tmp_path):
    (tmp_path / "empty").mkdir()
    assert_one_line(run("audit", "empty"), "no pictures")


def test_a_folder_without_pictures_is_bad_usage(run, tmp_path):
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "notes.txt").write_text("hello")
    assert_one_line(run("audit", "texts"), "no pictures in this folder (1 other files)")


def test_the_data_set_itself_is_nothing_to_compare_with(run, clean_set):
    assert_one_line(run("audit", "set", "--against", "./set"), "compare a data set with itself")


def test_a_validator_that_had_nothing_to_judge_by_is_named(run, clean_set):
    said = "outlier did not run: what the pictures show was not examined: 12 pictures; at least"
    select = ("--select", "outlier,likely-mislabelled")
    assert said in run("audit", "set", *select).stderr
    table = run("audit", "set", *select, "--format", "table").stdout
    assert said in " ".join(table.split())
    assert (
        "likely-mislabelled"
        in json.loads(run("audit", "set", *select, "--json").stdout)["unjudged"]
    )
    assert "did not run" not in run("audit", "set", "--ignore", "content").stderr


def test_the_folder_above_several_data_sets_is_told_from_one(run, tmp_path):
    for name, labels in (("my pets", ("Cat", "Dog")), ("hands", ("rock", "paper", "scissors"))):
        make_dataset(tmp_path / "all" / name, dict.fromkeys(labels, 2))
    hint = (
        "Are hands, my pets data sets of their own, not classes?"
        " Then audit one at a time: catsclean audit all/hands"
    )
    assert hint in run("audit", "all/", "--select", "file").stderr
    table = run("audit", "all", "--select", "file", "--format", "table").stdout
    assert hint in " ".join(table.split())
    done = run("audit", "all", "--select", "file", "--json")
    assert json.loads(done.stdout)["several_sets"] == ["hands", "my pets"]
    assert "Are these" not in run("audit", "all", "--layout", "classes", "--select", "file").stderr


def test_splits_without_classes_are_told_from_classes(run, tmp_path):
    make_dataset(tmp_path / "set", {"train": 2, "test1": 2})
    hint = "Are test1 and train splits, not classes? Then their pictures have no labels: "
    assert hint in run("audit", "set", "--select", "file").stderr
    assert hint not in run("audit", "set", "--select", "file", "--layout", "classes").stderr


def test_a_folder_around_the_data_set_is_told_from_a_class(run, tmp_path):
    make_dataset(tmp_path / "set/my data", {"Cat": 2, "Dog": 2})
    hint = (
        "Is my data a data set of its own, not a class?"
        " Then audit it: catsclean audit 'set/my data'"
    )
    assert hint in run("audit", "set", "--select", "file").stderr


def test_an_unknown_validator_is_bad_usage_with_a_suggestion(run, clean_set):
    assert_one_line(run("audit", "set", "--select", "zero-lenght"), "Did you mean 'zero-length'?")


def test_a_wrong_option_type_is_bad_usage(run, clean_set):
    assert_one_line(run("audit", "set", "--workers", "many"), "valid integer")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("select = [", "not valid TOML"),
        ("selekt = []", "unknown setting 'selekt'"),
        ("select = 3", "select must be a list of names"),
        (
            "[validators.odd-size]\nmax_ratio = 'big'",
            "odd-size.max_ratio must be a number, such as",
        ),
        ("[validators.odd-size]\nsize = 3", "has no option 'size'"),
        ("[validators.odd]\nsize = 3", "no validator or family is named 'odd'"),
        ("timeout = -1", "timeout must be a number above 0"),
        ("layout = 'tree'", "layout must be one of"),
    ],
)
def test_broken_settings_are_bad_usage(run, clean_set, tmp_path, text, message):
    (tmp_path / "catsclean.toml").write_text(text)
    assert_one_line(run("audit", "set"), message)


def test_settings_inside_of_the_data_set_are_never_read(run, broken_set):
    (broken_set / "catsclean.toml").write_text("select = [")
    assert run("audit", "set", "--select", "file").returncode == 1


def test_settings_are_found_in_the_working_folder(run, broken_set, tmp_path):
    (tmp_path / "pyproject.toml").write_text(
        "[tool.catsclean]\nignore = ['zero-length']\nselect = ['file']\n"
    )
    assert run("audit", "set").stdout == ""


def test_json_has_a_schema_version_and_every_finding(run, broken_set):
    report = json.loads(run("audit", "set", "--json", "--select", "file").stdout)
    assert report["schema_version"] == 1
    assert [f["path"] for f in report["findings"]] == ["Cat/empty.jpg"]
    assert report["counts"]["by_validator"] == {"zero-length": 1}


def test_json_is_the_same_for_any_number_of_workers_and_a_warm_cache(run, broken_set):
    one, two, warm = (run("audit", "set", "--json", "-j", n).stdout for n in (1, 2, 2))
    assert one == two == warm


def test_output_goes_to_a_file_when_asked(run, broken_set, tmp_path):
    done = run("audit", "set", "--json", "-o", "report.json")
    assert done.stdout == ""
    assert json.loads((tmp_path / "report.json").read_text())["files"] == 13


def test_a_baseline_leaves_out_what_is_known_and_nothing_new(run, broken_set):
    done = run("audit", "set", "--select", "file", "--write-baseline", "known.json")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == (
        "13 files, no findings besides 1 in the baseline.\n"
        "Wrote 1 finding (1 error, 0 warnings, 0 notes) to 'known.json'; --baseline ignores them.\n"
    )
    (broken_set / "Dog" / "empty.jpg").touch()
    done = run("audit", "set", "--select", "file", "--baseline", "known.json")
    assert done.stdout == "Dog/empty.jpg: zero-length: 0 bytes\n"
    said = "Found 1 finding besides 1 in the baseline: 1 error, 0 warnings, 0 notes."
    assert said in done.stderr
    known = ("--baseline", "known.json", "--format", "table")
    assert said in run("audit", "set", "--select", "file", *known).stdout


def test_a_new_baseline_holds_what_the_old_one_left_out(run, broken_set):
    run("audit", "set", "--select", "file", "--write-baseline", "old.json")
    (broken_set / "Dog" / "empty.jpg").touch()
    both = ("--baseline", "old.json", "--write-baseline", "new.json")
    assert "Wrote 2 findings" in run("audit", "set", "--select", "file", *both).stderr
    assert run("audit", "set", "--select", "file", "--baseline", "new.json").stdout == ""


def test_a_baseline_of_the_settings_is_written_and_then_heeded(run, broken_set, tmp_path):
    (tmp_path / "catsclean.toml").write_text('baseline = "known.json"')
    run("audit", "set", "--select", "file", "--write-baseline", "known.json")
    assert run("audit", "set", "--select", "file").stdout == ""


def test_a_file_that_is_no_baseline_is_bad_usage(run, clean_set, tmp_path):
    (tmp_path / "known.json").write_text("[]")
    assert_one_line(run("audit", "set", "--baseline", "known.json"), "is not a baseline")


def test_the_state_folder_lies_beside_the_data_set_and_never_inside(run, clean_set, tmp_path):
    before = sorted(clean_set.rglob("*"))
    run("audit", "set")
    assert (tmp_path / "set.catsclean" / "manifest.parquet").exists()
    assert sorted(clean_set.rglob("*")) == before
    assert_one_line(run("audit", "set", "--state-dir", "set/state"), "inside the data set")


def test_one_picture_is_a_data_set(run, tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "a.jpg").write_bytes(jpeg())
    done = run("audit", "one", "--format", "table")
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 file " in done.stdout
    assert "No findings. Nothing was changed." in done.stdout


@pytest.mark.skipif(os.name == "nt" or not places.can_deny(), reason="nobody can be denied here")
def test_a_state_folder_that_cannot_be_written_is_told_and_its_cache_used(tmp_path, broken_set):
    made = catsclean.audit(broken_set)
    for path in (made.state.path, *made.state.path.rglob("*")):
        path.chmod(path.stat().st_mode & ~0o222)
    try:
        command = [*places.command_without_powers(), sys.executable]
        told = subprocess.run(
            [*command, "-m", "catsclean", "audit", "set"],
            cwd=tmp_path, capture_output=True, text=True, check=False,
        )  # fmt: skip
        script = "import catsclean; print(len(catsclean.audit('set', save=False).findings))"
        unsaved = subprocess.run(
            [*command, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
        )
    finally:
        for path in (made.state.path, *made.state.path.rglob("*")):
            path.chmod(path.stat().st_mode | 0o200)
    assert told.returncode == 2
    assert told.stderr.startswith("catsclean: cannot write to the state folder")
    assert told.stderr.count("\n") == 1
    assert (unsaved.stdout, unsaved.stderr) == (f"{len(made.findings)}\n", "")


def test_an_interrupt_ends_with_code_130_and_says_that_it_resumes(tmp_path):
    make_dataset(tmp_path / "set", {"Cat": 50})
    for number in range(50, 1500):
        link = tmp_path / "set/Cat" / f"{number}.jpg"
        link.hardlink_to(link.with_name(f"{number % 50}.jpg"))
    process = subprocess.Popen(
        [sys.executable, "-m", "catsclean", "audit", "set", "-j", "1"],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    while not (tmp_path / "set.catsclean").exists():  # made when the audit begins
        assert process.poll() is None
        time.sleep(0.02)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    try:
        _, errors = process.communicate(timeout=HANG_S)
    finally:
        process.kill()
    if process.returncode != 1 and process.returncode != 0:  # it may have been done already
        assert process.returncode == 130
        assert "Run the same command again to continue." in errors
        assert "Traceback" not in errors


INTERRUPTED_WHILE_LOADING = """
import os, signal, sys
def interrupt(event, arguments):
    if event == "import" and arguments[0] == "typer":
        os.kill(os.getpid(), signal.SIGINT)
# a shell starts what runs in the background deaf to it
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.addaudithook(interrupt)
from catsclean.__main__ import main
main()
"""


@pytest.mark.skipif(os.name == "nt", reason="sends itself signals as POSIX does")
def test_an_interrupt_while_the_program_loads_ends_it_without_a_word():
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_WHILE_LOADING],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (DatasetError, 2), (ConfigError, 2), (StateError, 2), (ManifestError, 2),
        (CleaningError, 1), (SplitError, 1), (TrainingError, 1), (WorkerError, 3),
    ],
)  # fmt: skip
def test_an_error_that_kept_a_command_from_looking_is_no_finding(error, code, monkeypatch, capsys):
    def fail(*_, **__):
        raise error("why it could not be done.")

    monkeypatch.setattr(catsclean, "audit", fail)
    assert cli.run(["audit", "set"]) == code
    assert capsys.readouterr().err == "catsclean: why it could not be done.\n"


def test_of_two_audits_at_once_each_ends_whole_or_is_told_of_the_other(tmp_path, broken_set):
    command = [sys.executable, "-m", "catsclean", "audit", "set", "--format", "concise"]
    both = [
        subprocess.Popen(
            command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    told = [process.communicate(timeout=HANG_S) for process in both]
    whole = {out for out, _ in told if out}
    assert len(whole) == 1
    assert all(out or "Wait for it to end" in errors for out, errors in told)


def test_a_plain_locale_prints_any_name(run_process, clean_set):
    (clean_set / "Cat" / "Müsli 🐈.jpg").touch()
    env = {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = run_process("audit", "set", "--select", "zero-length", env=env)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert ".jpg: zero-length" in done.stdout


HOSTILE = [
    "esc\x1b]8;;http:x\x07\x1b[31m.jpg",
    "line\nbreak.jpg",
    "[bold]markup[bold].jpg",
    "emoji🐈.jpg",
    "bidi\u202egpj.exe.jpg",
    "=cmd().jpg",
    "%0A::error::x.jpg",
    "<script>alert(1)<.jpg",
    "back\\slash.jpg",
    "x" * 251 + ".jpg",
]


@pytest.mark.skipif(os.name == "nt", reason="Windows forbids these names")
def test_hostile_names_are_safe_in_every_output_and_can_be_found_again(run, tmp_path):
    folder = tmp_path / "set" / "Cat"
    folder.mkdir(parents=True)
    (tmp_path / "set" / "Dog").mkdir()
    (tmp_path / "set" / "Dog" / "fine.jpg").write_bytes(jpeg())
    for name in HOSTILE:
        (folder / name).touch()
    raw = b"latin\xe9.jpg"
    with open(os.fsencode(folder) + b"/" + raw, "wb"):
        pass
    concise = run("audit", "set", "--select", "zero-length").stdout
    table = run("audit", "set", "--select", "zero-length", "--format", "table").stdout
    report = run("audit", "set", "--select", "zero-length", "--json").stdout
    csv = (tmp_path / "set.catsclean" / "manifest.csv").read_text()
    for text in (concise, table, report, csv):
        assert all(c.isprintable() or c == "\n" for c in text)
    assert len(concise.splitlines()) == len(HOSTILE) + 1
    found = {os.fsencode(names.decode(f["path"])) for f in json.loads(report)["findings"]}
    assert found == {b"Cat/" + os.fsencode(name) for name in HOSTILE} | {b"Cat/" + raw}


def assert_one_line(done, fragment):
    assert done.returncode == 2
    assert fragment in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("catsclean: ")


def test_the_state_folder_of_the_settings_is_that_of_every_command(run, clean_set, tmp_path):
    (tmp_path / "catsclean.toml").write_text('state-dir = "elsewhere"')
    assert run("audit", "set").returncode in {0, 1}
    assert (tmp_path / "elsewhere/manifest.parquet").exists()
    assert not (tmp_path / "set.catsclean").exists()
    for command in (["split", "set", "--val", "0.5", "--no-files"], ["log", "set"], ["log"]):
        assert run(*command).returncode == 0
    assert run("audit", "set", "--state-dir", "third").returncode in {0, 1}
    assert (tmp_path / "third/manifest.parquet").exists()


def test_a_settings_file_inside_of_the_data_set_names_no_state_folder(run, clean_set, tmp_path):
    (clean_set / "catsclean.toml").write_text('state-dir = "/"')
    assert run("audit", "set").returncode in {0, 1}
    assert (tmp_path / "set.catsclean/manifest.parquet").exists()


def test_verbose_shows_the_traceback_of_a_validator_that_failed(run, tmp_path, monkeypatch):
    from catsclean.validators.too_dark import TooDark

    def judge(self, evidence):
        raise LookupError("no \x1b[31mlight")

    monkeypatch.setattr(TooDark, "judge", judge)
    make_dataset(tmp_path / "set", {"Cat": 2})
    place = f"test_audit_command.py:{judge.__code__.co_firstlineno + 1}"
    done = run("audit", "set", "--select", "too-dark")
    assert done.returncode == 3
    assert rf"too-dark: LookupError: no \x1b[31mlight ({place})" in done.stdout
    assert "Traceback" not in done.stderr
    done = run("audit", "set", "--select", "too-dark", "-v")
    assert "too-dark failed: Traceback (most recent call last):" in done.stderr
    assert 'raise LookupError("no' in done.stderr
    assert done.stderr.rstrip().endswith(r"LookupError: no \x1b[31mlight")
