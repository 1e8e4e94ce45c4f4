"""Addresses of data sets in a bucket: ``s3://bucket/PetImages``, ``gs://…``, ``az://…``."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Final

from catsclean.core import names
from catsclean.errors import DatasetError

#: The schemes of the object stores that catsclean reads: Amazon S3 and what speaks its protocol,
#: Google Cloud Storage, Azure Blob Storage.
SCHEMES: Final = ("s3", "gs", "az")
# a pathlib.Path keeps one slash of the two
_ADDRESS: Final = re.compile(rf"({'|'.join(SCHEMES)}):/{{1,2}}(?!/)(.*)", re.DOTALL | re.IGNORECASE)
# what the three stores allow in the name of a bucket, and what emulators do
_BUCKET: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,221}")
_LONGEST_KEY_BYTES: Final = 1024


@dataclass(frozen=True, slots=True)
class Address:
    """The place of a data set in a bucket.

    Attributes:
        scheme: ``s3``, ``gs`` or ``az``.
        bucket: Name of the bucket; of the container at Azure.
        prefix: What all keys of the data set begin with, without the last slash; empty: the data
            set is the whole bucket.
    """

    scheme: str
    bucket: str
    prefix: str = ""

    @property
    def url(self) -> str:
        """The address as users write it; no part of it is secret."""
        return f"{self.scheme}://{self.bucket}" + (f"/{self.prefix}" if self.prefix else "")

    @property
    def name(self) -> str:
        """The last part: the name of the data set."""
        return self.prefix.rpartition("/")[2] or self.bucket

    @property
    def folder(self) -> str:
        """What the keys of all objects of the data set begin with; empty or with a last slash."""
        return f"{self.prefix}/" if self.prefix else ""

    def shown(self, key: str = "") -> str:
        """Return the address of an object, safe to show."""
        return names.text(f"{self.scheme}://{self.bucket}/{key}" if key else self.url)


def is_address(given: object) -> bool:
    """Return whether a text or path names a place in a bucket, rightly or wrongly."""
    return _match(given) is not None


def parse_address(given: str | os.PathLike[str]) -> Address | None:
    """Read the address of a data set; None if the text does not begin like one.

    Raises:
        DatasetError: It begins like one, but is not one.
    """
    found = _match(given)
    if found is None:
        return None
    scheme, rest = found[1].lower(), found[2]
    bucket, _, prefix = rest.partition("/")
    prefix = prefix.rstrip("/")
    if not _BUCKET.fullmatch(bucket):
        # a user and a password before the host, for example: they must not be repeated
        raise DatasetError(
            f"this address of a bucket has no valid name of a bucket after '{scheme}://'."
            f" Write {scheme}://BUCKET/FOLDER; credentials never belong into it."
        )
    parts = prefix.split("/") if prefix else []
    if any(part in {"", ".", ".."} for part in parts) or any(map(_is_control, prefix)):
        raise DatasetError(
            "the folder in this address has an empty part, a '.' or '..', or a control character."
            f" Received: {names.text(f'{scheme}://{rest}')!r}. Write {scheme}://BUCKET/FOLDER."
        )
    if len(prefix.encode("utf-8", "surrogatepass")) > _LONGEST_KEY_BYTES:
        raise DatasetError(
            f"the folder in this address is too long. Received: {scheme}://{bucket}/…"
        )
    return Address(scheme, bucket, prefix)


def _match(given: object) -> re.Match[str] | None:
    if not isinstance(given, (str, os.PathLike)):
        return None
    text = os.fspath(given)
    return _ADDRESS.match(text) if isinstance(text, str) else None


def _is_control(character: str) -> bool:
    return ord(character) < 0x20 or ord(character) == 0x7F
