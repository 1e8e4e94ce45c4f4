"""Where the documentation is on the web.

The site is not published yet.  What needs an absolute address, such as the rules of SARIF, has it
already; what a person reads names it once `PUBLISHED` is true.
"""

from __future__ import annotations

from typing import Final

#: Address of the documentation; mkdocs.yml says the same.
SITE: Final = "https://catsclean.github.io/catsclean/"
#: Whether the pages are there.  Set it to True in the release that publishes them.
PUBLISHED: bool = False


def page_of(validator: str) -> str:
    """Return the address of the page of one of catsclean's own validators, by its name."""
    return f"{SITE}validators/{validator}/"
