"""Objects of a bucket move to a quarantine beside the data and back, as files of a folder do."""

import json

import buckets
import pytest
from cleaned_bucket import DATA, LEAVING, QUICK, STATE, below
from packed import make_tar
from pictures import jpeg

import catsclean
from catsclean.auditing.kept_view import read_kept
from catsclean.errors import CleaningError, StateError, UsageError
from catsclean.objects import bucket_state
from catsclean.objects.bucket_client import Bucket, Patience

OTHER = b"another picture"


@pytest.fixture(autouse=True)
def fresh(there):
    there.restore()
    there.server.ignores_conditions = False
    there.server.log.clear()
    yield
    there.restart()
    there.server.ignores_conditions = False
    there.store.keep_versions(False)


def when(there, method, inside, act=lambda: None, status=None, times=1):
    """Do something before, or answer a status to, the first such requests."""
    left = iter(range(times))

    def meddle(asked, where):
        if asked == method and inside in where and next(left, None) is not None:
            act()
            return status
        return None

    there.server.meddle = meddle


def test_a_clean_moves_and_an_undo_brings_back_every_byte(there):
    result = there.clean()
    assert set(result.moved) == LEAVING
    assert result.unaccounted == 0
    there.check_cleaned()
    restored = there.undo()
    assert set(restored.restored) == LEAVING
    there.check_as_before()


def test_the_same_is_moved_and_said_as_in_a_folder(there, tmp_path):
    for path, data in there.pictures.items():
        place = tmp_path / "PetImages" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    catsclean.audit(tmp_path / "PetImages", **QUICK)
    plans = [catsclean.plan_cleaning(root) for root in (tmp_path / "PetImages", there.url)]
    assert plans[0].to_pandas().equals(plans[1].to_pandas())
    local, remote = (plan.apply() for plan in plans)
    assert (local.moved, local.refused) == (remote.moved, remote.refused)


def test_no_picture_is_read_and_an_object_takes_seven_requests(there):
    there.clean()
    assert there.server.count("files/")["COPY"] == len(LEAVING)
    at_a_picture = there.server.count("Cat/2.jpg")
    assert at_a_picture == {"HEAD": 5, "COPY": 1, "DELETE": 1}
    read = [path for method, path in there.server.log if method == "GET" and DATA in path]
    assert read == []


def test_an_audit_after_a_clean_sees_the_objects_gone_and_after_an_undo_back(there):
    first = catsclean.load_audit(there.url)
    there.clean()
    there.restart()
    there.server.log.clear()
    after = catsclean.audit(there.url, **QUICK)
    assert not LEAVING & set(after.manifest.table["path"])
    assert there.server.count(DATA)["GET"] == 0
    there.restart()
    there.undo()
    there.restart()
    again = catsclean.audit(there.url, **QUICK)
    assert again.findings == first.findings
    assert again.manifest.table["sha256"].equals(first.manifest.table["sha256"])


def test_the_log_of_another_machine_shows_the_clean(there, monkeypatch, tmp_path):
    result = there.clean()
    there.restart()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "another"))
    (run,) = catsclean.cleaning_log(there.url)
    assert (run.run, run.state, run.moved) == (result.run, "done", len(LEAVING))
    assert {file.path for file in run.files} == LEAVING
    there.restart()
    assert set(catsclean.undo(there.url).restored) == LEAVING
    there.check_as_before()


def test_one_file_comes_back_and_is_kept(there):
    there.clean()
    plan = catsclean.plan_cleaning(there.url, keep=["Cat/2.jpg"])
    assert set(plan.returns) == {"Cat/2.jpg"}
    assert plan.apply().returned == ("Cat/2.jpg",)
    assert there.aside().keys() == LEAVING - {"Cat/2.jpg"}
    assert there.in_place()["Cat/2.jpg"] == there.pictures["Cat/2.jpg"]


