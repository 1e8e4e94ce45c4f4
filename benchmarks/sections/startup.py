"""What it costs to start: help of every command, the version, and an audit of one picture."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from benchmarks import measuring
from benchmarks.measuring import CommandFailedError, take_turns
from benchmarks.results import Asked, Row, compare
from catsclean.cli.commands import command_names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.workshop import Workshop

TITLE = "Start-up"
METHOD = """\
CPU time of whole commands and of all their processes. The floor of the help is a bare
`python -c pass`; that of the audit of one picture is Python with numpy and simplejpeg imported.
Peers: the same picture, alone in a folder."""
PEERS = ("vision-data-doctor", "cleanvision")
_HELP_S, _AUDIT_S = 0.25, 0.8
_PEERS = {"vision-data-doctor": "data_doctor_scan", "cleanvision": "cleanvision_issues"}


def measure(workshop: Workshop) -> Iterator[Row]:
    bare = [sys.executable, "-c", "pass"]
    decoder = [sys.executable, "-c", "import numpy, simplejpeg"]
    helps = {"--version": ["--version"], "--help": ["--help"]}
    helps |= {f"{name} --help": [name, "--help"] for name in command_names()}
    one = workshop.some(workshop.jpegs(), 1)
    ways: dict[str, Callable[[], float]] = {
        "bare": lambda: measuring.run(bare).cpu_s,
        "decoder": lambda: measuring.run(decoder).cpu_s,
        "audit": lambda: workshop.audit_anew(one).cpu_s,
    }
    for name, arguments in helps.items():
        ways[name] = lambda arguments=arguments: workshop.catsclean(*arguments).cpu_s
    failed: dict[str, str] = {}
    for tool, script in _PEERS.items():
        peer = workshop.peer(tool)
        if peer.missing:
            failed[tool] = peer.missing
            continue

        def start(tool: str = tool, script: str = script) -> float:
            peer = workshop.peer(tool)
            try:
                return measuring.run(
                    peer.script(script, str(one)), cwd=workshop.scratch, env=peer.variables
                ).cpu_s
            except CommandFailedError as error:
                failed[tool] = f"does not run: {error}"
                return 0.0

        ways[tool] = start
    taken = take_turns(ways, workshop.runs)
    yield Row("python -c pass", "s CPU", tuple(taken["bare"]))
    for name in helps:
        yield compare(
            f"catsclean {name}", "s CPU", taken[name], "bare Python", taken["bare"],
            asked=Asked(_HELP_S), plot="Help and version", ours=True,
        )  # fmt: skip
    yield Row("python -c 'import numpy, simplejpeg'", "s CPU", tuple(taken["decoder"]))
    yield compare(
        "catsclean audit of one picture", "s CPU", taken["audit"], "its imports",
        taken["decoder"], asked=Asked(_AUDIT_S),
    )  # fmt: skip
    for tool in _PEERS:
        what = f"{tool}, one picture"
        if tool in failed:
            yield Row(what, "s CPU", note=failed[tool])
        else:
            yield compare(what, "s CPU", taken[tool], "our audit", taken["audit"])
