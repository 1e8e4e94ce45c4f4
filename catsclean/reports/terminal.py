"""The audit on a terminal: a table of counts, the worst examples, and the next commands."""

from __future__ import annotations

from rich import box
from rich.console import Console, Group, RenderableType
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from catsclean.auditing.open_questions import layout_question
from catsclean.auditing.result import Audit
from catsclean.core import names
from catsclean.core.model import Fix, Severity
from catsclean.core.stand_ins import is_stand_in
from catsclean.core.text import count, hint_lines, human_bytes
from catsclean.reports.hints_to_decide import hints_to_decide
from catsclean.reports.questions.left_to_do import (
    LeftToDo,
    left_to_do,
    summed_up,
    what_would_move,
)
from catsclean.reports.split_advice import split_folders, split_options
from catsclean.reports.tally import (
    Tally,
    content_line,
    exclusion,
    found,
    gone_line,
    incompleteness,
    labels_line,
    leak_lines,
    replaced_line,
    saved_split_line,
    several_sets,
    tally,
    unjudged,
    unlabelled_line,
    worth_line,
)

_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}
#: With more classes than this, a table on a terminal has no row or column for each.
MAX_CLASS_COLUMNS = 4
_MAX_EXAMPLES = 8
_ANY_WIDTH = 1_000_000
_OTHERS_SHOWN = 3
# of sets whose labels come from file names or tables
_OTHER_LAYOUTS = {"splits": "split folders", "flat": "no split folders"}
_LAYOUTS = {
    "classes": "class folders",
    "splits": "class folders inside split folders",
    "flat": "flat folder",
}


def show(audit: Audit, console: Console) -> None:
    """Print an audit; the next commands are never broken, because people copy them."""
    console.print(_heading(audit), Text(""), sep="\n")
    if leaks := leak_lines(audit):
        said, split_again, command = "\n".join(leaks).partition("Split again: ")
        console.print(Text(said.rstrip(), style="bold red"))
        # a command to copy is never broken
        console.print(Text(f"{split_again}{command}\n", style="bold red"), soft_wrap=True)
    parts: list[RenderableType] = []
    if audit.findings:
        parts += [_counts_within(audit, console), Text("")]
        examples = _examples(audit)
        if examples is not None:
            parts += [Text("Worst examples", style="bold"), examples, Text("")]
    left = left_to_do(audit)
    console.print(Group(*parts, _verdict(audit, left)))
    console.print(_next_steps(audit, left, console.width), soft_wrap=True)
    console.print(_footer(audit))


def _heading(audit: Audit) -> Text:
    dataset, summary = audit.dataset, audit.summary
    text = Text("catsclean audit  ", style="dim")
    text.append(names.encode(dataset.root.name), style="bold")
    facts = [count(summary["files"], "file")]
    if dataset.labelled:
        facts.append(count(len(dataset.labels), "class", "classes"))
    facts.append(human_bytes(summary["bytes"]))
    text.append("   " + " · ".join(facts))
    by_folders = dataset.label_source.by_folders
    layout = (_LAYOUTS if by_folders else _OTHER_LAYOUTS)[dataset.layout]
    if dataset.layout == "splits":
        splits = split_folders(audit)
        layout += f" ({', '.join(splits[:5])}{', …' if len(splits) > 5 else ''})"
    if by_folders and (unlabelled := unlabelled_line(audit)):
        layout += f", {unlabelled}"
    text.append(f"\nlayout: {layout}{' (--layout)' if dataset.forced else ''}", style="dim")
    if dataset.other_files:
        shown = ", ".join(dataset.other_files[:_OTHERS_SHOWN])
        more = ", …" if len(dataset.other_files) > _OTHERS_SHOWN else ""
        others = count(len(dataset.other_files), "other file")
        text.append(f" · {others} ignored ({shown}{more})", style="dim")
    if left_out := exclusion(audit):
        text.append(f" · {left_out}", style="dim")
    if said := labels_line(audit):
        text.append(f"\n{said}", style="dim")
    if said := replaced_line(audit):
        text.append(f"\n{said}", style="dim")
    return text


def _counts_within(audit: Audit, console: Console) -> Table:
    """Count by validator, with a column per class if there is room."""
    labels = audit.dataset.labels if audit.dataset.labelled else []
    tallies = tally(audit)
    if 1 < len(labels) <= MAX_CLASS_COLUMNS:
        table = _counts(tallies, labels)
        if _width(table, console) <= console.width:
            return table
    table = _counts(tallies, [])
    return table if _width(table, console) <= console.width else _folded_counts(tallies)


def _width(table: Table, console: Console) -> int:
    return Measurement.get(console, console.options.update(max_width=_ANY_WIDTH), table).maximum


def _folded_counts(tallies: list[Tally]) -> Table:
    table = _count_table()
    table.add_column("Validator", overflow="fold")
    table.add_column("Total", justify="right", no_wrap=True)
    for one in tallies:
        name = Text(one.validator)
        name.append(f"\n  {one.severity.value}", style=_STYLES[one.severity])
        if one.fix is not Fix.NONE:
            name.append(f", fix: {one.fix.value}")
        if one.decided:
            name.append(f", {one.decided:,} kept")
        table.add_row(name, _number(one.count))
    return table