def test_versions_of_a_bucket_are_recorded_and_none_is_lost(there):
    there.store.keep_versions()
    there.store.put(f"{DATA}Cat/2.jpg", there.pictures["Cat/2.jpg"])
    there.clean()
    stored = next(e["stored"] for e in there.journals()[0]["entries"] if e["path"] == "Cat/2.jpg")
    kept = there.store.versions(f"{DATA}Cat/2.jpg")
    assert kept[-2] == (stored["version"], there.pictures["Cat/2.jpg"])
    assert kept[-1] == (stored["marker"], None)
    there.undo()
    there.check_as_before()


def test_what_changed_since_the_audit_stays(there):
    for path, data in {"Cat/2.jpg": OTHER, "Dog/copy.jpg": jpeg(seed=77)}.items():
        there.store.put(DATA + path, data)
    result = there.clean()
    refused = dict(result.refused)
    assert "changed since the audit" in refused["Cat/2.jpg"]
    assert "changed since the audit" in refused["Dog/copy.jpg"]
    assert "stays, because its picture stays" in refused["Dog/copy.txt"]
    assert there.aside() == {}
    assert there.in_place()["Cat/2.jpg"] == OTHER


def test_other_bytes_of_the_same_size_are_noticed(there):
    data = there.pictures["Cat/2.jpg"]
    there.store.put(f"{DATA}Cat/2.jpg", data[:-3] + b"xyz")
    assert "its bytes differ" in dict(there.clean().refused)["Cat/2.jpg"]


@pytest.mark.parametrize("ignores", [False, True])
def test_what_changes_before_the_copy_stays(there, ignores):
    there.server.ignores_conditions = ignores
    when(there, "COPY", "Cat/2.jpg", lambda: there.store.put(f"{DATA}Cat/2.jpg", OTHER))
    result = there.clean()
    assert "was replaced while it was moved" in dict(result.refused)["Cat/2.jpg"]
    assert there.in_place()["Cat/2.jpg"] == OTHER
    assert "Cat/2.jpg" not in there.aside()


def test_what_changes_between_copy_and_deletion_is_never_deleted(there):
    when(there, "DELETE", "Cat/2.jpg", lambda: there.store.put(f"{DATA}Cat/2.jpg", OTHER))
    result = there.clean()
    assert "Cat/2.jpg" in result.moved
    assert there.in_place()["Cat/2.jpg"] == OTHER
    assert there.aside()["Cat/2.jpg"] == there.pictures["Cat/2.jpg"]
    undone = there.undo()
    assert dict(undone.refused)["Cat/2.jpg"].endswith("another file is in its place")
    assert there.in_place()["Cat/2.jpg"] == OTHER
    assert there.aside() == {"Cat/2.jpg": there.pictures["Cat/2.jpg"]}


def test_without_conditions_what_changes_after_the_copy_is_never_deleted(there):
    there.server.ignores_conditions = True
    copied = []

    def meddle(method, where):
        if copied and method == "HEAD" and where.endswith("files/Cat/2.jpg"):
            there.store.put(f"{DATA}Cat/2.jpg", OTHER)
        copied.extend([where] * (method == "COPY" and where.endswith("Cat/2.jpg")))

    there.server.meddle = meddle
    assert "Cat/2.jpg" in there.clean().moved
    assert there.in_place()["Cat/2.jpg"] == OTHER
    assert there.aside()["Cat/2.jpg"] == there.pictures["Cat/2.jpg"]


def test_an_object_under_the_key_in_the_quarantine_is_never_replaced(there):
    key = []

    def take():
        run = next(p for m, p in there.server.log if m == "PUT" and "journal" in p).split("/")[-2]
        key.append(f"{STATE}quarantine/{run}/files/Cat/2.jpg")
        there.store.put(key[0], OTHER)

    when(there, "COPY", "Cat/2.jpg", take)
    result = there.clean()
    assert "another file is in its place" in dict(result.refused)["Cat/2.jpg"]
    assert there.store.get(key[0]) == OTHER
    assert there.in_place()["Cat/2.jpg"] == there.pictures["Cat/2.jpg"]


