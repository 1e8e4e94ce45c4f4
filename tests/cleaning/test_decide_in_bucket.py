"""Decisions about pictures in a bucket are recorded, and nothing is ever moved there."""

import json
import subprocess
import sys

import buckets
import pytest
from pictures import jpeg, make_dataset

import catsclean
from catsclean.errors import UsageError
from catsclean.objects import bucket_state

QUICK = {"content": False, "workers": 1}


@pytest.fixture
def store(moto, monkeypatch, tmp_path):
    buckets.use(monkeypatch, moto.url)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user-cache"))
    root = tmp_path / "PetImages"
    make_dataset(root, {"Cat": 4, "Dog": 4})
    (root / "Dog/copy.jpg").write_bytes((root / "Dog/0.jpg").read_bytes())
    (root / "Cat/dark.jpg").write_bytes(jpeg(seed=5, size=(30, 20)))
    made = moto.make(f"d-{abs(hash(tmp_path)):x}")
    made.put_folder(root, "PetImages")
    yield made
    bucket_state.close_all()


@pytest.fixture
def url(store):
    found = f"s3://{store.name}/PetImages"
    catsclean.audit(found, **QUICK)
    return found


def run(*arguments, cwd):
    command = [sys.executable, "-m", "catsclean", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd)
    return done.returncode, " ".join(done.stdout.split()), " ".join(done.stderr.split())


def decisions_of(audit, **entries):
    digests = audit.manifest.table.set_index("path")["sha256"]
    return {
        "kind": "catsclean-decisions",
        "schema_version": 1,
        "root": "PetImages",
        "decisions": [
            {"path": path, "sha256": digests[path], "action": what}
            for path, what in entries.items()
        ],
    }


def data_of(store):
    return [key for key in store.all_keys() if ".catsclean/" not in key]


def test_what_a_person_leaves_out_is_left_out_by_splits_and_stays_there(store, url):
    before = data_of(store)
    found = catsclean.record_decisions(url, quarantine=["Cat/1.jpg"], relabel={"Cat/2.jpg": "Dog"})
    assert found.left_out == ("Cat/1.jpg",)
    assert any(key.endswith("PetImages.catsclean/kept.json") for key in store.all_keys())
    bucket_state.close_all()
    table = catsclean.split(url, {"train": 0.5, "val": 0.5}).manifest.table.set_index("path")
    assert table.loc["Cat/1.jpg", "split"] is not table.loc["Cat/0.jpg", "split"]
    assert table["split"].isna()["Cat/1.jpg"]
    assert table.loc["Cat/2.jpg", "label"] == "Dog"
    again = catsclean.audit(url, **QUICK).manifest.table.set_index("path")
    assert again.loc["Cat/1.jpg", "status"] == "drop"
    assert again.loc["Cat/2.jpg", "label"] == "Dog"
    assert data_of(store) == before


def test_the_command_line_records_decisions_and_says_that_nothing_moves(store, url, tmp_path):
    before = data_of(store)
    code, _, said = run("clean", url, cwd=tmp_path)
    assert code == 2
    assert "lie in a bucket, where catsclean moves and changes nothing" in said
    audit = catsclean.load_audit(url)
    file = tmp_path / "decisions.json"
    file.write_text(json.dumps(decisions_of(audit, **{"Cat/1.jpg": "quarantine"})))
    code, said, _ = run("clean", url, file, cwd=tmp_path)
    assert (code, "Would record: " in said) == (0, True)
    code, said, _ = run("clean", url, file, "--apply", cwd=tmp_path)
    assert (code, "1 picture to leave out" in said) == (0, True)
    code, said, _ = run("log", url, cwd=tmp_path)
    assert code == 0
    assert "Nothing was ever moved: the pictures lie in a bucket" in said
    assert "1 decision is recorded" in said
    code, _, said = run("undo", url, cwd=tmp_path)
    assert code == 2
    assert "nothing was ever moved" in said
    code, _, said = run("fix", url, cwd=tmp_path)
    assert code == 2
    assert "lie in a bucket" in said
    code, said, _ = run("labels", "export", "labels.csv", url, cwd=tmp_path)
    assert code == 0
    assert data_of(store) == before


def test_neither_the_page_nor_the_table_promises_that_files_move(url, tmp_path):
    audit = catsclean.load_audit(url)
    audit.save_html(tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text()
    assert "These pictures lie in a bucket: nothing is ever moved there." in page
    for promise in ("sets these aside", "move to the quarantine", "moves the safe files"):
        assert promise not in page
    assert "files that a split leaves out" in page


def test_python_says_that_nothing_can_be_moved(url):
    with pytest.raises(UsageError, match="lie in a bucket"):
        catsclean.plan_cleaning(url)
    with pytest.raises(UsageError, match="nothing was ever moved"):
        catsclean.undo(url)
    assert list(catsclean.cleaning_log(url)) == []
