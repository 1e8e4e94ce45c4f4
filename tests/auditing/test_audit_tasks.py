"""Tasks read what an audit would, on any machines; the audit that follows reads nothing again."""

import json
import os
import shutil
import subprocess
import sys
import tarfile

import poison
import pyarrow as pa
import pytest
from embedders import MeanColours, NamedColours, make_colours
from pictures import jpeg, make_dataset

import catsclean
from catsclean.core.cache_files import read_table, writing_tables
from catsclean.core.state import StateFolder
from catsclean.errors import DatasetError, StateError, UsageError
from catsclean.reports.json_format import render
from catsclean.scan import cache as caches
from catsclean.scan.cache import METADATA_KEY
from catsclean.scan.picture_vectors import Vectors
from catsclean.testing.practice import make_practice

FAST = catsclean.Limits(timeout_s=0.5)


def age(root):
    """Make files older than the clock's grain, within which the cache trusts no time."""
    for path in root.rglob("*"):
        if path.is_file() and not path.is_symlink():
            os.utime(path, (1e9, 1e9))


@pytest.fixture
def pets(tmp_path):
    root = make_dataset(tmp_path / "pets", {"Cat": 10, "Dog": 10})
    age(root)
    return root


@pytest.fixture
def poisoned(pets, tmp_path):
    with pytest.MonkeyPatch.context() as patch:
        poison.install_here(tmp_path / "site", patch)
        poison.plant(pets)
        yield pets
    poison.uninstall_here()


def parts_of(root):
    return sorted((StateFolder.of(root).cache).glob("part-*"))


def run_all(plan):
    return [catsclean.run_task(plan, number) for number in range(plan.tasks)]


def said(audit):
    """Everything that an audit concludes: findings, and the manifest as bytes."""
    return render(audit), audit.state.manifest.read_bytes()


def test_the_audit_after_all_tasks_reads_nothing_and_says_the_same(tmp_path):
    root = make_practice(tmp_path / "PetImages", count=24, seed=11).root
    age(root)
    alone = catsclean.audit(root, select=["all"], workers=2, state_dir=tmp_path / "alone")
    plan = catsclean.plan_audit(root, task_files=40)
    results = run_all(plan)
    assert plan.tasks == len(parts_of(root)) >= 3
    assert sum(result.files for result in results) == plan.files == alone.summary["files_read"]
    audit = catsclean.audit(root, select=["all"])
    assert (audit.summary["files_read"], audit.summary["files_reused"]) == (0, plan.files)
    assert audit.summary["plan_notes"] == []
    assert said(audit) == said(alone)
    assert [path.name for path in audit.state.cache.glob("p*-*")] == []
    assert catsclean.audit(root, select=["all"]).summary["files_read"] == 0


def test_a_plan_has_only_what_nobody_has_read(pets):
    plan = catsclean.plan_audit(pets, task_files=6)
    assert (plan.tasks, plan.files, plan.known) == (4, 20, 0)
    catsclean.run_task(plan, 2)
    rest = catsclean.plan_audit(pets, task_files=6)
    assert (rest.tasks, rest.files, rest.known) == (3, 14, 6)
    assert plan.count_done() == 1
    audit = catsclean.audit(pets)
    assert (audit.summary["files_read"], audit.summary["files_reused"]) == (14, 6)
    [other, missing] = sorted(audit.summary["plan_notes"], key=len, reverse=plan.id < rest.id)
    assert {other[:8], missing[:8]} == {"3 of 4 t", "3 of 3 t"}
    after = catsclean.plan_audit(pets)
    assert (after.path, after.tasks, after.known) == (None, 0, 20)


def test_a_plan_made_twice_is_the_same_file(pets):
    first = catsclean.plan_audit(pets)
    inode = first.path.stat().st_ino
    again = catsclean.plan_audit(pets)
    assert (again.path, again.path.stat().st_ino) == (first.path, inode)
    assert catsclean.plan_audit(pets, limits=FAST).path != first.path
    assert catsclean.plan_audit(pets, exclude="Cat/").files == 10


