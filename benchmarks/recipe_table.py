"""Accuracy against processor time of the trainer's recipes: the first table of docs/training.md.

Each recipe is trained by its command line in a process of its own, whose processor time is measured
from start to end; its model then labels pictures of another folder, FOLDER/LABEL/PICTURE.

catsclean audit PetImages; catsclean clean PetImages --apply; catsclean split PetImages --val 0.2
python benchmarks/recipe_table.py PetImages --runs runs --unseen PetTest --seeds 0,1,2 probe fast
python benchmarks/recipe_table.py rps --runs runs-rps "probe --grid 3 --mirrored"

Runs that are in the folder already are not trained again, so delete it after a change.
"""

import argparse
import json
import math
import os
import shlex
import subprocess
import sys
from pathlib import Path
from statistics import mean, stdev

import catsclean


def train(data: Path, options: str, seed: int, runs: Path) -> Path:
    """Train once; give the folder of the run, with its processor time in a file."""
    folder = runs / f"{options.replace('--', '').replace(' ', '-')}-{seed}"
    note = folder / "processor_seconds.json"
    if not note.exists():
        recipe, *others = shlex.split(options)
        command = [
            sys.executable, "-m", "catsclean", "train-baseline", data, "--recipe", recipe,
            "--seed", str(seed), "--output", folder, "--quiet", *others,
        ]  # fmt: skip
        process = subprocess.Popen(command)
        _, status, used = os.wait4(process.pid, 0)
        if status:
            sys.exit(f"{shlex.join(map(str, command))} failed")
        note.write_text(json.dumps({"seconds": used.ru_utime + used.ru_stime}))
    return folder


def label_unseen(run: Path, unseen: Path) -> tuple[float, int]:
    """Give the share of right labels among the pictures of a folder, and their number."""
    note = run / f"unseen_{unseen.name}.json"
    if not note.exists():
        made = [each for each in catsclean.predict(run, unseen) if each.answer is not None]
        right = [Path(each.path).parent.name == each.answer.label for each in made]
        note.write_text(json.dumps({"accuracy": mean(right), "pictures": len(right)}))
    found = json.loads(note.read_text())
    return found["accuracy"], found["pictures"]


def show(accuracies: list[float], pictures: int) -> str:
    """Give the mean with the standard error that the number of pictures leaves."""
    middle = mean(accuracies)
    text = f"{middle:.3f} ± {math.sqrt(middle * (1 - middle) / pictures):.3f}"
    if len(accuracies) > 1:
        text += f" (seeds: {stdev(accuracies):.3f})"
    return text


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("recipes", nargs="+", metavar="RECIPE", help='such as "probe --grid 3"')
    parser.add_argument("--runs", type=Path, required=True)
    parser.add_argument("--unseen", type=Path)
    parser.add_argument("--seeds", default="0", help="such as 0,1,2")
    arguments = parser.parse_args()
    seeds = [int(seed) for seed in arguments.seeds.split(",")]
    arguments.runs.mkdir(parents=True, exist_ok=True)
    print("| recipe | seeds | CPU s | validation | unseen |")
    print("|---|---|---|---|---|")
    for recipe in arguments.recipes:
        folders = [train(arguments.data, recipe, seed, arguments.runs) for seed in seeds]
        records = [json.loads((folder / "run.json").read_text()) for folder in folders]
        seconds = [
            json.loads((folder / "processor_seconds.json").read_text())["seconds"]
            for folder in folders
        ]
        scores = [record["validation"] for record in records]
        unseen = "-"
        if arguments.unseen is not None:
            found = [label_unseen(folder, arguments.unseen) for folder in folders]
            unseen = show([accuracy for accuracy, _ in found], found[0][1])
        print(
            f"| {recipe} | {len(folders)} | {mean(seconds):.0f} |"
            f" {show([score['accuracy'] for score in scores], scores[0]['pictures'])} | {unseen} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
