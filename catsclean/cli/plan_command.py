"""Cut the reading of a large data set into tasks, to run on many machines.

Each task is one `catsclean task`. The `catsclean audit` after them reads nothing again. All of
them must see the data set and its state folder.

Examples:
  catsclean plan PetImages
  catsclean plan PetImages --exclude 'raw/' --task-files 2000

Docs: https://github.com/catsclean/catsclean/blob/main/docs/scale.md#tasks
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

import catsclean
from catsclean.auditing import given_paths
from catsclean.cli import config, options
from catsclean.cli.output import say, show_hints
from catsclean.content import embedder_names
from catsclean.core import names
from catsclean.core import state as states
from catsclean.core.limits import MOST_TASK_FILES
from catsclean.core.text import count, human_bytes
from catsclean.scan import audit_plan
from catsclean.validators import registry


def command(
    paths: options.Roots,
    exclude: options.Exclude = None,
    follow_links: options.FollowLinks = False,
    follow_links_to: options.FollowLinksTo = None,
    task_files: Annotated[
        int,
        typer.Option(
            "--task-files",
            metavar="NUMBER",
            min=1,
            max=MOST_TASK_FILES,
            help="The most files of a task. It also has at most 256 MB.",
        ),
    ] = MOST_TASK_FILES,
    content: options.Content = None,
    embedder: options.EmbedderName = None,
    max_pixels: options.MaxPixels = None,
    max_bytes: options.MaxBytes = None,
    timeout: options.Timeout = None,
    quiet: Annotated[
        bool,
        typer.Option(
            "--quiet",
            "-q",
            help="Print only the file of the plan and the number of tasks, for scripts.",
        ),
    ] = False,
    config_file: options.ConfigFile = None,
    state_dir: options.StateDir = None,
) -> None:
    folder, _ = given_paths.dataset_of(paths)
    settings = options.settings_of(config_file, Path(folder).resolve(), validators=True)
    plan = catsclean.plan_audit(
        paths,
        exclude=[*settings.exclude, *(exclude or ())],
        follow_links=follow_links or settings.follow_links,
        follow_links_to=follow_links_to,
        limits=options.limits_of(settings, max_pixels, max_bytes, timeout),
        **_content(settings, content, embedder),
        task_files=task_files,
        state_dir=state_dir,
    )
    if quiet:
        typer.echo(f"{plan.path or ''}\t{plan.tasks}")
        return
    known = f", {count(plan.known, 'file')} known already" if plan.known else ""
    audit = _audit_command(paths, states.StateFolder.of(folder, state_dir, follow_links_to))
    if plan.path is None:
        say(f"Nothing to read{known}.")
        show_hints((audit, "judge them"))
        return
    size = human_bytes(plan.bytes)
    say(f"Planned {count(plan.tasks, 'task')}: {count(plan.files, 'file')}, {size}{known}.")
    show_hints(
        (_task_command(plan), f"run one, NUMBER from 0 to {plan.tasks - 1}"),
        (audit, "then judge all, with the same options"),
    )


def _content(settings: config.Config, content: bool | None, embedder: str | None) -> dict[str, Any]:
    """Return whether the audit with these settings examines content, and by which embedder."""
    chosen = options.content_of(settings, content, embedder)
    if chosen["content"] is None:
        checks = registry.resolve(settings.select, settings.ignore, settings.options)
        if not any(check.uses_content for check in checks):
            return {"content": False}
    return chosen


def _audit_command(paths: list[Path], state: states.StateFolder) -> str:
    if len(paths) == 1:
        return f"catsclean audit {state.arguments}"
    _, _, options_ = state.arguments.partition(names.shell_word(state.given))
    return f"catsclean audit {' '.join(names.shell_word(str(path)) for path in paths)}{options_}"


def _task_command(plan: audit_plan.AuditPlan) -> str:
    path, here = plan.path or Path(), Path.cwd()
    shown = path.relative_to(here) if path.is_relative_to(here) else path
    command = f"catsclean task {names.shell_word(str(shown))} NUMBER"
    for folder in plan.follow_links_to:
        command += f" --follow-links-to {names.shell_word(str(folder))}"
    if plan.embedder not in {"", embedder_names.DEFAULT}:
        command += f" --embedder {names.shell_word(plan.embedder)}"
    return command