def test_a_committed_part_is_left_alone(pets):
    plan = catsclean.plan_audit(pets, task_files=10)
    first = catsclean.run_task(plan, 1)
    [part] = parts_of(pets)
    before = part.stat()
    again = catsclean.run_task(plan.path, 1)
    assert (first.was_done, again.was_done) == (False, True)
    assert parts_of(pets) == [part]
    assert (part.stat().st_ino, part.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_part_that_is_damaged_is_read_again(pets):
    plan = catsclean.plan_audit(pets)
    catsclean.run_task(plan, 0)
    [part] = parts_of(pets)
    whole = part.read_bytes()
    part.write_bytes(whole[: len(whole) // 2])
    assert not catsclean.run_task(plan, 0).was_done
    assert part.read_bytes() == whole
    assert catsclean.audit(pets).summary["files_read"] == 0


def test_two_runs_of_a_task_at_once_end_with_one_part(pets):
    plan = catsclean.plan_audit(pets)
    command = [sys.executable, "-m", "catsclean", "task", os.fspath(plan.path), "0"]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    lines = [process.communicate()[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert all(line.startswith("Task 0 of 1: ") for line in lines)
    assert len(parts_of(pets)) == 1
    assert [path.name for path in plan.path.parent.glob(".*")] == []
    assert catsclean.audit(pets).summary["files_read"] == 0


def test_a_task_whose_temporary_file_is_taken_away_commits_all_the_same(pets, monkeypatch):
    """Where machines do not see each other's locks, one clears away what another is writing."""
    plan = catsclean.plan_audit(pets)
    write, calls = caches.Cache._write, []

    def lose_the_first(self, path, *arguments, **named):
        calls.append(path)
        if len(calls) == 1:
            raise FileNotFoundError(2, "No such file or directory")
        write(self, path, *arguments, **named)

    monkeypatch.setattr(caches.Cache, "_write", lose_the_first)
    assert not catsclean.run_task(plan, 0).was_done
    assert len(parts_of(pets)) == 1


@pytest.mark.parametrize("when", ["before the task", "after the task"])
def test_a_file_that_changes_is_read_again_by_the_audit(pets, tmp_path, when):
    plan = catsclean.plan_audit(pets)
    if when == "after the task":
        catsclean.run_task(plan, 0)
    (pets / "Cat" / "3.jpg").write_bytes(jpeg(77))
    (pets / "Dog" / "new.jpg").write_bytes(jpeg(78))
    (pets / "Dog" / "4.jpg").unlink()
    os.utime(pets / "Cat" / "3.jpg", (1e9 + 5, 1e9 + 5))
    if when == "before the task":
        assert catsclean.run_task(plan, 0).not_examined == 0
    audit = catsclean.audit(pets)
    assert (audit.summary["files_read"], audit.summary["files_reused"]) == (2, 18)
    assert said(audit) == said(catsclean.audit(pets, state_dir=tmp_path / "alone"))


def test_files_that_kill_or_hang_their_reader_cost_one_finding_each(poisoned, tmp_path):
    plan = catsclean.plan_audit(poisoned, limits=FAST, task_files=12)
    assert sum(result.not_examined for result in run_all(plan)) == 3
    audit = catsclean.audit(poisoned, limits=FAST)
    # they belong to this audit, which does not repeat them; the next one tries them again
    assert (audit.summary["files_read"], audit.summary["not_judged"]) == (0, 3)
    assert dict(audit.summary["not_examined"]) == {
        "Cat/poison-exit.jpg": "crashed",
        "Dog/poison-abort.jpg": "crashed",
        "Dog/poison-hang.jpg": "timeout",
    }
    alone = catsclean.audit(poisoned, limits=FAST, state_dir=tmp_path / "alone")
    assert said(audit) == said(alone)
    assert catsclean.audit(poisoned, limits=FAST).summary["files_read"] == 3


def test_an_audit_with_other_limits_says_so_reads_itself_and_spoils_nothing(pets):
    plan = catsclean.plan_audit(pets)
    catsclean.run_task(plan, 0)
    other = catsclean.audit(pets, limits=catsclean.Limits(max_pixels=1_000))
    assert other.summary["files_read"] == 20
    [note] = other.summary["plan_notes"]
    assert note == (
        f"The plan {plan.path.name} was made with max_pixels=50,000,000 (this audit: 1,000). The"
        " audit cannot use what its tasks read, and reads the files itself."
    )
    assert catsclean.audit(pets).summary["files_read"] == 0
    assert parts_of(pets) == []


def test_tasks_find_the_data_set_where_another_machine_mounts_it(pets, tmp_path):
    plan = catsclean.plan_audit(pets)
    elsewhere = tmp_path / "mnt"
    elsewhere.mkdir()
    for folder in (pets, plan.path.parents[1]):
        folder.rename(elsewhere / folder.name)
    moved = elsewhere / plan.path.relative_to(tmp_path)
    assert catsclean.run_task(moved, 0).files == 20
    assert catsclean.audit(elsewhere / "pets").summary["files_read"] == 0
    with pytest.raises(UsageError, match="there is no plan here"):
        catsclean.run_task(plan.path, 0)


def test_a_machine_without_the_data_set_says_so(pets, tmp_path):
    plan = catsclean.plan_audit(pets)
    pets.rename(tmp_path / "away")
    with pytest.raises(DatasetError, match="the data set of the plan is not here"):
        catsclean.run_task(plan.path, 0)
    pets.mkdir()  # a mount point without its mount
    with pytest.raises(DatasetError, match="none of the 20 files of this task can be read"):
        catsclean.run_task(plan.path, 0)
    assert parts_of(pets) == []


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_folders_that_links_lead_into_are_never_taken_from_the_plan(pets, tmp_path):
    outside = make_dataset(tmp_path / "outside", {"Cat": 2})
    age(outside)
    (pets / "Cat" / "link.jpg").symlink_to(outside / "Cat" / "0.jpg")
    plan = catsclean.plan_audit(pets, follow_links_to=outside)
    assert plan.files == 21
    with pytest.raises(UsageError, match="Use these options: --follow-links-to"):
        catsclean.run_task(plan.path, 0)
    assert catsclean.run_task(plan.path, 0, follow_links_to=[outside]).files == 21
    audit = catsclean.audit(pets, follow_links_to=outside)
    assert (audit.summary["files_read"], audit.summary["files_reused"]) == (0, 21)


@pytest.mark.parametrize("number", [-1, 2, 10**9, "one", True])
def test_a_task_that_is_not_there_is_told(pets, number):
    plan = catsclean.plan_audit(pets, task_files=10)
    with pytest.raises(UsageError):
        catsclean.run_task(plan, number)


def test_what_is_no_plan_is_told(pets, tmp_path):
    plan = catsclean.plan_audit(pets)
    for name, text in (("plan-0123456789abcdef.arrow", b"none"), ("other.arrow", b"")):
        (tmp_path / name).write_bytes(text)
        with pytest.raises(UsageError, match="not a plan of this version"):
            catsclean.run_task(tmp_path / name, 0)
    whole = plan.path.read_bytes()
    plan.path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(StateError, match="the plan cannot be read"):
        catsclean.run_task(plan, 0)


@pytest.mark.parametrize(
    "change",
    [{"limits": {"max_pixels": "many"}}, {"limits": {"other": 1}}, {"follow_links_to": None},
     {"tasks": None}, {"root": 3, "root_from_here": 3}, {"exclude": 1}, {"made_ns": "now"}],
)  # fmt: skip
def test_a_plan_with_odd_settings_is_refused(pets, change):
    plan = catsclean.plan_audit(pets)
    table = read_table(plan.path)
    header = {**json.loads(table.schema.metadata[METADATA_KEY]), **change}
    table = table.replace_schema_metadata({METADATA_KEY: json.dumps(header).encode()})
    with writing_tables(plan.path, table.schema) as writer:
        writer.write_table(table)
    with pytest.raises(StateError, match="the plan cannot be read"):
        catsclean.run_task(plan.path, 0)


def test_paths_that_lead_out_of_the_data_set_are_not_read(pets, tmp_path):
    """Whoever made the data set may have put a plan beside it."""
    plan = catsclean.plan_audit(pets)
    (tmp_path / "secret.jpg").write_bytes(jpeg(5))
    table = read_table(plan.path)
    paths = table.column("path").to_pylist()
    paths[0] = "../secret.jpg"
    table = table.set_column(0, "path", pa.array(paths))
    with writing_tables(plan.path, table.schema) as writer:
        writer.write_table(table)
    catsclean.run_task(plan.path, 0)
    rows = read_table(parts_of(pets)[0]).to_pylist()
    assert rows[0]["outcome"] == "crashed"
    assert rows[0]["sha256"] is None
    assert catsclean.audit(pets).summary["files_read"] == 1


def test_a_class_of_an_audited_set_gets_no_plan(pets):
    catsclean.audit(pets)
    with pytest.raises(UsageError, match="a part of the audited data set"):
        catsclean.plan_audit(pets / "Cat")
    shutil.rmtree(StateFolder.of(pets).path)


def test_pictures_in_containers_are_read_by_tasks_too(pets, tmp_path):
    shards = tmp_path / "shards"
    shards.mkdir()
    files = sorted(path for path in pets.rglob("*.jpg"))
    for number in range(2):
        with tarfile.open(shards / f"{number}.tar", "w") as shard:
            for path in files[number::2]:
                shard.add(path, path.relative_to(pets))
    age(shards)
    plan = catsclean.plan_audit(shards, task_files=7)
    assert (plan.tasks, plan.files) == (3, 20)
    assert sum(result.not_examined for result in run_all(plan)) == 0
    audit = catsclean.audit(shards)
    assert (audit.summary["files_read"], audit.summary["files_reused"]) == (0, 20)
    assert said(audit) == said(catsclean.audit(shards, state_dir=tmp_path / "alone"))
    one = catsclean.plan_audit([shards / "1.tar"], task_files=7, state_dir=tmp_path / "one")
    assert (one.tasks, one.files, one.root) == (2, 10, shards / "1.tar")
    run_all(one)
    audit = catsclean.audit(shards / "1.tar", state_dir=tmp_path / "one")
    assert (audit.summary["files_read"], audit.summary["files_reused"]) == (0, 10)


@pytest.fixture
def colours(tmp_path):
    root = tmp_path / "colours"
    make_colours(root, 30)
    age(root)
    return root


def no_embedding(*_, **__):
    pytest.fail("the audit embeds")


def test_tasks_compute_the_vectors_that_the_audit_finds(colours, tmp_path, monkeypatch):
    alone = catsclean.audit(colours, embedder=NamedColours(), state_dir=tmp_path / "alone")
    plan = catsclean.plan_audit(colours, embedder=NamedColours(), task_files=25)
    assert (plan.tasks, plan.files, plan.embedder) == (3, 60, "named")
    for number in range(plan.tasks):
        catsclean.run_task(plan.path, number, embedder=NamedColours())
    assert len(list(plan.path.parent.glob("vectors/*/part-*.npy"))) == 3
    monkeypatch.setattr(Vectors, "keep", no_embedding)
    audit = catsclean.audit(colours, embedder=NamedColours())
    assert audit.summary["files_read"] == 0
    assert audit.content is not None
    assert said(audit) == said(alone)


def test_pictures_that_only_lack_a_vector_are_planned(colours):
    catsclean.audit(colours, content=False)
    assert catsclean.plan_audit(colours, content=False).tasks == 0
    plan = catsclean.plan_audit(colours, embedder=NamedColours())
    assert (plan.files, plan.known) == (60, 0)
    catsclean.run_task(plan, 0, embedder=NamedColours())
    assert catsclean.plan_audit(colours, embedder=NamedColours()).tasks == 0
    assert catsclean.plan_audit(colours, embedder=MeanColours()).files == 60
    assert catsclean.audit(colours, embedder=NamedColours()).summary["files_read"] == 0


def test_a_task_whose_evidence_was_not_committed_repeats_its_vectors(colours, monkeypatch):
    plan = catsclean.plan_audit(colours, embedder=NamedColours())

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(caches.Cache, "save_task", full)
        with pytest.raises(StateError, match="No space left"):
            catsclean.run_task(plan, 0, embedder=NamedColours())
    [vectors] = plan.path.parent.glob("vectors/*/part-*.npy")
    before = vectors.read_bytes()
    assert not catsclean.run_task(plan, 0, embedder=NamedColours()).was_done
    assert vectors.read_bytes() == before
    assert catsclean.run_task(plan, 0, embedder=NamedColours()).was_done


def test_the_embedder_of_a_plan_must_be_named_and_never_comes_from_its_file(colours):
    plan = catsclean.plan_audit(colours, embedder=NamedColours())
    with pytest.raises(UsageError, match=r"made with the embedder 'named'\. Received: 'lite0'"):
        catsclean.run_task(plan.path, 0)
    other = NamedColours()
    other.version = "2" * 64
    with pytest.raises(UsageError, match="Received: 'named' in another version"):
        catsclean.run_task(plan.path, 0, embedder=other)
    without = catsclean.plan_audit(colours, content=False)
    with pytest.raises(UsageError, match="the plan examines no content"):
        catsclean.run_task(without, 0, embedder=NamedColours())
    with pytest.raises(UsageError, match="an embedder is named, but content is not to be"):
        catsclean.plan_audit(colours, content=False, embedder=NamedColours())


def test_few_pictures_need_no_vectors(pets):
    assert catsclean.plan_audit(pets, embedder=NamedColours()).embedder == ""


def test_a_plan_of_an_earlier_version_has_no_vectors_and_still_works(pets):
    plan = catsclean.plan_audit(pets)
    table = read_table(plan.path)
    header = json.loads(table.schema.metadata[METADATA_KEY])
    earlier = {name: value for name, value in header.items() if not name.startswith("embedder")}
    table = table.replace_schema_metadata({METADATA_KEY: json.dumps(earlier).encode()})
    with writing_tables(plan.path, table.schema) as writer:
        writer.write_table(table)
    assert catsclean.run_task(plan.path, 0).files == 20
    assert catsclean.audit(pets).summary["files_read"] == 0
