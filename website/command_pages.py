"""The pages of the commands, made from what `catsclean COMMAND --help` shows."""

from __future__ import annotations

import re
from typing import Any, Final

from catsclean.cli.commands import Commands, command_names
from catsclean.cli.help_pages import describe
from catsclean.reports.validator_page import escape_cell

_IN_TABLE: Final = re.compile(r"(?m)^(\| )`([a-z-]+)([^`]*)`")
_LAST_GROUP: Final = "General"


def render_pages() -> dict[str, str]:
    """Return the page of each command, by its path below ``docs/``."""
    return {f"commands/{name}.md": _page(name) for name in command_names()}


def with_links(markdown: str) -> str:
    """Return docs/command-line.md with a link from each command in its table to its page."""
    known = set(command_names())

    def link(match: re.Match[str]) -> str:
        page = f"commands/{match[2]}.md"
        return f"{match[1]}[`{match[2]}{match[3]}`]({page})" if match[2] in known else match[0]

    return _IN_TABLE.sub(link, markdown)


def navigation() -> list[dict[str, str]]:
    """Return the entries of the navigation."""
    return [{name: f"commands/{name}.md"} for name in command_names()]


def _page(name: str) -> str:
    command: Any = Commands(name="catsclean").get_command(None, name)
    context = command.make_context(name, [], resilient_parsing=True)
    text, _, end = (command.help or "").partition("\nExamples:\n")
    examples, _, link = end.partition("Docs: ")
    groups: dict[str, list[Any]] = {}
    for one in command.get_params(context):
        if not getattr(one, "hidden", False):
            kind = "Arguments" if one.param_type_name == "argument" else ""
            groups.setdefault(kind or one.rich_help_panel or _LAST_GROUP, []).append(one)
    if _LAST_GROUP in groups:
        groups[_LAST_GROUP] = groups.pop(_LAST_GROUP)
    usage = " ".join(context.get_usage().removeprefix("Usage:").split())
    usage = usage.replace(f"{name} ", f"catsclean {name} ", 1).strip()
    parts = [f"# catsclean {name}", text.strip(), f"```text\n{usage}\n```"]
    parts += [f"## {title}\n\n{_table(title, members)}" for title, members in groups.items()]
    commands = "\n".join(f"$ {line.strip()}" for line in examples.splitlines() if line.strip())
    parts.append(f"## Examples\n\n```console\n{commands}\n```")
    page = link.strip().partition("/blob/main/docs/")[2]
    parts.append(f"More: [{page.partition('#')[0].removesuffix('.md')}](../{page})")
    return "\n\n".join(parts) + "\n"


def _table(title: str, parameters: list[Any]) -> str:
    lines = [f"| {'argument' if title == 'Arguments' else 'option'} | meaning |", "|---|---|"]
    for one in parameters:
        words, meaning = describe(one)
        lines.append(f"| `{words}` | {escape_cell(_plain(meaning))} |")
    return "\n".join(lines)


def _plain(text: str) -> str:
    """Keep Markdown and HTML from reading marks in the text of a terminal."""
    for mark in ("\\", "*", "_", "<", "["):
        text = text.replace(mark, f"\\{mark}")
    return " ".join(text.split())
