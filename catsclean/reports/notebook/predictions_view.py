"""Predictions in a notebook: the pictures, each with the label it got and how sure the model is."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from catsclean.core import names
from catsclean.core.text import count
from catsclean.reports.html.thumbnails import Thumbnail
from catsclean.reports.notebook.album import MAX_THUMBNAILS, Album
from catsclean.reports.notebook.view_parts import (
    Calls,
    Cards,
    CellView,
    Grid,
    Meter,
    PictureCard,
    Sentences,
    ViewPart,
)
from catsclean.training.prediction import ModelAnswer, Prediction, Predictions


def view(predictions: Predictions) -> CellView:
    """Show predictions."""
    said = [(one, one.answer) for one in predictions if one.answer is not None]
    failed = [(_name(one.path), one.error) for one in predictions if one.answer is None]
    counts = Counter(answer.label for _, answer in said)
    facts = [count(len(predictions), "picture")]
    facts += [f"{label} {number:,}" for label, number in counts.most_common(MAX_THUMBNAILS)]
    if failed:
        facts.append(f"{len(failed):,} not read")
    album = Album()
    parts: list[ViewPart] = [Cards([_card(*one, album) for one in said[:MAX_THUMBNAILS]])]
    if len(said) > MAX_THUMBNAILS:
        parts.append(Sentences([f"and {count(len(said) - MAX_THUMBNAILS, 'more picture')}"]))
    if failed:
        parts.append(Grid(("file", "why"), failed, "Not read", noun="files"))
    parts.append(Calls([("predictions.to_pandas()", "all probabilities, one row per file")]))
    return CellView("", facts, parts)


def _card(one: Prediction, answer: ModelAnswer, album: Album) -> PictureCard:
    crops = one.crops or {}
    other = [
        f"{name}: {crops[name].label} {crops[name].probability:.2f}" for name in one.changed_by
    ]
    return PictureCard(
        _name(one.path),
        f"{answer.label} {answer.probability:.2f}",
        "; ".join(other),
        _picture(one.path, album),
        Meter(((answer.label, answer.probability),)),
    )


def _picture(path: str, album: Album) -> Thumbnail | None:
    """Make the thumbnail of a file that the user named; a link was followed to predict it, too."""
    try:
        file = Path(names.decode(path)).resolve(strict=True)
    except (OSError, RuntimeError, ValueError):
        return None
    return album.make(file.parent, names.encode(file.name))


def _name(path: str) -> str:
    """Return folder and name of a file: where the folder lies is for nobody to read."""
    return "/".join(map(names.encode, Path(names.decode(path)).parts[-2:]))
