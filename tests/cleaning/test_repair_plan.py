"""Plan repairs of an audited data set, carry them out, and take them back."""

import hashlib
import json
import os
import shutil
import unicodedata

import numpy as np
import pytest
from cleaning.conftest import tree
from pictures import draw, encode, jpeg
from PIL import Image
from repaired import applied, opened, oriented

import catsclean
from catsclean.auditing.kept_view import read_kept
from catsclean.cleaning import cleaning_log, plan_cleaning, plan_repairs, save_decisions, undo
from catsclean.cleaning.decision_journal import DecisionJournal, ReviewAnswer
from catsclean.cleaning.decisions import KIND, Action, Decision
from catsclean.cleaning.loaders import LOADERS
from catsclean.cleaning.mend_in_workers import PART_BYTES, fetch_repaired
from catsclean.core.state import StateFolder
from catsclean.errors import StateError, UsageError
from catsclean.images.formats.sniff import ending_of, is_wrong_ending
from catsclean.validators.trailing_data import TrailingData

# Exif data with a maker and nothing else
MAKER = b"MM\0*\0\0\0\10" + b"\0\1" + b"\1\17\0\2\0\0\0\4Ann\0" + bytes(4)
OLD = 1_600_000_000_123_456_789
FILES = {
    "Cat/misnamed.jpg": lambda: encode(draw(50), "PNG"),
    "Cat/misnamed.jpg.json": lambda: b'{"of": "the whole name"}',
    "Cat/misnamed.txt": lambda: b"of the stem",
    "Cat/tail.jpg": lambda: jpeg(60) + b"hidden",
    "Cat/unended.jpg": lambda: jpeg(61)[:-2],
    "Cat/cut.jpg": lambda: jpeg(63)[:3000],
    "Dog/palette.gif": lambda: encode(draw(64).quantize(), "GIF"),
    "Dog/scan.tif": lambda: encode(draw(65), "TIFF"),
    "Dog/scan.txt": lambda: b"a caption",
    "Dog/sideways.jpg": lambda: oriented(67, 6),
    "Dog/maker.jpg": lambda: encode(draw(69), exif=b"Exif\0\0" + MAKER),
    "Dog/large.png": lambda: encode(draw(68, (900, 700)), "PNG") + b"hidden",
}


def snapshot(root):
    return {
        path.relative_to(root).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns,
                                            path.stat().st_mode)
        for path in root.rglob("*")
        if path.is_file()
    }  # fmt: skip


def copied(folder, source):
    for name in ("Pets", "Pets.catsclean"):
        shutil.copytree(source / name, folder / name, symlinks=True)
    return StateFolder.of(folder / "Pets")


@pytest.fixture(scope="module")
def audited_once(tmp_path_factory):
    """A data set with something to repair, and its audit."""
    folder = tmp_path_factory.mktemp("repair")
    for number in range(8):
        FILES.setdefault(f"{'Dog' if number % 2 else 'Cat'}/{number}.jpg",
                         lambda number=number: jpeg(number))  # fmt: skip
    for path, make in FILES.items():
        place = folder / "Pets" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(make())
        place.chmod(0o640)
        os.utime(place, ns=(OLD, OLD))
    catsclean.audit(folder / "Pets", select="all", ignore="content")
    return folder


@pytest.fixture
def state(audited_once, tmp_path):
    return copied(tmp_path, audited_once)


@pytest.fixture(scope="module")
def planned(audited_once, tmp_path_factory):
    """A plan of a copy, and the bytes that it makes."""
    state = copied(tmp_path_factory.mktemp("planned"), audited_once)
    plan = plan_repairs(state)
    return plan, dict(fetch_repaired(state.root, list(plan._patients.values()), plan._wishes))


