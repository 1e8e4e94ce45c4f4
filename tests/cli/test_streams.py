"""Standard output that is closed, full or no longer read: the work is done, and the code is true."""

import subprocess
import sys

import pytest
from pictures import make_dataset

from catsclean.cli.output_formats import format_names


@pytest.fixture
def shell(tmp_path):
    root = make_dataset(tmp_path / "set")
    for number in range(200):
        (root / "Cat" / f"empty-{number}.jpg").touch()

    def call(command):
        return subprocess.run(
            ["bash", "-c", command.replace("catsclean", f"{sys.executable} -m catsclean")],
            cwd=tmp_path, capture_output=True, text=True, check=False,
        )  # fmt: skip

    return call


@pytest.mark.parametrize("format_", ["table", *format_names()])
def test_a_reader_that_has_seen_enough_changes_no_exit_code(shell, format_):
    done = shell(
        f"catsclean audit set --select file -f {format_} -j 1 2>said | true;"
        " echo ${PIPESTATUS[0]}; cat said"
    )
    code, *said = done.stdout.splitlines()
    assert code == "1"
    assert said == [] or said[0].startswith("Found 200 findings")


@pytest.mark.parametrize(
    ("where", "said"), [(">&-", "it is closed"), (">/dev/full", "No space left on device")]
)
def test_a_clean_whose_output_cannot_be_written_is_done_and_ends_with_code_2(
    shell, tmp_path, where, said
):
    shell("catsclean audit set --select file -q")
    done = shell(f"catsclean clean set --apply {where}")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert f"cannot write to standard output: {said}. Some of the output is missing." in done.stderr
    assert not list((tmp_path / "set" / "Cat").glob("empty-*"))


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_closed_streams_are_no_files_that_a_command_writes_to(shell, tmp_path, closed):
    shell(f"catsclean audit set --select file -j 1 {closed}")
    assert shell("catsclean report set").returncode == 0


def test_nothing_to_print_is_nothing_that_fails(shell, tmp_path):
    for path in (tmp_path / "set" / "Cat").glob("empty-*"):
        path.unlink()
    assert shell("catsclean audit set --select file -q >&-").returncode == 0


def test_help_that_cannot_be_written_ends_with_code_2(shell):
    done = shell("catsclean --help >/dev/full")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