def test_an_undo_overwrites_nothing(there):
    there.clean()
    when(there, "COPY", "Cat/2.jpg", lambda: there.store.put(f"{DATA}Cat/2.jpg", OTHER))
    undone = there.undo()
    assert "another file is in its place" in dict(undone.refused)["Cat/2.jpg"]
    assert there.in_place()["Cat/2.jpg"] == OTHER
    assert there.aside() == {"Cat/2.jpg": there.pictures["Cat/2.jpg"]}
    there.store.delete(f"{DATA}Cat/2.jpg")
    there.server.meddle = None
    assert there.undo().restored == ("Cat/2.jpg",)
    there.check_as_before()


def test_a_copy_stays_if_the_one_to_keep_has_changed(there):
    there.store.put(f"{DATA}Dog/0.jpg", OTHER)
    refused = dict(there.clean().refused)
    assert "stays, because the copy to keep, Dog/0.jpg, changed" in refused["Dog/copy.jpg"]
    assert "Dog/copy.jpg" in there.in_place()


def test_the_last_copy_of_a_picture_stays(there):
    plan = catsclean.plan_cleaning(there.url, quarantine=["Dog/0.jpg", "Dog/copy.jpg"])
    assert "the last copy of its picture" in {kept.why for kept in plan.kept_back}


def test_without_permission_to_copy_nothing_moves(there):
    when(there, "COPY", "", status=403, times=10)
    result = there.clean()
    assert result.moved == ()
    assert "refuses access (status 403)" in dict(result.refused)["Cat/2.jpg"]
    assert there.in_place() == there.pictures


def test_without_permission_to_delete_nothing_moves_and_one_copy_is_tried(there):
    when(there, "DELETE", DATA, status=403, times=10)
    result = there.clean()
    assert result.moved == ()
    assert "lets nothing be deleted" in dict(result.refused)["Cat/2.jpg"]
    assert there.server.count()["COPY"] == 1
    assert there.in_place() == there.pictures
    assert there.aside() == {}


def test_a_copy_that_cannot_be_deleted_either_is_named(there):
    when(there, "DELETE", "", status=403, times=10)
    (path, why), *_ = there.clean().refused
    assert f"its copy stays at s3://{there.store.name}/{STATE}quarantine/" in why
    assert there.aside() == {path: there.pictures[path]}


@pytest.mark.parametrize("method", ["HEAD", "COPY", "DELETE"])
def test_a_bucket_that_fails_ends_the_clean_and_the_next_completes_it(there, method):
    when(there, method, DATA if method == "DELETE" else "/files/", status=503, times=10**6)
    with pytest.raises(CleaningError, match=r"status 503\)\. Nothing is lost"):
        there.clean()
    there.check_nothing_is_lost()
    there.restart()
    there.clean()
    there.check_cleaned()


@pytest.mark.parametrize("requests", range(14))
def test_an_answer_that_is_lost_loses_nothing(there, requests):
    left = iter([None] * requests + [buckets.LOST])
    changes = {"PUT", "COPY", "DELETE"}
    there.server.meddle = lambda method, _: next(left, None) if method in changes else None
    try:
        there.clean()
    except (CleaningError, StateError):
        there.check_nothing_is_lost()
        there.restart()
        there.clean()
    there.restart()
    there.check_cleaned()


def test_requests_that_are_repeated_meet_their_own_work(there, monkeypatch):
    monkeypatch.setattr(
        bucket_state, "Bucket", lambda at: Bucket(at, Patience(tries=2, backoff_s=0.01))
    )
    done = set()

    def lose_the_first(method, where):
        new = method in {"COPY", "DELETE", "PUT"} and "/lock" not in where
        new = new and (method, where) not in done
        done.add((method, where))
        return buckets.LOST if new else None

    there.server.meddle = lose_the_first
    result = there.clean()
    assert set(result.moved) == LEAVING
    there.restart()
    there.check_cleaned()


