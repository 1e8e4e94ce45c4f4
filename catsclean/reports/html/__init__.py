"""The report that people look at: one self-contained page, made from an audit."""

from catsclean.reports.html.page import render_html

__all__ = ["render_html"]
