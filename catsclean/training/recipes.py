"""The recipes of the reference trainer: every hyper-parameter on its own line, with its reason.

A recipe is a value.  ``train_baseline`` takes one by name, replaces what its caller said otherwise
and writes what came out into ``run.json``.  The networks that the names stand for are in
:mod:`catsclean.training.models`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from numbers import Integral, Real
from typing import Any, Final

from catsclean.errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What is trained, and how.

    The defaults are those of ``course``: the network and the settings with which the course
    teaches that a small network learns 2,000 pictures by heart.

    Attributes:
        name: Name of the recipe, which also names the network.
        size: Side of the square that the network sees, pixels.
        epochs: Times that the network sees every training picture, at most.
        batch_size: Pictures per step.
        optimizer: ``rmsprop``, ``adam`` or ``sgd``.
        learning_rate: Step size of the optimizer, at its highest.
        schedule: ``constant``, or ``cosine``: up over the first epoch, then down to zero.
        weight_decay: Decoupled weight decay (Adam becomes AdamW); 0 for none.
        dropout: Share of the last features set to zero in training.
        label_smoothing: Share of the label given to the other classes in the training loss.
        patience: Epochs without a lower validation loss after which training stops; 0 for never.
        flip: Mirror every second picture.
        rotation: Largest turn to either side, degrees.
        shift: Largest move in each direction, as a share of the side.
        shear: Largest shear, degrees.
        zoom: Largest change of scale: 0.2 means 0.8 to 1.2 times.
        brightness: Largest change of brightness, as a share of the range.
        contrast: Largest change of contrast: 0.2 means 0.8 to 1.2 times.
    """

    name: str = "course"
    size: int = 150  # what the course resizes to: 150 -> 17 pixels after three pools
    epochs: int = 15  # enough to see over-fitting begin (epoch 2 to 5) and run its course
    batch_size: int = 20  # the course's; 2,000 pictures are then 100 steps an epoch
    optimizer: str = "rmsprop"  # the course's choice: adapts the step without being told
    learning_rate: float = 0.001  # RMSprop's customary value
    schedule: str = "constant"  # nothing that hides over-fitting
    weight_decay: float = 0.0  # the course teaches none
    dropout: float = 0.0  # the course adds it a week later
    label_smoothing: float = 0.0  # likewise none
    patience: int = 0  # never stops early: the student is to see what happens after
    flip: bool = False  # `course` shows the same pictures every epoch, unchanged ...
    rotation: float = 0.0
    shift: float = 0.0
    shear: float = 0.0
    zoom: float = 0.0
    brightness: float = 0.0
    contrast: float = 0.0  # ... so that it can learn them by heart

    @property
    def augments(self) -> bool:
        """Whether training pictures are altered at all."""
        amounts = (self.rotation, self.shift, self.shear, self.zoom, self.brightness, self.contrast)
        return self.flip or any(amount > 0 for amount in amounts)

    def with_changes(self, **changes: Any) -> Recipe:
        """Make the same recipe with other values; None leaves a value as it is.

        Raises:
            ConfigError: A name is unknown or a value is out of its range.
        """
        known = {field.name for field in fields(self)} - {"name"}
        for key in changes:
            if key not in known:
                raise ConfigError(
                    f"no such hyper-parameter. Received: {key!r}."
                    f" Known: {', '.join(sorted(known))}."
                )
        return replace(self, **{k: v for k, v in changes.items() if v is not None})

    def to_dict(self) -> dict[str, Any]:
        """Return all values, for ``run.json``."""
        return asdict(self)

    def __post_init__(self) -> None:
        for key, low, high in _RANGES:
            value: Any = getattr(self, key)
            whole = isinstance(low, int)
            is_number = isinstance(value, Integral if whole else Real)
            if isinstance(value, bool) or not is_number:
                kind = "a whole number" if whole else "a number"
                raise ConfigError(f"{key} is {kind} from {low} to {high}. Received: {value!r}.")
            if not low <= value <= high:
                raise ConfigError(f"{key} is {low} to {high}. Received: {value!r}.")
            # a number of NumPy's cannot be written down as one
            object.__setattr__(self, key, int(value) if whole else float(value))
        for key, allowed in _CHOICES.items():
            if (value := getattr(self, key)) not in allowed:
                raise ConfigError(f"{key} is one of {', '.join(allowed)}. Received: {value!r}.")


# 38 pixels is the least from which three unpadded convolutions and pools leave more than one pixel
_RANGES: Final = (
    ("size", 38, 1024),
    ("epochs", 1, 100_000),
    ("batch_size", 1, 65_536),
    ("learning_rate", 1e-9, 100.0),
    ("weight_decay", 0.0, 1.0),
    ("dropout", 0.0, 0.95),
    ("label_smoothing", 0.0, 0.5),
    ("patience", 0, 100_000),
    ("rotation", 0.0, 180.0),
    ("shift", 0.0, 1.0),
    ("shear", 0.0, 80.0),
    ("zoom", 0.0, 0.95),
    ("brightness", 0.0, 1.0),
    ("contrast", 0.0, 0.95),
)
_CHOICES: Final = {
    "optimizer": ("rmsprop", "adam", "sgd"),
    "schedule": ("constant", "cosine"),
}

COURSE: Final = Recipe()

AUGMENTED: Final = Recipe(
    name="augmented",
    # the network and the settings of `course`; the course's second week alters the pictures:
    flip=True,  # a cat looks either way
    rotation=40.0,  # rotation_range=40
    shift=0.2,  # width_shift_range=0.2, height_shift_range=0.2
    shear=0.2,  # shear_range=0.2: Keras counts it in degrees, so that it hardly does anything
    zoom=0.2,  # zoom_range=0.2
)

REGULARISED: Final = Recipe(
    name="regularised",
    epochs=60,  # altered pictures are learned slowly; the schedule needs to know when it ends
    batch_size=32,  # batch normalisation wants a steadier mean than 20 pictures give
    optimizer="adam",  # settles lower than RMSprop once its rate goes down
    learning_rate=0.002,  # high, as normalisation allows; the schedule brings it down
    schedule="cosine",  # the last, small steps are worth several points
    weight_decay=0.001,  # keeps the normalised weights from growing without end
    dropout=0.3,  # of 128 averaged features, not of 512 learned ones: less is enough
    label_smoothing=0.05,  # a few labels and many pictures are ambiguous
    patience=25,  # long: under a cosine schedule the loss falls late
    flip=True,
    rotation=15.0,  # pets stand upright: 40 degrees teaches what never comes
    shift=0.1,  # the same for moves ...
    zoom=0.2,  # ... while distance from the camera really varies
    brightness=0.1,  # flash, shade
    contrast=0.2,
)

TRANSFER: Final = Recipe(
    name="transfer",
    epochs=3,  # the course reaches 0.95 after the first
    learning_rate=0.0001,  # the course's: a new head on features that are to stay as they are
    dropout=0.2,  # the course's
    flip=True,
    rotation=40.0,
    shift=0.2,
    shear=0.2,
    zoom=0.2,
)

RECIPES: Final[dict[str, Recipe]] = {
    recipe.name: recipe for recipe in (COURSE, AUGMENTED, REGULARISED, TRANSFER)
}


def find_recipe(name: str) -> Recipe:
    """Find a recipe by its name.

    Raises:
        ConfigError: There is none of that name.
    """
    try:
        return RECIPES[name]
    except (KeyError, TypeError):
        raise ConfigError(
            f"no such recipe. Received: {name!r}. Known: {', '.join(RECIPES)}."
        ) from None