def test_each_finding_leads_to_the_repair_that_its_validator_offers(planned):
    plan, _ = planned
    found = {one.path: (one.target, one.repairs, one.lossless) for one in plan.repairs}
    assert found == {
        "Cat/misnamed.jpg": ("Cat/misnamed.png", ("correct-extension",), True),
        "Cat/misnamed.jpg.json": ("Cat/misnamed.png.json", (), True),
        "Cat/tail.jpg": ("Cat/tail.jpg", ("cut-tail",), True),
        "Cat/unended.jpg": ("Cat/unended.jpg", ("add-end-mark",), True),
        "Dog/large.png": ("Dog/large.png", ("cut-tail",), True),
        "Dog/palette.gif": ("Dog/palette.png", ("flatten-mode",), True),
        "Dog/scan.tif": ("Dog/scan.png", ("make-loadable",), True),
        "Dog/sideways.jpg": ("Dog/sideways.jpg", ("apply-orientation",), False),
    }


def test_a_plan_as_a_table_has_a_row_for_each_file_and_says_what_it_costs(planned):
    plan, _ = planned
    table = plan.to_pandas().set_index("path")
    assert list(table.index) == sorted([one.path for one in plan.repairs] + ["Cat/cut.jpg"])
    assert table.loc["Cat/cut.jpg", "action"] == "stay"
    assert table.loc["Dog/scan.tif"].to_list() == [
        "repair", "Dog/scan.png", "unsupported-by-tensorflow", "make-loadable", True,
        "make-loadable: lossless, PNG",
    ]  # fmt: skip
    assert repr(plan) == "<RepairPlan for 'Pets': 7 to repair, 1 kept back>"
    assert (plan.count, plan.tried) == (7, 8)


def test_a_picture_without_some_rows_is_left_to_clean(planned):
    plan, _ = planned
    (kept,) = [one for one in plan.kept_back if one.path == "Cat/cut.jpg"]
    assert "rows of the picture are missing" in kept.why


def test_an_audit_finds_nothing_of_what_was_repaired_and_undo_is_exact(state):
    before = snapshot(state.root)
    manifest = state.manifest.read_bytes()
    table = catsclean.load_audit(state).manifest.table
    plan = plan_repairs(state)
    asked = {name for one in plan.repairs for name in one.validators} - {"sidecar"}
    result = plan.apply()
    assert (result.refused, result.unaccounted, result.moved) == ((), 0, ())
    rows = catsclean.load_audit(state).manifest.table.set_index("path")
    assert rows.loc["Dog/scan.png", "format"] == "PNG"
    assert rows.loc["Dog/scan.png", "status"] == "keep"
    assert "Dog/scan.tif" not in rows.index
    assert manifest != state.manifest.read_bytes()
    audit = catsclean.audit(state.root, select="all", ignore="content")
    left = {f.path for f in audit.findings if f.validator in asked} - {None}
    assert left == {"Cat/cut.jpg"}
    done = undo(state)
    assert (done.refused, done.missing, done.unaccounted) == ((), (), 0)
    assert snapshot(state.root) == before
    del table


def test_undo_brings_the_rows_of_the_manifest_back(state, planned):
    before = catsclean.load_audit(state).manifest.table
    plan_repairs(state, select=["wrong-extension", "trailing-data"]).apply()
    undo(state)
    assert catsclean.load_audit(state).manifest.table.equals(before)


def test_repaired_files_get_the_permissions_of_the_originals(state):
    plan_repairs(state, select="trailing-data").apply()
    assert (state.root / "Cat/tail.jpg").stat().st_mode & 0o777 == 0o640


def test_a_decisions_file_names_what_is_repaired_and_does_so_once(state, tmp_path):
    rows = catsclean.load_audit(state).manifest.table.set_index("path")
    entries = [{"path": path, "action": "fix", "sha256": rows.loc[path, "sha256"]}
               for path in ("Cat/tail.jpg", "Cat/0.jpg")]  # fmt: skip
    document = {"schema_version": 1, "kind": KIND, "root": "Pets", "decisions": entries}
    file = tmp_path / "decisions.json"
    file.write_text(json.dumps(document))
    told = []
    plan = plan_repairs(state, decisions=file, progress=lambda *now: told.append(now))
    assert [one.path for one in plan.repairs] == ["Cat/tail.jpg"]
    assert [one.path for one in plan.kept_back] == ["Cat/0.jpg"]
    assert told[-1] == (1, 1)
    run = plan.apply().run
    again = plan_repairs(state, decisions=file)
    whys = {one.path: one.why for one in again.kept_back}
    assert whys["Cat/tail.jpg"] == f"repaired or set aside already, by run {run}"
    assert again.repairs == ()


