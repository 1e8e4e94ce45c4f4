"""What the page costs: 25,000 files with 5,000 findings, made here.

    python benchmarks/report.py [--files 25000] [--findings 5000] [--open]

Prints the size of the page, the CPU seconds that it took to make, and with --open how long
Chromium takes until it is drawn: by the clock, and in CPU seconds of the main thread.
"""

from __future__ import annotations

import argparse
import base64
import io
import re
import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import audits
import numpy as np
from PIL import Image

from catsclean.reports.html import render_html

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
SINGLE = (
    "corrupt-data",
    "wrong-extension",
    "low-information",
    "odd-size",
    "blurry",
    "exif-warning",
)


def make(root, files, findings, seed=0, drawn=None):
    """Make an audit: every third finding joins a pair of copies, others are about one picture.

    Only the first `drawn` pictures are drawn, if that is given; the others are links to them.
    """
    random = np.random.default_rng(seed)
    rows, found = [], []
    for number in range(files):
        label = ("Cat", "Dog")[number % 2]
        path = f"{label}/{number}.jpg"
        if drawn is not None and drawn <= number < 2 * findings:
            (root / path).hardlink_to(root / rows[number % drawn]["path"])
            row = {**rows[number % drawn], "path": path, "label": label}
            rows.append({**row, "sha256": f"{number:064x}"})
        elif number < 2 * findings:
            native = root / path
            native.parent.mkdir(parents=True, exist_ok=True)
            coarse = Image.fromarray(random.integers(0, 255, (30, 40, 3), dtype=np.uint8))
            coarse.resize((500, 374), Image.Resampling.BICUBIC).save(native, quality=80)
            rows.append(audits.row_of(root, path, width_px=500, height_px=374))
        else:
            rows.append(
                {**rows[number % 100], "path": path, "label": label, "sha256": f"{number:064x}"}
            )
    for number in range(findings):
        path = rows[2 * number]["path"]
        if number % 3 == 0:
            kind = ("near-duplicate", "exact-duplicate")[number % 2]
            fix = "safe" if kind == "exact-duplicate" else "review"
            found.append(audits.find(kind, path, fix=fix, related=[rows[2 * number + 1]["path"]]))
        else:
            kind = SINGLE[number % len(SINGLE)]
            found.append(
                audits.find(kind, path, message=f"{kind}, measured {number / 7:.3f} of 10.0")
            )
    return audits.make_audit(root, rows, found)


def measure(root, files, findings, runs):
    """Make the page some times, and thumbnails alone; gives CPU seconds of each, MB and count."""
    audit = make(root, files, findings)
    pages, thumbnails = [], []
    for _ in range(runs):
        begun = time.process_time()
        text = render_html(audit)
        pages.append(time.process_time() - begun)
        shown = text.count("<img ")
        thumbnails.append(thumbnail_seconds(root, shown, longest_side(text)))
    return {
        "page_s": pages,
        "thumbnails_s": thumbnails,
        "thumbnails": shown,
        "mb": len(text.encode()) / 1e6,
    }


def thumbnail_seconds(root, count, side):
    """CPU seconds of so many thumbnails made with Pillow and nothing else: the floor of a page."""
    paths = sorted(root.rglob("*.jpg"))[:count]
    begun = time.process_time()
    for path in paths:
        with Image.open(path) as picture:
            picture.draft("RGB", (side, side))
            picture.thumbnail((side, side))
            picture.save(io.BytesIO(), "WEBP", quality=58, method=2)
    return time.process_time() - begun


def longest_side(text):
    """Longest side in pixels of the page's first thumbnail."""
    uri = re.search(r"data:image/webp;base64,([A-Za-z0-9+/=]+)", text)
    with Image.open(io.BytesIO(base64.b64decode(uri[1]))) as picture:
        return max(picture.size)


def opening_seconds(page):
    """Load a page in headless Chromium; gives (wall, CPU) seconds, None without Chromium."""
    from playwright.sync_api import sync_playwright

    path = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if path is None:
        return None
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"]
        )
        try:
            return measure_opening(browser, page)
        finally:
            browser.close()


def measure_opening(browser, page):
    """Load a page; gives (wall, CPU of its main thread) seconds until it is loaded and drawn."""
    tab = browser.new_page(viewport={"width": 1280, "height": 900})
    session = tab.context.new_cdp_session(tab)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    begun = time.monotonic()
    tab.goto(page.resolve().as_uri(), wait_until="load")
    tab.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
    wall = time.monotonic() - begun
    metrics = session.send("Performance.getMetrics")["metrics"]
    tab.close()
    return wall, next(m["value"] for m in metrics if m["name"] == "TaskDuration")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=25_000)
    parser.add_argument("--findings", type=int, default=5_000)
    parser.add_argument("--open", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        audit = make(Path(folder) / "Pets", given.files, given.findings)
        begun = time.process_time()
        text = render_html(audit)
        seconds = time.process_time() - begun
        print(f"{given.files:,} files, {given.findings:,} findings")
        print(f"page: {len(text.encode()) / 1e6:.2f} MB, {text.count('<img '):,} thumbnails")
        print(f"made in {seconds:.1f} CPU s")
        if given.open:
            page = Path(folder) / "report.html"
            page.write_text(text, encoding="utf-8")
            taken = opening_seconds(page)
            if taken is None:
                print("opens: Chromium is not installed")
            else:
                print(f"opens in {taken[0]:.2f} s, {taken[1]:.2f} CPU s of its main thread")


if __name__ == "__main__":
    main()
