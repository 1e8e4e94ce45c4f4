"""A chunk of files in a worker: each has one outcome, and the process is restricted."""

import hashlib
import os
import socket
import subprocess
import sys
import textwrap

import pytest
from embedders import CannotLoad, FailsToEmbed, MeanColours
from pictures import jpeg

from catsclean.core.evidence import Outcome
from catsclean.core.limits import Limits
from catsclean.images import decoding, read_file
from catsclean.scan import worker
from catsclean.scan.embedding import VECTOR, VECTOR_FAILURE
from catsclean.validators.base import Validator


class Inspecting(Validator):
    """Does what the test says."""

    name = "inspecting"
    family = "file"
    columns = {"seen": False}  # noqa: RUF012

    def __init__(self, inspect):
        self._inspect = inspect

    def inspect(self, image):
        return self._inspect(image)

    def judge(self, evidence):
        return ()


def scan(root, *paths, inspectors=(), **limits):
    """Return outcome and detail of each file."""
    found = worker.scan_chunk(worker.Task(str(root), paths, Limits(**limits), inspectors))
    return list(zip(found["outcome"], found["outcome_detail"], strict=True))


def test_what_is_not_a_file_or_too_large_or_gone_is_said(tmp_path):
    (tmp_path / "large.jpg").write_bytes(bytes(2_000))
    os.mkfifo(tmp_path / "pipe.jpg")
    assert scan(tmp_path, "large.jpg", "pipe.jpg", "gone.jpg", max_bytes=1_000) == [
        (Outcome.OVER_LIMIT, "2,000 bytes, limit 1,000 bytes (--max-bytes)"),
        (Outcome.SPECIAL, "a named pipe"),
        (Outcome.CHANGED, "No such file or directory"),
    ]


def test_a_file_that_does_not_fit_into_memory_is_said(tmp_path, monkeypatch):
    def fail(*_):
        raise MemoryError

    monkeypatch.setattr(read_file.FolderReader, "read", fail)
    assert scan(tmp_path, "1.jpg", memory_bytes=2**30) == [
        (Outcome.MEMORY, "needs more than 1,024 MiB of memory")
    ]


def test_an_inspection_that_does_not_fit_into_memory_is_said(tmp_path):
    def fail(_image):
        raise MemoryError

    (tmp_path / "1.jpg").write_bytes(jpeg(1))
    [(outcome, _)] = scan(tmp_path, "1.jpg", inspectors=(Inspecting(fail),))
    assert outcome == Outcome.MEMORY


def test_a_file_that_takes_too_much_memory_to_look_through_is_said(tmp_path, monkeypatch):
    def fail(*_):
        raise MemoryError

    (tmp_path / "1.jpg").write_bytes(jpeg(1))
    monkeypatch.setattr(decoding, "open_image", fail)
    [(outcome, _)] = scan(tmp_path, "1.jpg")
    assert outcome == Outcome.MEMORY


def test_bytes_have_the_evidence_that_a_file_would_have(tmp_path):
    data = jpeg(1)
    (tmp_path / "1.jpg").write_bytes(data)
    seeing = Inspecting(lambda _: {"seen": True})
    columns = worker.scan_chunk(worker.Task(str(tmp_path), ("1.jpg",), Limits(), (seeing,)))
    found = worker.evidence_of("1.jpg", data, Limits(), (seeing,))
    assert found["sha256"] == hashlib.sha256(data).hexdigest()
    assert found["seen"] is True
    assert repr(found) == repr({name: values[0] for name, values in columns.items()})


def test_a_column_that_a_validator_does_not_declare_is_its_failure(tmp_path):
    (tmp_path / "1.jpg").write_bytes(jpeg(1))
    undeclared = Inspecting(lambda _: {"other": 1})
    task = worker.Task(str(tmp_path), ("1.jpg",), Limits(), (undeclared,))
    found = worker.scan_chunk(task)
    assert "inspect returned ['other'], missing in `columns`" in found["validator_failures"][0]
    assert found["outcome"] == [Outcome.DECODED]


def test_one_traceback_is_kept_of_each_kind_of_failure(tmp_path):
    for name in ("1.jpg", "2.jpg"):
        (tmp_path / name).write_bytes(jpeg(1))
    failing = Inspecting(lambda _: 1 / 0)
    task = worker.Task(str(tmp_path), ("1.jpg", "2.jpg"), Limits(), (failing,))
    found = worker.scan_chunk(task)
    assert all("ZeroDivisionError" in each for each in found["validator_failures"])
    assert [bool(each) for each in found["validator_tracebacks"]] == [True, False]