def test_what_its_validator_would_still_find_in_it_stays_as_it_is(state, monkeypatch):
    # as a validator of another distribution may whose repair does not serve
    monkeypatch.setattr(
        TrailingData, "judge", lambda self, found: self.findings(found.decoded, "as before")
    )
    (state.root / "Cat/misnamed.png.json").write_bytes(b"of another picture")
    plan = plan_repairs(state, select=["trailing-data", "wrong-extension"])
    whys = {one.path: one.why for one in plan.kept_back}
    assert whys == {
        "Cat/tail.jpg": "trailing-data would still find: as before",
        "Dog/large.png": "trailing-data would still find: as before",
        "Cat/misnamed.jpg.json": "stays: another file is named Cat/misnamed.png.json",
    }
    assert [one.path for one in plan.repairs] == ["Cat/misnamed.jpg"]


def test_the_log_names_both_digests_and_the_repair(state):
    original = hashlib.sha256((state.root / "Cat/tail.jpg").read_bytes()).hexdigest()
    plan_repairs(state, select="trailing-data").apply()
    repaired = hashlib.sha256((state.root / "Cat/tail.jpg").read_bytes()).hexdigest()
    (run,) = cleaning_log(state)
    (file,) = [one for one in run.files if one.path == "Cat/tail.jpg"]
    assert (file.sha256, file.made_sha256) == (original, repaired)
    assert file.how == "cut-tail: lossless"


def test_a_large_result_comes_back_in_parts(planned):
    _, made = planned
    assert len(made["Dog/large.png"]) > PART_BYTES
    assert made["Dog/large.png"] == encode(draw(68, (900, 700)), "PNG")


def test_a_taken_name_gets_a_number_whatever_its_case_or_accents(state):
    plan = plan_repairs(state, select="wrong-extension")
    (state.root / "Cat/MISNAMED.PNG").write_bytes(b"another file")
    again = plan_repairs(state, select="wrong-extension")
    assert plan.repairs[0].target == "Cat/misnamed.png"
    assert again.repairs[0].target == "Cat/misnamed-2.png"


def test_a_name_that_was_taken_since_the_plan_is_never_overwritten(state):
    plan = plan_repairs(state, select="wrong-extension")
    (state.root / "Cat/misnamed.png").write_bytes(b"another file")
    result = plan.apply()
    assert {path for path, _ in result.refused} == {"Cat/misnamed.jpg", "Cat/misnamed.jpg.json"}
    assert (state.root / "Cat/misnamed.png").read_bytes() == b"another file"


def test_a_file_that_changed_since_the_audit_is_refused(state):
    (state.root / "Cat/tail.jpg").write_bytes(jpeg(99) + b"more")
    plan = plan_repairs(state, select="trailing-data")
    whys = {one.path: one.why for one in plan.kept_back}
    assert whys["Cat/tail.jpg"] == "changed since the audit: its bytes differ"


def test_a_file_that_changed_since_the_plan_is_refused(state):
    plan = plan_repairs(state, select="trailing-data")
    (state.root / "Cat/tail.jpg").write_bytes(jpeg(99) + b"more")
    result = plan.apply()
    assert [path for path, _ in result.refused] == ["Cat/tail.jpg"]
    assert (state.root / "Cat/tail.jpg").read_bytes() == jpeg(99) + b"more"
    assert not list(state.quarantine.glob("*/made"))


def test_a_repaired_file_that_somebody_changed_is_set_aside_by_undo(state):
    plan_repairs(state, select="trailing-data").apply()
    (state.root / "Cat/tail.jpg").write_bytes(b"drawn over")
    done = undo(state)
    assert (state.root / "Cat/tail.jpg").read_bytes() == jpeg(60) + b"hidden"
    ((path, place),) = done.changed
    assert path == "Cat/tail.jpg"
    assert (state.quarantine / place).read_bytes() == b"drawn over"


