"""The recipes of the reference trainer: every hyper-parameter on its own line, with its reason.

A recipe is a value.  ``train_baseline`` takes one by name, replaces the values that its caller set,
and writes the result into ``run.json``.  The networks that the names refer to are in
:mod:`catsclean.training.models`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from numbers import Integral, Real
from typing import Any, Final, Literal, Self, TypedDict, Unpack, get_args

from catsclean.errors import ConfigError

RecipeName = Literal["course", "augmented", "regularised", "fast", "transfer", "probe"]
OptimizerName = Literal["rmsprop", "adam", "sgd"]
ScheduleName = Literal["constant", "cosine", "one-cycle"]


class RecipeChanges(TypedDict, total=False):
    """Values that take the place of a recipe's; None leaves a value as it is.

    :class:`Recipe` and :class:`ProbeRecipe` say what each is, and which recipe has it.
    """

    size: int | None
    epochs: int | None
    batch_size: int | None
    optimizer: OptimizerName | None
    learning_rate: float | None
    schedule: ScheduleName | None
    weight_decay: float | None
    dropout: float | None
    label_smoothing: float | None
    patience: int | None
    flip: bool | None
    rotation: float | None
    shift: float | None
    shear: float | None
    zoom: float | None
    brightness: float | None
    contrast: float | None
    C: float | None
    mirrored: bool | None
    grid: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hyperparameters:
    """Values of a recipe, checked when it is made.

    Attributes:
        name: Name of the recipe.
        size: Side of the square that the network sees, pixels.
    """

    name: str
    size: int

    def with_changes(self, **changes: Unpack[RecipeChanges]) -> Self:
        """Return a copy with other values; None leaves a value as it is.

        Raises:
            ConfigError: A name is unknown, the recipe has no such value, or the value is out of
                its range.
        """
        own = {field.name for field in fields(self)} - {"name"}
        known = {field.name for kind in (Recipe, ProbeRecipe) for field in fields(kind)} - {"name"}
        given: dict[str, Any] = {key: value for key, value in changes.items() if value is not None}
        for key in changes.keys() - known:
            raise ConfigError(
                f"unknown hyper-parameter. Received: {key!r}. Known: {', '.join(sorted(known))}."
            )
        for key in sorted(given.keys() - own):
            raise ConfigError(
                f"the recipe {self.name} has no {key}. It has: {', '.join(sorted(own))}."
                f" Leave out --{key.replace('_', '-')} ({key}=)."
            )
        return replace(self, **given)

    def to_dict(self) -> dict[str, Any]:
        """Return all values, for ``run.json``."""
        return asdict(self)

    def __post_init__(self) -> None:
        own = {field.name for field in fields(self)}
        for key, low, high in _RANGES:
            if key not in own:
                continue
            value: Any = getattr(self, key)
            whole = isinstance(low, int)
            is_number = isinstance(value, Integral if whole else Real)
            if isinstance(value, bool) or not is_number:
                kind = "a whole number" if whole else "a number"
                raise ConfigError(
                    f"{key} must be {kind} from {low} to {high}. Received: {value!r}."
                )
            if not low <= value <= high:
                raise ConfigError(f"{key} must be {low} to {high}. Received: {value!r}.")
            # a NumPy number cannot be written as JSON
            object.__setattr__(self, key, int(value) if whole else float(value))
        for key, allowed in _CHOICES.items():
            if key in own and (value := getattr(self, key)) not in allowed:
                raise ConfigError(
                    f"{key} must be one of {', '.join(map(str, allowed))}. Received: {value!r}."
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe(Hyperparameters):
    """A network and its hyper-parameters.

    The defaults are those of ``course``: the network and the settings with which the course
    teaches that a small network memorises 2,000 pictures.

    Attributes:
        name: Name of the recipe, and of the network.
        size: Side of the square that the network sees, pixels.
        epochs: Largest number of times that the network sees every training picture.
        batch_size: Pictures per step.
        optimizer: ``rmsprop``, ``adam`` or ``sgd``.
        learning_rate: Step size of the optimizer, at its highest.
        schedule: ``constant``; ``cosine``: up over the first epoch, then down to zero; or
            ``one-cycle``: up over three tenths of all steps, then down to zero.
        weight_decay: Decoupled weight decay (Adam becomes AdamW); 0 for none.
        dropout: Share of the last features that are set to zero in training.
        label_smoothing: Share of the label given to the other classes in the training loss.
        patience: Epochs without a lower validation loss after which training stops; 0 for never.
        flip: Randomly mirror half of the pictures.
        rotation: Largest turn to either side, degrees.
        shift: Largest move in each direction, as a share of the side.
        shear: Largest shear, degrees.
        zoom: Largest change of scale: 0.2 means 0.8 to 1.2 times.
        brightness: Largest change of brightness, as a share of the range.
        contrast: Largest change of contrast: 0.2 means 0.8 to 1.2 times.
    """

    name: str = "course"
    size: int = 150  # as in the course: 150 -> 17 pixels after three pools
    epochs: int = 15  # enough to see over-fitting begin (epoch 2 to 5) and continue
    batch_size: int = 20  # as in the course; 2,000 pictures are then 100 steps an epoch
    optimizer: OptimizerName = "rmsprop"  # as in the course: it adapts its step size by itself
    learning_rate: float = 0.001  # RMSprop's customary value
    schedule: ScheduleName = "constant"  # a schedule would hide over-fitting
    weight_decay: float = 0.0  # the course teaches none
    dropout: float = 0.0  # the course adds it a week later
    label_smoothing: float = 0.0  # likewise none
    patience: int = 0  # never stops early: the student should see what happens after
    flip: bool = False  # `course` shows the same pictures every epoch, unchanged ...
    rotation: float = 0.0
    shift: float = 0.0
    shear: float = 0.0
    zoom: float = 0.0
    brightness: float = 0.0
    contrast: float = 0.0  # ... so that it can memorise them

    @property
    def augments(self) -> bool:
        """Whether training pictures are augmented at all."""
        return self.flip or self.moves or self.brightness > 0 or self.contrast > 0

    @property
    def moves(self) -> bool:
        """Whether pixels move to places between pixels: by more than a mirror."""
        return any(amount > 0 for amount in (self.rotation, self.shift, self.shear, self.zoom))

    def without_moves(self) -> Recipe:
        """Return a copy that moves no pixel; brightness and contrast stay."""
        return replace(self, flip=False, rotation=0.0, shift=0.0, shear=0.0, zoom=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeRecipe(Hyperparameters):
    """A logistic regression on what the network ``lite0``, trained on ImageNet, sees in a picture.

    The network stays as it is, so there are no epochs: it looks at every picture once.

    Attributes:
        name: Name of the recipe.
        size: Side of the square that the network sees, pixels.
        C: How freely the regression fits its training pictures: the inverse of its L2 penalty, as
            in scikit-learn.
        mirrored: Learn from every training picture and from its mirror image.
        grid: 1: the network's vectors, means over whole pictures, which forget where something is.
            3: each map of its last block, averaged on three by three fields; and so on.
    """

    name: str = "probe"
    size: int = 224  # the network's own; 176 takes two thirds of the time
    C: float = 0.01  # small: a vector has about as many numbers as there are pictures
    mirrored: bool = False  # without a grid hands gain nothing from it (0.820 and 0.821)
    grid: int = 1  # hands gain five points from 3, with mirrored ones: where they point


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
    ("C", 1e-9, 1e9),
    ("grid", 1, 32),
)
_CHOICES: Final[dict[str, tuple[object, ...]]] = {
    "optimizer": get_args(OptimizerName),
    "schedule": get_args(ScheduleName),
    "mirrored": (False, True),
}

COURSE: Final = Recipe()

AUGMENTED: Final = Recipe(
    name="augmented",
    # as `course`, but the course's second week augments the pictures:
    flip=True,  # a cat looks either way
    rotation=40.0,  # rotation_range=40
    shift=0.2,  # width_shift_range=0.2, height_shift_range=0.2
    shear=0.2,  # shear_range=0.2: Keras reads it in degrees, so it has hardly any effect
    zoom=0.2,  # zoom_range=0.2
)

FAST: Final = Recipe(
    name="fast",
    size=96,  # 2.4 times fewer pixels than 150
    epochs=26,  # as many as two minutes of one core allow
    batch_size=32,  # batch normalisation needs a steadier mean than that of 20 pictures
    optimizer="sgd",  # with Nesterov momentum
    learning_rate=0.1,  # high, as the schedule starts and ends low
    schedule="one-cycle",  # learns in few epochs: large steps in the middle, small ones at the end
    weight_decay=0.005,  # strong: 1,600 pictures are soon memorised
    dropout=0.3,  # of 128 averaged features, not of 512 learned ones: less is enough
    label_smoothing=0.05,  # a few labels and many pictures are ambiguous
    flip=True,
    shift=0.1,  # with zoom, a validation loss of 0.41 instead of 0.48 without both
    zoom=0.2,  # distance from the camera really varies
)

REGULARISED: Final = replace(
    FAST,
    name="regularised",
    # as `fast`, whose network is too small to memorise its pictures, with more time to learn:
    size=112,  # together with more epochs, 0.848 on unseen pictures instead of 0.799
    epochs=60,  # altered pictures are learned slowly
)

TRANSFER: Final = Recipe(
    name="transfer",
    epochs=3,  # the course reaches 0.95 after the first
    learning_rate=0.0001,  # the course's: a new head on features that should hardly change
    dropout=0.2,  # the course's
    flip=True,
    rotation=40.0,
    shift=0.2,
    shear=0.2,
    zoom=0.2,
)

PROBE: Final = ProbeRecipe()

RECIPES: Final[dict[str, Recipe | ProbeRecipe]] = {
    recipe.name: recipe for recipe in (COURSE, AUGMENTED, REGULARISED, FAST, TRANSFER, PROBE)
}


def find_recipe(name: str) -> Recipe | ProbeRecipe:
    """Return the recipe of a name.

    Raises:
        ConfigError: The name is unknown.
    """
    try:
        return RECIPES[name]
    except (KeyError, TypeError):
        raise ConfigError(
            f"unknown recipe. Received: {name!r}. Known: {', '.join(RECIPES)}."
        ) from None


def recall(values: dict[str, Any]) -> Recipe | ProbeRecipe:
    """Return the recipe that a record holds, see :meth:`Hyperparameters.to_dict`.

    Raises:
        ConfigError: A value is out of its range.
        TypeError: It does not hold one.
    """
    return ProbeRecipe(**values) if "grid" in values else Recipe(**values)
