"""The page docs/performance.md, from results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.results import show_number

if TYPE_CHECKING:
    from benchmarks.results import Asked, Results, Row, Section

_QUIET_CORES = 0.2
_HEAD = "| | measured | range, runs | beside | × | asked | |\n|---|---|---|---|---|---|---|\n"


def write(results: Results, plots: dict[str, list[str]], images: str) -> str:
    """Write the page.

    Args:
        results: What was measured.
        plots: File names of each section's charts.
        images: Folder of the charts, as the page names it.
    """
    parts = ["# Performance\n", _introduction(results), _summary(results), _machine(results)]
    for name, section in results.sections.items():
        charts = "".join(f"![{section.title}]({images}/{file})\n\n" for file in plots.get(name, ()))
        parts.append(_section(name, section) + "\n" + charts)
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)


def _introduction(results: Results) -> str:
    quick = [s.title.lower() for s in results.sections.values() if s.quick]
    warning = (
        f"**From a quick run (fewer files, fewer runs): {', '.join(quick)}.** Not for quoting.\n\n"
        if quick
        else ""
    )
    return warning + (
        "The cost of catsclean, compared with the least possible cost of the same work (the floor)"
        " and with other tools.\n`python -m benchmarks` writes this page; `performance.json` has"
        " every run.\n\n"
        "- CPU time is user and system time of **all** processes of a command, workers and fork"
        " server included.\n"
        "- Each figure is the median of its runs; the range is from the smallest to the largest.\n"
        "- × is the median ratio of the figure to the one next to it, run by run in the same round:"
        "\n  it is reliable even if the machine's speed drifts.\n"
    )


def _summary(results: Results) -> str:
    asked = [
        (section, row) for section in results.sections.values() for row in section.rows if row.asked
    ]
    missed = [pair for pair in asked if pair[1].held is False]
    unknown = [pair for pair in asked if pair[1].held is None]
    held = len(asked) - len(missed) - len(unknown)
    text = f"## In short\n\nOf {len(asked)} figures asked, {held} held, {len(missed)} missed"
    text += f", {len(unknown)} not measured.\n" if unknown else ".\n"
    if missed:
        text += "\n| missed | measured | asked |\n|---|---|---|\n"
        for section, row in missed:
            text += f"| {section.title}: {_cell(row.what)} | {_judged(row)} | {_asked(row)} |\n"
    return text


def _judged(row: Row) -> str:
    if row.asked and row.asked.of == "ratio":
        return f"{show_number(row.ratio)} × {row.beside}"
    return f"{show_number(row.figure)} {row.unit}"


def _machine(results: Results) -> str:
    lines = [f"| {key} | {_cell(value)} |" for key, value in results.machine.items()]
    versions: dict[str, str] = {}
    for section in results.sections.values():
        versions |= section.versions
    lines += [f"| {key} (peer) | {_cell(value)} |" for key, value in sorted(versions.items())]
    return "## Machine\n\n| | |\n|---|---|\n" + "\n".join(lines) + "\n"


def _section(name: str, section: Section) -> str:
    load = f"{section.others_cores:.2f} processors were busy with other work meanwhile"
    if section.others_cores > _QUIET_CORES:
        load += ", so look at ratios rather than figures"
    again = f"`python -m benchmarks --only {name}{' --quick' if section.quick else ''}`"
    text = f"## {section.title}\n\n{section.method}\n\n"
    text += f"{again}: {section.seconds:.0f} s; {load}.\n\n{_HEAD}"
    return text + "".join(map(_line, section.rows))


def _line(row: Row) -> str:
    if row.figure is None:
        return f"| {_cell(row.what)} | not measured: {_cell(row.note)} | | | | | |\n"
    spread = f"{show_number(min(row.values))} to {show_number(max(row.values))}, {len(row.values)}"
    what = f"{_cell(row.what)} ({_cell(row.note)})" if row.note else _cell(row.what)
    ratio = show_number(row.ratio)
    held = {True: "held", False: "**missed**", None: ""}[row.held]
    return (
        f"| {what} | {show_number(row.figure)} {row.unit} | {spread} | {_cell(row.beside)} |"
        f" {ratio} | {_asked(row)} | {held} |\n"
    )


def _asked(row: Row) -> str:
    asked: Asked | None = row.asked
    if asked is None:
        return ""
    sign = "≥" if asked.least else "≤"
    return f"{sign} {asked.bound:g}{' ×' if asked.of == 'ratio' else ' ' + row.unit}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