def test_a_repaired_file_that_is_gone_does_not_keep_the_original_from_returning(state):
    plan_repairs(state, select="trailing-data").apply()
    (state.root / "Cat/tail.jpg").unlink()
    undo(state)
    assert (state.root / "Cat/tail.jpg").read_bytes() == jpeg(60) + b"hidden"


def test_a_run_cannot_be_undone_before_a_later_one_on_the_same_file(state):
    first = plan_repairs(state, select="wrong-extension").apply().run
    audit = catsclean.audit(state.root, ignore="content")
    catsclean.plan_cleaning(audit, quarantine=["Cat/misnamed.png"]).apply()
    done = undo(state, first)
    assert "undo that run first" in dict(done.refused)["Cat/misnamed.jpg"]
    undo(state)
    assert undo(state, first).refused == ()
    assert (state.root / "Cat/misnamed.jpg").exists()


def test_a_clean_after_a_repair_leaves_repaired_pictures_in_place(state):
    """The findings are about the bytes before: an audit has to look at the repaired ones."""
    plan_repairs(state).apply()
    moved = {move.path for moves in plan_cleaning(state).moves.values() for move in moves}
    assert moved == {"Cat/cut.jpg"}
    catsclean.audit(state.root, content=False)
    moved = {move.path for moves in plan_cleaning(state).moves.values() for move in moves}
    assert moved == {"Cat/cut.jpg"}


def test_after_an_undone_repair_a_clean_acts_on_the_findings_again(state):
    before = {move.path for moves in plan_cleaning(state).moves.values() for move in moves}
    plan_repairs(state).apply()
    undo(state)
    after = {move.path for moves in plan_cleaning(state).moves.values() for move in moves}
    assert after == before
    assert "Cat/unended.jpg" in after


def test_what_was_repaired_is_not_planned_again(state):
    plan_repairs(state).apply()
    again = plan_repairs(state)
    assert again.repairs == ()
    assert {one.path for one in again.kept_back} == {"Cat/cut.jpg"}
    assert catsclean.plan_cleaning(state, unsafe=True).refused == ()


def test_what_most_pictures_have_is_repaired_only_if_it_is_selected(tmp_path):
    for number in range(12):
        path = tmp_path / f"Pets/{'Dog' if number % 2 else 'Cat'}/{number}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(jpeg(number) if number < 2 else oriented(number, 6))
    audit = catsclean.audit(tmp_path / "Pets", ignore="content")
    assert plan_repairs(audit).repairs == ()
    plan = plan_repairs(audit, select="orientation-not-applied")
    assert (plan.count, plan.kept_back) == (10, ())


def test_a_link_is_never_repaired(state):
    target = state.root / "Cat/tail.jpg"
    target.rename(state.root.parent / "elsewhere.jpg")
    target.symlink_to("../../elsewhere.jpg")
    plan = plan_repairs(state, select="trailing-data")
    assert "is a link" in {one.path: one.why for one in plan.kept_back}["Cat/tail.jpg"]


def test_another_name_of_a_hard_link_keeps_its_bytes(state):
    other = state.root.parent / "other.jpg"
    other.hardlink_to(state.root / "Cat/tail.jpg")
    plan_repairs(state, select="trailing-data").apply()
    assert other.read_bytes() == jpeg(60) + b"hidden"
    assert (state.root / "Cat/tail.jpg").read_bytes() == jpeg(60)


def test_a_picture_that_was_decided_to_stay_is_not_repaired(state):
    catsclean.plan_cleaning(state, select=[], keep=["Dog/sideways.jpg"]).apply()
    plan = plan_repairs(state, select="orientation-not-applied")
    assert "decided: keep" in plan.kept_back[0].why
    assert not plan.repairs


def test_without_loss_only_what_leaves_every_pixel_is_done(state):
    plan = plan_repairs(state, lossless=True)
    assert all(one.lossless for one in plan.repairs)
    assert "Dog/sideways.jpg" in {one.path for one in plan.kept_back}


