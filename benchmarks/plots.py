"""Charts of a section's rows, as small SVG files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.results import show_number

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.results import Row, Section

_OURS, _OTHERS = "#0072b2", "#999999"
_LOG_RATIO = 30


def draw(name: str, section: Section, folder: Path) -> list[str]:
    """Draw each of a section's charts; gives the names of the files."""
    charts: dict[str, list[Row]] = {}
    for row in section.rows:
        if row.plot and row.figure is not None and row.figure > 0:
            charts.setdefault(row.plot, []).append(row)
    if not charts:
        return []
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"performance-{name}.svg"
    _bars(charts, target)
    return [target.name]


def _bars(charts: dict[str, list[Row]], target: Path) -> None:
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    # text stays text: it is read aloud, searched, and a tenth of the bytes
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "catsclean", "font.size": 9}):
        heights = [len(rows) for rows in charts.values()]
        figure = Figure(figsize=(7, 0.28 * sum(heights) + 0.75 * len(charts)), layout="constrained")
        FigureCanvasSVG(figure)
        panels = figure.subplots(len(charts), 1, squeeze=False, height_ratios=heights)[:, 0]
        for axes, (title, rows) in zip(panels, charts.items(), strict=True):
            _panel(axes, title, rows)
        figure.savefig(target, metadata={"Date": None})


def _panel(axes, title: str, rows: list[Row]) -> None:
    figures = [row.figure or 0.0 for row in rows]
    names = [_short(row.what, title) for row in rows]
    colours = [_OURS if row.ours else _OTHERS for row in rows]
    logarithmic = max(figures) > _LOG_RATIO * min(figures)
    if logarithmic:  # a bar would have no foot to stand on
        axes.set_xscale("log")
        axes.scatter(figures, names, c=colours, zorder=2)
        axes.grid(axis="x", alpha=0.3)
    else:
        axes.barh(names, figures, color=colours)
    for name, value in zip(names, figures, strict=True):
        place = {"xytext": (7, 0), "textcoords": "offset points", "va": "center"}
        axes.annotate(show_number(value), (value, name), **place)
    axes.invert_yaxis()
    axes.margins(x=0.15)
    axes.set_title(title, loc="left", fontsize=10)
    axes.set_xlabel(rows[0].unit + (", logarithmic" if logarithmic else ""))
    axes.spines[["top", "right"]].set_visible(False)


def _short(what: str, title: str) -> str:
    # "SET (facts): who does what" stands under the title SET
    head, separator, tail = what.partition(": ")
    return tail if separator and head.startswith(title) else what
