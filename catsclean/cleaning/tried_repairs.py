"""Remember what ``fix`` tried and could not repair, so that nothing suggests to try it again.

It is a note and no more: if it cannot be read or written, ``fix`` is suggested once too often.
"""

from __future__ import annotations

import json
from collections.abc import Set as AbstractSet
from contextlib import suppress

from catsclean.cleaning.names_as_labels import source_of
from catsclean.core.files import replacing
from catsclean.core.parse_json import parse_json
from catsclean.core.state import StateFolder
from catsclean.core.version import __version__


def read_refusals(state: StateFolder) -> dict[tuple[str, str], str]:
    """Return what the last ``fix`` could not repair; empty if the labels come from elsewhere now.

    Args:
        state: The state folder of an audit.

    Returns:
        Why each file could not be repaired, by path and sha256.
    """
    try:
        known = parse_json(state.tried_repairs.read_text(encoding="utf-8"))
        if known["made_by"] != _made_by(state):
            return {}
        return {(str(path), str(sha256)): str(why) for path, sha256, why in known["refused"]}
    except (OSError, ValueError, TypeError, KeyError):
        return {}


def note_refusals(
    state: StateFolder, tried: AbstractSet[tuple[str, str]], refused: dict[tuple[str, str], str]
) -> None:
    """Note what ``fix`` could not repair, in place of what was known of the files that it tried.

    Args:
        state: The state folder.
        tried: Path and sha256 of all files that were tried.
        refused: Those that stay as they are, with the reason.
    """
    before = read_refusals(state)
    after = {key: why for key, why in before.items() if key not in tried} | refused
    if after == before:
        return
    listed = [[path, sha256, why] for (path, sha256), why in sorted(after.items())]
    with suppress(OSError):
        state.tried_repairs.parent.mkdir(exist_ok=True)
        with replacing(state.tried_repairs) as temporary:
            text = json.dumps({"made_by": _made_by(state), "refused": listed})
            temporary.write_text(text, encoding="utf-8")


def _made_by(state: StateFolder) -> str:
    """Return what a refusal depends on beside the file: the version, and where labels come from."""
    return json.dumps([__version__, source_of(state).to_plain()], sort_keys=True)