def test_for_keras_what_its_loader_does_not_list_is_renamed_or_encoded(state):
    (state.root / "Cat/0.jpg").rename(state.root / "Cat/0.jfif")
    (state.root / "Cat/2.webp").write_bytes(encode(draw(80), "WEBP"))
    audit = catsclean.audit(state.root, ignore="content")
    found = {one.path: one.target for one in plan_repairs(audit, loader="keras").repairs}
    assert found["Cat/0.jfif"] == "Cat/0.jpg"
    assert found["Cat/2.webp"] == "Cat/2-2.jpg"


def test_for_torch_a_tiff_stays_and_a_gif_becomes_a_png(state):
    plan = plan_repairs(state, loader="torch", ignore="unusual-colour-mode")
    found = {one.path: one.target for one in plan.repairs}
    assert "Dog/scan.tif" not in found
    assert found["Dog/palette.gif"] == "Dog/palette.png"


@pytest.fixture(scope="module")
def misnamed(tmp_path_factory):
    """One picture of each format, all called .jpg, and their audit."""
    root = tmp_path_factory.mktemp("misnamed") / "Pets"
    kinds = ("WEBP", "AVIF", "GIF", "TIFF", "PPM", "ICO", "JPEG2000", "BMP", "PNG")
    for seed, kind in enumerate(kinds):
        path = root / ("Cat" if seed % 2 else "Dog") / f"{kind}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encode(draw(seed), kind))
    return catsclean.audit(root, ignore="content")


@pytest.mark.parametrize("loader", LOADERS.values(), ids=LOADERS)
def test_one_repair_makes_every_misnamed_picture_loadable(misnamed, loader):
    plan = plan_repairs(misnamed, loader=loader.name)
    assert (plan.count, plan.kept_back) == (9, ())
    assert [one for one in plan.repairs if not loader.lists(ending_of(one.target))] == []
    formats = {row.after["path"]: row.after.get("format", row.before["path"]) for row in plan._rows}
    kinds = {path: kind.rpartition("/")[2].partition(".")[0] for path, kind in formats.items()}
    assert [path for path, kind in kinds.items() if not loader.ending_for(kind)] == []
    assert [p for p, kind in kinds.items() if is_wrong_ending(ending_of(p), kind)] == []


def test_a_name_stays_if_the_loader_would_not_list_the_right_one(tmp_path):
    root = tmp_path / "Pets"
    (root / "Cat").mkdir(parents=True)
    (root / "Cat/1.jpg").write_bytes(encode(draw(1), "WEBP") + b"hidden")
    audit = catsclean.audit(root, select="trailing-data")
    plan = plan_repairs(audit, select="trailing-data", loader="keras")
    assert [(one.target, one.lossless) for one in plan.repairs] == [("Cat/1.jpg", True)]


def test_metadata_go_only_if_that_is_asked_for(state):
    plan = plan_repairs(state, select=[], strip="metadata")
    assert [one.path for one in plan.repairs] == ["Dog/maker.jpg"]
    assert (plan.repairs[0].lossless, plan.kept_back) == (True, ())


def test_a_position_that_cannot_be_removed_is_named_unless_the_picture_is_encoded(tmp_path):
    exif = Image.Exif()
    exif[0x010F] = "Maker of cameras"
    exif.get_ifd(0x8825).update({1: "N", 2: (51.0, 28.0, 40.0), 3: "W", 4: (0.0, 0.0, 5.0)})
    for label in ("Cat", "Dog"):
        (tmp_path / "Pets" / label).mkdir(parents=True)
    (tmp_path / "Pets/Cat/1.avif").write_bytes(encode(draw(1), "AVIF", exif=exif))
    (tmp_path / "Pets/Cat/2.tif").write_bytes(encode(draw(2), "TIFF", description="of a cat"))
    (tmp_path / "Pets/Dog/3.jxl").write_bytes(b"\xff\x0a" + bytes(40))
    audit = catsclean.audit(tmp_path / "Pets", ignore="content")
    alone = plan_repairs(audit, select=[], strip="gps", loader="torch")
    assert [one.path for one in alone.kept_back] == ["Cat/1.avif", "Dog/3.jxl"]
    assert "metadata of AVIF files cannot be removed" in alone.kept_back[0].why
    alone = plan_repairs(audit, select=[], strip="metadata", loader="torch")
    assert [one.path for one in alone.kept_back] == ["Cat/1.avif", "Cat/2.tif", "Dog/3.jxl"]
    plan = plan_repairs(audit, strip="gps")
    assert [one.path for one in plan.kept_back] == ["Dog/3.jxl"]
    plan.apply()
    assert not opened((tmp_path / "Pets/Cat/1.jpg").read_bytes()).getexif().get_ifd(0x8825)


