"""The training loop: one readable loop over epochs, on every Keras 3 backend.

The order and the augmentation of each epoch depend only on (seed, epoch), so a resumed run
continues exactly as the uninterrupted one would have.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from catsclean.errors import TrainingError
from catsclean.training.backend import load_keras
from catsclean.training.batches import Batch, make_batches, slice_batches
from catsclean.training.checkpoint import Checkpoint
from catsclean.training.moves import move_pictures
from catsclean.training.recipes import Recipe

if TYPE_CHECKING:
    from catsclean.training.resident import Resident  # it loads Keras

_FALLING = 0.7  # share of the steps in which the rate of a one-cycle schedule falls again
_LEAST_PROBABILITY = 1e-7  # Keras' own epsilon: the loss of a certain wrong answer stays finite


@dataclass(frozen=True, slots=True)
class Step:
    """Progress of training, passed to the progress callback after every call to the device.

    Attributes:
        epoch: Number of the epoch, from 1.
        epochs: Number of the last one, unless training stops early.
        step: Steps done in this epoch.
        steps: Steps of an epoch.
        loss: Training loss so far in this epoch.
        accuracy: Training accuracy so far in this epoch.
        finished: The epoch's row of the history, once it is complete; None before.
    """

    epoch: int
    epochs: int
    step: int
    steps: int
    loss: float
    accuracy: float
    finished: dict[str, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Settings of the loop; the recipe has the hyper-parameters.

    Attributes:
        seed: Random seed of order, augmentation and dropout.
        resident: Store all pictures on the device.
        steps_per_call: Number of steps in one call to the device.
        jit: Compile with XLA.
        predict_batch: Pictures per step in evaluation and prediction.
        keep_probabilities: Return the probabilities of the validation pictures of every epoch.
        moves_on_host: If the recipe moves pixels, let OpenCV do so, before pictures are sent to the
            device; `resident` is off then.
    """

    seed: int = 0
    resident: bool = True
    steps_per_call: int = 1
    jit: bool = False
    predict_batch: int = 128

    def fitting(self, recipe: Recipe) -> Plan:
        """Return the plan for a recipe: pictures that are moved on the host are not resident."""
        return replace(self, resident=False) if self.moves_on_host and recipe.moves else self

    keep_probabilities: bool = False
    moves_on_host: bool = False


@dataclass(slots=True)
class Fitted:
    """The result of the loop.

    Attributes:
        history: One row per epoch: epoch, loss, accuracy, val_loss, val_accuracy, learning_rate,
            seconds, pictures_per_second, validation_seconds.
        best_epoch: The epoch of the lowest validation loss, from 1.
        stopped: ``finished``, ``early`` (no lower loss for `patience` epochs) or ``interrupted``.
        probabilities: Of each epoch, (n, classes) of the validation pictures, if they are kept.
    """

    history: list[dict[str, float]] = field(default_factory=list)
    best_epoch: int = 0
    stopped: str = "finished"
    probabilities: list[NDArray[np.float32]] = field(default_factory=list)


@dataclass(frozen=True)
class Subset:
    """Some pictures of an array, with their labels.

    Two files with the same bytes share a row but may have two labels; therefore labels belong to
    the subset and not to the array.

    Attributes:
        rows: (n,) rows of the array.
        codes: (n,) label codes: 0, 1, ...
    """

    rows: NDArray[np.int64]
    codes: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.rows)


