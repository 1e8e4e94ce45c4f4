"""Which folders and splits the paths inside containers stand for.

Labels and splits are recognised by folders (:mod:`catsclean.scan.layout`).  A path in a container
has parts that say nothing about either: the name of a shard, the one folder that an archive wraps
everything in.  Without them, ``train-00017.tar/Cat/1.jpg`` lies in the folder ``train/Cat``, and
``PetImages.zip/PetImages/Cat/1.jpg`` in ``Cat``.
"""

from __future__ import annotations

import os
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from catsclean.scan.layout import named_like_split

# train-00000-of-00004, shard_000017, 00042, train.0: one of many parts, as WebDataset, Hugging Face
# and img2dataset name them
_PART: Final = re.compile(
    r"(?P<word>.*?)([-_.]\d+|(?<!\d)\d{3,})([-_]of[-_]\d+)?([-_.][0-9a-f]{6,})?"
)
_NUMBER: Final = re.compile(r"[-_. ]?\d+([-_]of[-_]\d+)?$")
_WORD_END: Final = re.compile(r"[-_. ]")
# share of the pictures that may lie beside the class folders of an archive
_MOST_STRAYS: Final = 0.1
_WORDNET_ID: Final = re.compile(r"n\d{8}")


@dataclass(frozen=True, slots=True)
class FolderMeaning:
    """What the folders in containers stand for.

    Attributes:
        above: Container, escaped → the folder that its own name stands for; may be empty.
        wrapper: Folder around everything in the containers, escaped; empty if there is none.
        split_again: Container → folder around everything in it that says once more which split it
            is, below the wrapper: ``train`` in ``train.zip``.
    """

    above: Mapping[str, str]
    wrapper: str
    split_again: Mapping[str, str]

    @classmethod
    def recognise(cls, pictures: Iterable[tuple[str, str]]) -> FolderMeaning:
        """Recognise it from where the pictures lie.

        Args:
            pictures: Container and folder inside it of every picture, both escaped; the container
                is empty if the data set itself is one, the folder if the picture lies at its top.
        """
        pairs = Counter(pictures)
        numbers: Counter[str] = Counter()
        inside: dict[str, set[str]] = defaultdict(set)
        for (container, folder), number in pairs.items():
            numbers[folder] += number
            inside[container].add(folder)
        wrapper = _wrapper(numbers)
        splits = _splits_of(sorted(inside))
        again: dict[str, str] = {}
        for container, folders in inside.items():
            firsts = {_below(wrapper, folder).partition("/")[0] for folder in folders}
            first = next(iter(firsts))
            if splits.get(container) and len(firsts) == 1 and named_like_split(first):
                again[container] = first
        flat = {one for one, folders in inside.items() if folders == {""}}
        return cls(_names_of(sorted(inside), splits, flat), wrapper, again)

    def of(self, container: str, folder: str) -> str:
        """Return the folder that decides about label and split.

        Args:
            container: The container, escaped.
            folder: A folder in it, escaped.
        """
        inner = _below(self.wrapper, folder)
        inner = _below(self.split_again.get(container, ""), inner)
        return "/".join(part for part in (self.above.get(container, ""), inner) if part)


def _below(above: str, folder: str) -> str:
    """Return the rest of a path below a folder; the path itself if it lies elsewhere."""
    if above and f"{folder}/".startswith(f"{above}/"):
        return folder[len(above) + 1 :]
    return folder


def _names_of(
    containers: Sequence[str], splits: Mapping[str, str], flat: Collection[str]
) -> dict[str, str]:
    """Return the folders that containers stand for: a split, a class, both; empty if nothing.

    Args:
        containers: Their paths, escaped.
        splits: Container → its split; empty if names say none.
        flat: Containers whose pictures all lie at the top.
    """
    above = {one: splits.get(one) or folder for one, folder in _folders_above(containers).items()}
    stems: dict[str, list[str]] = defaultdict(list)
    for one in containers:
        stems[above[one]].append(_stem_of(one))
    for one in containers:
        others = stems[above[one]]
        named = len(others) > 1 and _name_classes(others) and not named_like_split(_word_of(one))
        if named and flat == set(containers):
            above[one] = "/".join(filter(None, (above[one], _stem_of(one))))
    return above


def _splits_of(containers: Sequence[str]) -> dict[str, str]:
    """Return the split that each container is; empty if not all are named like one."""
    folders = _folders_above(containers)
    if folders and all(named_like_split(folder.partition("/")[0]) for folder in folders.values()):
        return folders
    for name_of in (_word_of, _last_word_of):
        words = {one: name_of(one) for one in containers}
        if words and all(map(named_like_split, words.values())):
            return {one: "/".join(filter(None, (folders[one], words[one]))) for one in containers}
    return {}


def _folders_above(containers: Sequence[str]) -> dict[str, str]:
    """Return the folder of each container, without the folders that all of them lie in."""
    folders = {container: container.rpartition("/")[0] for container in containers}
    within = list(folders.values())
    common = os.path.commonpath(within) if within and all(within) else ""
    return {one: folder[len(common) :].lstrip("/") for one, folder in folders.items()}


def _name_classes(stems: Collection[str]) -> bool:
    """Tell whether containers are named like classes: ``cat`` and ``dog``, not ``part-1``."""
    if all(map(_WORDNET_ID.fullmatch, stems)):
        return True  # n01440764.tar, as ImageNet has them
    return len({_NUMBER.sub("", stem) for stem in stems} - {""}) == len(stems)


def _stem_of(container: str) -> str:
    return container.rpartition("/")[2].rpartition(".")[0]


def _word_of(container: str) -> str:
    """Return the name of a shard without its number: ``train`` of ``train-00000-of-00004``."""
    stem = _stem_of(container)
    part = _PART.fullmatch(stem)
    word = part["word"] if part else stem
    # fold_1 is the name of a split, number and all
    return word if named_like_split(word) or not named_like_split(stem) else stem


def _last_word_of(container: str) -> str:
    """Return the last word before the number: ``train`` of ``imagenet1k-train-0017``."""
    return _WORD_END.split(_word_of(container))[-1]


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
