"""The widget answers messages as the server answers requests, and keeps no picture."""

import json
import re
import subprocess
import sys

import pytest
import review_pages
from bare_sockets import Owner
from cells import Cell
from patience import HANG_S
from review_pages import questions_of, standing

import catsclean
from catsclean.reports.questions.ask import ask
from catsclean.reviewing import notebook

VIEW = "application/vnd.jupyter.widget-view+json"
OTHER_WORDS = ["", "p/160", "p/160/1/2", "p/161/1", "p/160/-1", "p/160/1e1", "x/1/2", "a/1/2"]


def first_picture(cell, queue="copies"):
    return cell.read(f"api/questions/{queue}")["content"]["questions"][0]["pictures"][0]


def test_queues_and_suggestions_are_those_of_the_page(cell, data_set):
    audit = catsclean.load_audit(data_set)
    summary = cell.read("api/summary")["content"]
    assert [(one["key"], one["total"]) for one in summary["queues"]] == [
        (queue.key, len(queue.questions)) for queue in ask(audit)
    ]
    with review_pages.served(audit) as (_, server):
        owner = Owner(server.address)
        for path in ("summary", *(f"questions/{one['key']}" for one in summary["queues"])):
            content = cell.read(f"api/{path}")["content"]
            assert json.loads(owner.get(f"/api/{path}").body) == json.loads(json.dumps(content))


def test_an_answer_is_on_the_disk_when_it_is_said_to_be_saved(cell):
    question = questions_of(cell.widget._review, "copies")[0]
    answer = {"question": question["key"], "expected": "", "decisions": question["suggested"]}
    saved = cell.change("api/answers", {"entry": "1" * 32, "answers": [answer]})
    assert saved["status"] == 200
    assert list(standing(cell.widget._review)) == [question["key"]]
    assert cell.change("api/answers", {"entry": "2" * 32, "answers": [answer]})["status"] == 409


def test_a_picture_comes_as_bytes_of_its_own(cell):
    one = first_picture(cell)
    message = {"kind": "picture", "path": f"p/320/{one['row']}", "digests": one["digest"]}
    answer, [body] = cell.tell(**message)
    assert (answer["status"], answer["content"]) == (200, "image/webp")
    assert body.startswith(b"RIFF")


def test_two_pictures_are_compared(cell):
    question = cell.read("api/questions/copies")["content"]["questions"][0]
    one, other = question["pictures"][:2]
    found = cell.read("api/difference", first=str(one["row"]), second=str(other["row"]))["content"]
    assert found["words"]
    digests = f"{one['digest']}-{other['digest']}"
    path = f"d/{one['row']}/{other['row']}"
    answer, [body] = cell.tell(kind="picture", path=path, digests=digests)
    assert answer["content"].startswith("image/")
    assert body


def test_a_file_without_a_picture_says_why(cell):
    one = first_picture(cell, "zero-length-by-itself")
    message = {"kind": "picture", "path": f"p/320/{one['row']}", "digests": one["digest"]}
    answer, buffers = cell.tell(**message)
    assert (answer["status"], buffers) == (404, [])
    assert answer["content"]


@pytest.mark.parametrize("path", OTHER_WORDS)
def test_nothing_but_rows_and_sizes_can_be_named(cell, path):
    answer, buffers = cell.tell(kind="picture", path=path, digests=first_picture(cell)["digest"])
    assert (answer["status"], buffers) == (404, [])


def test_a_picture_is_only_shown_to_who_knows_its_digest(cell):
    one = first_picture(cell)
    answer, buffers = cell.tell(kind="picture", path=f"p/320/{one['row']}", digests="0" * 16)
    assert (answer["status"], buffers) == (404, [])


@pytest.mark.parametrize("message", [
    {"kind": "read", "path": "api/summary"}, {"kind": "read", "path": 7, "query": {}},
    {"kind": "read", "path": "api/pictures", "query": {"n": 7}}, {"kind": "picture", "path": "p/160/1"},
    {"kind": "read", "path": "api/difference", "query": ["first"]}, {"kind": "run", "path": "api/summary"},
    {"kind": "change", "path": "api/undo"}, {"kind": "change", "path": "api/clean", "body": "[" * 17 + "]" * 17},
    {"kind": "change", "path": "api/clean", "body": "NaN"}, {"kind": "change", "path": "api/answers", "body": '"\ud800"'},
    {"kind": "change", "path": "api/answers", "body": " " * (2**20 + 1)}, {"path": "x" * 5_000},
])  # fmt: skip
def test_a_message_that_no_cell_sends_is_refused(cell, message):
    answer, buffers = cell.tell(**message)
    assert (answer["status"], buffers) == (400, [])
    assert standing(cell.widget._review) == {}


