"""The reference trainer: proof that a cleaned manifest trains, and what over-fitting looks like.

Importing this imports neither TensorFlow nor Keras; calling does.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from catsclean.training.activations import FeatureMaps, feature_maps
    from catsclean.training.data import dataset
    from catsclean.training.loading import Model, load_model
    from catsclean.training.prediction import Prediction, predict
    from catsclean.training.recipes import RECIPES, Recipe
    from catsclean.training.run import Progress, Run, train_baseline

__all__ = [
    "RECIPES",
    "FeatureMaps",
    "Model",
    "Prediction",
    "Progress",
    "Recipe",
    "Run",
    "dataset",
    "feature_maps",
    "load_model",
    "predict",
    "train_baseline",
]
_HOMES = {
    "RECIPES": "recipes", "Recipe": "recipes", "FeatureMaps": "activations",
    "feature_maps": "activations", "Model": "loading", "load_model": "loading",
    "Prediction": "prediction", "predict": "prediction", "Progress": "run", "Run": "run",
    "train_baseline": "run", "dataset": "data",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