def test_a_picture_turned_upright_looks_as_its_tag_said(state):
    was = opened((state.root / "Dog/sideways.jpg").read_bytes())
    plan_repairs(state, select="orientation-not-applied").apply()
    now = opened((state.root / "Dog/sideways.jpg").read_bytes())
    assert now.size == was.size[::-1]
    turned = np.asarray(was.rotate(-90, expand=True), np.int16)
    assert np.abs(turned - np.asarray(now, np.int16)).mean() < 2


@pytest.mark.parametrize("wrong", [{"strip": "all"}, {"loader": "jax"}])
def test_a_wrong_wish_is_refused(state, wrong):
    with pytest.raises(UsageError, match="must be one of"):
        plan_repairs(state, **wrong)


def test_names_that_differ_in_composition_only_are_not_both_made(state):
    composed, apart = (unicodedata.normalize(form, "Cat/é") for form in ("NFC", "NFD"))
    (state.root / f"{composed}.jpg").write_bytes(encode(draw(90), "PNG"))
    (state.root / f"{apart}.jpeg").write_bytes(encode(draw(91), "PNG"))
    audit = catsclean.audit(state.root, ignore="content")
    targets = [one.target for one in plan_repairs(audit, select="wrong-extension").repairs]
    assert len({unicodedata.normalize("NFC", one) for one in targets}) == len(targets)


def test_nothing_is_left_of_a_plan_whose_files_are_all_refused(planned, state):
    plan, made = planned
    wrong = dict.fromkeys(made, b"other bytes")
    before = snapshot(plan.state.root)
    result = applied(plan, wrong)
    assert "a second try gave other bytes" in dict(result.refused)["Cat/tail.jpg"]
    undo(plan.state)
    assert snapshot(plan.state.root) == before
    assert not [path for path in tree(plan.state.quarantine) if "/made/" in path]


def test_a_picture_whose_repair_takes_too_long_is_refused_by_name(state):
    path = state.path / "audit.json"
    summary = json.loads(path.read_text())
    summary["limits"]["timeout_s"] = 1e-4
    path.write_text(json.dumps(summary))
    plan = plan_repairs(state, select="trailing-data")
    whys = {one.path: one.why for one in plan.kept_back}
    assert "took too long" in whys["Dog/large.png"]
    assert "Dog/large.png" not in {one.path for one in plan.repairs}


def test_the_misnamed_kaggle_pictures_are_renamed_and_come_back(shared_data, tmp_path):
    source = shared_data / "PetImages"
    misnamed = [
        path for path in sorted(source.glob("*/*.jpg")) if path.read_bytes()[:2] in {b"BM", b"GI"}
    ]
    assert len(misnamed) == 18
    root = tmp_path / "Pets"
    for path in misnamed:
        (root / path.parent.name).mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, root / path.parent.name)
    before = snapshot(root)
    plan = plan_repairs(catsclean.audit(root, select="wrong-extension"))
    assert (plan.count, {one.lossless for one in plan.repairs}) == (18, {True})
    plan.apply()
    assert catsclean.audit(root, select="wrong-extension").findings == ()
    undo(root)
    assert snapshot(root) == before


@pytest.fixture
def review(state):
    """Decide about a picture as a review does."""
    journal = DecisionJournal(state)

    def decide(path, action):
        table = catsclean.load_audit(state).manifest.table.set_index("path")
        decision = Decision(path, Action(action), table.loc[path, "sha256"], "review")
        journal.save(f"entry-{len(journal.read())}-{action}", [ReviewAnswer(path, (decision,))])

    return decide


