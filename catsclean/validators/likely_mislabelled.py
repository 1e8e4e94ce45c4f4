"""The validator ``likely-mislabelled``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np

from catsclean.core.alike_labels import class_key
from catsclean.core.content_evidence import ContentEvidence
from catsclean.core.evidence import Evidence
from catsclean.core.model import Finding, Fix, Severity
from catsclean.core.parse_json import parse_json
from catsclean.core.state import StateFolder
from catsclean.core.text import as_percent
from catsclean.errors import ConfigError
from catsclean.validators._content import why_not_examined
from catsclean.validators.base import Validator

if TYPE_CHECKING:
    import pandas as pd


_FILE: Final = "predictions.parquet"
_PREFIX: Final = "probability_"
_FOLD: Final = "fold"


class LikelyMislabelled(Validator):
    """Find pictures that look like another class than the one they are labelled with.

    ## Why it matters

    A wrong label in training teaches the wrong thing; in validation it lowers every score that
    you will ever measure.

    ## Example

        Cat/724.jpg: likely-mislabelled: looks like Dog (0.99), not Cat (0.01); most alike:
        Dog/292.jpg, Dog/728.jpg, Dog/267.jpg

    ## What to do

    Look at them in the report, which also ranks the labels that are less certain.  There, give a
    picture its right class, and set aside what shows no class, or several.  To accept all
    suggestions at once: `catsclean clean --relabel-suggested --select likely-mislabelled`.

    ## False alarms

    Few.  With 20 or 60 labels of 2,000 cats and dogs swapped, 97 of 100 reported labels were
    swapped ones, and 86 of 100 swapped ones were reported; the first 2n of the ranking held 98 of
    100.  The judge is as good as its network: on hands in rock-paper-scissors, a third of the
    reported labels were swapped ones.  On tiny pictures, or on
    subjects that are far from photographs of things and animals, it is often wrong.  So the audit
    states how many labels it agrees with.  If these are fewer than `min_accuracy`, the findings are
    notes; a judge that is hardly better than guessing reports nothing.

    It needs the extra `content`.

    How it works: a network turns each picture into a vector.  Logistic regression in five folds
    and the nearest pictures each predict the label; their probabilities are averaged.  Copies of a
    picture are never on both sides of a fold, and never each other's neighbours, so that copies
    that share a wrong label do not support it.  A label is reported if the probability of another
    class reaches 97 % of the mean that this class has on its own pictures (confident learning:
    Northcutt, Jiang and Chuang, JAIR 70, 2021).

    A model of `train-baseline` can judge instead: set `run_folder` to its run, or leave the extra
    out; then the newest run in the state folder judges.  With `train-baseline --folds 5` it judges
    every picture, otherwise only those of the validation and test splits, because a model
    memorises its training pictures.  A label is then reported if the probability of another class
    also reaches `min_probability`.
    """

    name: ClassVar[str] = "likely-mislabelled"
    family: ClassVar[str] = "content"
    severity: ClassVar[Severity] = Severity.WARNING
    fix: ClassVar[Fix] = Fix.REVIEW
    compares: ClassVar[bool] = True
    uses_content: ClassVar[bool] = True
    ranked_by: ClassVar[str] = "label_rank"
    suggests: ClassVar[str] = "suggested"
    bounds: ClassVar[Mapping[str, tuple[float, float]]] = {
        "min_accuracy": (0, 1),
        "min_probability": (0, 1),
    }

    min_accuracy: float = 0.9
    min_probability: float = 0.98
    run_folder: str = ""

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Compare labels with what the pictures look like."""
        if not evidence.dataset.labelled:
            return
        run = self._find_run(evidence)
        if run is not None:
            yield from self._contradictions(evidence, run)
        elif evidence.content is not None and not evidence.content.missing:
            yield from self._flagged(evidence.content)

    def unable(self, evidence: Evidence) -> str:
        """Say why nothing can judge the labels, or that its judge is hardly better than chance."""
        if not evidence.dataset.labelled or self._find_run(evidence) is not None:
            return ""
        if why := why_not_examined(evidence):
            return why
        quality = evidence.content.facts["judge"] if evidence.content else {}
        if not quality.get("judged"):
            return next(iter(quality.get("reasons", ())), "no picture has a label")
        if not quality["reliable"]:
            return (
                f"its judge agrees with {as_percent(quality['accuracy'])} of the labels, hardly"
                f" more often than by chance ({as_percent(quality['chance'])})"
            )
        return ""

    def _flagged(self, content: ContentEvidence) -> Iterator[Finding]:
        often_right = content.facts["judge"]["accuracy"] >= self.min_accuracy
        rows = content.rows.where(content.rows["flagged"])
        columns = [
            rows[name].tolist()
            for name in ("path", "label", "suggested", "given_probability",
                         "suggested_probability", "neighbours")
        ]  # fmt: skip
        for path, label, suggested, given, likely, neighbours in zip(*columns, strict=True):
            near = neighbours.split("\n") if neighbours else []
            yield self.finding(
                path,
                f"looks like {suggested} ({likely:.2f}), not {label} ({given:.2f}); most alike:"
                f" {', '.join(near)}",
                label=label,
                related=near,
                severity=Severity.WARNING if often_right else Severity.NOTE,
            )

    def _find_run(self, evidence: Evidence) -> Path | None:
        if self.run_folder:
            run = Path(self.run_folder)
            if not (run / _FILE).is_file():
                raise ConfigError(
                    f"{self.name}.run_folder has no {_FILE}. Received: {self.run_folder!r}"
                )
            return run
        if evidence.content is not None and not evidence.content.missing:
            return None
        dataset = evidence.dataset
        runs = StateFolder.of(dataset.root, dataset.state_path).runs
        found = [path for path in runs.glob(f"*/{_FILE}") if path.is_file()]
        return max(found, key=lambda path: path.stat().st_mtime_ns).parent if found else None

    def _contradictions(self, evidence: Evidence, run: Path) -> Iterator[Finding]:
        import pandas as pd

        predictions = pd.read_parquet(run / _FILE)
        if _FOLD not in predictions:  # else each picture was judged by a model that did not see it
            record = parse_json((run / "run.json").read_text(encoding="utf-8"))
            trained_on = record["splits"]["train"]
            names = [trained_on] if isinstance(trained_on, str) else trained_on
            predictions = predictions[~predictions["split"].isin(names)]
        pictures = evidence.pictures()[["path", "label"]]
        # labels of today: a picture may have moved since the run
        table = pictures.merge(predictions.drop(columns="label"), on="path", how="inner")
        spellings = _spellings_of(predictions)
        labels, keys = [each[0] for each in spellings.values()], list(spellings)
        table = table[table["label"].map(class_key).isin(keys)].reset_index(drop=True)
        if not len(table):
            return
        probabilities = np.column_stack(
            [
                table[[_PREFIX + label for label in each]].to_numpy(dtype=np.float64).sum(axis=1)
                for each in spellings.values()
            ]
        )
        own = np.array([keys.index(class_key(label)) for label in table["label"]])
        usual = np.array(
            [
                probabilities[own == c, c].mean() if (own == c).any() else 1.0
                for c in range(len(labels))
            ]
        )
        said = probabilities.argmax(axis=1)
        rows = np.arange(len(table))
        sure = probabilities[rows, said]
        found = np.flatnonzero(
            (said != own) & (sure >= self.min_probability) & (sure >= usual[said])
        )
        for row in found[np.argsort(-sure[found], kind="stable")]:
            label = str(table["label"].iloc[row])
            message = (
                f"the model of run {run.name} says {labels[said[row]]} ({sure[row]:.2f}),"
                f" {label} {probabilities[row, own[row]]:.2f}"
            )
            yield self.finding(str(table["path"].iloc[row]), message, label=label)


def _spellings_of(predictions: pd.DataFrame) -> dict[str, list[str]]:
    """Return the labels of the model, those of one class together (``Cat`` and ``cat``)."""
    found: dict[str, list[str]] = {}
    for name in predictions:
        if name.startswith(_PREFIX):
            label = name.removeprefix(_PREFIX)
            found.setdefault(class_key(label), []).append(label)
    return found
