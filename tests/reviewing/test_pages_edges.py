"""A picture of one colour can be told from the panel around it, in the review too."""

import io

import pytest
import review_pages
from PIL import Image

import catsclean

PANELS = {"light": (255, 255, 255), "dark": (23, 27, 33)}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_picture_of_the_panel_s_colour_has_an_edge(sit_down, tmp_path, scheme):
    root = tmp_path / "Pets"
    (root / "Cat").mkdir(parents=True)
    Image.new("RGB", (300, 120), PANELS[scheme]).save(root / "Cat/a.png")
    catsclean.audit(root, workers=1, content=False)
    with review_pages.served(review_pages.loaded(root)) as (_, server):
        desk = sit_down(server, color_scheme=scheme)
        desk.wait_for("h1", "Keep it?")
        desk.page.wait_for_selector(".fit img")
        shot = Image.open(io.BytesIO(desk.page.locator(".frame").screenshot())).convert("L")
    column = [shot.getpixel((shot.width // 2, y)) for y in range(8, shot.height - 8)]
    usual = sorted(column)[len(column) // 2]
    assert sum(abs(value - usual) > 30 for value in column) == 2
