"""The report for people: one self-contained page, made from an audit."""

from catsclean.reports.html.page import ReportProgress, address_of, render_html

__all__ = ["ReportProgress", "address_of", "render_html"]
