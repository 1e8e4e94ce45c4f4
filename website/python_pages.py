"""The Python reference: all public functions and objects, from their docstrings and annotations.

This makes pages that name the objects; mkdocstrings puts in signatures, types and docstrings.
"""

from __future__ import annotations

import inspect
from collections.abc import Set as AbstractSet
from enum import Enum
from importlib import import_module
from typing import Any, Final

from catsclean.reports.validator_page import escape_cell
from website.docstring_roles import without_roles

#: Where the tables of functions and objects stand in docs/python.md.
MARK: Final = "<!-- the list of the public names -->"
#: Functions in the order of the work, each with the equivalent command.
FUNCTIONS: Final = {
    "download": "download",
    "audit": "audit",
    "load_audit": "report",
    "check_files": "check",
    "plan_audit": "plan",
    "run_task": "task",
    "find_duplicates": "",
    "review": "review",
    "plan_cleaning": "clean",
    "plan_repairs": "fix",
    "record_decisions": "clean",
    "undo": "undo",
    "cleaning_log": "log",
    "split": "split",
    "verify": "verify",
    "make_practice": "practice",
    "train_baseline": "train-baseline",
    "predict": "predict",
    "feature_maps": "feature-maps",
    "find_settings": "config show",
    "json_schema": "config schema",
    "training.dataset": "",
    "training.load_model": "",
}
#: Objects by topic: name, and module if ``catsclean`` itself does not export it.
OBJECTS: Final = {
    "What an audit gives": {
        "Audit": "",
        "Manifest": "",
        "Finding": "",
        "Leak": "catsclean.auditing.leaks",
        "Severity": "",
        "Fix": "",
        "Status": "catsclean.core.model",
        "Dataset": "catsclean.core.evidence",
        "Evidence": "catsclean.core.evidence",
        "StateFolder": "catsclean.core.state",
        "ServedReview": "catsclean.reviewing.serve",
    },
    "What goes into one": {
        "Limits": "",
        "Validator": "",
        "Progress": "catsclean.scan.scan",
        "SettingsInForce": "catsclean.cli.settings_in_force",
        "SettingInForce": "catsclean.cli.settings_in_force",
    },
    "Download": {"Downloaded": "catsclean.downloading"},
    "Many machines": {
        "AuditPlan": "",
        "TaskResult": "catsclean.auditing.audit_tasks",
    },
    "Duplicates": {
        "DuplicateGroups": "catsclean.duplicates.find",
        "DuplicateGroup": "catsclean.duplicates.find",
        "DuplicatePair": "catsclean.duplicates.find",
    },
    "Cleaning": {
        "CleaningPlan": "",
        "RepairPlan": "",
        "RecordedDecisions": "catsclean.cleaning",
        "Repaired": "catsclean.cleaning",
        "Relabelled": "catsclean.cleaning",
        "Move": "catsclean.cleaning",
        "KeptBack": "catsclean.cleaning",
        "CleaningResult": "catsclean.cleaning",
        "UndoResult": "catsclean.cleaning",
        "Recovery": "catsclean.cleaning",
        "RunSummary": "catsclean.cleaning",
        "CleaningLog": "catsclean.cleaning",
    },
    "Splitting": {
        "Split": "catsclean.splitting.split",
        "WrittenSplit": "catsclean.splitting.written_split",
        "Verification": "catsclean.auditing.verify_files",
        "Problem": "catsclean.auditing.verify_files",
    },
    "Practice": {"Practice": "catsclean.testing.practice"},
    "Training": {
        "Run": "catsclean.training.run",
        "LearningCurve": "catsclean.training.learning_curve",
        "Estimate": "catsclean.training.learning_curve",
        "Check": "catsclean.training.learning_curve",
        "Evaluation": "catsclean.training.evaluate",
        "Predictions": "catsclean.training.prediction",
        "Prediction": "catsclean.training.prediction",
        "ModelAnswer": "catsclean.training.prediction",
        "FeatureMaps": "catsclean.training.activations",
        "Model": "catsclean.training.loading",
        "Recipe": "catsclean.training.recipes",
        "ProbeRecipe": "catsclean.training.recipes",
        "TrainingProgress": "catsclean.training.run",
    },
}
#: Members for catsclean's own use.
_INTERNAL: Final = {
    "StateFolder": {
        "named", "given", "arguments", "never_audited", "written", "kept", "damaged",
        "refuse_to_replace", "create", "lock", "exists",
    },
    "Evidence": {"with_texts", "replaced", "tails"},
}  # fmt: skip


