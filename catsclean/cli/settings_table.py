"""The settings, each once: name, type, default, meaning, and the commands that use it.

The reader of settings files, the environment variables, ``catsclean config show`` and the JSON
Schema of settings all follow from this table.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from catsclean.core.limits import Limits
from catsclean.core.model import Severity
from catsclean.core.split_names import LAYOUTS

#: Starts the name of every environment variable.
PREFIX: Final = "CATSCLEAN_"
#: Options that are no settings of a file, and have a variable for all commands all the same.
SHARED_OPTIONS: Final = ("config", "no-progress")
_LIMITS: Final = Limits()


class SettingKind(Enum):
    """What a value of a setting is, in the words of the error about a wrong one."""

    NAMES = "a list of names"
    PATHS = "a list of paths"
    PATH = "a path"
    TEXT = "a text"
    LABELS = "a source of labels"
    CHOICE = "one of some words"
    FLAG = "true or false"
    COUNT = "a number from 1"
    LIMIT = "a number above 0"
    BY_PATTERN = "a table of patterns, each with a list of validators"
    BY_VALIDATOR = "one table per validator"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting.

    Attributes:
        name: As in a settings file.
        kind: What its value is.
        text: What it does, one sentence.
        default: Its value if nothing sets it, as JSON has it; None: see `text`.
        commands: The commands that use it.
        choices: The words of a choice.
        whole: Whether a limit is a whole number.
    """

    name: str
    kind: SettingKind
    text: str
    default: Any
    commands: str
    choices: tuple[str, ...] = ()
    whole: bool = False

    @property
    def variable(self) -> str:
        """The environment variable that sets it; empty for a table, which no variable can hold."""
        tables = (SettingKind.BY_PATTERN, SettingKind.BY_VALIDATOR)
        return "" if self.kind in tables else variable_of(self.name)


def variable_of(option: str, command: str = "") -> str:
    """Return the environment variable of an option: ``CATSCLEAN_AUDIT_FAIL_ON``.

    Args:
        option: Its long name, with or without dashes before it.
        command: The command that has it; empty: the variable that counts for all commands.
    """
    words = f"{command}-{option.lstrip('-')}" if command else option.lstrip("-")
    return PREFIX + words.replace("-", "_").upper()


_NAMES, _PATH, _LIMIT = SettingKind.NAMES, SettingKind.PATH, SettingKind.LIMIT

SETTINGS: Final = (
    Setting("select", _NAMES, "Validators or families to run; +NAME adds to the default ones.",
            None, "audit, plan, check"),
    Setting("ignore", _NAMES, "Validators or families to leave out.", [], "audit, plan, check"),
    Setting("exclude", _NAMES, "Files and folders to skip, patterns as in a .gitignore.", [],
            "audit, plan"),
    Setting("prefer", _NAMES, "Patterns of copies to keep; the first counts most.", [],
            "audit, clean"),
    Setting("sidecars", _NAMES, "Extensions of files that go along with the picture of their name"
            " (default: those that catsclean knows).", None, "clean, fix, split"),
    Setting("max-pixels", _LIMIT, "Skip pictures with more pixels.", _LIMITS.max_pixels,
            "audit, plan, check", whole=True),
    Setting("max-bytes", _LIMIT, "Skip files with more bytes.", _LIMITS.max_bytes,
            "audit, plan, check", whole=True),
    Setting("timeout", _LIMIT, "Seconds of processor time after which reading a file stops.",
            _LIMITS.timeout_s, "audit, plan, check"),
    Setting("workers", SettingKind.COUNT, "Number of worker processes (default: one for each"
            " processor).", None, "audit, check"),
    Setting("layout", SettingKind.CHOICE, "How folders name classes.", "auto", "audit",
            LAYOUTS),
    Setting("labels", SettingKind.LABELS, "Where labels come from: folders, names, name:REGEX,"
            " metadata, or a table, FILE:PATH,LABEL (default: as in the last audit, else auto).",
            None, "audit, check"),
    Setting("fail-on", SettingKind.CHOICE, "Exit with 1 if there are findings of this severity or"
            " worse.", "error", "audit, check", (*(s.value for s in reversed(Severity)), "never")),
    Setting("baseline", _PATH, "A file of findings to leave out.", None,
            "audit, check, clean, fix"),
    Setting("state-dir", _PATH, "State folder (default: NAME.catsclean beside the data set).",
            None, "every command on an audited data set"),
    Setting("follow-links", SettingKind.FLAG, "Follow links inside the data set.",
            default=False, commands="audit, plan, check"),
    Setting("follow-links-to", SettingKind.PATHS, "Also follow links into these folders.", [],
            "every command that reads pictures"),
    Setting("content", SettingKind.FLAG, "Check what pictures show (default: if the extra is"
            " installed).", None, "audit, plan"),
    Setting("embedder", SettingKind.TEXT, "The network that looks at pictures (default: lite0).",
            None, "audit, plan"),
    Setting("per-path-ignores", SettingKind.BY_PATTERN, "Validators or families to ignore, by"
            " pattern of paths.", {}, "audit, check"),
    Setting("validators", SettingKind.BY_VALIDATOR, "Options of validators, by validator.", {},
            "audit, check"),
)  # fmt: skip

#: Each setting by its name.
BY_NAME: Final = {setting.name: setting for setting in SETTINGS}
