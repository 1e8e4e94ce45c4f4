"""The site is where the package says it is."""

import re
from pathlib import Path

from catsclean.core.site_address import SITE


def test_the_package_and_the_site_have_one_address():
    settings = (Path(__file__).parents[2] / "mkdocs.yml").read_text(encoding="utf-8")
    assert re.search(r"^site_url: (\S+)$", settings, re.MULTILINE)[1] == SITE
