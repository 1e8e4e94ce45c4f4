"""One value of every kind that a notebook shows, made of hostile names."""

import audits
import pytest
from notebook_values import EVIL, curves_so_far, predictions_of, run_of, split_of

import catsclean
from catsclean.cleaning import CleaningResult, Repaired, RepairPlan, UndoResult
from catsclean.cleaning.selection import KeptBack
from catsclean.core import names
from catsclean.core.links import Reach
from catsclean.core.manifest import Manifest
from catsclean.core.state import StateFolder
from catsclean.duplicates.find import DuplicateGroup, DuplicateGroups, DuplicatePair
from catsclean.scan.audit_plan import AuditPlan


@pytest.fixture(scope="session")
def values(tmp_path_factory):
    """By kind, a value whose names, labels and messages are hostile, with real pictures."""
    root = tmp_path_factory.mktemp("evil") / names.decode(EVIL)
    audit = audits.hostile_audit(root)
    audits.write_jpeg(root / "Dog" / "1.jpg", 99)
    audit = catsclean.audit(root, workers=1, content=False, select="exact-duplicate,odd-size")
    paths = [path for path in audit.manifest.table["path"] if path.startswith("Cat/")]
    plan = catsclean.plan_cleaning(
        audit, keep=paths[:1], quarantine=paths[1:5], relabel=dict.fromkeys(paths[5:7], "Dog")
    )
    kept = (KeptBack(paths[7], (EVIL,), f"because of {EVIL}", undecided=True),)
    repaired = Repaired(paths[8], f"{paths[8]}.png", (EVIL,), (EVIL,), EVIL, True, "0" * 64, "1")
    pair = DuplicatePair(paths[0], paths[1], EVIL, 3)
    hostile = audits.hostile_audit(root.with_name("hostile"))
    views = {
        "Audit": hostile,
        "Manifest": audit.manifest,
        "CleaningPlan": plan,
        "RepairPlan": RepairPlan(audit.state, (repaired,), kept, (), (), {}, None),
        "Split": split_of(audit.manifest),
        "AuditPlan": AuditPlan(root / "plan", root, 3, 10, 2_000_000, 4),
        "DuplicateGroups": DuplicateGroups(
            [DuplicateGroup(tuple(paths[:3]), paths[0], EVIL, (pair,))], Reach(root)
        ),
        "Run": run_of(root.parent / names.decode(f"run {EVIL}")),
        "CurvesSoFar": curves_so_far(epochs=3, of=12, folds=2),
        "Predictions": predictions_of(root, paths),
        "CleaningResult": CleaningResult(
            "1", (EVIL,), ((EVIL, EVIL),), changed=((EVIL, EVIL),), emptied=(EVIL,), planned=9
        ),
        "UndoResult": UndoResult(
            "1", (EVIL,), ((EVIL, EVIL),), missing=((EVIL, EVIL),), others=((EVIL, (EVIL,)),),
            changed=((EVIL, EVIL),), moved=9, folders=(EVIL,),
        ),
    }  # fmt: skip
    made = {name: value._repr_html_() for name, value in views.items()}
    # the pictures of a plan leave when it is applied
    applied = plan.apply()
    assert len(applied.moved) == 4
    log = catsclean.cleaning_log(StateFolder.of(root))
    made |= {"CleaningLog": log._repr_html_(), "RunSummary": log[0]._repr_html_()}
    return made


@pytest.fixture
def empty(tmp_path):
    """A manifest without rows."""
    rows = audits.make_audit(tmp_path, [], []).manifest.table
    return Manifest(rows, tmp_path)
