"""The report for people: one self-contained page, made from an audit."""

from catsclean.reports.html.content_map import MapKind, tsne_estimate
from catsclean.reports.html.page import ReportProgress, address_of, render_html
from catsclean.reports.html.sections import why_no_content

__all__ = [
    "MapKind",
    "ReportProgress",
    "address_of",
    "render_html",
    "tsne_estimate",
    "why_no_content",
]
