"""A manifest in a notebook."""

import re

import audits

from catsclean.reports.notebook import render_notebook


def manifest_of(root, number):
    rows = []
    for n in range(number):
        path = f"{'Cat' if n % 3 else 'Dog'}/{n:02}.jpg"
        audits.write_jpeg(root / path, n)
        status = "drop" if n % 5 == 4 else "keep"
        rows.append(audits.row_of(root, path, status=status, split="val" if n % 2 else "train"))
    return audits.make_audit(root, rows, []).manifest


def test_it_counts_by_class_status_and_split(tmp_path):
    text = render_notebook(manifest_of(tmp_path / "set", 20))
    assert "20 samples" in text
    assert "16 keep, 4 drop" in text
    assert re.search(
        r"<bdi>Cat</bdi></td><td.*?</td><td[^>]*>13</td><td[^>]*>10</td><td[^>]*>0</td><td[^>]*>3</td>",
        text,
    )
    assert re.search(r"<bdi>val</bdi></td><td[^>]*>10</td>", text)


def test_it_shows_the_first_rows_with_their_pictures(tmp_path):
    text = render_notebook(manifest_of(tmp_path / "set", 20))
    assert "First 8 of 20" in text
    assert text.count("<img ") == 8


def test_a_manifest_whose_pictures_are_elsewhere_is_shown_without(tmp_path):
    manifest = manifest_of(tmp_path / "set", 3)
    (tmp_path / "set").rename(tmp_path / "moved")
    text = render_notebook(manifest)
    assert "3 samples" in text
    assert "<img" not in text


def test_an_empty_manifest_is_shown(empty):
    assert "0 samples" in render_notebook(empty)