def _count_table() -> Table:
    return Table(
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        header_style="bold",
        padding=(0, 2, 0, 0),
    )


def _counts(tallies: list[Tally], shown: list[str]) -> Table:
    table = _count_table()
    kept = any(one.decided for one in tallies)
    table.add_column("Validator", no_wrap=True)
    table.add_column("Severity")
    for label in shown:
        table.add_column(
            Text(label), justify="right", max_width=14, no_wrap=True, overflow="ellipsis"
        )
    table.add_column("Total", justify="right")
    if kept:
        table.add_column("Kept", justify="right")
    table.add_column("Fix")
    table.add_section()
    for one in tallies:
        cells: list[RenderableType] = [
            Text(one.validator),
            Text(one.severity.value, style=_STYLES[one.severity]),
        ]
        cells += [_number(one.by_label.get(label, 0)) for label in shown]
        fix = "–" if one.fix is Fix.NONE else one.fix.value
        cells.append(_number(one.count))
        cells += [_number(one.decided)] * kept
        table.add_row(*cells, Text(fix))
    return table


def _examples(audit: Audit) -> Table | None:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    table.add_column(overflow="fold")
    seen: set[str] = set()
    ordered = sorted(audit.undecided, key=lambda f: -f.severity.rank)
    for finding in ordered:
        if (
            finding.severity is Severity.NOTE
            or finding.validator in seen
            or len(seen) == _MAX_EXAMPLES
        ):
            continue
        seen.add(finding.validator)
        table.add_row(
            Text("  " + finding.validator, style=_STYLES[finding.severity]),
            Text(finding.path or "(the set)"),
            Text(finding.message, style="dim"),
        )
    return table if seen else None


def _verdict(audit: Audit, left: LeftToDo) -> Text:
    text = Text()
    text.append(found(audit), style="bold" if audit.findings else "bold green")
    text.append(" Nothing was changed.")
    if audit.incomplete:
        text.append(
            f"\nThe audit is incomplete: {incompleteness(audit)}. Do not trust a clean result.",
            style="bold red",
        )
    if hint := several_sets(audit):
        text.append(f"\n{hint}", style="yellow")
    for line in filter(None, (content_line(audit), worth_line(audit))):
        text.append(f"\n{line}", style="dim")
    for line in unjudged(audit):
        text.append(f"\n{line}", style="yellow")
    if hands := summed_up(audit, left):
        text.append(f"\n{hands}")
    if left.trouble:
        text.append(f"\n{left.trouble}", style="yellow")
    for said in filter(None, (saved_split_line(audit), gone_line(audit))):
        text.append(f"\n{said}")
    spared = audit.summary.get("jfif_filter_would_delete", 0)
    if spared:
        text.append(
            '\nDon\'t clean with the "JFIF header" snippet from tutorials: it would delete'
            f" {count(spared, 'good picture')} here.",
            style="dim",
        )
    return text


def _next_steps(audit: Audit, left: LeftToDo, width: int) -> Text:
    path = audit.state.arguments
    hints = []
    if waiting := len(left.waiting):
        hints += hints_to_decide(path, waiting, in_bucket=is_stand_in(audit.root))
    elif audit.findings:
        hints.append((f"catsclean report {path} --open", "see them on one page"))
    if (moves := what_would_move(left)) and not audit.dataset.never_moved:
        hints.append((f"catsclean clean {path}", moves))
    if repairs := len(left.to_repair):
        hints.append((f"catsclean fix {path}", f"try to repair {count(repairs, 'file')}"))
    if audit.dataset.labelled and not audit.incomplete and not layout_question(audit.summary, path):
        size, meaning = split_options(audit)
        if audit.dataset.never_changed:
            size += " -o FOLDER"
        if left.excluded:  # how many of them get a split, only that split knows
            meaning += " (pictures to review or repair are included; --exclude-review skips them)"
        hints.append((f"catsclean split {path} {size}", meaning))
    text = Text("\n" if hints else "")
    for line in hint_lines(hints, width):
        # a command starts in the third column, and what it does stands three columns behind it
        command, gap, meaning = line.partition("   ") if line[2:3].strip() else ("", "", line)
        text.append(command, style="green").append(f"{gap}{meaning}\n", style="dim")
    return text


def _footer(audit: Audit) -> Text:
    summary = audit.summary
    facts = [f"{summary['seconds']:.1f} s"]
    if read := summary.get("files_read"):
        facts.append(f"{read / max(summary['seconds'], 1e-3):,.0f} files/s")
    if recognised := summary.get("files_recognised"):
        facts.append(f"{recognised:,} already known, not decoded again")
    if reused := summary.get("files_reused"):
        facts.append(f"{reused:,} unchanged (cached)")
    if workers := summary.get("workers"):
        facts.append(count(workers, "worker"))
    return Text(" · ".join(facts), style="dim")


def _number(number: int) -> Text:
    return Text(f"{number:,}") if number else Text("·", style="dim")
