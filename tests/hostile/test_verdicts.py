"""The whole corpus: one verdict a kind, as the golden table says; no program, no network, no write."""

import json
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hostile import corpus, places
from patience import HANG_S

from catsclean.core import names
from catsclean.scan.scan import reference
from catsclean.validators.registry import all_validators

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs the special files of POSIX"),
]
HERE = Path(__file__).parent
ROOM_BYTES = 10**9
_CHANGING = (
    "creat", "unlink", "unlinkat", "rename", "renameat", "renameat2", "mkdir", "mkdirat", "rmdir",
    "link", "linkat", "symlink", "symlinkat", "truncate", "chmod", "fchmodat", "chown", "lchown",
    "fchownat", "utimensat", "utime", "utimes", "setxattr", "lsetxattr", "mknod", "mknodat",
)  # fmt: skip
_TRACED = ("execve", "execveat", "connect", "socket", "open", "openat", "openat2", *_CHANGING)
_WRITING = re.compile(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_APPEND")


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile") / "corpus"
    corpus.make(folder)
    yield folder
    places.make_deletable(folder)


@pytest.fixture(scope="module")
def audited(root):
    """One audit of everything, watched: verdicts, output, system calls, the tree around it."""
    around = root.parent
    trap, calls, output = around / "trap", around / "calls", around / "verdicts.json"
    trap.mkdir()
    for program in ("gs", "gswin64c", "convert", "dot", "sh", "xdg-open", "djpeg", "cjpeg"):
        (trap / program).write_text(f"#!{shutil.which('sh')}\ntouch {around}/pwned\n")
        (trap / program).chmod(0o755)
    watch = ["strace", "-f", "-qq", "-y", "--seccomp-bpf", "-s", "4096", "-o", str(calls),
             "-e", f"trace={','.join('?' + name for name in _TRACED)}"]  # fmt: skip
    program = [sys.executable, str(HERE / "judging.py"), str(root), str(around / "state"),
               str(output), str(corpus.TIMEOUT_S)]  # fmt: skip
    environment = {**os.environ, "PATH": f"{trap}{os.pathsep}{os.environ['PATH']}"}
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    before = corpus.fingerprint(root)
    done = subprocess.run(
        [*places.command_without_powers(), *(watch if can_trace() else []), *program],
        cwd=around, env=environment, capture_output=True, text=True, timeout=HANG_S, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return {
        "verdicts": {k: tuple(v) for k, v in json.loads(output.read_text("utf-8")).items()},
        "printed": done.stdout + done.stderr,
        "unchanged": corpus.fingerprint(root) == before,
        "calls": calls.read_text("utf-8", "replace").splitlines() if calls.exists() else None,
    }


def can_trace():
    """Tell whether strace is here, and allowed to watch."""
    if shutil.which("strace") is None:
        return False
    trial = ["strace", "-f", "-qq", "--seccomp-bpf", "-e", "trace=execve", "-o", os.devnull, "true"]
    return subprocess.run(trial, check=False, capture_output=True).returncode == 0


@pytest.fixture
def calls(audited):
    if audited["calls"] is None:
        pytest.skip("strace is not here, or may not watch")
    return audited["calls"]


def test_every_kind_gets_the_verdict_of_the_golden_table(root, audited):
    golden = corpus.load_golden()
    assert len(golden) > 80
    left_out = set()
    if not places.can_deny():
        left_out |= set(places.DENIED)
    left_out |= {name for name in places.DEVICES if not os.path.lexists(root / name)}
    expected = {kind: verdict for kind, verdict in golden.items() if kind not in left_out}
    found = {kind: v for kind, v in audited["verdicts"].items() if kind not in left_out}
    different = [
        f"{kind}: {found.get(kind)}, golden: {expected.get(kind)}"
        for kind in sorted(expected.keys() | found.keys())
        if found.get(kind) != expected.get(kind)
    ]
    assert not different, "\n".join(different)


def test_nothing_is_printed_that_a_file_says(audited):
    assert audited["printed"] == ""


def test_the_corpus_is_left_as_it_was(audited):
    assert audited["unchanged"]


def test_no_other_program_runs(root, audited, calls):
    assert not (root.parent / "pwned").exists()
    started = {re.search(r'execve(?:at)?\([^"]*"([^"]+)"', line)[1] for line in calls
               if re.search(r"\bexecve(at)?\(", line)}  # fmt: skip
    assert started
    assert {os.path.realpath(program) for program in started} == {os.path.realpath(sys.executable)}


def test_nothing_is_contacted_but_its_own_workers(calls):
    contacts = [line for line in calls if re.search(r"\b(connect|socket)\(", line)]
    assert not [line for line in contacts if "AF_UNIX" not in line and "resumed>" not in line]


def test_nothing_below_the_root_is_opened_for_writing_or_changed(root, calls):
    opened = [line for line in calls if re.search(r"\bopen(at|at2)?\(", line)]
    assert any(str(root) in line for line in opened)
    assert not [line for line in opened if str(root) in line and _WRITING.search(line)]
    changing = re.compile(rf"\b({'|'.join(_CHANGING)})\(")
    assert not [line for line in calls if changing.search(line) and str(root) in line]


def test_each_kind_alone_ends_within_a_gigabyte(root):
    kinds = [
        path.relative_to(root).as_posix()
        for family in ("bombs", "disguises", "floods", "metadata", "oddities")
        for path in sorted((root / family).iterdir())
    ] + ["places/sparse-4-gigabytes.jpg", "places/sparse-32-megabytes.png", "places/pipe.jpg"]
    assert len(kinds) > 80
    with ThreadPoolExecutor(2) as threads:
        rows = [row for part in threads.map(read_alone, [root] * 2, (kinds[::2], kinds[1::2]))
                for row in part]  # fmt: skip
    assert sorted(row["path"] for row in rows) == sorted(kinds)
    golden = corpus.load_golden()
    wrong = [
        row for row in rows
        if row["peak_bytes"] > ROOM_BYTES
        or row["outcome"] != golden[names.encode(row["path"])][0]
    ]  # fmt: skip
    assert not wrong, "\n".join(map(str, wrong))


def read_alone(root, kinds):
    inspectors = ",".join(reference(v()) for v in all_validators().values() if v.columns)
    program = [sys.executable, HERE / "alone.py", root, str(corpus.TIMEOUT_S), inspectors, *kinds]
    done = subprocess.run(program, capture_output=True, text=True, timeout=HANG_S, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return [json.loads(line) for line in done.stdout.splitlines()]
