"""Let an error about the value of a setting say which settings file has it.

Most values are checked as they are read (:mod:`catsclean.cli.settings_check`).  These are checked
where they are used, because only an audit knows the data set that they are about.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any, Final

from catsclean.cli.config import read_settings_file
from catsclean.cli.settings_table import BY_NAME, Setting
from catsclean.core import names
from catsclean.errors import CatscleanError

_USED_LATER: Final = ("labels", "embedder", "baseline")
_PARTS: Final = re.compile(r"[:,]")  # of onnx:FILE, name:REGEX and FILE:PATH,LABEL


def say_what_the_file_sets(ctx: Any, error: CatscleanError) -> None:
    """Add the settings file to an error about a value that it sets.

    Args:
        ctx: The context of the command.
        error: Its message is changed.
    """
    text = str(error)
    for key, value, source in _set_by_file(ctx):
        if source not in text and _is_about(text, key, value):
            error.args = (f"{text.rstrip('.')}. Set in {source}: {key}.",)
            return


def _set_by_file(ctx: Any) -> Iterator[tuple[str, str, str]]:
    """Yield the settings that a command takes from a file: the name, the value, and the file."""
    from catsclean.cli import options  # help needs none

    used = [key for key in _USED_LATER if _counts(ctx, BY_NAME[key])]
    if not used:
        return
    try:
        found = options.settings_file(ctx.params.get("config_file"), options.root_of(ctx))
        values = {} if found is None else read_settings_file(found)
    except CatscleanError:  # about the file itself: then this is that error
        return
    for key in used:
        if key in values:
            yield key, str(values[key]), repr(str(found))


def _counts(ctx: Any, setting: Setting) -> bool:
    """Tell whether a command uses a setting of a file: no option and no variable sets it."""
    if ctx.command.name not in setting.commands.split(", ") or os.environ.get(setting.variable):
        return False
    source = ctx.get_parameter_source(setting.name)
    return source is None or source.name == "DEFAULT"


def _is_about(text: str, key: str, value: str) -> bool:
    """Tell whether a message names a setting, its value or a part of that."""
    parts = (value, *_PARTS.split(value))
    return key.removesuffix("s") in text or any(repr(names.text(one)) in text for one in parts)
