"""Run the benchmarks and write docs/performance.md, its JSON and its plots.

    python -m benchmarks --pictures PetImages --peers PEERS      # all of it
    python -m benchmarks --quick                                 # under five minutes
    python -m benchmarks --only cold,startup                     # others keep their last figures
    python -m benchmarks --redraw                                # page and plots from the JSON

--peers makes what is missing of the other tools' environments in a folder, which takes minutes,
once; where no folder is named they are thrown away at the end.  Without --peers they are rows that
say so.  Without --pictures a practice set is made.
"""

from __future__ import annotations

import argparse
import compileall
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import machine, page, peers, plots, sections
from benchmarks.measuring import CommandFailedError
from benchmarks.results import Results, Row, Section, show_number
from benchmarks.workshop import Workshop

DOCS = peers.REPOSITORY / "docs"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", default=",".join(sections.NAMES), help="sections, with commas")
    parser.add_argument("--quick", action="store_true", help="fewer files and runs")
    parser.add_argument("--pictures", type=Path, help="folder of class folders, such as PetImages")
    parser.add_argument(
        "--peers", type=Path, nargs="?", const=Path(), metavar="FOLDER",
        help="measure other tools too; their environments are kept in this folder",
    )  # fmt: skip
    parser.add_argument("--output", type=Path, default=DOCS / "performance.md")
    parser.add_argument("--scratch", type=Path, help="where to make data sets (default: $TMPDIR)")
    parser.add_argument("--redraw", action="store_true", help="measure nothing")
    chosen = parser.parse_args(arguments)
    names = [name.strip() for name in chosen.only.split(",") if name.strip()]
    unknown = sorted(set(names) - set(sections.NAMES))
    if unknown:
        parser.error(
            f"no such section: {', '.join(unknown)}. There are: {', '.join(sections.NAMES)}"
        )
    record = chosen.output.with_suffix(".json")
    if chosen.redraw and not record.exists():
        parser.error(f"nothing to draw: {record.name} is not there. Measure first.")
    if chosen.pictures and not chosen.pictures.is_dir():
        parser.error(f"no such folder: {chosen.pictures}")
    results = Results.load(record) if record.exists() else Results({})
    if not chosen.redraw:
        _measure(results, names, chosen, record)
    _write(results, chosen.output)
    return 0


def _measure(results: Results, names: list[str], chosen: argparse.Namespace, record: Path) -> None:
    results.machine = machine.describe()
    compileall.compile_dir(peers.REPOSITORY / "catsclean", quiet=1)
    wanted = list(dict.fromkeys(tool for name in names for tool in sections.find(name).PEERS))
    with tempfile.TemporaryDirectory(dir=chosen.scratch) as scratch:
        tools = {}
        if chosen.peers is not None:
            kept = chosen.peers if chosen.peers.name else Path(scratch) / "peers"
            tools = peers.prepare(wanted, kept)
        workshop = Workshop(
            Path(scratch), quick=chosen.quick, pictures=chosen.pictures, peers=tools
        )
        for name in names:
            results.sections[name] = _run(name, workshop)
            order = [each for each in sections.NAMES if each in results.sections]
            results.sections = {each: results.sections[each] for each in order}
            results.save(record)  # what is measured stays, whatever befalls the rest


def _run(name: str, workshop: Workshop) -> Section:
    section = sections.find(name)
    print(f"\n{section.TITLE} ({name})", flush=True)
    begun, others = time.monotonic(), machine.OtherWork()
    rows: list[Row] = []
    try:
        for row in section.measure(workshop):
            rows.append(row)
            _show(row)
    except Exception as error:  # noqa: BLE001 - what the others measured in an hour is not to be lost
        note = str(error) if isinstance(error, CommandFailedError) else repr(error)
        rows.append(Row("the rest of this section", "", note=note))
        _show(rows[-1])
    seconds = time.monotonic() - begun
    versions = {
        tool: workshop.peer(tool).version for tool in section.PEERS if workshop.peer(tool).version
    }
    print(f"  {seconds:.0f} s", flush=True)
    return Section(
        section.TITLE,
        section.METHOD,
        tuple(rows),
        workshop.quick,
        seconds,
        others.cores(),
        versions,
    )


def _show(row: Row) -> None:
    figure = f"{show_number(row.figure)} {row.unit}" if row.figure is not None else row.note
    ratio = f"   {show_number(row.ratio)} × {row.beside}" if row.ratio is not None else ""
    verdict = {True: "   held", False: "   missed", None: ""}[row.held]
    print(f"  {row.what}: {figure}{ratio}{verdict}", flush=True)


def _write(results: Results, output: Path) -> None:
    images = output.parent / "images"
    drawn = {name: plots.draw(name, each, images) for name, each in results.sections.items()}
    output.write_text(page.write(results, drawn, images.name), encoding="utf-8")
    print(f"\n{output.name}: {output.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    sys.exit(main())
