"""Which modules are mutated, those that can lose data or pass a bad file, and by which tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from benchmarks.trust.mutants import REPOSITORY
from benchmarks.trust.mutation import Group

EQUIVALENT: Final = Path(__file__).with_name("equivalent_mutants.json")
# mutants of a module: for the page, and for the CI
MANY, FEW = 40, 5
# the share of mutants that the tests must notice; the CI fails below it
FLOOR: Final = 0.90


def _modules(folder: str, *names: str) -> tuple[str, ...]:
    return tuple(f"catsclean/{folder}/{name}.py" for name in names)


def _formats() -> tuple[str, ...]:
    folder = REPOSITORY / "catsclean/images/formats"
    names = sorted(path.stem for path in folder.glob("*.py") if path.stem != "__init__")
    return _modules("images/formats", *names)


GROUPS: Final = {
    "images": Group(
        (*_formats(), *_modules("images", "read_file", "decoding", "image")),
        ("tests/images",),
        slow=("tests/images/test_tensorflow_promise.py", "tests/images/test_differential.py"),
        own=("tests/images/formats/test_one_change.py",),
    ),
    "cleaning": Group(
        _modules(
            "cleaning", "move", "apply_and_revert", "journal", "quarantine", "last_copy", "plan"
        ),
        ("tests/cleaning",),
        slow=(
            "tests/cleaning/test_clean_bucket.py", "tests/cleaning/test_clean_bucket_killed.py",
            "tests/cleaning/test_decide_in_bucket.py", "tests/cleaning/test_move_objects.py",
            "tests/cleaning/repairs",
            "tests/cleaning/test_crash.py", "tests/cleaning/test_repair_crash.py",
        ),
    ),
    "core": Group(
        _modules("core", "files", "safe_folder", "name_calls"),
        (
            "tests/core/test_files.py", "tests/core/test_name_calls.py",
            "tests/core/test_safe_folder.py", "tests/core/test_writing_under_faults.py",
            "tests/core/test_leftovers.py", "tests/cleaning/test_move.py",
        ),
        own=("tests/core/test_writing_under_faults.py",),
    ),
    "splitting": Group(
        _modules("splitting", "write", "verify_written"),
        (
            "tests/splitting/test_write.py", "tests/splitting/test_verify_written.py",
            "tests/splitting/test_linking.py",
        ),
    ),
}  # fmt: skip


# what the CI tries in at most three minutes: modules whose own tests are quick
QUICK: Final = {
    "quick-formats": Group(
        _formats(),
        ("tests/images/formats",),
        own=tuple(f"tests/images/formats/test_{name}.py" for name in ("sniff", "one_change")),
    ),
    "quick-cleaning": Group(
        _modules("cleaning", "move", "journal", "last_copy", "apply_and_revert"),
        tuple(
            f"tests/cleaning/test_{name}.py"
            for name in ("move_table", "journal_table", "last_copy", "apply_and_revert", "move")
        ),
        own=("tests/cleaning/test_move_table.py", "tests/cleaning/test_journal_table.py"),
    ),
    "quick-core": Group(
        _modules("core", "files", "safe_folder", "name_calls"),
        tuple(
            f"tests/core/test_{name}.py"
            for name in ("files", "name_calls", "safe_folder", "writing_under_faults")
        ),
    ),
    "quick-splitting": Group(
        _modules("splitting", "verify_written"), ("tests/splitting/test_verify_written.py",)
    ),
}


def map_file(group: str) -> Path:
    """Return where what the tests of a group reach is kept in this checkout."""
    return REPOSITORY / ".trust" / f"map-{group}.json"


def equivalent_mutants() -> dict[str, str]:
    """Return the mutants that change nothing that can be seen, by name, with the reason."""
    known: dict[str, str] = json.loads(EQUIVALENT.read_text(encoding="utf-8"))
    return known
