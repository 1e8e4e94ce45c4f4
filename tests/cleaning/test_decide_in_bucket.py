"""Decisions about pictures in a bucket can be recorded alone; then nothing moves there."""

import json

import buckets
import pytest
from pictures import jpeg, make_dataset

import catsclean
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
    made = moto.make()
    made.put_folder(root, "PetImages")
    yield made
    bucket_state.close_all()


@pytest.fixture
def url(store):
    found = f"s3://{store.name}/PetImages"
    catsclean.audit(found, **QUICK)
    return found


@pytest.fixture
def own_state(store, tmp_path):
    """An audit by somebody who may only read the bucket."""
    state = tmp_path / "state"
    catsclean.audit(f"s3://{store.name}/PetImages", state_dir=state, **QUICK)
    return state


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


def test_the_command_line_records_decisions_if_its_state_is_elsewhere(
    store, own_state, run, tmp_path
):
    url, place = f"s3://{store.name}/PetImages", ["--state-dir", own_state]
    before = store.contents()
    code, _, said = run("clean", url, *place)
    assert code == 2
    assert "lie in a bucket, where catsclean moves and changes nothing" in said
    audit = catsclean.load_audit(url, own_state)
    file = tmp_path / "decisions.json"
    file.write_text(json.dumps(decisions_of(audit, **{"Cat/1.jpg": "quarantine"})))
    code, said, _ = run("clean", url, file, *place)
    assert (code, "Would record: " in said) == (0, True)
    code, said, _ = run("clean", url, file, "--apply", *place)
    assert (code, "1 picture to leave out" in said) == (0, True)
    code, said, _ = run("log", url, *place)
    assert code == 0
    assert "Nothing was ever moved: the pictures lie in a bucket" in said
    assert "1 decision is recorded" in said
    code, _, said = run("undo", url, *place)
    assert code == 2
    assert "nothing was ever moved" in said
    code, said, _ = run("labels", "export", tmp_path / "labels.csv", url, *place)
    assert code == 0
    assert store.contents() == before


def test_the_page_promises_only_what_clean_does(store, url, own_state, tmp_path):
    catsclean.load_audit(url).save_html(tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text()
    assert "sets these aside" in page
    assert "nothing is ever moved there" not in page
    catsclean.load_audit(url, own_state).save_html(tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text()
    assert "These pictures lie in a bucket: nothing is ever moved there." in page
    for promise in ("sets these aside", "move to the quarantine", "moves the safe files"):
        assert promise not in page
    assert "files that a split leaves out" in page


def test_the_log_counts_decisions_that_no_clean_recorded(url, run):
    catsclean.record_decisions(url, quarantine=["Cat/1.jpg"])
    bucket_state.close_all()
    code, said, _ = run("log", url)
    assert (code, said) == (0, "Never cleaned. 1 decision is recorded.")