@pytest.mark.parametrize(
    ("action", "why"), [("keep", "decided: keep"), ("quarantine", "decided: clean sets it aside")]
)
def test_what_a_review_decided_otherwise_is_not_repaired(state, review, action, why):
    review("Cat/tail.jpg", action)
    plan = plan_repairs(state, select="trailing-data")
    assert [one.path for one in plan.repairs] == ["Dog/large.png"]
    assert [(one.path, one.why) for one in plan.kept_back] == [("Cat/tail.jpg", why)]


def test_only_what_a_review_left_to_fix_is_repaired_if_asked(state, review):
    review("Cat/tail.jpg", "fix")
    before = snapshot(state.root)
    plan = plan_repairs(state, decided=True)
    assert [one.path for one in plan.repairs] == ["Cat/tail.jpg"]
    assert plan.kept_back == ()
    plan.apply()
    again = plan_repairs(state, decided=True)
    assert (again.repairs, again.kept_back) == ((), ())
    undo(state)
    assert snapshot(state.root) == before
    assert plan_repairs(state, decided=True).count == 1


def test_a_picture_that_is_kept_and_repaired_is_not_asked_about_again(state, review):
    (state.root / "Cat/con.jpg").write_bytes(jpeg(70) + b"hidden")
    audited = catsclean.audit(state.root, select=["unportable-name", "trailing-data"])
    assert {"unportable-name", "trailing-data"} == {
        one.validator for one in audited.findings if one.path == "Cat/con.jpg"
    }
    before = snapshot(state.root)
    review("Cat/con.jpg", "fix")
    plan_repairs(state, decided=True).apply()
    again = catsclean.audit(state.root, select=["unportable-name", "trailing-data"])
    (found,) = (one for one in again.findings if one.path == "Cat/con.jpg")
    assert (found.validator, again.is_decided(found)) == ("unportable-name", True)
    assert again.manifest.table.set_index("path").loc["Cat/con.jpg", "status"] == "keep"
    undo(state)
    assert snapshot(state.root) == before
    assert read_kept(state) == {}


def test_what_a_file_left_to_fix_is_saved_with_the_decisions_until_it_is_undone(state, tmp_path):
    (state.root / "Cat/con.jpg").write_bytes(jpeg(70) + b"hidden")
    catsclean.audit(state.root, select=["unportable-name", "trailing-data", "wrong-extension"])
    shutil.copytree(state.root, tmp_path / "elsewhere" / "Pets")
    wanted = ["Cat/con.jpg", "Cat/tail.jpg"]
    table = catsclean.load_audit(state).manifest.table.set_index("path")
    entries = [
        {"path": path, "action": "fix", "sha256": table.loc[path, "sha256"], "reason": "dirty tail"}
        for path in wanted
    ]
    given, saved = tmp_path / "given.json", tmp_path / "saved.json"
    given.write_text(
        json.dumps({"kind": KIND, "schema_version": 2, "root": "Pets", "decisions": entries})
    )
    plan_repairs(state, decisions=given, decided=True).apply()
    assert save_decisions(state, saved) == 2
    assert json.loads(saved.read_text())["decisions"] == entries
    (run,) = cleaning_log(state)
    asked = {one.path: one.validators for one in run.files}
    assert asked["Cat/tail.jpg"] == ("trailing-data", "decision")
    # another copy of the data is repaired alike
    copy = catsclean.audit(tmp_path / "elsewhere" / "Pets", select=["trailing-data"]).state
    again = plan_repairs(copy, decisions=saved, decided=True)
    assert ([one.path for one in again.repairs], again.refused) == (wanted, ())
    undo(state)
    assert save_decisions(state, saved) == 0


def test_a_repair_that_nobody_decided_is_not_among_the_decisions(state, tmp_path):
    assert plan_repairs(state, select="trailing-data").apply().changed
    assert save_decisions(state, tmp_path / "saved.json") == 0


def test_a_repair_is_not_made_against_an_answer_that_came_after_it_was_planned(state, review):
    plan = plan_repairs(state, select="trailing-data")
    review("Cat/tail.jpg", "keep")
    before = snapshot(state.root)
    with pytest.raises(StateError, match=r"decided about Cat/tail\.jpg after this was planned"):
        plan.apply()
    assert snapshot(state.root) == before
