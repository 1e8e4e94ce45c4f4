"""What a training epoch costs beside the model's own step.

    python benchmarks/training_step.py [--recipe course]

The model's own step: forward, backward and update on one float batch that lies in memory, in a
loop.  The epoch: ours, with gathering, altering, order, labels and progress.  Both in CPU seconds,
in turn, on random pictures (a step costs the same whatever it sees).
"""

import argparse
import statistics
import time

import numpy as np

from catsclean.training.backend import load_keras
from catsclean.training.recipes import find_recipe

keras = load_keras()

from catsclean.training.fit import (  # noqa: E402
    Plan,
    Subset,
    _run_epoch,
    make_loss,
    make_optimizer,
    seeded,
)
from catsclean.training.models import build_model  # noqa: E402
from catsclean.training.resident import Resident, build_graph  # noqa: E402


def measure(recipe, pictures: int, rounds: int) -> tuple[float, float]:
    """Give CPU milliseconds of a step alone and of a step within an epoch."""
    chance = np.random.default_rng(0)
    squares = chance.integers(0, 256, (pictures, recipe.size, recipe.size, 3), dtype=np.uint8)
    subset = Subset(np.arange(pictures), chance.integers(0, 2, pictures))
    steps = pictures // recipe.batch_size
    with seeded(0):
        alone, network = build_model(recipe, 2), build_model(recipe, 2)
    alone.compile(make_optimizer(recipe, steps), make_loss(recipe, 1))
    graph = build_graph(network, recipe, Resident(squares), seed=0)
    graph.compile(make_optimizer(recipe, steps), make_loss(recipe, 1), metrics=["accuracy"])
    batch = squares[: recipe.batch_size].astype("float32")
    labels = subset.codes[: recipe.batch_size].astype("float32")[:, None]
    function = alone.make_train_function()
    if keras.backend.backend() != "tensorflow":
        raise SystemExit("the step alone is timed on the TensorFlow backend")
    import tensorflow as tf

    endless = iter(tf.data.Dataset.from_tensors((batch, labels)).cache().repeat())
    own, whole = [], []
    for number in range(rounds + 1):
        began = time.process_time()
        for _ in range(steps):
            alone.train_function(endless)
        middle = time.process_time()
        _run_epoch(graph, squares, subset, recipe, Plan(), number + 1, steps, lambda _: None)
        if number:  # the first round compiles
            own.append((middle - began) / steps * 1e3)
            whole.append((time.process_time() - middle) / steps * 1e3)
    del function
    return statistics.median(own), statistics.median(whole)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recipe", default="course")
    parser.add_argument("--batches", type=int, nargs="+", default=[20, 128])
    parser.add_argument("--pictures", type=int, default=640)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    print("batch   step alone   step in an epoch   share that is not the model's   pictures/CPU s")
    for size in arguments.batches:
        recipe = find_recipe(arguments.recipe).with_changes(batch_size=size)
        own, whole = measure(recipe, arguments.pictures, arguments.rounds)
        share = 1 - own / whole
        rate = size / whole * 1e3
        print(f"{size:5} {own:9.1f} ms {whole:15.1f} ms {share:28.1%} {rate:17,.0f}")


if __name__ == "__main__":
    main()
