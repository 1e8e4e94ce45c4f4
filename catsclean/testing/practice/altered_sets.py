"""Sets with several altered copies of each drawing: hands, and a test split that training leaks.

Both are made to be found out: a model that has seen a copy of a picture knows the answer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from numpy.random import Generator
from PIL import Image, ImageOps

from catsclean.testing.practice.encoding import photo, save
from catsclean.testing.practice.nursery import Labelling, Nursery

# Rock-paper-scissors of the course has 1,877 pictures of 831 photographs: 2.26 each.
_COPIES: Final = {1: 0.3, 2: 0.3, 3: 0.25, 4: 0.15}
_TEST_SHARE: Final = 0.25


def fill_with_groups(
    nursery: Nursery,
    pictures: dict[str, int],
    labelling: Labelling,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Draw hands, and write one to four altered copies of each drawing.

    Args:
        nursery: The folder.
        pictures: Number of pictures of each class.
        labelling: Gives each drawing its label.
        progress: Called with the number of pictures written and their total.
    """
    sizes = {label: _deal(nursery.rng, number) for label, number in pictures.items()}
    labels = [label for label in sizes for _ in sizes[label]]
    copies = [number for label in sizes for number in sizes[label]]
    folders = labelling(labels)
    written = 0
    for kind, folder, number, picture in zip(
        labels, folders, copies, nursery.pictures(labels), strict=True
    ):
        first = nursery.add_healthy(folder, photo(picture, nursery.rng), kind)
        for how in _choose(nursery.rng, number - 1):
            path = nursery.add_healthy(folder, alter(picture, how, nursery.rng), kind)
            for one, other in ((path, first), (first, path)):
                nursery.mention(one, ["near-duplicate"], f"{how}, of the same drawing as {other}")
        written += number
        if progress is not None:
            progress(written, sum(copies))


def fill_leaking(
    nursery: Nursery,
    pictures: dict[str, int],
    labelling: Labelling,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Write ``train`` and ``test`` folders, with an altered copy in `train` of each test picture.

    Args:
        nursery: The folder.
        pictures: Number of drawings of each class.
        labelling: Gives each drawing its label.
        progress: Called with the number of pictures drawn and their total.
    """
    labels = [label for label, number in pictures.items() for _ in range(number)]
    held_out = [
        number < round(_TEST_SHARE * of) for of in pictures.values() for number in range(of)
    ]
    folders = labelling(labels)
    drawn = zip(labels, folders, held_out, nursery.pictures(labels), strict=True)
    for number, (kind, folder, held, picture) in enumerate(drawn, 1):
        split = "test" if held else "train"
        path = nursery.add_healthy(folder, photo(picture, nursery.rng), kind, inside=split)
        if held:
            [how] = _choose(nursery.rng, 1)
            copy = f"train/{nursery.next_name(folder)}"
            nursery.write(copy, alter(picture, how, nursery.rng))
            note = f"{how}, otherwise the same picture as {path}"
            nursery.record(copy, "split-leak", note, ["near-duplicate"])
            nursery.mention(path, ["split-leak", "near-duplicate"], f"{copy} is a copy: {how}")
        if progress is not None:
            progress(number, len(labels))


def _deal(rng: Generator, pictures: int) -> list[int]:
    """Return the number of copies of each drawing, which are so many pictures together."""
    sizes: list[int] = []
    while sum(sizes) < pictures:
        drawn = int(rng.choice(list(_COPIES), p=list(_COPIES.values())))
        sizes.append(min(drawn, pictures - sum(sizes)))
    return sizes


def _choose(rng: Generator, number: int) -> list[str]:
    """Choose so many different alterations."""
    return [str(how) for how in rng.choice(list(ALTERATIONS), number, replace=False)]


def alter(picture: Image.Image, how: str, rng: Generator) -> bytes:
    """Alter a picture in one of the ways of ``ALTERATIONS``, and encode it as a JPEG."""
    return save(ALTERATIONS[how](picture, rng), "JPEG", quality=int(rng.integers(60, 90)))


def _crop(picture: Image.Image, rng: Generator) -> Image.Image:
    width, height = picture.size
    left, top = rng.uniform(0, 0.04, 2)
    box = (width * left, height * top, width * (left + 0.95), height * (top + 0.95))
    return picture.crop(tuple(round(side) for side in box))


def _relight(picture: Image.Image, factor: float) -> Image.Image:
    return picture.point(lambda level: min(255, round(level * factor)))


def _tint(picture: Image.Image, rng: Generator) -> Image.Image:
    """Change the white balance; another hue would be another picture to the audit."""
    red, green, blue = picture.split()
    warmer = rng.uniform(0.82, 0.92) if rng.random() < 0.5 else rng.uniform(1.08, 1.2)
    return Image.merge("RGB", (_relight(red, warmer), green, _relight(blue, 1 / warmer)))


ALTERATIONS: Final[dict[str, Callable[[Image.Image, Generator], Image.Image]]] = {
    "mirrored": lambda picture, _: ImageOps.mirror(picture),
    "smaller": lambda picture, _: picture.resize((picture.width * 3 // 5, picture.height * 3 // 5)),
    "brighter": lambda picture, rng: _relight(picture, rng.uniform(1.15, 1.35)),
    "darker": lambda picture, rng: _relight(picture, rng.uniform(0.65, 0.85)),
    "in warmer or colder light": _tint,
    "in grey": lambda picture, _: picture.convert("L").convert("RGB"),
    "cropped": _crop,
}
