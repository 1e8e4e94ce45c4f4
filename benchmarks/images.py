"""Makes the pictures of README and docs again, from the practice data set and nothing else.

    python benchmarks/images.py [docs/images]

Wants Chromium, Playwright and the extra ``review``.  Writes report-light.png, report-dark.png,
report-phone.png, review-question.png, review-difference.png and terminal.svg.
"""

from __future__ import annotations

import contextlib
import io
import shutil
import sys
import tempfile
from pathlib import Path

from PIL import Image
from rich.console import Console

from catsclean.auditing.audit import audit
from catsclean.reports.terminal import show
from catsclean.reviewing.serve import review
from catsclean.testing.practice import make_practice

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
# file → colour scheme, viewport, where the page is scrolled to
SHOTS = {
    "report-light.png": ("light", (1280, 1000), "title"),
    "report-dark.png": ("dark", (1280, 1000), "copies"),
    "report-phone.png": ("light", (390, 844), "copies"),
}
REVIEW_SIZE = {"width": 1280, "height": 800}
LOADING_MS = 3000
MAX_BYTES = 300_000


def terminal(result, target):
    """Draw what the audit prints as SVG."""
    console = Console(record=True, width=100, file=io.StringIO(), force_terminal=True)
    show(result, console)
    svg = console.export_svg(title="catsclean audit PetImages")
    # the font would be fetched from the web; what stands behind it in the list is on every machine
    start, end = svg.find("@font-face"), svg.rfind("@font-face")
    if start >= 0:
        svg = svg[:start] + svg[svg.index("}", end) + 1 :]
    target.write_text(svg, encoding="utf-8")


def screenshots(page, folder):
    """Take the screenshots."""
    from playwright.sync_api import sync_playwright

    path = next(filter(None, map(shutil.which, CHROMIUM)))
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"]
        )
        for name, (scheme, (width, height), place) in SHOTS.items():
            tab = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
            tab.goto(page.resolve().as_uri())
            tab.evaluate(
                "id => document.getElementById(id)?.scrollIntoView({behavior: 'instant'})",
                "main" if place == "title" else place,
            )
            if place == "title":
                tab.evaluate("scrollTo({top: 0, behavior: 'instant'})")
            tab.wait_for_timeout(400)
            save(tab.screenshot(), folder / name)
            tab.close()
        browser.close()


def review_screenshots(result, folder):
    """Take those of the review: the question about a mirrored copy, and its difference."""
    from playwright.sync_api import sync_playwright

    path = next(filter(None, map(shutil.which, CHROMIUM)))
    with review(result) as served, sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"]
        )
        tab = browser.new_page(viewport=REVIEW_SIZE)
        tab.goto(served.address)
        tab.wait_for_url("**/#/**")
        tab.goto(f"{tab.url.partition('#')[0]}#/decide/copies")
        tab.wait_for_timeout(LOADING_MS)
        save(tab.screenshot(), folder / "review-question.png")
        tab.keyboard.press("c")
        tab.wait_for_timeout(LOADING_MS)
        tab.keyboard.press("d")
        tab.wait_for_timeout(LOADING_MS)
        save(tab.screenshot(), folder / "review-difference.png")
        browser.close()


def save(data, target):
    """Write a PNG with as many colours as keep it small."""
    with Image.open(io.BytesIO(data)) as picture:
        whole = picture.convert("RGB")
        for colours in (None, 256, 128, 64):
            buffer = io.BytesIO()
            (whole.quantize(colours) if colours else whole).save(buffer, "PNG", optimize=True)
            if buffer.tell() < MAX_BYTES:
                break
    target.write_bytes(buffer.getvalue())
    print(f"{target}  {buffer.tell() / 1000:.0f} kB")


def main():
    given = sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[1] / "docs" / "images"
    folder = Path(given)
    folder.mkdir(parents=True, exist_ok=True)
    folder = folder.resolve()
    # in the working folder, so that commands name the data set without its place
    with tempfile.TemporaryDirectory() as place, contextlib.chdir(place):
        root = Path("PetImages")
        make_practice(root)
        result = audit(root)
        terminal(result, folder / "terminal.svg")
        page = Path("report.html")
        result.save_html(page)
        screenshots(page, folder)
        review_screenshots(result, folder)


if __name__ == "__main__":
    main()
