"""The table and the plot of docs/training.md, from run folders or from recorded runs.

catsclean train-baseline PetImages --recipe course --seed 0 -o runs/course-0     # and so on
python benchmarks/training_table.py runs/* --plot docs/images/training.png
"""

import argparse
import json
import math
from collections import defaultdict
from pathlib import Path

import pandas as pd


def read(path: Path) -> tuple[str, int, pd.DataFrame, int]:
    """Give recipe, seed, history and number of validation pictures of a run."""
    if path.is_dir():
        record = json.loads((path / "run.json").read_text())
        history = pd.read_csv(path / "history.csv")
        seed, val = record["settings"]["seed"], record["pictures"]["val"]
        return record["recipe"]["name"], seed, history, val
    record = json.loads(path.read_text())
    return record["recipe"]["name"], record["seed"], pd.DataFrame(record["rows"]), record["val"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", type=Path, nargs="+")
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--epochs", action="store_true", help="print every epoch as well")
    arguments = parser.parse_args()
    runs = defaultdict(list)
    for path in arguments.runs:
        recipe, seed, history, val = read(path)
        runs[recipe].append((seed, history, val))
    print("| recipe | seed | epochs | training, at the end | final | best | at the lowest loss |")
    print("|---|---|---|---|---|---|---|")
    for recipe, results in runs.items():
        for seed, history, val in sorted(results, key=lambda run: run[0]):
            last, low = history.iloc[-1], history.loc[history["val_loss"].idxmin()]
            top = history.loc[history["val_accuracy"].idxmax()]

            def show(value: float, val: int = val) -> str:
                return f"{value:.3f} ± {math.sqrt(value * (1 - value) / val):.3f}"

            print(
                f"| {recipe} | {seed} | {len(history)} | {last['accuracy']:.3f} |"
                f" {show(last['val_accuracy'])} |"
                f" {top['val_accuracy']:.3f} (epoch {top['epoch']:.0f}) |"
                f" {show(low['val_accuracy'])} (epoch {low['epoch']:.0f}) |"
            )
            if arguments.epochs:
                print("  " + " ".join(f"{v:.3f}" for v in history["val_accuracy"]))
    if arguments.plot:
        plot(runs, arguments.plot)


def plot(runs, path: Path) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.6), layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    colours = dict(zip(runs, ("#d55e00", "#009e73", "#0072b2", "#cc79a7"), strict=False))
    for recipe, results in runs.items():
        for number, (_, history, _) in enumerate(results):
            label = recipe if number == 0 else None
            for axes, name in ((left, "accuracy"), (right, "loss")):
                axes.plot(
                    history["epoch"], history[f"val_{name}"], color=colours[recipe], label=label
                )
                axes.plot(
                    history["epoch"],
                    history[name],
                    color=colours[recipe],
                    lw=0.8,
                    ls=":",
                    alpha=0.8,
                )
    left.set_title("accuracy (validation; dotted: training)")
    right.set_title("loss")
    right.set_ylim(0, 1.5)
    for axes in (left, right):
        axes.set_xlabel("epoch")
        axes.grid(alpha=0.25)
    left.legend(frameon=False)
    figure.savefig(path, dpi=100)


if __name__ == "__main__":
    main()