def test_what_is_not_asked_for_by_its_name_is_not_there(cell):
    assert cell.read("api/summary/more")["status"] == 404
    assert cell.read("api/nothing")["status"] == 404
    assert cell.change("api/nothing", 1)["status"] == 404


def test_a_message_without_an_id_is_left_alone(cell):
    for message in ("text", None, {}, {"id": 7}, {"id": "x" * 5_000}):
        cell.comm.hear(message)
    assert cell.read("api/summary")["status"] == 200
    assert cell.comm.sent.empty()


def test_only_the_plan_that_was_shown_is_carried_out(cell, data_set):
    before = sorted(data_set.rglob("*"))
    assert cell.change("api/clean", {"plan": "0" * 16})["status"] == 409
    assert cell.change("api/clean", {})["status"] == 400
    assert sorted(data_set.rglob("*")) == before


def test_a_request_that_fails_is_answered_and_logged(cell, caplog, monkeypatch):
    monkeypatch.setattr(cell.widget._review, "summary", lambda: 1 / 0)
    assert cell.read("api/summary")["status"] == 500
    assert "division by zero" in caplog.text


def test_the_state_holds_no_picture(cell):
    first_picture(cell)
    state = {name: str(value) for name, value in cell.widget.get_state().items()}
    code = state.pop("_esm")
    assert "data:image" not in code
    assert sum(map(len, state.values())) < 3_000


def test_an_output_has_the_widget_the_saved_view_and_a_line_of_text(cell):
    data, _ = cell.widget._repr_mimebundle_()
    assert data[VIEW]["model_id"] == cell.widget.model_id
    assert data["text/plain"].startswith("<Review of 'practice': ")
    assert data["text/html"].count("<img ") > 3


def test_the_saved_view_is_an_output_of_its_own(cell, published):
    cell.widget._ipython_display_()
    (saved, update), (live, _) = published
    assert (set(saved), update) == ({"text/plain", "text/html"}, False)
    assert set(live) == {"text/plain", VIEW}


def test_the_saved_view_follows_what_is_decided(cell, published):
    cell.widget._ipython_display_()
    cell.widget._saved._settled_s = 0
    published.clear()
    question = questions_of(cell.widget._review, "copies")[0]
    answer = {"question": question["key"], "expected": "", "decisions": question["suggested"]}
    cell.change("api/answers", {"entry": "1" * 32, "answers": [answer]})
    cell.widget._saved._later.join(HANG_S)
    [(saved, update)] = published
    assert update
    row = re.search(r"<tr>(?:(?!</tr>).)*Duplicates.*?</tr>", saved["text/html"], re.DOTALL)[0]
    assert re.findall(r">(\d+)<", row)[-1] == "1"


def test_nothing_is_published_for_a_widget_that_no_cell_shows(cell, published):
    cell.change("api/answers", {"entry": "1" * 32, "answers": []})
    assert cell.widget._saved._later is None
    assert published == []


@pytest.fixture
def published(monkeypatch):
    """What was put into a cell, and whether in the place of something."""
    found = []
    monkeypatch.setattr(
        "IPython.display.display",
        lambda data, update=False, **_: found.append((data, update)),
    )
    return found


def test_without_the_extra_it_says_what_to_install(data_set, monkeypatch):
    monkeypatch.setattr(notebook, "find_spec", lambda _: None)
    with pytest.raises(catsclean.errors.MissingExtraError, match=r"pip install .*notebook"):
        catsclean.load_audit(data_set).review()


def test_nothing_of_a_notebook_is_loaded_before():
    code = "import sys, catsclean; catsclean.Audit.review; print('ipywidgets' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_cells_of_one_data_set_share_their_readers(cell, data_set):
    other = Cell(catsclean.load_audit(data_set))
    assert cell.widget._pictures is other.widget._pictures
