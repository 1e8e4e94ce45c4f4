"""The review of a data set in a bucket: what is decided is in the bucket before it is saved."""

import json
import time

import buckets
import pytest
from pictures import jpeg
from review_pages import actions, questions_of, waiting

import catsclean
from catsclean.errors import StateError
from catsclean.objects import bucket_state
from catsclean.objects.bucket_client import Bucket, Patience
from catsclean.reviewing.session import Review
from catsclean.reviewing.work import PageWork

JOURNAL = "P.catsclean/decisions.jsonl"
QUICK = {"workers": 1, "content": False}


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """Return a function that goes on as another machine would, with an empty folder of its own."""

    def go_to(name):
        bucket_state.close_all()
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / name))

    go_to("first")
    yield go_to
    bucket_state.close_all()


@pytest.fixture
def store(moto, monkeypatch, machine):
    """A bucket with a pair of altered copies, audited; a request that fails is not repeated."""
    buckets.use(monkeypatch, moto.url)
    monkeypatch.setattr(bucket_state, "Bucket", lambda at: Bucket(at, Patience(tries=0)))
    made = moto.make()
    for number in range(4):
        made.put(f"P/Cat/{number}.jpg", jpeg(seed=number, size=(160, 120)))
        made.put(f"P/Dog/{number}.jpg", jpeg(seed=50 + number, size=(160, 120)))
    made.put("P/Dog/same.jpg", jpeg(seed=2, size=(160, 120)))
    catsclean.audit(f"s3://{made.name}/P", **QUICK)
    yield made
    moto.meddle = None


def open_review(store):
    return Review(catsclean.load_audit(f"s3://{store.name}/P"))


def first_question(review):
    return questions_of(review, waiting(review)[0]["key"])[0]


def answer(review, entry="entry-0001", action="keep"):
    question = first_question(review)
    decisions = [{"row": one["row"], "action": action} for one in question["pictures"][:1]]
    given = {"question": question["key"], "decisions": decisions, "expected": ""}
    return review.save({"entry": entry, "answers": [given]})


def entries(store):
    if JOURNAL not in store.all_keys():
        return []
    return [json.loads(line)["entry"] for line in store.get(JOURNAL).splitlines()]


def test_an_answer_is_in_the_bucket_and_another_machine_goes_on(store, machine):
    answer(open_review(store))
    assert entries(store) == ["entry-0001"]
    machine("second")
    review = open_review(store)
    assert sum(queue["answered"] for queue in review.summary()["queues"]) == 1
    assert first_question(review)["answer"]["decisions"][0]["action"] == "keep"


def test_an_answer_of_another_machine_is_seen_when_the_page_is_loaded(store):
    review = open_review(store)
    answer(review)
    line = store.get(JOURNAL)
    store.put(JOURNAL, line + line.replace(b"entry-0001", b"entry-0002"))
    review.summary()
    assert first_question(review)["answer"]["entry"] == "entry-0002"


@pytest.mark.parametrize("lost", [503, buckets.LOST], ids=["refused", "answer lost"])
def test_an_answer_that_did_not_reach_the_bucket_is_not_saved_and_then_saved_once(
    store, moto, lost
):
    review = open_review(store)
    moto.meddle = lambda method, path: lost if method == "PUT" and path.endswith("jsonl") else None
    with pytest.raises(StateError, match="cannot write to the state"):
        answer(review)
    moto.meddle = None
    _, taken = answer(review)
    assert taken
    assert entries(store) == ["entry-0001"]


def test_while_another_command_works_on_the_bucket_an_answer_waits(store):
    review = open_review(store)
    holder = {"who": "b@c", "pid": 1, "id": "x", "lease_s": 120}
    store.put("P.catsclean/lock", json.dumps(holder).encode())
    with pytest.raises(StateError, match="another catsclean"):
        answer(review)
    assert entries(store) == []
    store.put("P.catsclean/lock", b"")
    assert answer(review)[1]
    assert entries(store) == ["entry-0001"]


def test_a_clean_from_the_page_moves_objects(store):
    audit = catsclean.load_audit(f"s3://{store.name}/P")
    answer(Review(audit), action="quarantine")
    work = PageWork(audit.state, lambda: None)
    work.clean(work.plan()["id"])
    while work.job.running:
        time.sleep(0.05)
    assert not work.job.failed, work.job.said
    moved = [key for key in store.all_keys() if "/quarantine/" in key and key.endswith(".jpg")]
    decided = actions(json.loads(store.get(JOURNAL).splitlines()[0])["answers"][0])
    assert len(moved) == len(decided) == 1
