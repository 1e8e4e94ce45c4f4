"""The review's widget without a notebook: its messages are put into the hands of a test."""

import base64
import json
import queue
from itertools import count

from chromium import HANG_MS
from patience import HANG_S

# a cell's model as anywidget passes it: messages to Python through a function of the page, and back
# from a queue that is asked again and again
MODEL = """
async ({ source, cells }) => {
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const { default: { render } } = await import(url);
  window.ends = [];
  cells.forEach((state, index) => {
    const hearers = new Set();
    const model = {
      get: (name) => state[name], send: (content) => sendToKernel(index, JSON.stringify(content)),
      on: (_, hear) => hearers.add(hear), off: (_, hear) => hearers.delete(hear),
    };
    const bytes = (text) => new DataView(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);
    const pull = async () => {
      for (const [content, buffers] of await askKernel(index)) for (const hear of [...hearers]) hear(content, buffers.map(bytes));
      setTimeout(pull, 10);
    };
    pull();
    const el = document.createElement("div");
    document.body.append(el);
    window.ends.push(render({ model, el }));
  });
}
"""


class FakeComm:
    """The connection of a widget with a notebook; `sent` is what the notebook would get."""

    def __init__(self, widget):
        self.sent = queue.Queue()
        self._widget = widget
        widget._send = self._take  # so do ipywidgets 7 and 8, with a kernel to send it on

    def hear(self, content):
        """Give the widget a message, as a kernel does."""
        data = {"method": "custom", "content": content}
        self._widget._handle_msg({"content": {"data": data}, "buffers": []})

    def _take(self, message, buffers=None):
        if message["method"] == "custom":
            self.sent.put((message["content"], [bytes(one) for one in buffers or []]))


class Cell:
    """A widget and its connection."""

    def __init__(self, audit):
        self.widget = audit.review()
        self.comm = FakeComm(self.widget)
        self._ids = count()

    def tell(self, **message):
        """Send a message, and return the answer with its buffers."""
        self.comm.hear({"id": f"test {next(self._ids)}", **message})
        return self.comm.sent.get(timeout=HANG_S)

    def read(self, path, **query):
        return self.tell(kind="read", path=path, query=query)[0]

    def change(self, path, body):
        return self.tell(kind="change", path=path, body=json.dumps(body))[0]


class CellPage:
    """Cells on one page of a browser, with a text field of somebody else's below them."""

    def __init__(self, page, *cells):
        self.page = page
        self.complaints, self.requests = [], []
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))
        page.expose_function("sendToKernel", lambda at, text: cells[at].comm.hear(json.loads(text)))
        page.expose_function("askKernel", lambda at: _taken(cells[at].comm.sent))
        saved = "".join(f"<div>{cell.widget._saved.html()}</div>" for cell in cells)
        page.set_content(
            f"<!doctype html><title>cells</title><body><label>Else <input></label>{saved}"
        )
        page.evaluate(
            "addEventListener('keydown', (event) => (window.heard ??= []).push(event.key));"
        )
        states = [{"saved_view": cell.widget.saved_view} for cell in cells]
        page.evaluate(MODEL, {"source": str(cells[0].widget._esm), "cells": states})
        for at in range(len(cells)):
            self.review(at).locator("#main:not([aria-busy]) h1").wait_for(timeout=HANG_MS)

    def review(self, at=0):
        return self.page.locator(".desk").nth(at)

    def wait_for(self, selector, text, at=0):
        found = self.review(at).locator(selector, has_text=text)
        found.first.wait_for(timeout=HANG_MS)

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)

    def enter(self, at=0):
        """Go into a cell, as a click beside the question does."""
        self.review(at).locator("#main .why").click()

    def heading(self, at=0):
        return self.review(at).locator("#main h1").inner_text()


def _taken(sent):
    found = []
    while not sent.empty():
        content, buffers = sent.get()
        found.append([content, [base64.b64encode(one).decode() for one in buffers]])
    return found
