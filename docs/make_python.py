"""The Python reference: all public functions and objects, from their docstrings, as Markdown.

``docs/python.md`` is written by ``python docs/make_python.py > docs/python.md``.
"""

from __future__ import annotations

import inspect
import re
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from importlib import import_module
from typing import Any, Final

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
_INTRODUCTION: Final = """\
# The Python reference

Everything that the command line can do, `import catsclean` can do; importing it loads neither
pandas nor TensorFlow. The functions read no settings file, print nothing (a notebook shows a
[bar](report.md#in-a-notebook) while a long one runs), and raise [errors](#errors) whose text is one
line.

```python
import catsclean

audit = catsclean.audit("PetImages", ignore=["pixels"])
audit.counts()                                    # {'zero-length': 2, 'undecodable': 3, ...}
audit.to_pandas()                                 # one row a finding
catsclean.plan_cleaning(audit).apply()            # undone by catsclean.undo("PetImages")
catsclean.audit("PetImages")
split = catsclean.split("PetImages", {"train": 0.9, "val": 0.1})
split.save()                                      # kept: the next one moves no picture
split.write("PetImages-split")
```

Paths in findings and tables are relative to the data set and escaped, so that they can be shown
anywhere; `audit.manifest.native_path(path)` is the one to open a file by, and
`audit.read_bytes(path)` reads a picture wherever it lies, in an archive too. What is set by a name
with dashes on the command line is an argument with underscores here.

This page is made from the docstrings:
`python docs/make_python.py > docs/python.md`.
"""
_SECTION: Final = re.compile(r"^(Args|Attributes|Returns|Raises|Yields|Example):$")
_ENTRY: Final = re.compile(r"^(\*{0,2}\w+(?:\.\w+)*): (.*)$")
_ROLE: Final = re.compile(r":\w+:`~?(?:catsclean\.[\w.]+\.(?=\w+`))?([\w.]+)`")
_LITERAL: Final = re.compile(r"(?<!`)``(?!`)")
_PROMPT: Final = re.compile(r"^>>> .*(?:\n.+)*", re.MULTILINE)
#: Members for catsclean's own use.
_INTERNAL: Final = {
    "StateFolder": {
        "named", "given", "arguments", "never_audited", "written", "kept", "damaged",
        "refuse_to_replace", "create", "lock", "exists",
    },
    "Evidence": {"with_texts", "replaced", "tails"},
}  # fmt: skip


@dataclass
class _Doc:
    """A parsed docstring: text, then sections of named entries or of text."""

    text: list[str] = field(default_factory=list)
    entries: dict[str, dict[str, str]] = field(default_factory=dict)
    sections: dict[str, str] = field(default_factory=dict)

    @property
    def summary(self) -> str:
        """The summary: the lines up to the first empty one."""
        whole = "\n".join(self.text).strip()
        return " ".join(whole.partition("\n\n")[0].split())


def render_reference() -> str:
    """Return the page."""
    parts = [_INTRODUCTION, "## Functions\n", _overview(), *map(_function, FUNCTIONS)]
    for heading, objects in OBJECTS.items():
        parts.append(f"## {heading}\n")
        parts += [_object(name, module) for name, module in objects.items()]
    return "\n".join([*parts, _errors()])


def find(name: str, module: str = "") -> Any:
    """Return the object that a name on this page refers to."""
    found: Any = import_module(module or "catsclean")
    for part in name.rpartition(".")[2:] if module else name.split("."):
        found = getattr(found, part)
    return found


def _overview() -> str:
    lines = ["| function | what it does | command |", "|---|---|---|"]
    for name, command in FUNCTIONS.items():
        summary = _parse(find(name)).summary
        shown = f"`catsclean {command}`" if command else ""
        link = f"[`{name}`](#{name.replace('.', '')})"
        lines.append(f"| {link} | {_cell(_plain(summary))} | {shown} |")
    return "\n".join(lines) + "\n"


def _function(name: str) -> str:
    function = find(name)
    doc = _parse(function)
    parts = [f"### {name}", f"```python\n{_signature(f'catsclean.{name}', function)}\n```"]
    parts.append(_plain("\n".join(doc.text)))
    parts.append(_table(("argument", ""), doc.entries.get("Args", {})))
    if gives := doc.sections.get("Returns") or doc.sections.get("Yields"):
        parts.append(f"Gives: {_plain(gives)}")
    parts.append(_raises(doc))
    return "\n\n".join(part for part in parts if part) + "\n"


