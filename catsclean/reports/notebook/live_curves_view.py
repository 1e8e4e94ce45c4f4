"""A training run in a notebook while it trains: the curves of its epochs so far."""

from __future__ import annotations

from catsclean.reports.notebook.training_view import draw_curves
from catsclean.reports.notebook.view_parts import CellView
from catsclean.training.live_curves import CurvesSoFar


def view(curves: CurvesSoFar) -> CellView:
    """Show the epochs so far."""
    history, last = list(curves.history), curves.history[-1]
    facts = [
        f"epoch {last['epoch']:.0f} of {curves.epochs}",
        f"training accuracy {last['accuracy']:.3f}",
        f"validation accuracy {last['val_accuracy']:.3f}",
    ]
    if curves.folds:
        facts.insert(0, f"fold {curves.fold} of {curves.folds}")
    parts = [
        part
        for measure in ("accuracy", "loss")
        for part in draw_curves(measure, history, curves.best_epoch, curves.epochs)
    ]
    return CellView("training", facts, parts)
