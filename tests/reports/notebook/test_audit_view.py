"""An audit in a notebook."""

import re

import audits

from catsclean.reports import notebook


def many(root, number):
    rows, findings = [], []
    for n in range(number):
        audits.write_jpeg(root / f"Cat/{n:02}.jpg", n, (500, 400))
        rows.append(audits.row_of(root, f"Cat/{n:02}.jpg"))
        findings.append(audits.find("blurry" if n % 3 else "odd-size", rows[-1]["path"]))
    return audits.make_audit(root, rows, findings)


def test_at_most_24_thumbnails_are_shown_in_less_than_200_kb(tmp_path):
    text = many(tmp_path / "set", 40)._repr_html_()
    assert text.count("<img ") == 24
    assert len(text.encode()) < 200_000


def test_there_is_no_script_and_no_request(hostile):
    text = notebook.render_notebook(hostile)
    assert not re.search(r"<script|<style|<link|<iframe", text)
    assert set(re.findall(r'src="([^,"]*)', text)) == {"data:image/webp;base64"}


def test_every_validator_has_its_picture_before_any_has_two(tmp_path):
    text = many(tmp_path / "set", 30)._repr_html_()
    assert re.findall(r"<strong>([\w-]+)</strong>", text)[:4] == ["odd-size", "blurry"] * 2


def test_it_stays_below_200_kb_however_many_and_long_the_names(tmp_path):
    findings = [
        audits.find(f"rule-{n}-" + "x" * 100, f"Cat/{n}{'y' * 5_000}.jpg") for n in range(300)
    ]
    text = notebook.render_notebook(audits.make_audit(tmp_path, [], findings))
    assert len(text.encode()) < 200_000
    assert "and 240 more validators" in text


def test_hostile_names_are_text(hostile):
    text = notebook.render_notebook(hostile)
    assert all(c.isprintable() or c == "\n" for c in text)
    assert set(re.findall(r"<(\w+)", text)) <= {
        "div", "p", "strong", "bdi", "table", "thead", "tbody", "tr", "th", "td", "code",
        "figure", "img", "figcaption", "br",
    }  # fmt: skip
