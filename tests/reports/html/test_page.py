"""The page, as text: what it shows, what it leaves out, and what it never carries."""

import base64
import hashlib
import io
import re
from dataclasses import replace
from html.parser import HTMLParser

import audits
import pytest
from PIL import Image

from catsclean.reports.html import render_html


class Elements(HTMLParser):
    """Collects a page's elements with their attributes."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))

    def all(self, tag):
        return [attributes for name, attributes in self.found if name == tag]


@pytest.fixture
def cats(tmp_path):
    """Two exact copies, two near ones, a conflict, and a picture to review."""
    root = tmp_path / "set"
    for number, path in enumerate(("Cat/a", "Cat/c", "Cat/d", "Cat/e", "Dog/f", "Cat/g")):
        audits.write_jpeg(root / f"{path}.jpg", number)
    (root / "Cat/b.jpg").write_bytes((root / "Cat/a.jpg").read_bytes())
    rows = [
        audits.row_of(root, f"{p}.jpg")
        for p in ("Cat/a", "Cat/b", "Cat/c", "Cat/d", "Cat/e", "Dog/f", "Cat/g")
    ]
    findings = [
        audits.find("exact-duplicate", "Cat/b.jpg", fix="safe", related=["Cat/a.jpg"]),
        audits.find("near-duplicate", "Cat/d.jpg", related=["Cat/c.jpg"]),
        audits.find("label-conflict", "Cat/e.jpg", "error", related=["Dog/f.jpg"]),
        audits.find("label-conflict", "Dog/f.jpg", "error", related=["Cat/e.jpg"]),
        audits.find("low-information", "Cat/g.jpg"),
        audits.find("odd-size", "Cat/g.jpg"),
    ]
    return audits.make_audit(root, rows, findings)


def test_it_asks_for_nothing_outside_of_itself(cats):
    elements = Elements(render_html(cats))
    addresses = [a.get("src", "") for a in elements.all("img")] + [
        a["href"] for a in elements.all("link")
    ]
    assert all(address.startswith("data:image/") for address in addresses)
    assert all(a["href"].startswith("#") for a in elements.all("a"))


def test_the_policy_names_the_style_and_the_script_by_their_digests(cats):
    text = render_html(cats)
    (policy,) = [a["content"] for a in Elements(text).all("meta") if a.get("http-equiv")]
    for tag in ("style", "script"):
        (inner,) = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(inner.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy


def test_no_element_carries_a_style_or_a_handler(cats):
    for _, attributes in Elements(render_html(cats)).found:
        assert not [name for name in attributes if name == "style" or name.startswith("on")]


def test_only_exact_duplicates_are_decided_beforehand(cats):
    checked = [a for a in Elements(render_html(cats)).all("input") if "checked" in a and a["value"]]
    assert len(checked) == 1
    number = checked[0]["value"]
    assert f'data-label="Cat" data-picture="{number}"' in render_html(cats)


def test_copies_of_the_same_bytes_under_two_labels_are_not_decided_beforehand(tmp_path):
    root = tmp_path / "set"
    data = audits.write_jpeg(root / "Cat/a.jpg")
    (root / "Dog").mkdir()
    (root / "Dog/b.jpg").write_bytes(data)
    audit = audits.make_audit(
        root,
        [audits.row_of(root, "Cat/a.jpg"), audits.row_of(root, "Dog/b.jpg")],
        [audits.find("exact-duplicate", "Dog/b.jpg", fix="safe", related=["Cat/a.jpg"])],
    )
    checked = [a for a in Elements(render_html(audit)).all("input") if "checked" in a]
    assert [a["value"] for a in checked] == [""]


def test_each_picture_is_asked_about_once(cats):
    text = render_html(cats)
    found = [attributes for _, attributes in Elements(text).found]
    assert sum("data-question" in attributes for attributes in found) == 3
    assert sum("data-self" in attributes for attributes in found) == 1
    assert 'href="#v-low-information">decide about it there' in text


def test_thumbnails_carry_no_metadata(tmp_path):
    root = tmp_path / "set"
    exif = Image.Exif()
    exif[0x010E] = "SECRET-EXIF"
    (root / "Cat").mkdir(parents=True)
    Image.effect_noise((400, 300), 60).convert("RGB").save(
        root / "Cat/a.jpg", exif=exif, comment=b"SECRET-COMMENT", icc_profile=b"SECRET-ICC" * 20
    )
    row = audits.row_of(root, "Cat/a.jpg", width_px=400, height_px=300)
    text = render_html(audits.make_audit(root, [row], [audits.find("blurry", "Cat/a.jpg")]))
    (source,) = [a["src"] for a in Elements(text).all("img")]
    data = base64.b64decode(source.partition(",")[2])
    assert b"SECRET" not in data
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.size == (320, 240)
        assert not picture.getexif()


def test_pictures_without_findings_are_not_opened(cats, monkeypatch):
    import catsclean.reports.html.thumbnails as module

    opened = []
    real = module.load_rgb
    monkeypatch.setattr(
        module, "load_rgb", lambda root, path, **k: opened.append(path) or real(root, path, **k)
    )
    audits.write_jpeg(cats.root / "Cat/fine.jpg", 99)
    render_html(cats)
    named = "Cat/a.jpg Cat/b.jpg Cat/c.jpg Cat/d.jpg Cat/e.jpg Dog/f.jpg Cat/g.jpg"
    assert set(opened) == set(named.split())


def test_a_picture_that_has_gone_since_the_audit_is_shown_without_a_preview(cats):
    (cats.root / "Cat/g.jpg").unlink()
    text = render_html(cats)
    assert "no preview" in text or "plain" in text
    assert "Cat/g.jpg" in text


def test_a_link_planted_since_the_audit_is_not_followed(cats, tmp_path):
    secret = tmp_path / "secret.jpg"
    audits.write_jpeg(secret, 77)
    before = len(Elements(render_html(cats)).all("img"))
    (cats.root / "Cat/g.jpg").unlink()
    (cats.root / "Cat/g.jpg").symlink_to(secret)
    assert len(Elements(render_html(cats)).all("img")) == before - 2


def test_the_number_of_thumbnails_is_bounded_and_said(tmp_path):
    root = tmp_path / "set"
    rows, findings = [], []
    for number in range(30):
        audits.write_jpeg(root / f"Cat/{number:02}.jpg", number)
        rows.append(audits.row_of(root, f"Cat/{number:02}.jpg"))
        findings.append(audits.find("blurry", rows[-1]["path"]))
    text = render_html(audits.make_audit(root, rows, findings), max_thumbnails=12)
    assert len(Elements(text).all("img")) == 12
    assert "12 of 30 shown" in text


def test_the_page_stays_below_its_limit_however_long_the_names(tmp_path):
    root = tmp_path / "set"
    (root / "Cat").mkdir(parents=True)
    rows, findings = [], []
    for number in range(300):
        path = f"Cat/{number}{'x' * 4_000}.jpg"
        rows.append(
            {
                "path": path,
                "label": "Cat",
                "sha256": f"{number:064x}",
                "size_bytes": 9,
                "status": "keep",
            }
        )
        findings.append(audits.find("blurry", path, message="y" * 4_000))
    text = render_html(audits.make_audit(root, rows, findings), max_bytes=1_000_000)
    assert len(text.encode()) <= 1_000_000


def test_every_chart_has_its_table(cats):
    elements = Elements(render_html(cats))
    captions = render_html(cats)
    assert len([a for a in elements.all("figure") if "chart" in a["class"]]) == 4
    for name in ("Samples by class", "Formats", "Short side", "Aspect ratio"):
        assert f'<caption class="hidden">{name}</caption>' in captions


def test_what_was_not_examined_is_listed(tmp_path):
    audit = audits.make_audit(
        tmp_path, [], [audits.find("over-limit", "Cat/huge.png", "error", message="3,600,000,000 pixels")],
        incomplete=True, not_judged=1,
    )  # fmt: skip
    text = render_html(audit)
    assert "do not trust a clean result" in text
    assert re.search(r"Cat/huge\.png</bdi></th><td>over-limit</td>", text)


def test_the_method_states_command_limits_and_thresholds(tmp_path):
    audit = audits.make_audit(tmp_path, [], [], validators={"blurry": {"max_sharpness": 4.5}})
    text = render_html(audit, command="catsclean audit 'My Pets' --select +blurry")
    assert "catsclean audit &#39;My Pets&#39; --select +blurry" in text
    assert "max_sharpness = 4.5" in text
    assert "max_pixels = 50000000" in text


def test_a_clean_set_is_called_clean(tmp_path):
    text = render_html(audits.make_audit(tmp_path, [], []))
    assert "Clean: ready to train on" in text
    assert "decisions.json" not in re.sub(
        r"<(script|style)[^>]*>.*?</\1>", "", text, flags=re.DOTALL
    )


def test_the_same_audit_gives_the_same_page(cats):
    assert render_html(cats) == render_html(cats)


def test_hostile_names_make_no_element(hostile):
    text = render_html(hostile)
    elements = Elements(text)
    assert len(elements.all("script")) == 2
    assert all(a["src"].startswith("data:image/webp;base64,") for a in elements.all("img"))
    assert all(character.isprintable() or character == "\n" for character in text)


def test_save_html_writes_the_page(cats, tmp_path):
    cats.save_html(tmp_path / "report.html")
    assert (tmp_path / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_the_commands_of_the_page_name_the_data_set(cats):
    shown = re.sub(r"<span[^>]*>", "", render_html(cats))
    assert f"<code>catsclean clean {cats.root.name} --apply decisions.json" in shown
    text = render_html(cats, arguments="'my pets'")
    assert "<code>catsclean undo &#39;my pets&#39;</code>" in text


def test_a_clean_set_is_told_what_was_not_looked_for(tmp_path):
    text = render_html(
        audits.make_audit(
            tmp_path, [], [], validators={"blurry": {}}, unjudged={"outlier": "no model"}
        )
    )
    assert re.search(r"Not checked: .*too-dark", text)
    assert "outlier did not run: no model." in text


def test_other_files_are_named(cats):
    dataset = replace(cats.dataset, other_files=("Cat/notes.txt",))
    assert "<code><bdi>Cat/notes.txt</bdi></code>" in render_html(replace(cats, dataset=dataset))


def test_blanks_around_the_name_of_a_class_are_seen(tmp_path):
    audits.write_jpeg(tmp_path / " Cat /1.jpg")
    row = audits.row_of(tmp_path, " Cat /1.jpg")
    text = render_html(audits.make_audit(tmp_path, [row], [audits.find("blurry", row["path"])]))
    assert "<bdi>\N{OPEN BOX}Cat\N{OPEN BOX}</bdi>" in text


def test_only_what_differs_from_the_suggested_copy_is_marked(cats):
    text = render_html(cats)
    group = text[text.index("near-duplicate</strong>") :]
    first, second = group.split('<div class="member"')[1:3]
    assert "differs" not in first
    assert "differs" in second


def test_a_pair_that_finds_no_room_as_a_group_is_a_card_with_both_and_no_bulk(tmp_path):
    rows, findings = [], []
    for number in range(66):
        audits.write_jpeg(tmp_path / f"Cat/{number:02}.jpg", number)
        rows.append(audits.row_of(tmp_path, f"Cat/{number:02}.jpg"))
    for number in range(0, 60, 2):
        pair = [rows[number]["path"], rows[number + 1]["path"]]
        findings.append(audits.find("near-duplicate", pair[0], related=[pair[1]]))
    findings += [audits.find("blurry", row["path"]) for row in rows[60:]]
    text = render_html(audits.make_audit(tmp_path, rows, findings), max_thumbnails=20)
    assert "of 30</b>" in text
    gallery = text[text.index('id="v-near-duplicate"') : text.index('id="v-blurry"')]
    card = re.search(r'<li class="card pair".*?</li>', gallery, re.DOTALL)[0]
    assert card.count("<img ") == 2
    assert "data-bulk" not in gallery
    assert text.count("<img ") <= 20


def test_groups_take_the_room_that_galleries_leave(tmp_path):
    rows, findings = [], []
    for number in range(20):
        audits.write_jpeg(tmp_path / f"Cat/{number:02}.jpg", number)
        rows.append(audits.row_of(tmp_path, f"Cat/{number:02}.jpg"))
    for number in range(0, 20, 2):
        pair = [rows[number]["path"], rows[number + 1]["path"]]
        findings.append(audits.find("near-duplicate", pair[0], related=[pair[1]]))
    text = render_html(audits.make_audit(tmp_path, rows, findings), max_thumbnails=20)
    assert "10 groups<span" in text


def test_the_verdict_of_a_set_with_notes_only_does_not_say_that_nothing_was_found(tmp_path):
    note = audits.find("class-imbalance", None, "note", "none", "12 and 13")
    text = render_html(audits.make_audit(tmp_path, [], [note]))
    assert "No error and no warning; 1 note to read." in text


def test_the_table_leads_to_the_groups_that_show_the_copies(cats):
    links = {a["href"] for a in Elements(render_html(cats)).all("a")}
    assert {"#copies", "#conflicts", "#v-odd-size"} <= links
