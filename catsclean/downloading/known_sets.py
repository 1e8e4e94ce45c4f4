"""The data sets of the course, and where they are published."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_TENSORFLOW: Final = "https://storage.googleapis.com/download.tensorflow.org/data/"
_MICROSOFT: Final = (
    "https://download.microsoft.com/download/3/E/1/3E1C3F21-ECDB-4869-8368-6DEBA77B919F/"
)
_LEARNING: Final = "https://storage.googleapis.com/learning-datasets/"


@dataclass(frozen=True, slots=True)
class PublishedArchive:
    """One archive of a set.

    Attributes:
        urls: Where it is; the first one that works is used.
        size_bytes: Its size; None if nobody published it.
        sha256: Its digest; empty if nobody published it.
        into: Folder of the set that gets its contents; empty: the set's own.
        strip: Folder of the archive that is left out of the names.
    """

    urls: tuple[str, ...]
    size_bytes: int | None = None
    sha256: str = ""
    into: str = ""
    strip: str = ""


@dataclass(frozen=True, slots=True)
class KnownSet:
    """A set that has a name.

    Attributes:
        name: Its name, and that of the folder that is made.
        title: What it is, in a few words.
        licence: Its licence.
        source: The page that describes it.
        archives: Its archives.
        data: The folder to audit, inside the one that is made; empty: that one itself.
    """

    name: str
    title: str
    licence: str
    source: str
    archives: tuple[PublishedArchive, ...]
    data: str = ""


def _at(name: str, *places: str) -> tuple[str, ...]:
    return tuple(place + name for place in places)


# Sizes and digests: TensorFlow Datasets lists them for the same files (url_checksums and
# checksums.tsv of https://github.com/tensorflow/datasets).
KNOWN_SETS: Final = {
    one.name: one
    for one in (
        KnownSet(
            "cats-vs-dogs",
            "25,000 photos of cats and dogs (PetImages)",
            "Microsoft Research License Agreement; it lies beside the pictures",
            "https://www.microsoft.com/en-us/download/details.aspx?id=54765",
            (
                PublishedArchive(
                    _at("kagglecatsanddogs_5340.zip", _MICROSOFT),
                    824_887_076,
                    "b7974bd00a84a99921f36ee4403f089853777b5ae8d151c76a86e64900334af9",
                ),
            ),
            data="PetImages",
        ),
        KnownSet(
            "rock-paper-scissors",
            "2,892 rendered hands",
            "CC BY 2.0, Laurence Moroney",
            "https://laurencemoroney.com/datasets.html",
            (
                PublishedArchive(
                    _at("rps.zip", _TENSORFLOW, _LEARNING),
                    200_682_221,
                    "c2403444395842ad04c53612bad54b574443eae17a0723117a2ff87b9d72194f",
                    into="train",
                    strip="rps",
                ),
                PublishedArchive(
                    _at("rps-test-set.zip", _TENSORFLOW, _LEARNING),
                    29_516_758,
                    "c27ab9fa43ce40b2e453de711365b477f4424586edf0388116674fd320f07503",
                    into="test",
                    strip="rps-test-set",
                ),
            ),
        ),
        KnownSet(
            "horses-or-humans",
            "1,283 rendered horses and humans",
            "CC BY 2.0, Laurence Moroney",
            "https://laurencemoroney.com/datasets.html",
            (
                PublishedArchive(
                    _at("horse-or-human.zip", _TENSORFLOW, _LEARNING),
                    149_574_867,
                    "e2e6f70d3d549c5dd10a57165e55af253ee66ad750403f95c0fb76bb943633a9",
                    into="train",
                ),
                PublishedArchive(
                    _at("validation-horse-or-human.zip", _TENSORFLOW, _LEARNING),
                    11_480_187,
                    "ae5fff2f4f5554791f05358108e2e05d9801b191f1896ea101402f0e7f6c32c0",
                    into="val",
                ),
            ),
        ),
    )
}
