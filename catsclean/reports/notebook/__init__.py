"""Values as the last line of a notebook's cell: counts, a few thumbnails, no script.

Each kind of value has a module here, loaded when it is shown.
"""

from __future__ import annotations

from importlib import import_module
from typing import Final

from catsclean.reports.notebook.view_parts import CellView, draw

# class of a value → the module whose function `view` shows it
_VIEWS: Final = {
    "Audit": "audit_view",
    "AuditPlan": "audit_plan_view",
    "CleaningLog": "runs_view",
    "CleaningPlan": "plan_view",
    "CleaningResult": "runs_view",
    "CurvesSoFar": "live_curves_view",
    "DuplicateGroups": "duplicates_view",
    "Manifest": "manifest_view",
    "Predictions": "predictions_view",
    "RepairPlan": "plan_view",
    "Run": "training_view",
    "RunSummary": "runs_view",
    "Split": "split_view",
    "UndoResult": "runs_view",
}

__all__ = ["CellView", "render_notebook"]


def render_notebook(value: object) -> str:
    """Render a value as HTML without script or style sheet, with at most 24 thumbnails."""
    name = next(kind.__name__ for kind in type(value).__mro__ if kind.__name__ in _VIEWS)
    made: CellView = import_module(f"{__name__}.{_VIEWS[name]}").view(value)
    return draw(made)
