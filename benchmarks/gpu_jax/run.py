"""Pictures a second of a recipe on a GPU, and its accuracy after a minute, with JAX alone.

KERAS_BACKEND=jax python benchmarks/gpu_jax/run.py arrays.npz [--recipe fast] [--folder PetImages]

See README.md beside this file.
"""

import argparse
import json
import os
import time

os.environ.setdefault("KERAS_BACKEND", "jax")
import numpy as np

from catsclean.training.backend import load_keras
from catsclean.training.recipes import find_recipe

keras = load_keras()

from catsclean.training.device import choose_device  # noqa: E402
from catsclean.training.fit import (  # noqa: E402
    Plan,
    Subset,
    fit,
    make_loss,
    make_optimizer,
    seeded,
)
from catsclean.training.models import build_model  # noqa: E402


def repeat(squares, codes, count):
    """Make `count` pictures by repetition, in shuffled order."""
    rows = np.random.default_rng(0).permutation(np.resize(np.arange(len(codes)), count))
    return squares[rows], codes[rows]


def own_rate(recipe, squares, codes, count) -> float:
    """Pictures a second of the model's own step: the same floats on the device, again and again."""
    import jax

    with seeded(0):
        network = build_model(recipe, 2)
    network.compile(make_optimizer(recipe, 1000), make_loss(recipe, 1), jit_compile=True)
    x = squares[: recipe.batch_size].astype("float32")
    y = codes[: recipe.batch_size].astype("float32")[:, None]
    network.train_on_batch(x, y)
    network.make_train_function()
    state = network._get_jax_state(  # noqa: SLF001 - Keras has no other way to its pure step
        trainable_variables=True,
        non_trainable_variables=True,
        optimizer_variables=True,
        metrics_variables=True,
        purge_model_variables=False,
    )
    batch = jax.device_put((x, y))
    one = jax.jit(network.train_step, donate_argnums=0)
    for steps in (2, count):  # the first round compiles
        began = time.perf_counter()
        for _ in range(steps):
            _, state = one(state, batch)
        jax.block_until_ready(state)
    return steps * recipe.batch_size / (time.perf_counter() - began)


def epochs(recipe, squares, codes, plan) -> list[dict]:
    """Train with everything resident, as train-baseline does."""
    count = len(codes)
    rows = np.arange(count)
    with seeded(0):
        network = build_model(recipe, 2)
    val = rows[:: max(4, count // 500)]
    train = np.setdiff1d(rows, val)
    fitted = fit(
        network, squares, Subset(train, codes[train]), Subset(val, codes[val]), recipe, plan
    )
    return fitted.history


def accuracy_after(seconds, recipe, squares, codes, steps_per_call) -> dict:
    """Accuracy on a fifth of the pictures that is left out, of a training of so many seconds.

    A schedule needs to know its last epoch, so the length of one is measured first.
    """
    chance = np.random.default_rng(0)
    rows = chance.permutation(len(codes))
    val, train = np.sort(rows[: len(rows) // 5]), np.sort(rows[len(rows) // 5 :])
    plan = Plan(steps_per_call=steps_per_call, jit=True)

    def trained(epochs):
        chosen = recipe.with_changes(epochs=epochs)
        with seeded(0):
            network = build_model(chosen, int(codes.max()) + 1)
        subsets = Subset(train, codes[train]), Subset(val, codes[val])
        began = time.perf_counter()
        return fit(network, squares, *subsets, chosen, plan), time.perf_counter() - began

    timed, total = trained(4)
    each = min(row["seconds"] + row["validation_seconds"] for row in timed.history[1:])
    compiling = max(0.0, total - 4 * each)
    epochs = max(1, int((seconds - compiling) / each))
    fitted, took = trained(epochs)
    p = fitted.history[-1]["val_accuracy"]
    return {
        "recipe": recipe.name,
        "epochs": epochs,
        "seconds": round(took, 1),
        "compiling_seconds": round(compiling, 1),
        "training_pictures": len(train),
        "accuracy": round(p, 3),
        "standard_error": round(float(np.sqrt(p * (1 - p) / len(val))), 3),
    }


def stock_rate(folder, recipe) -> float | None:
    """Keras' stock folder pipeline needs TensorFlow; None where it is not installed."""
    try:
        data = keras.utils.image_dataset_from_directory(
            folder,
            image_size=(recipe.size, recipe.size),
            batch_size=recipe.batch_size,
            verbose=False,
        )
    except ImportError:
        return None
    with seeded(0):
        network = build_model(recipe, 2)
    network.compile(make_optimizer(recipe, 1000), make_loss(recipe, 1))
    network.fit(data, epochs=1, verbose=0)
    began = time.perf_counter()
    network.fit(data, epochs=1, verbose=0)
    return len(data) * recipe.batch_size / (time.perf_counter() - began)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("arrays")
    parser.add_argument("--recipe", default="course", choices=["course", "fast"])
    parser.add_argument("--accuracy-after", type=float, metavar="SECONDS")
    parser.add_argument("--folder", help="the pictures themselves, for Keras' stock pipeline")
    parser.add_argument("--pictures", type=int, default=22_500)
    parser.add_argument("--own-steps", type=int, default=500)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--batches", type=int, nargs="+", default=[20, 128, 512])
    parser.add_argument("--steps-per-call", type=int, nargs="+", default=[1, 32])
    arguments = parser.parse_args()
    with np.load(arguments.arrays, allow_pickle=False) as arrays:
        own_squares, own_codes = arrays["squares"], arrays["codes"]
    squares, codes = repeat(own_squares, own_codes, arguments.pictures)
    print(choose_device("auto"))
    base = find_recipe(arguments.recipe).with_changes(size=squares.shape[1])
    if arguments.accuracy_after:
        calls = max(arguments.steps_per_call)
        found = accuracy_after(arguments.accuracy_after, base, own_squares, own_codes, calls)
        print(json.dumps(found), flush=True)
    for batch in arguments.batches:
        recipe = base.with_changes(batch_size=batch, epochs=arguments.epochs)
        own = own_rate(recipe, squares, codes, arguments.own_steps)
        print(json.dumps({"batch": batch, "own_step_pictures_per_second": round(own)}), flush=True)
        for calls in arguments.steps_per_call:
            plan = Plan(steps_per_call=calls, jit=True)
            best = min(epochs(recipe, squares, codes, plan)[1:], key=lambda row: row["seconds"])
            rate = best["pictures_per_second"]
            print(
                json.dumps(
                    {
                        "batch": batch,
                        "steps_per_call": calls,
                        "pictures_per_second": round(rate),
                        "share_of_own_step": round(rate / own, 3),
                        "seconds_per_epoch": round(best["seconds"], 2),
                        "times_the_course": round(68 / best["seconds"], 1),
                    }
                ),
                flush=True,
            )
    if arguments.folder:
        stock = stock_rate(arguments.folder, base)
        print(json.dumps({"stock_pipeline_pictures_per_second": stock and round(stock)}))


if __name__ == "__main__":
    main()
