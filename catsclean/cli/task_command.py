"""Run one task of a plan: read its files, and commit what they say.

A task that was done before ends at once, so that any of them can be run again.

Examples:
  catsclean task PetImages.catsclean/cache/plan-3f9a1c20b7d4e851.arrow 0
  catsclean task PetImages.catsclean/cache/plan-3f9a1c20b7d4e851.arrow 7 --every 100

Docs: https://github.com/catsclean/catsclean/blob/main/docs/scale.md#tasks
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from catsclean.auditing import audit_tasks
from catsclean.cli import options
from catsclean.cli.output import say
from catsclean.core import links
from catsclean.core.text import count
from catsclean.scan import audit_plan


def command(
    plan: Annotated[
        Path, typer.Argument(metavar="PLAN", help="File of the plan, from `catsclean plan`.")
    ],
    number: Annotated[
        int, typer.Argument(metavar="NUMBER", min=0, help="Number of the task, from 0.")
    ],
    every: Annotated[
        int | None,
        typer.Option(
            "--every",
            metavar="NUMBER",
            min=1,
            help="Also run each task so many further on, for an array with fewer jobs than tasks.",
            show_default=False,
        ),
    ] = None,
    follow_links_to: options.FollowLinksTo = None,
    embedder: Annotated[
        str | None,
        typer.Option(
            "--embedder",
            metavar="NAME",
            help="The embedder that the plan was made with [default: lite0].",
            show_default=False,
        ),
    ] = None,
    quiet: options.Quiet = False,
) -> None:
    chosen = audit_plan.load_plan(plan, links.allowed_folders(follow_links_to))
    numbers = [number] if every is None else range(number, chosen.tasks, every)
    for one in numbers:
        done = audit_tasks.run_task(chosen, one, embedder=embedder)
        what = "was done before" if done.was_done else f"read {count(done.files, 'file')}"
        lost = f", {done.not_examined:,} could not be examined" if done.not_examined else ""
        say(f"Task {one} of {chosen.tasks:,}: {what}{lost}.", hidden=quiet)