def test_a_server_that_knows_no_conditions_is_asked_without(there):
    when(there, "COPY", "", status=501)
    there.clean()
    there.check_cleaned()
    there.restart()
    there.server.log.clear()
    when(there, "DELETE", "", status=501)
    there.undo()
    there.check_as_before()


def test_an_object_whose_copy_has_another_etag_is_read_to_check_it(there):
    found = there.store.backend.get_object(there.store.name, f"{DATA}Cat/2.jpg")
    found._etag = "0123456789abcdef0123456789abcdef-2"  # as an upload in parts has
    there.clean()
    there.check_cleaned()
    read = [path for method, path in there.server.log if method == "GET" and "2.jpg" in path]
    assert len(read) == 2
    there.undo()
    there.check_as_before()


def test_without_the_cache_of_the_audit_the_bytes_are_read(there):
    there.store.delete(f"{STATE}cache/evidence.arrow")
    there.clean()
    there.check_cleaned()
    assert there.server.count("Cat/2.jpg")["GET"] == 1


def test_keys_that_are_not_paths_do_not_stop_a_clean(there):
    there.store.put(f"{DATA}Dog//odd.jpg", OTHER)
    there.clean()
    assert there.aside().keys() == LEAVING
    assert there.store.get(f"{DATA}Dog//odd.jpg") == OTHER


def test_the_second_of_two_cleaners_is_told_who_works_there(there):
    plan = catsclean.plan_cleaning(there.url)
    other = bucket_state.open_data_set(there.url, writes=True)
    try:
        with pytest.raises(StateError, match="another catsclean"):
            plan.apply()
    finally:
        other.lease.release()
    assert there.in_place() == there.pictures


def test_a_cleaner_whose_lock_was_taken_over_deletes_nothing_more(there, monkeypatch):
    taken = []

    def take_over():
        lease = next(iter(leases))
        lease._lost = True
        taken.append(lease)

    leases = []
    made = bucket_state.Lease

    def note(*given):
        leases.append(made(*given))
        return leases[-1]

    monkeypatch.setattr(bucket_state, "Lease", note)
    plan = catsclean.plan_cleaning(there.url)
    when(there, "COPY", "", take_over)
    with pytest.raises(StateError, match="took over the work"):
        plan.apply()
    assert there.server.count(DATA)["DELETE"] == 0
    assert there.in_place() == there.pictures
    there.restart()
    there.clean()
    there.check_cleaned()


def test_a_new_label_is_recorded_and_nothing_moves(there):
    plan = catsclean.plan_cleaning(there.url, select=[], relabel={"Cat/1.jpg": "Dog"})
    assert [(one.path, one.target) for one in plan.relabels] == [("Cat/1.jpg", "Cat/1.jpg")]
    plan.apply()
    assert there.in_place() == there.pictures
    there.restart()
    table = catsclean.audit(there.url, **QUICK).manifest.table.set_index("path")
    assert table.loc["Cat/1.jpg", "label"] == "Dog"
    there.restart()
    there.undo()
    there.restart()
    assert catsclean.load_audit(there.url).manifest.table.set_index("path").loc[
        "Cat/1.jpg", "label"
    ] == "Cat"  # fmt: skip


def test_what_was_left_out_by_a_decision_alone_stays_there_and_left_out(there):
    catsclean.record_decisions(there.url, quarantine=["Dog/0.jpg"])
    there.restart()
    plan = catsclean.plan_cleaning(there.url)
    why = {kept.path: kept.why for kept in plan.kept_back}
    assert why["Dog/copy.jpg"] == "the last copy of its picture"
    plan = catsclean.plan_cleaning(there.url, select=[], keep=["Dog/0.jpg"])
    assert plan.decided == ("Dog/0.jpg",)
    plan.apply()
    assert not read_kept(plan.state)["Dog/0.jpg"].left_out
    catsclean.undo(there.url)
    assert read_kept(plan.state)["Dog/0.jpg"].left_out


