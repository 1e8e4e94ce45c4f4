"""What a person is told to do first, with and without the extra of the review."""

import io
import sys

import audits
import pytest
from rich.console import Console

from catsclean.core.install_command import install_command
from catsclean.reports import hints_to_decide as module
from catsclean.reports.hints_to_decide import hints_to_decide
from catsclean.reports.terminal import show

REVIEW = "catsclean review Pets"
PAGE = "catsclean report Pets --open"


@pytest.fixture
def without_extra(monkeypatch):
    monkeypatch.setattr(module, "REVIEW_PACKAGES", ("no_such_package",))


def test_the_review_comes_first():
    (review, meaning), (page, _) = hints_to_decide("Pets", 3, in_bucket=False)
    assert (review, page) == (REVIEW, PAGE)
    assert "3 files" in meaning


@pytest.mark.usefixtures("without_extra")
def test_without_the_extra_a_command_that_works_comes_first_and_the_way_to_the_review_next():
    (page, meaning), (install, then) = hints_to_decide("Pets", 1, in_bucket=False)
    assert (page, install) == (PAGE, install_command("review"))
    assert "1 file" in meaning
    assert REVIEW in then


def test_of_a_bucket_only_the_page_is_named():
    ((page, _),) = hints_to_decide("Pets", 3, in_bucket=True)
    assert page == PAGE


def test_nothing_is_imported_to_know_whether_the_extra_is_there():
    before = sys.modules.keys() & set(module.REVIEW_PACKAGES)
    hints_to_decide("Pets", 3, in_bucket=False)
    assert sys.modules.keys() & set(module.REVIEW_PACKAGES) == before


def shown(root, *findings):
    rows = []
    for number in range(4):
        audits.write_jpeg(root / f"Cat/{number}.jpg", number)
        rows.append(audits.row_of(root, f"Cat/{number}.jpg"))
    console = Console(file=io.StringIO(), width=200)
    show(audits.make_audit(root, rows, findings), console)
    return [line.strip() for line in console.file.getvalue().splitlines() if "  catsclean" in line]


def test_an_audit_leads_to_the_review_first_if_something_waits(tmp_path):
    root = tmp_path / "Pets"
    first, *_ = shown(
        root, audits.find("blurry", "Cat/1.jpg"), audits.find("wrong-extension", "Cat/2.jpg")
    )
    assert first.startswith("catsclean review ")
    assert "decide about 1 file, " in first


def test_what_leaves_by_itself_or_can_be_repaired_does_not_lead_to_the_review(tmp_path):
    root = tmp_path / "Pets"
    hints = shown(
        root,
        audits.find("truncated", "Cat/1.jpg", "error", "safe"),
        audits.find("blurry", "Cat/1.jpg"),
        audits.find("wrong-extension", "Cat/2.jpg"),
    )
    assert not any("catsclean review" in hint for hint in hints)
    assert any("catsclean fix" in hint for hint in hints)
