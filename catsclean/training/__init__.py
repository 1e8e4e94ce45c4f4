"""The reference trainer: it proves that a cleaned manifest trains, and shows over-fitting.

Importing this package loads neither TensorFlow nor Keras; calling its functions does.
"""

from catsclean.training.activations import FeatureMaps, feature_maps
from catsclean.training.data import dataset
from catsclean.training.evaluate import Evaluation
from catsclean.training.loading import Model, load_model
from catsclean.training.prediction import Prediction, predict
from catsclean.training.recipes import RECIPES, ProbeRecipe, Recipe
from catsclean.training.run import Run, TrainingProgress
from catsclean.training.train import train_baseline

__all__ = [
    "RECIPES",
    "Evaluation",
    "FeatureMaps",
    "Model",
    "Prediction",
    "ProbeRecipe",
    "Recipe",
    "Run",
    "TrainingProgress",
    "dataset",
    "feature_maps",
    "load_model",
    "predict",
    "train_baseline",
]
