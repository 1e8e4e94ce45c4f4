"""Which folders and splits the paths inside containers stand for.

Labels and splits are recognised by folders (:mod:`catsclean.scan.layout`).  A path in a container
has parts that say nothing about either: the name of a shard, the one folder that an archive wraps
everything in.  Without them, ``train-00017.tar/Cat/1.jpg`` lies in the folder ``train/Cat``, and
``PetImages.zip/PetImages/Cat/1.jpg`` in ``Cat``.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from catsclean.scan.layout import named_like_split

# train-00000-of-00004, shard_000017, 00042: one of many parts, as WebDataset, Hugging Face and
# img2dataset name them
_PART: Final = re.compile(r"(?P<word>.*?)[-_.]?(?<!\d)\d{3,}([-_]of[-_]\d+)?([-_.][0-9a-f]{6,})?$")
_NUMBER: Final = re.compile(r"[-_. ]?\d+([-_]of[-_]\d+)?$")
# share of the pictures that may lie beside the class folders of an archive
_MOST_STRAYS: Final = 0.1
_WORDNET_ID: Final = re.compile(r"n\d{8}")


@dataclass(frozen=True, slots=True)
class FolderMeaning:
    """What the folders in containers stand for.

    Attributes:
        above: Container, escaped → the folder that its own name stands for; may be empty.
        wrapper: Folder around everything in the containers, escaped; empty if there is none.
    """

    above: Mapping[str, str]
    wrapper: str

    @classmethod
    def recognise(cls, pictures: Iterable[tuple[str, str]]) -> FolderMeaning:
        """Recognise it from where the pictures lie.

        Args:
            pictures: Container and folder inside it of every picture, both escaped; the container
                is empty if the data set itself is one, the folder if the picture lies at its top.
        """
        pairs = Counter(pictures)
        containers = sorted({container for container, _ in pairs})
        above = _names_of(containers, flat=not any(folder for _, folder in pairs))
        numbers: Counter[str] = Counter()
        for (_, folder), number in pairs.items():
            numbers[folder] += number
        return cls(above, _wrapper(numbers))

    def of(self, container: str, folder: str) -> str:
        """Return the folder that decides about label and split.

        Args:
            container: The container, escaped.
            folder: A folder in it, escaped.
        """
        inner = folder
        if self.wrapper and f"{folder}/".startswith(f"{self.wrapper}/"):
            inner = folder[len(self.wrapper) + 1 :]
        return "/".join(part for part in (self.above.get(container, ""), inner) if part)


def _names_of(containers: Sequence[str], *, flat: bool) -> dict[str, str]:
    """Return what the names of containers say: a split, or a class; empty if nothing.

    Args:
        containers: Their paths, escaped.
        flat: No picture lies in a folder of its container.
    """
    folders = {container: container.rpartition("/")[0] for container in containers}
    within = list(folders.values())
    common = os.path.commonpath(within) if within and all(within) else ""
    above = {one: folder[len(common) :].lstrip("/") for one, folder in folders.items()}
    words = {container: _word_of(container) for container in containers}
    if all(map(named_like_split, words.values())):
        return {one: "/".join(filter(None, (above[one], words[one]))) for one in containers}
    stems = {one: one.rpartition("/")[2].rpartition(".")[0] for one in containers}
    if flat and len(containers) > 1 and not any(above.values()) and _name_classes(stems.values()):
        return stems
    return above


def _name_classes(stems: Collection[str]) -> bool:
    """Tell whether containers are named like classes: ``cat`` and ``dog``, not ``part-1``."""
    if all(map(_WORDNET_ID.fullmatch, stems)):
        return True  # n01440764.tar, as ImageNet has them
    return len({_NUMBER.sub("", stem) for stem in stems} - {""}) == len(stems)


def _word_of(container: str) -> str:
    """Return the word before the number of a shard: ``train`` of ``train-00000-of-00004``."""
    stem = container.rpartition("/")[2].rpartition(".")[0]
    part = _PART.fullmatch(stem)
    return part["word"] if part else stem


def _wrapper(pictures: Mapping[str, int]) -> str:
    """Return the folder around everything, if hardly a picture lies directly in it.

    Args:
        pictures: Folder inside a container → number of pictures in it.
    """
    wrapper = ""
    inside = dict(pictures)
    while len(firsts := {folder.partition("/")[0] for folder in inside}) == 1:
        [first] = firsts
        deeper = {folder.partition("/")[2]: number for folder, number in inside.items()}
        strays = deeper.pop("", 0)
        # a single class may have a folder or two in it, too
        wraps = deeper and strays <= _MOST_STRAYS * sum(deeper.values())
        if not first or not wraps or named_like_split(first):
            break
        wrapper, inside = f"{wrapper}/{first}".lstrip("/"), deeper
    return wrapper
