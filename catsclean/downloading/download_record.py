"""What is known of a download: written beside the folder, and compared with the next one."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from catsclean.core.files import replacing
from catsclean.core.parse_json import parse_json

_SUFFIX: Final = ".download.json"


@dataclass(frozen=True, slots=True)
class DownloadedArchive:
    """One archive that was downloaded.

    Attributes:
        urls: Its addresses, that it came from first.
        size_bytes: Its size.
        sha256: Its digest.
        published: The digest was published; otherwise that of the first download counts.
    """

    urls: tuple[str, ...]
    size_bytes: int
    sha256: str
    published: bool


@dataclass(frozen=True, slots=True)
class DownloadRecord:
    """One download.

    Attributes:
        name: Name of the set, or its address.
        time: When it was downloaded first, in UTC (ISO 8601).
        licence: Its licence, as far as that is known.
        source: The page that describes it.
        files: Number of files that were unpacked.
        archives: What was downloaded.
    """

    name: str
    time: str
    licence: str
    source: str
    files: int
    archives: tuple[DownloadedArchive, ...]


def record_of(folder: Path) -> Path:
    """Return where the record of a folder lies."""
    return folder.with_name(folder.name + _SUFFIX)


def read_record(folder: Path) -> DownloadRecord | None:
    """Read the record of a folder; None if there is none, or none that can be read."""
    try:
        plain = parse_json(record_of(folder).read_text(encoding="utf-8"))
        archives = tuple(
            DownloadedArchive(
                tuple(map(str, one["urls"])),
                int(one["size_bytes"]),
                str(one["sha256"]),
                one["published"] is True,
            )
            for one in plain["archives"]
        )
        return DownloadRecord(
            str(plain["name"]), str(plain["time"]), str(plain["licence"]), str(plain["source"]),
            int(plain["files"]), archives,
        )  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_record(folder: Path, record: DownloadRecord) -> None:
    """Write the record of a folder, whole.

    Raises:
        OSError: It cannot be written.
    """
    with replacing(record_of(folder)) as temporary:
        temporary.write_text(json.dumps(asdict(record), indent=1) + "\n", encoding="utf-8")
