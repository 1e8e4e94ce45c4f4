"""The page of pictures in containers."""

from packed import files_of, make_zip
from pictures import make_dataset

import catsclean


def test_the_page_of_a_container_moves_nothing_and_links_to_no_file(tmp_path):
    root = make_dataset(tmp_path / "PetImages")
    (root / "Cat/empty.jpg").touch()
    (root / "Dog/copy.jpg").write_bytes((root / "Dog/0.jpg").read_bytes())
    audit = catsclean.audit(make_zip(tmp_path / "all.zip", files_of(root)), content=False)
    audit.save_html(tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "These pictures lie in archives: nothing is ever moved there." in page
    assert "moves the safe files" not in page
    for promise in ("clean --apply sets it aside", "Set aside by clean", "Leave it to <code>"):
        assert promise not in page
    assert '"all.zip/' not in page