def fit(  # noqa: PLR0913 - what to train, on what, how, and whom to tell
    network: Any,
    pictures: NDArray[np.uint8],
    train: Subset,
    val: Subset,
    recipe: Recipe,
    plan: Plan,
    *,
    holder: Resident | None = None,
    checkpoint: Checkpoint | None = None,
    resume: bool = False,
    progress: Callable[[Step], None] | None = None,
) -> Fitted:
    """Train a network.  Ctrl-C stops after the last complete epoch; the best epoch is saved.

    Args:
        network: From :func:`catsclean.training.models.build_model`; trained in place, so it has
            the weights of the last epoch afterwards.
        pictures: (n, size, size, 3) uint8; an array, or a memory map for a streamed set.
        train: Pictures to train on.
        val: Pictures to validate on after each epoch.
        recipe: The hyper-parameters.
        plan: Settings of the loop.
        holder: The pictures on the device, if several models share them; None: they are stored
            there for this one, if `plan` says so.
        checkpoint: Saves the best and the last epoch; None saves nothing.
        resume: Continue from the checkpoint.
        progress: Called after every call to the device and after every epoch.

    Raises:
        TrainingError: There is nothing to train or validate on, or nothing to resume.
        KeyboardInterrupt: Ctrl-C before the first epoch was complete.
    """
    refuse_nothing(train, val)
    batch = min(recipe.batch_size, len(train))
    # A smaller last batch would compile everything twice; other pictures are left out each epoch.
    steps = len(train) // batch
    from catsclean.training.resident import Resident, build_graph  # it loads Keras

    plan = plan.fitting(recipe)
    in_graph = recipe.without_moves() if plan.moves_on_host and recipe.moves else recipe
    if plan.resident and holder is None:
        holder = Resident(pictures)
    graph = build_graph(network, in_graph, holder if plan.resident else None, plan.seed)
    graph.compile(
        optimizer=make_optimizer(recipe, steps),
        loss=make_loss(recipe, network.output_shape[-1]),
        metrics=["accuracy"],
        steps_per_execution=min(plan.steps_per_call, steps),
        jit_compile=plan.jit,
    )
    graph.optimizer.build(graph.trainable_variables)
    fitted = Fitted()
    if resume:
        if checkpoint is None:
            raise TrainingError("nothing to resume: no checkpoint folder was given.")
        fitted.history = checkpoint.restore(network, graph.optimizer)
    best = _Best.of(fitted.history)
    try:
        for epoch in range(len(fitted.history) + 1, recipe.epochs + 1):
            if recipe.patience and epoch - best.epoch > recipe.patience and best.epoch:
                fitted.stopped = "early"
                break
            row = _run_epoch(graph, pictures, train, recipe, plan, epoch, steps, progress)
            started = time.perf_counter()
            probabilities = _predict(graph, pictures, val.rows, plan)
            row["val_loss"], row["val_accuracy"] = score(probabilities, val.codes)
            row["validation_seconds"] = time.perf_counter() - started
            fitted.history.append(row)
            if plan.keep_probabilities:
                fitted.probabilities.append(probabilities.astype(np.float32))
            improved = best.update(row)
            if checkpoint is not None:
                checkpoint.keep(network, graph.optimizer, fitted.history, improved=improved)
            if progress is not None:
                progress(
                    Step(epoch, recipe.epochs, steps, steps, row["loss"], row["accuracy"], row)
                )
    except KeyboardInterrupt:
        if not fitted.history:
            raise
        fitted.stopped = "interrupted"
    finally:
        if checkpoint is not None and fitted.history:
            checkpoint.flush()
        del holder, graph  # free the device's memory
    fitted.best_epoch = best.epoch
    return fitted


def refuse_nothing(train: Subset, val: Subset) -> None:
    """Refuse to train or validate on nothing.

    Raises:
        TrainingError: That is asked for.
    """
    if len(train) == 0 or len(val) == 0:
        raise TrainingError(
            f"nothing to {'learn from' if len(train) == 0 else 'validate on'}."
            f" Received: {len(train)} training and {len(val)} validation pictures."
            " Make splits first: catsclean split, or in Python catsclean.split(...).save()."
        )


def find_best(history: list[dict[str, float]]) -> int:
    """Return the epoch of the lowest validation loss, from 1."""
    return _Best.of(history).epoch


