"""A progress bar for long calls: tqdm's, shown in notebooks without being asked.

In a script nothing is shown unless the caller passes ``progress=``.
"""

from __future__ import annotations

import inspect
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import wraps
from typing import Any, Final, ParamSpec, Protocol, TypeVar

from catsclean.core.arguments import bind

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

# what is done sooner needs no bar
_HIDDEN_SECONDS: Final = 1.0


class Countable(Protocol):
    """Progress that a bar can show."""

    @property
    def stage(self) -> str:
        """The step under way."""

    @property
    def description(self) -> str:
        """The step as people read it."""

    @property
    def counted(self) -> tuple[float, float, str]:
        """Number done, total number (0 if not known), and their unit."""


def in_notebook() -> bool:
    """Tell whether this process is the kernel of a notebook: Jupyter, Colab, Kaggle, VS Code."""
    interactive = sys.modules.get("IPython")
    shell = None if interactive is None else interactive.get_ipython()
    return shell is not None and "IPKernelApp" in shell.config


def with_bar(
    description: str,
    unit: str = "files",
    beside: Callable[[], AbstractContextManager[Callable[..., None]]] | None = None,
) -> Callable[[Callable[Parameters, Result]], Callable[Parameters, Result]]:
    """Show a bar in notebooks while a function runs, unless its caller passed ``progress``.

    The bar appears after a second, and is gone when the function ends.

    Args:
        description: What the function does, such as ``moving``.
        unit: What it counts, if its progress does not say so.
        beside: Makes another view of the progress, shown below the bar.
    """

    def decorate(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
        signature = inspect.signature(function)

        @wraps(function)
        def call(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
            if not in_notebook():
                return function(*args, **kwargs)
            bound = bind(signature, function.__name__, args, kwargs)
            if bound.arguments.get("progress") is not None:
                return function(*args, **kwargs)
            bar = showing_bar(description, unit, after_s=_HIDDEN_SECONDS, leave=False)
            views = [bar] if beside is None else [bar, beside()]
            with _showing_all(views) as progress:
                bound.arguments["progress"] = progress
                return function(*bound.args, **bound.kwargs)

        return call

    return decorate


@contextmanager
def showing_bar(
    description: str = "", unit: str = "files", *, after_s: float = 0.0, leave: bool = True
) -> Iterator[Callable[..., None]]:
    """Yield a callback for the argument `progress` of any call, and close its bar at the end.

    In a terminal the bar is drawn with characters, on standard error.

    Args:
        description: Text of the bar; if the progress has stages, of the first one, while files are
            read; empty: what the progress says.
        unit: What is counted, if the progress does not say so; B: bytes.
        after_s: Show nothing for so many seconds.
        leave: Let the bar stand at the end.

    Example:
        ::

            with showing_bar() as progress:
                audit = catsclean.audit("PetImages", progress=progress)
    """
    bar = _Bar(description, unit, after_s, leave=leave)
    try:
        yield bar
    finally:
        bar.close()


@contextmanager
def _showing_all(
    views: Sequence[AbstractContextManager[Callable[..., None]]],
) -> Iterator[Callable[..., None]]:
    with ExitStack() as stack:
        callbacks = [stack.enter_context(view) for view in views]

        def show(*told: Any) -> None:
            for callback in callbacks:
                callback(*told)

        yield show


class _Bar:
    def __init__(self, description: str, unit: str, after_s: float, *, leave: bool) -> None:
        self._description, self._unit, self._leave = description, unit, leave
        self._from = time.monotonic() + after_s
        self._bar: Any = None
        self._stage = ""

    def __call__(self, *told: Any) -> None:
        """Take either the numbers done and in total, or a :class:`Countable`."""
        if self._bar is None and time.monotonic() < self._from:
            return
        stage, text, done, total, unit = self._read(*told)
        if self._bar is None:
            self._bar = _tqdm()(
                total=total, initial=done, desc=text, unit=f" {unit}", leave=self._leave,
                unit_scale=unit == "B",
            )  # fmt: skip
            self._stage = stage
        self._bar.set_description(text, refresh=False)
        self._bar.unit = f" {unit}"
        if (stage, total) != (self._stage, self._bar.total):
            self._stage = stage
            self._bar.initial = 0
            self._bar.reset(total)
            # what was done before says nothing about the speed
            self._bar.initial = done
        self._bar.update(done - self._bar.n)

    def _read(self, *told: Any) -> tuple[str, str, float, float, str]:
        if len(told) == 2:
            return "", self._description, told[0], told[1], self._unit
        progress: Countable = told[0]
        own = self._description if progress.stage == "reading" else ""
        return progress.stage, own or progress.description, *progress.counted

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()


def _tqdm() -> Any:
    """Load tqdm's bar for this place: a widget, or characters."""
    from tqdm import TqdmWarning  # only what shows a bar needs it

    with warnings.catch_warnings():
        # without ipywidgets the bar is made of characters; nobody asked for it, so no advice either
        warnings.simplefilter("ignore", TqdmWarning)
        from tqdm.auto import tqdm
    return tqdm