def render_pages() -> dict[str, str]:
    """Return the pages of the reference, by their path below ``docs/``."""
    functions = [_entry(f"catsclean.{name}", find(name)) for name in FUNCTIONS]
    pages = {"python/functions.md": _page("Functions", functions)}
    for topic, objects in OBJECTS.items():
        entries = [
            _entry(
                f"{module or 'catsclean'}.{name}", find(name, module), _INTERNAL.get(name, set())
            )
            for name, module in objects.items()
        ]
        pages[_path(topic)] = _page(topic, entries)
    pages["python/errors.md"] = _errors()
    return pages


def render_list() -> str:
    """Return the tables of functions and objects, each name with a link."""
    lines = ["## Functions\n", "| function | what it does | command |", "|---|---|---|"]
    for name, command in FUNCTIONS.items():
        shown = f"[`{command}`](commands/{command.split()[0]}.md)" if command else ""
        link = f"[`{name}`](python/functions.md#{home_of(find(name))})"
        lines.append(f"| {link} | {_summary(find(name))} | {shown} |")
    for topic, objects in OBJECTS.items():
        lines += [f"\n## {topic}\n", "| object | what it is |", "|---|---|"]
        for name, module in objects.items():
            link = f"[`{name}`]({_path(topic)}#{home_of(find(name, module))})"
            lines.append(f"| {link} | {_summary(find(name, module))} |")
    lines.append("\n## Errors\n\n[Every exception](python/errors.md), drawn as a tree.")
    return "\n".join(lines) + "\n"


def navigation() -> list[dict[str, str]]:
    """Return the entries of the navigation."""
    topics = [{topic: _path(topic)} for topic in OBJECTS]
    return [{"Functions": "python/functions.md"}, *topics, {"Errors": "python/errors.md"}]


def find(name: str, module: str = "") -> Any:
    """Return the object that a name of the reference refers to."""
    found: Any = import_module(module or "catsclean")
    for part in name.rpartition(".")[2:] if module else name.split("."):
        found = getattr(found, part)
    return found


def home_of(found: Any) -> str:
    """Return the path of an object where it is defined: ``catsclean.auditing.audit.audit``."""
    return f"{found.__module__}.{found.__qualname__}"


def _path(topic: str) -> str:
    return f"python/{topic.lower().replace(' ', '-')}.md"


def _page(title: str, entries: list[str]) -> str:
    return "\n".join([f"# {title}\n", *entries])


def _entry(name: str, found: Any, hidden: AbstractSet[str] = frozenset()) -> str:
    """Return the directive that mkdocstrings replaces by the documentation of an object."""
    filters = ["!^_", *(f"!^{own}$" for own in sorted(hidden))]
    lines = [
        f"::: {home_of(found)}",
        "    options:",
        f"      heading: {name}",
        f"      toc_label: {name.removeprefix('catsclean.').rpartition('.')[2]}",
        f"      filters: {filters!r}",
    ]
    if isinstance(found, type) and issubclass(found, Enum):
        values = ", ".join(f"`{found.__name__}.{one.name}` (`{one.value}`)" for one in found)
        lines.append(f"\nIts values: {values}.")
    return "\n".join(lines) + "\n"


def _errors() -> str:
    module = import_module("catsclean.errors")
    tree = (module.__doc__ or "").partition("\n\n")[2].rpartition("\n\n")[0].strip()
    kinds = [kind for kind in vars(module).values() if inspect.isclass(kind)]
    own = [kind for kind in kinds if kind.__module__ == module.__name__]
    text = (
        "`catsclean.CatscleanError` is the base of all; the others are in `catsclean.errors`."
        " The numbers are the exit codes of the commands that they end. A bad picture is never"
        f" one of these: it is a finding.\n\n```text\n{tree}\n```\n"
    )
    return _page("Errors", [text, *(_entry(home_of(kind), kind) for kind in own)])


def _summary(documented: Any) -> str:
    text = inspect.getdoc(documented) or ""
    return escape_cell(without_roles(" ".join(text.partition("\n\n")[0].split())))