def make_optimizer(recipe: Recipe, steps: int) -> Any:
    """Make the recipe's optimizer, with its learning-rate schedule over all steps."""
    keras = load_keras()
    rate: Any = recipe.learning_rate
    if recipe.schedule == "cosine":
        warm = min(steps, steps * recipe.epochs // 10)  # warm up for at most one epoch
        rate = keras.optimizers.schedules.CosineDecay(
            initial_learning_rate=recipe.learning_rate / 25,
            decay_steps=max(1, steps * recipe.epochs - warm),
            warmup_target=recipe.learning_rate,
            warmup_steps=max(1, warm),
        )
    if recipe.schedule == "one-cycle":
        # piecewise in stock parts, so that a saved optimizer needs no class of ours
        rate = keras.optimizers.schedules.CosineDecay(
            initial_learning_rate=recipe.learning_rate / 25,
            decay_steps=max(1, round(_FALLING * steps * recipe.epochs)),
            warmup_target=recipe.learning_rate,
            warmup_steps=max(1, round((1 - _FALLING) * steps * recipe.epochs)),
        )
    if recipe.optimizer == "sgd":
        return keras.optimizers.SGD(
            rate, momentum=0.9, nesterov=True, weight_decay=recipe.weight_decay or None
        )
    if recipe.optimizer == "adam":
        if recipe.weight_decay:
            return keras.optimizers.AdamW(rate, weight_decay=recipe.weight_decay)
        return keras.optimizers.Adam(rate)
    return keras.optimizers.RMSprop(rate, weight_decay=recipe.weight_decay or None)


def make_loss(recipe: Recipe, outputs: int) -> Any:
    """Make the loss: binary for one sigmoid unit, categorical (over one-hot codes) for softmax."""
    losses = load_keras().losses
    if outputs == 1:
        return losses.BinaryCrossentropy(label_smoothing=recipe.label_smoothing)
    return losses.CategoricalCrossentropy(label_smoothing=recipe.label_smoothing)


def score(probabilities: NDArray[np.float64], codes: NDArray[np.int64]) -> tuple[float, float]:
    """Return cross-entropy (without smoothing) and accuracy of (n, classes) probabilities."""
    of_label = probabilities[np.arange(len(codes)), codes]
    loss = -np.log(np.clip(of_label, _LEAST_PROBABILITY, 1.0)).mean()
    return float(loss), float((probabilities.argmax(axis=1) == codes).mean())


def both_classes(outputs: NDArray[Any]) -> NDArray[np.float64]:
    """Convert one sigmoid column into two columns; return softmax unchanged."""
    values = np.asarray(outputs, dtype=np.float64)
    if values.shape[1] == 1:
        return np.concatenate([1.0 - values, values], axis=1)
    return values


def predict_rows(
    network: Any, pictures: NDArray[np.uint8], rows: NDArray[np.int64], batch: int = 128
) -> NDArray[np.float64]:
    """Return a network's (n, classes) probabilities for some rows, read from host memory."""
    if len(rows) == 0:
        return np.zeros((0, max(2, network.output_shape[-1])))
    parts = [
        np.asarray(
            network.predict_on_batch(pictures[rows[start : start + batch]].astype("float32"))
        )
        for start in range(0, len(rows), batch)
    ]
    return both_classes(np.concatenate(parts))


def _predict(
    graph: Any, pictures: NDArray[np.uint8], rows: NDArray[np.int64], plan: Plan
) -> NDArray[np.float64]:
    if not plan.resident:
        return predict_rows(graph, pictures, rows, plan.predict_batch)
    batch = min(plan.predict_batch, len(rows))
    padded = np.resize(rows, math.ceil(len(rows) / batch) * batch).astype("int32")
    return both_classes(graph.predict(**slice_batches(batch, padded), verbose=0)[: len(rows)])


def _run_epoch(
    graph: Any,
    pictures: NDArray[np.uint8],
    train: Subset,
    recipe: Recipe,
    plan: Plan,
    epoch: int,
    steps: int,
    progress: Callable[[Step], None] | None,
) -> dict[str, float]:
    batch = min(recipe.batch_size, len(train))
    order = np.random.default_rng([plan.seed, epoch]).permutation(len(train))[: steps * batch]
    _reseed(graph, plan.seed, epoch)
    rows = train.rows[order]
    targets = _targets(train.codes[order], graph.output_shape[-1])
    callbacks = [] if progress is None else [_make_reporter(progress, epoch, recipe.epochs, steps)]
    started = time.perf_counter()
    moves = recipe if plan.moves_on_host and recipe.moves else None

    def take(index: int) -> Batch:
        part = slice(index * batch, (index + 1) * batch)
        some = pictures[rows[part]]
        if moves is not None:
            chance = np.random.default_rng([plan.seed, epoch, 2, index])
            some = move_pictures(some, moves, chance)
        return some, targets[part]

    read = (
        slice_batches(batch, rows.astype("int32"), targets)
        if plan.resident
        else {"x": make_batches(steps, take)}
    )
    log = graph.fit(**read, shuffle=False, verbose=0, callbacks=callbacks)
    seconds = time.perf_counter() - started
    return {
        "epoch": epoch,
        "loss": float(log.history["loss"][0]),
        "accuracy": float(log.history["accuracy"][0]),
        "learning_rate": float(np.asarray(graph.optimizer.learning_rate)),
        "seconds": seconds,
        "pictures_per_second": len(order) / seconds,
    }


def _targets(codes: NDArray[np.int64], outputs: int) -> NDArray[np.float32]:
    if outputs == 1:
        return codes.astype("float32")[:, None]
    return np.eye(outputs, dtype="float32")[codes]


def _reseed(graph: Any, seed: int, epoch: int) -> None:
    """Seed every random layer in the graph (augmentation, dropout) for one epoch."""
    states = [v for v in graph.variables if v.name == "seed_generator_state"]
    chance = np.random.default_rng([seed, epoch, 1])
    for state in states:
        state.assign(np.array([chance.integers(2**32), 0], dtype="uint32"))


def _make_reporter(progress: Callable[[Step], None], epoch: int, epochs: int, steps: int) -> Any:
    base: Any = load_keras().callbacks.Callback  # Keras ships no types

    class Reporter(base):  # type: ignore[misc]
        def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
            logs = logs or {}
            progress(
                Step(
                    epoch, epochs, batch + 1, steps,
                    float(logs.get("loss", math.nan)), float(logs.get("accuracy", math.nan)),
                )
            )  # fmt: skip

    return Reporter()


@dataclass(slots=True)
class _Best:
    loss: float = math.inf
    epoch: int = 0

    @classmethod
    def of(cls, history: list[dict[str, float]]) -> _Best:
        best = cls()
        for row in history:
            best.update(row)
        return best

    def update(self, row: dict[str, float]) -> bool:
        # not ">=": a NaN loss must not count as an improvement
        if self.epoch and not row["val_loss"] < self.loss:
            return False
        self.loss = row["val_loss"] if math.isfinite(row["val_loss"]) else math.inf
        self.epoch = int(row["epoch"])
        return True


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Draw initial weights from a seed; restore Python's and NumPy's own generators afterwards."""
    python, numpy = random.getstate(), np.random.get_state()  # noqa: NPY002
    try:
        load_keras().utils.set_random_seed(seed)
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)  # noqa: NPY002
