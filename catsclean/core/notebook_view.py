"""Values that show themselves in a notebook's cell."""

from __future__ import annotations


class NotebookView:
    """Mixin of the values that :mod:`catsclean.reports.notebook` has a view of."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        # the reports lie above every value, and are loaded only if a notebook asks
        from catsclean.reports.notebook import render_notebook

        return render_notebook(self)