def test_a_file_is_inspected_again_or_the_reason_told(tmp_path):
    (tmp_path / "1.jpg").write_bytes(jpeg(1))
    (tmp_path / "cut.jpg").write_bytes(jpeg(1)[:400])
    seeing = Inspecting(lambda _: {"seen": True})
    with read_file.FolderReader(tmp_path) as folders:
        assert worker.inspect_again(folders, "1.jpg", Limits(), [seeing]) == {"seen": True}
        for path, why in (("gone.jpg", "FileNotFoundError"), ("cut.jpg", "ReadingEndedError")):
            found = worker.inspect_again(folders, path, Limits(), [seeing, seeing])
            assert found["validator_failures"].count(f"inspecting: {why}: ") == 2


@pytest.fixture
def embedder(monkeypatch):
    """Load an embedder as a worker does when it starts."""

    def load(one):
        monkeypatch.setattr(worker, "_loaded", worker._Loaded())
        worker._load_embedder(one)

    return load


def embedded(root, count):
    paths = tuple(f"{number}.jpg" for number in range(count))
    for number, path in enumerate(paths):
        (root / path).write_bytes(jpeg(number))
    return worker.scan_chunk(worker.Task(str(root), paths, Limits(), ()))


def test_the_pictures_of_a_chunk_are_embedded_a_few_at_a_time(tmp_path, embedder):
    few, taken = MeanColours(), []
    few.batch_pictures = 2
    embedder(few)
    embed = few.embed
    few.embed = lambda batch: [taken.append(len(batch)), embed(batch)][1]
    found = embedded(tmp_path, 5)
    assert taken == [2, 2, 1]
    assert all(found[VECTOR])
    assert found[VECTOR_FAILURE] == [""] * 5


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        (CannotLoad, "the embedder cannot be loaded: no weights here"),
        (FailsToEmbed, "the embedder fails at a black picture: RuntimeError: no memory for 1"),
    ],
)
def test_without_its_embedder_a_worker_reads_files_and_says_why(tmp_path, embedder, broken, why):
    embedder(broken())
    found = embedded(tmp_path, 2)
    assert found["outcome"] == [Outcome.DECODED] * 2
    assert all(each.startswith(why) for each in found[VECTOR_FAILURE])
    assert VECTOR not in found


def run(code, *arguments):
    """Run code in a process of its own, which it may restrict."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_worker_neither_writes_nor_starts_programs_nor_connects(tmp_path):
    code = """
        import os, socket, subprocess, sys
        from catsclean.scan import worker

        folder, port = sys.argv[1:]
        def write(): open(folder + "/new.txt", "w")
        def remove(): os.remove(folder + "/old.txt")
        def rename(): os.rename(folder + "/old.txt", folder + "/new.txt")
        def start(): subprocess.run(["true"])
        def connect(): socket.create_connection(("127.0.0.1", int(port)))
        worker.prepare(2**31)
        for one in (write, remove, rename, start, connect):
            try:
                one()
            except PermissionError as error:
                print(error)
        print(open(folder + "/old.txt").read(), open(os.devnull, "w").write("x"))
    """
    (tmp_path / "old.txt").write_text("old")
    with socket.create_server(("127.0.0.1", 0)) as server:
        said = run(code, tmp_path, server.getsockname()[1])
    assert said == [
        "a worker never opens a file for writing",
        *(
            f"a worker never does this: {event}"
            for event in ("os.remove", "os.rename", "subprocess.Popen", "socket.connect")
        ),
        "old 1",
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["old.txt"]


MEMORY = """
    import pathlib, resource, sys
    from catsclean.scan import worker

    def refuse(*_, **__): raise FileNotFoundError(2, "no such file")
    def limits(): return resource.getrlimit(resource.RLIMIT_AS)
    if sys.argv[1] == "without /proc":
        pathlib.Path.read_text = refuse
    if sys.argv[1] == "with a limit":
        resource.setrlimit(resource.RLIMIT_AS, (2**36, 2**36))
    before = limits()
    worker.prepare(2**40)
    print(limits() == before, limits()[0] > 2**40, limits()[1] == before[1])
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
@pytest.mark.parametrize(
    ("system", "said"),
    [
        ("with /proc", "False True True"),
        ("without /proc", "True False True"),
        ("with a limit", "True False True"),
    ],
)
def test_memory_is_bounded_where_the_system_says_how_much_is_in_use(system, said):
    before = run("import resource; print(resource.getrlimit(resource.RLIMIT_AS))")
    if before != ["(-1, -1)"]:
        pytest.skip("memory is bounded here already")
    assert run(MEMORY, system) == [said]
