"""A picture of one colour can be told from the panel around it."""

import io

import audits
import pytest
from PIL import Image

from catsclean.reports.html import render_html

# the colour of the panel itself
PANELS = {"light": (238, 240, 243), "dark": (31, 36, 44)}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_picture_of_the_panel_s_colour_has_an_edge_outside_of_it(visit, tmp_path, scheme):
    root = tmp_path / "Pets"
    (root / "Cat").mkdir(parents=True)
    Image.new("RGB", (300, 120), PANELS[scheme]).save(root / "Cat/a.png")
    row = audits.row_of(root, "Cat/a.png", width_px=300, height_px=120, format="PNG", mode="RGB")
    page = tmp_path / "report.html"
    found = audits.find("low-information", "Cat/a.png")
    page.write_text(render_html(audits.make_audit(root, [row], [found])), encoding="utf-8")
    frame = visit(page, color_scheme=scheme).page.locator(".card .frame")
    box = frame.locator("img").bounding_box()
    shot = Image.open(io.BytesIO(frame.screenshot())).convert("L")
    column = [shot.getpixel((shot.width // 2, y)) for y in range(shot.height)]
    usual = round(sum(column) / len(column))
    edges = [y for y, value in enumerate(column) if abs(value - usual) > 30]
    assert len(edges) == 2
    # the line lies outside of the picture, whose height it leaves as it is
    assert edges[1] - edges[0] - 1 == pytest.approx(box["height"], abs=1)
