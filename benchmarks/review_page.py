"""Use the page of a review in headless Chromium, and say how fast it was.

    python -m benchmarks.review_page PetImages [--decide 100] [--jumps 12]

Starts `catsclean review`, opens its address, decides by keyboard at three keys a second, jumps
about in Browse, and prints one JSON object.  Decisions are taken for the suggested answer and are
saved in the state folder, as a person's are: use it on a copy.  Linux; Playwright and Chromium.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import shutil
import signal
import statistics
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import sync_playwright

from benchmarks import measuring
from benchmarks.report import CHROMIUM

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

_KEYS_A_SECOND = 3
_REST_S = 4.0

# What it records lies in `window.timed`: when a key came, and when what it led to was painted; the
# long tasks; the first picture of the page that was painted.
_RECORDER = """
window.timed = { keys: [], long: [], first: null };
new PerformanceObserver(list => list.getEntries().forEach(one => timed.long.push(one.duration)))
  .observe({ type: "longtask", buffered: true });
const visible = () =>
  [...document.querySelectorAll("main img[src]")].filter(one => one.checkVisibility());
const painted = () => new Promise(done => requestAnimationFrame(() => setTimeout(done)));
addEventListener("load", async () => {
  for (;;) {
    await painted();
    if (visible().some(one => one.complete && one.naturalWidth > 0)) break;
  }
  timed.first = performance.now();
});
addEventListener("keydown", event => {
  const main = document.querySelector("main"), begun = event.timeStamp;
  const watch = new MutationObserver(async () => {
    watch.disconnect();
    const images = visible();
    await Promise.all(images.map(one => one.decode().catch(() => {})));
    await painted();
    timed.keys.push(performance.now() - begun);
  });
  watch.observe(main, { childList: true, subtree: true });
}, true);
"""

# Moves the scroll bar of Browse, and waits for the first picture that comes into view, and for all.
_JUMP = """async share => {
  const grid = document.querySelector(".grid"), begun = performance.now();
  const painted = () => new Promise(done => requestAnimationFrame(() => setTimeout(done)));
  const frame = grid.getBoundingClientRect();
  const before = new Set([...document.querySelectorAll(".cell .path")].map(one => one.textContent));
  grid.scrollTop = share * (grid.scrollHeight - grid.clientHeight);
  let first = null;
  for (;;) {
    await painted();
    const seen = [...document.querySelectorAll(".cell:not([hidden])")].filter(one => {
      const box = one.getBoundingClientRect();
      return box.bottom > frame.top && box.top < frame.bottom;
    });
    const fresh = seen.filter(one => !before.has(one.querySelector(".path").textContent));
    const there = one => {
      const image = one.querySelector("img");
      return image.hasAttribute("src") && image.complete && image.naturalWidth > 0;
    };
    if (first === null && fresh.some(there)) first = performance.now() - begun;
    const taken = performance.now() - begun;
    if (fresh.length === seen.length && seen.every(there)) return [first, taken];
    if (taken > 20000) throw new Error("a jump did not end");
  }
}"""


@contextmanager
def serving(root: Path, state: Path) -> Iterator[tuple[str, subprocess.Popen[str], float, float]]:
    """Run ``catsclean review``.

    Yields:
        Its address, its process, and the wall-clock and CPU seconds until it printed the address.
    """
    command = [sys.executable, "-m", "catsclean", "review", str(root), "--no-open"]
    command += ["--state-dir", str(state)]
    begun = time.monotonic()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as one:
        assert one.stdout is not None
        address = one.stdout.readline().strip()
        wall_s = time.monotonic() - begun
        cpu_s = sum(map(measuring.own_cpu_s, [one.pid, *measuring.descendants(one.pid)]))
        try:
            yield address, one, wall_s, cpu_s
        finally:
            one.send_signal(signal.SIGINT)
            one.wait(timeout=30)


def _rss_mb(process: int) -> float:
    text = Path(f"/proc/{process}/status").read_text(encoding="utf-8", errors="replace")
    found = re.search(r"VmRSS:\s+(\d+)", text)
    return int(found[1]) * 1024 / 1e6 if found else 0.0


class _Wire:
    """Counts the bytes that a page receives, headers included."""

    def __init__(self, page: Page) -> None:
        self.received = 0
        self._session = page.context.new_cdp_session(page)
        self._session.send("Network.enable")
        self._session.on("Network.loadingFinished", self._hear)

    def _hear(self, event: dict[str, Any]) -> None:
        self.received += int(event["encodedDataLength"])

    def kilobytes(self) -> float:
        """Return what came since the last call, in 10^3 bytes."""
        found, self.received = self.received / 1e3, 0
        return found


def measure(root: Path, state: Path, *, decide: int, jumps: int) -> dict[str, Any]:
    """Start a review, use its page, and return the figures.

    Args:
        root: An audited data set.
        state: Its state folder; the decisions are saved there.
        decide: At most so many questions are answered.
        jumps: Number of places in Browse.
    """
    path = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if path is None:
        raise measuring.CommandFailedError("Chromium is not installed")
    with serving(root, state) as (address, server, wall_s, cpu_s), sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        found: dict[str, Any] = {"address_wall_s": wall_s, "address_cpu_s": cpu_s}
        found["empty_page_long_ms"] = _long_of_empty(browser)
        page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
        page.set_default_timeout(60_000)
        page.add_init_script(_RECORDER)
        wire = _Wire(page)
        begun = time.monotonic()
        page.goto(address)
        # a set without questions opens with words
        page.wait_for_function(
            "() => window.timed && (timed.first !== null || document.querySelector('main .empty'))"
        )
        if page.evaluate("timed.first !== null"):
            found["first_picture_wall_s"] = time.monotonic() - begun
        page.wait_for_load_state("networkidle")
        found["open_kb"] = wire.kilobytes()
        found |= _decide(page, decide, state)
        found |= _browse(page, wire, jumps)
        found["long_ms"] = sorted(page.evaluate("timed.long"))[-3:]
        time.sleep(_REST_S)
        others = measuring.descendants(server.pid)
        found["server_rss_mb"] = _rss_mb(server.pid)
        found["others_rss_mb"] = [_rss_mb(one) for one in others]
        found["others_pss_mb"] = [measuring.pss_bytes(one) / 1e6 for one in others]
        browser.close()
    return found


def _long_of_empty(browser: Browser) -> list[float]:
    """Return the long tasks that a page with nothing on it has on this machine."""
    page = browser.new_context().new_page()
    page.goto("data:text/html,<!doctype html><title>empty</title><main></main>")
    page.evaluate(
        "window.long = []; new PerformanceObserver(list => list.getEntries()"
        ".forEach(one => long.push(one.duration))).observe({ type: 'longtask', buffered: true })"
    )
    time.sleep(2)
    found: list[float] = page.evaluate("long")
    page.context.close()
    return found


def _decide(page: Page, most: int, state: Path) -> dict[str, Any]:
    """Answer questions one by one, at three keys a second, with the suggested answer."""
    page.wait_for_selector("main:not([aria-busy]) h1")
    page.evaluate("timed.keys.length = 0")
    pressed: Counter[str] = Counter()
    for _ in range(most):
        if page.locator("main .empty").count() and not page.locator("main .empty .main").count():
            break
        begun = time.monotonic()
        has_main = page.locator("main .bar .main, main .empty .main").count() > 0
        key = "Enter" if has_main else "a"
        if page.locator("main .empty a.main").count():
            break
        page.keyboard.press(key)
        pressed[key] += 1
        time.sleep(max(0.0, 1 / _KEYS_A_SECOND - (time.monotonic() - begun)))
    page.wait_for_function(
        "() => document.querySelector('#saved').textContent.endsWith('all saved')"
    )
    taken = sorted(page.evaluate("timed.keys"))
    journal = state / "decisions.jsonl"
    lines = journal.read_text(encoding="utf-8").splitlines() if journal.exists() else []
    answers = sum(len(json.loads(line)["answers"]) for line in lines)
    if not taken:
        return {}
    return {
        "keys": sum(pressed.values()), "answers": answers,
        "key_ms_p50": statistics.median(taken),
        "key_ms_p95": taken[max(0, round(len(taken) * 0.95) - 1)], "key_ms_max": taken[-1],
    }  # fmt: skip


def _browse(page: Page, wire: _Wire, jumps: int) -> dict[str, Any]:
    """Open Browse, jump to places all over it, and scroll past some screens."""
    page.evaluate("timed.long.length = 0")
    wire.kilobytes()
    page.evaluate("location.hash = '#/browse'")
    page.wait_for_selector(".cell[aria-posinset='1'] img[src]", state="attached")
    page.wait_for_load_state("networkidle")
    found: dict[str, Any] = {"browse_kb": wire.kilobytes()}
    chance = random.Random(0)
    taken = []
    for _ in range(jumps):
        taken.append(page.evaluate(_JUMP, chance.random()))
        page.wait_for_timeout(300)
    taken.append(page.evaluate(_JUMP, 1))
    for at, name in enumerate(("first", "all")):
        values = sorted(one[at] for one in taken)
        found[f"jump_{name}_ms_p50"] = statistics.median(values)
        found[f"jump_{name}_ms_max"] = values[-1]
    page.evaluate("document.querySelector('.grid').scrollTop = 0")
    page.wait_for_timeout(1500)
    wire.kilobytes()
    seen = set()
    for _ in range(12):
        page.evaluate("document.querySelector('.grid').scrollBy(0, 500)")
        page.wait_for_timeout(500)
        seen |= set(page.locator(".cell:visible .path").all_inner_texts())
    found["scrolled_kb_a_picture"] = wire.kilobytes() / max(1, len(seen))
    found["scrolled_pictures"] = len(seen)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", type=Path)
    parser.add_argument("--decide", type=int, default=100)
    parser.add_argument("--jumps", type=int, default=12)
    chosen = parser.parse_args()
    state = chosen.root.with_name(f"{chosen.root.name}.catsclean")
    found = measure(chosen.root, state, decide=chosen.decide, jumps=chosen.jumps)
    print(json.dumps(found, indent=1, default=str))


if __name__ == "__main__":
    main()