def test_pictures_in_containers_never_move(there, tmp_path):
    make_tar(tmp_path / "a.tar", {"Cat/1.jpg": jpeg(1), "Dog/1.jpg": b"no picture"})
    there.store.put("shards/a.tar", (tmp_path / "a.tar").read_bytes())
    url = f"s3://{there.store.name}/shards"
    catsclean.audit(url, **QUICK)
    with pytest.raises(UsageError, match="lie in a bucket, where catsclean moves and changes"):
        catsclean.plan_cleaning(url)


def test_with_its_state_on_this_machine_nothing_moves(there, tmp_path):
    state = tmp_path / "state"
    catsclean.audit(there.url, state_dir=state, **QUICK)
    with pytest.raises(UsageError, match="moves and changes nothing"):
        catsclean.plan_cleaning(there.url, state_dir=state)
    with pytest.raises(UsageError, match="nothing was ever moved"):
        catsclean.undo(there.url, state_dir=state)
    (state / "quarantine").mkdir()  # as somebody may who copies the state of another machine
    with pytest.raises(UsageError, match="nothing moves in 's3://"):
        catsclean.undo(there.url, state_dir=state)


def test_what_an_undo_brought_back_after_an_audit_is_unknown_to_it(there):
    there.clean()
    there.restart()
    catsclean.audit(there.url, **QUICK)
    there.restart()
    there.undo()
    there.restart()
    assert catsclean.plan_cleaning(there.url).came_back == ("Cat/2.jpg", "Dog/copy.jpg")


def test_a_bucket_that_fails_ends_the_plan_and_another_try_makes_it(there):
    there.clean()
    there.restart()
    when(there, "HEAD", DATA, status=503, times=10**6)
    with pytest.raises(CleaningError, match=r"cannot read 's3://.*status 503\)\. Try again"):
        catsclean.plan_cleaning(there.url)
    there.restart()
    assert catsclean.plan_cleaning(there.url).count == 0


def test_the_command_line_shows_moves_logs_and_restores(there, run):
    said = []

    def catsclean_says(*arguments):
        code, out, err = run(*arguments)
        said.append(out + err)
        return code, out + err

    code, text = catsclean_says("clean", there.url)
    assert code == 0
    moved = "2 files (1 of them a sidecar file) would move to"
    assert f"{moved} {there.url}.catsclean/quarantine." in text
    assert there.in_place() == there.pictures
    code, text = catsclean_says("clean", there.url, "--apply")
    assert (code, "2 files (1 of them a sidecar file) moved to quarantine" in text) == (0, True)
    code, text = catsclean_says("log", there.url, "--files")
    assert (code, "Dog/copy.jpg moved exact-duplicate" in text) == (0, True)
    code, text = catsclean_says("fix", there.url)
    assert code == 2
    assert "lie in a bucket, where catsclean repairs nothing" in text
    code, text = catsclean_says("undo", there.url)
    assert (code, "2 files restored" in text) == (0, True)
    there.check_as_before()
    state = b"".join(below(there.store.contents(STATE), STATE).values()).decode("latin-1")
    for secret in (buckets.SECRET, buckets.KEY_ID):
        assert secret not in "".join(said) + state
    for place in ("catsclean-spool-", "user-cache", "/dev/shm"):
        assert place not in "".join(said)


@pytest.mark.parametrize("status", [403, 500])
def test_no_secret_is_in_a_message_about_a_request_that_failed(there, status, capfd):
    when(there, "COPY", "", status=status, times=10)
    try:
        shown = str(there.clean().refused)
    except CleaningError as error:
        shown = str(error)
    assert str(status) in shown
    shown += "".join(capfd.readouterr()) + json.dumps(there.journals())
    assert buckets.SECRET not in shown
    assert buckets.KEY_ID not in shown
