"""Exit codes go by what nobody decided."""

import shutil

import pictures

from catsclean.cleaning import plan_cleaning


def test_a_job_does_not_fail_for_what_was_decided(tmp_path, run):
    pets = pictures.make_dataset(tmp_path / "Pets", {"Cat": 3, "Dog": 3})
    shutil.copy(pets / "Dog/0.jpg", pets / "Cat/other.jpg")
    assert run("audit", pets, "-j", "1").returncode == 1
    plan_cleaning(pets, keep=["Cat/other.jpg", "Dog/0.jpg"]).apply()
    done = run("audit", pets, "-j", "1")
    assert done.returncode == 0
    assert "0 errors" in done.stderr
    assert "decided by you" in done.stderr
    shutil.copy(pets / "Dog/1.jpg", pets / "Cat/new.jpg")
    assert run("audit", pets, "-j", "1").returncode == 1
