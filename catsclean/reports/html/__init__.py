"""The report for people: one self-contained page, made from an audit."""

from catsclean.reports.html.page import ReportProgress, render_html
from catsclean.reports.html.place import address_of

__all__ = ["ReportProgress", "address_of", "render_html"]
