"""Every exception that catsclean raises on purpose, each with the exit code of a command it ends.

CatscleanError
├── UsageError           2    the request is invalid or impossible
│   ├── DatasetError          the folder: missing, not a folder, without pictures
│   ├── ConfigError           pyproject.toml, catsclean.toml, an option or a validator's name
│   └── MissingExtraError     a part of catsclean that is not installed; an ImportError, too
├── ManifestError        2    a manifest, findings file or decisions file that cannot be trusted
├── StateError           2    the state folder: locked, not writable, of a newer version
├── CleaningError        1    a clean or an undo that could not be completed
├── SplitError           1    a split that cannot be made or written
│   └── SplitUsageError    2  an audit that leaves open what to split; a UsageError, too
├── DownloadError        1    a file that cannot be downloaded, or is not what it should be
├── TrainingError        1    the reference trainer: data that it cannot train on, a refused model
│   └── TrainingUsageError 2  no such model, split or run: it could not begin; a UsageError, too
└── WorkerError          3    the processes that read the pictures cannot be started or all crash

A bad picture is never one of these: it is a finding.
"""


class CatscleanError(Exception):
    """Base of every error that catsclean raises on purpose; its text is one line for a person.

    Characters in it that are not printable, such as those of a file name, are escaped.
    """

    def __init__(self, *texts: object) -> None:
        """Take the text."""
        super().__init__(*(printable(text) if isinstance(text, str) else text for text in texts))


class UsageError(CatscleanError):
    """The request is invalid or impossible; the command line ends with exit code 2."""


class DatasetError(UsageError):
    """The data set's folder is missing, is not a folder, or holds no pictures."""


class ConfigError(UsageError):
    """A configuration file, an option or a validator's name is wrong."""


class MissingExtraError(UsageError, ImportError):
    """This part of catsclean needs an extra that is not installed."""


class ManifestError(CatscleanError):
    """A manifest, a findings file or a decisions file is damaged or cannot be trusted."""


class StateError(CatscleanError):
    """The state folder is locked, not writable, or was written by a newer catsclean."""


class CleaningError(CatscleanError):
    """A clean or an undo could not be completed; nothing was lost."""


class SplitError(CatscleanError):
    """A split cannot be made from this manifest, or cannot be written to this folder."""


class SplitUsageError(SplitError, UsageError):
    """The audit is incomplete, or leaves open which folders are the classes."""


class DownloadError(CatscleanError):
    """A file cannot be downloaded or unpacked, or is not what it should be.

    Nothing incomplete gets its name; what arrived stays hidden, and the next call goes on with it.
    """


class TrainingError(CatscleanError):
    """The reference trainer cannot train on this data, or refuses this model."""


class TrainingUsageError(TrainingError, UsageError):
    """The request to the trainer or a model is invalid or impossible."""


class WorkerError(CatscleanError):
    """No process that reads pictures can be started, or all of them crash without a result."""


def printable(text: str) -> str:
    r"""Escape characters that are not printable, such as ``\x1b`` or ``\u202e``."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else _escaped(ord(c)) for c in text)


def _escaped(code: int) -> str:
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
