"""The review in a real JupyterLab, with the ipywidgets that is installed."""

import importlib.util
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress

import chromium
import pytest
from patience import HANG_S

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not all(map(importlib.util.find_spec, ("anywidget", "jupyterlab"))),
        reason="needs JupyterLab and the extra `notebook`",
    ),
]
SOURCE = "import catsclean\ncatsclean.load_audit('practice').review()"
IMAGES = ".jp-OutputArea-output img"


@pytest.fixture
def lab(data_set, tmp_path):
    """A server for the folder of the practice set, without a token."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    home = tmp_path / "home"
    home.mkdir()
    cell = {"cell_type": "code", "id": "first", "execution_count": None, "metadata": {},
            "outputs": [], "source": SOURCE}  # fmt: skip
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = {"cells": [cell, {**cell, "id": "second", "source": ""}],
                "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}  # fmt: skip
    (tmp_path / "review.ipynb").write_text(json.dumps(notebook))
    paths = {f"JUPYTER_{name}_DIR": str(home / name) for name in ("CONFIG", "DATA", "RUNTIME")}
    environment = {**os.environ, **paths, "HOME": str(home), "IPYTHONDIR": str(home / "ipython")}
    options = [
        f"--port={port}", "--no-browser", "--allow-root", f"--ServerApp.root_dir={tmp_path}",
        "--ServerApp.token=", "--ServerApp.password=", "--ServerApp.disable_check_xsrf=True",
        "--LabApp.news_url=",
    ]  # fmt: skip
    with (home / "log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *options],
            cwd=tmp_path, env=environment, stdout=log, stderr=log,
        )  # fmt: skip
        try:
            address = f"http://127.0.0.1:{port}"
            wait_for_server(f"{address}/api", server, home / "log")
            yield address
        finally:
            with suppress(OSError):  # it has not even started
                end_kernels(address)
            server.kill()  # it may wait for its news, without a network for ever
            server.wait(HANG_S)


def wait_for_server(address, server, log):
    until = time.monotonic() + HANG_S
    while True:
        try:
            return urllib.request.urlopen(address).close()
        except OSError:
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < until
            time.sleep(0.1)


def end_kernels(address):
    with urllib.request.urlopen(f"{address}/api/sessions") as reply:
        sessions = json.load(reply)
    for session in sessions:
        request = urllib.request.Request(f"{address}/api/sessions/{session['id']}", method="DELETE")
        urllib.request.urlopen(request).close()


def files_of(folder):
    return sum(one.is_file() for one in folder.rglob("*"))


def run_first_cell(page):
    page.locator(".jp-Notebook-ExecutionIndicator[data-status='idle']").wait_for()
    prompt = page.locator(".jp-InputPrompt").first
    # what is run as soon as JupyterLab says that it is ready may be lost
    while not re.match(r"\[(\*|\d+)\]", prompt.inner_text()):
        page.locator(".jp-Cell .jp-InputArea-editor").first.click()
        page.keyboard.press("Shift+Enter")
        page.wait_for_timeout(2_000)


def saved_outputs(path, page):
    """Save the notebook with the key for it, and return the outputs of its first cell."""
    before = path.stat().st_mtime_ns
    page.keyboard.press("Control+s")
    until = time.monotonic() + HANG_S
    while path.stat().st_mtime_ns == before:
        assert time.monotonic() < until
        page.wait_for_timeout(100)
    notebook = json.loads(path.read_text())
    assert "image/" not in json.dumps(notebook["metadata"])
    return notebook["cells"][0]["outputs"]


def test_a_notebook_is_decided_in_cleaned_saved_and_shown_without_a_kernel(
    lab, browser, data_set, tmp_path
):
    page = chromium.new_page(browser, viewport={"width": 1400, "height": 950})
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{lab}/lab/tree/review.ipynb")
    run_first_cell(page)
    review = page.locator(".desk")
    review.locator("#main h1").wait_for()
    assert page.locator(IMAGES).first.is_hidden()

    review.locator("#main .why").click()
    page.keyboard.press("1")
    review.locator("#saved", has_text="1 decided, all saved").wait_for()
    for key in "bddmy":  # of the notebook they would make, delete and change cells
        page.keyboard.press(key)
    review.locator("#saved", has_text="3 decided, all saved").wait_for()  # d: they differ
    for _ in range(3):
        page.keyboard.press("u")
    review.locator("#saved", has_text="0 decided, all saved").wait_for()
    assert page.locator(".jp-Notebook .jp-Cell").count() == 2
    page.keyboard.press("1")
    review.locator("#saved", has_text="1 decided, all saved").wait_for()

    before = files_of(data_set)
    review.locator("[data-tab=do]").click()
    review.locator(".doing .main").click()
    page.locator("dialog[open] .main").click()
    review.locator(".outcome.good", has_text="moved to quarantine").wait_for()
    assert files_of(data_set) < before
    review.get_by_role("button", name="Undo the last clean").click()
    page.locator("dialog[open] .main").click()
    review.locator(".outcome.good", has_text="restored").wait_for()
    assert files_of(data_set) == before

    # the saved view follows a little later
    page.wait_for_function(
        "() => [...document.querySelectorAll('.jp-OutputArea-output td')].some((cell) => cell.textContent === '1'"
        " && cell.parentElement.firstElementChild.textContent.includes('two labels'))"
    )
    review.locator("[data-tab=decide]").click()
    review.locator("#main .why").click()
    still, live = saved_outputs(tmp_path / "review.ipynb", page)
    assert "text/html" in still["data"]
    assert "application/vnd.jupyter.widget-view+json" in live["data"]
    home = [one for one in asked if not one.startswith((lab, "blob:", "data:"))]
    assert [one for one in home if not re.match(r"wss?://127\.0\.0\.1", one)] == []
    page.context.close()

    end_kernels(lab)
    page = chromium.new_page(browser, viewport={"width": 1400, "height": 950})
    page.route("**/api/sessions*", lambda route: route.abort() if route.request.method == "POST" else route.continue_())  # fmt: skip
    page.goto(f"{lab}/lab/workspaces/later/tree/review.ipynb")
    page.locator(IMAGES).first.wait_for()
    assert page.locator(f"{IMAGES}:visible").count() > 3
    row = page.locator(".jp-OutputArea-output tr", has_text="One picture, two labels")
    assert row.locator("td").last.inner_text() == "1"
    page.context.close()
