"""Repairs of hostile files: each is repaired or refused in one line, and undo is exact."""

import hashlib

from hostile import corpus

import catsclean


def contents(root):
    return {
        path.relative_to(root).as_posix(): (
            hashlib.sha256(path.read_bytes()).hexdigest(),
            path.stat().st_mtime_ns,
        )
        for path in root.rglob("*")
        if path.is_file()
    }


def test_hostile_files_are_repaired_or_refused_and_undo_is_exact(tmp_path):
    root = tmp_path / "set"
    root.mkdir()
    for family in ("metadata", "oddities"):
        corpus.make_family(root, family, 50_000)
    before = contents(root)
    audit = catsclean.audit(root, select="all", ignore="content", layout="classes")
    plan = catsclean.plan_repairs(audit, strip="metadata", salvage=1)
    assert plan.count > 20
    assert all(len(kept.why.splitlines()) == 1 for kept in plan.kept_back)
    result = plan.apply()
    assert (result.refused, result.unaccounted) == ((), 0)
    again = catsclean.audit(root, select="all", ignore="content", layout="classes")
    asked = {(one.target, name) for one in plan.repairs for name in one.validators}
    assert not [found for found in again.findings if (found.path, found.validator) in asked]
    catsclean.undo(root)
    assert contents(root) == before