def _object(name: str, module: str) -> str:
    kind = find(name, module)
    doc = _parse(kind)
    where = f"`from {module} import {name.rpartition('.')[2]}`" if module else ""
    parts = [f"### {name}", where, _plain("\n".join(doc.text))]
    if issubclass(kind, Enum):
        values = ", ".join(f"`{kind.__name__}.{member.name}` (`{member.value}`)" for member in kind)
        parts.append(f"Its values: {values}.")
    internal = _INTERNAL.get(name, set())
    described = doc.entries.get("Attributes", {})
    attributes = {own: text for own, text in described.items() if own not in internal}
    methods = {}
    for own, member in _members(kind):
        if own in internal:
            continue
        if isinstance(member, property) or not callable(getattr(kind, own)):
            attributes.setdefault(own, _parse(member).summary)
        else:
            methods[_signature(own, getattr(kind, own))] = _parse(member).summary
    parts += [_table(("attribute", ""), attributes), _table(("method", ""), methods)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _members(kind: type) -> Iterator[tuple[str, Any]]:
    """Yield the public methods and properties that a class, or one of our bases, defines itself."""
    seen = set()
    for base in kind.__mro__:
        if not base.__module__.startswith("catsclean"):
            continue
        for name, member in vars(base).items():
            documented = isinstance(member, property) or hasattr(member, "__func__")
            if name.startswith("_") or name in seen or not getattr(member, "__doc__", None):
                continue
            if documented or inspect.isfunction(member) or hasattr(member, "func"):
                seen.add(name)
                yield name, member


def _signature(name: str, function: Any) -> str:
    """Write a call with its arguments and defaults, without types; a long one is wrapped."""
    shown: list[str] = []
    for each in inspect.signature(function).parameters.values():
        if each.kind is each.KEYWORD_ONLY and not any(one.startswith("*") for one in shown):
            shown.append("*")
        stars = "*" * (each.kind is each.VAR_POSITIONAL) + "**" * (each.kind is each.VAR_KEYWORD)
        default = "" if each.default is each.empty else f"={_default(each.default)}"
        shown.append(f"{stars}{each.name}{default}")
    line = ", ".join(one for one in shown if one != "self")
    if len(name) + len(line) < 98 or not name.startswith("catsclean."):
        return f"{name}({line})"
    broken = textwrap.indent(textwrap.fill(f"{line},", 96, break_long_words=False), "    ")
    return f"{name}(\n{broken}\n)"


def _default(value: object) -> str:
    return repr(value.value) if isinstance(value, Enum) else repr(value)


def _parse(documented: Any) -> _Doc:
    """Read a docstring of the Google style."""
    doc, section = _Doc(), ""
    lines = inspect.cleandoc(getattr(documented, "__doc__", None) or "").splitlines()
    for line in lines:
        if heading := _SECTION.match(line):
            section = heading[1]
            doc.sections[section] = ""
        elif not section:
            doc.text.append(line)
        elif (entry := _ENTRY.match(line.removeprefix("    "))) and line.startswith("    "):
            doc.entries.setdefault(section, {})[entry[1]] = entry[2]
            doc.sections[section] += f" {line.strip()}"
        elif line.startswith("        ") and section in doc.entries:
            last = next(reversed(doc.entries[section]))
            doc.entries[section][last] += f" {line.strip()}"
            doc.sections[section] += f" {line.strip()}"
        else:
            doc.sections[section] += f"\n{line.removeprefix('    ')}"
    return doc


def _raises(doc: _Doc) -> str:
    found = doc.entries.get("Raises", {})
    if not found:
        return ""
    return "Raises:\n\n" + "\n".join(f"- `{name}`: {_plain(why)}" for name, why in found.items())


def _table(heads: tuple[str, str], rows: dict[str, str]) -> str:
    if not rows:
        return ""
    lines = [f"| {heads[0]} | {heads[1]} |", "|---|---|"]
    return "\n".join([*lines, *(f"| `{_cell(n)}` | {_cell(_plain(t))} |" for n, t in rows.items())])


def _errors() -> str:
    module = import_module("catsclean.errors")
    tree = (module.__doc__ or "").partition("\n\n")[2]
    return (
        "## Errors\n\n`catsclean.CatscleanError` is the base of all; the others are in"
        " `catsclean.errors`. The numbers are the exit codes of commands that they end.\n\n"
        f"```text\n{tree.rpartition(chr(10) * 2)[0].strip()}\n```\n\n"
        "A bad picture is never one of these: it is a finding.\n"
    )


def _plain(text: str) -> str:
    """Convert the markup of docstrings to Markdown."""
    marked = _LITERAL.sub("`", _ROLE.sub(r"`\1`", text))
    return _PROMPT.sub(r"```pycon\n\g<0>\n```", marked).strip()


def _cell(text: str) -> str:
    return text.replace("|", r"\|").replace("\n", " ")


if __name__ == "__main__":
    sys.stdout.write(render_reference())
