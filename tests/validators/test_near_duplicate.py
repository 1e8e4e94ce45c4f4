import pictures
import pytest
from PIL import Image, ImageOps
from related import found_by, related

from catsclean.validators.near_duplicate import NearDuplicate


def detailed(seed, size=(200, 160)):
    """Shapes at several scales, so that pixels can be compared."""
    fine = pictures.draw(seed, (24, 18)).resize(size, Image.Resampling.BICUBIC)
    finer = pictures.draw(seed + 1000, (40, 30)).resize(size, Image.Resampling.NEAREST)
    return Image.blend(fine, finer, 0.3)


ALTERED = {
    "resized": lambda p: p.resize((100, 80)),
    "recompressed": lambda p: p,
    "mirrored": ImageOps.mirror,
    "grey": lambda p: p.convert("L"),
    "turned-90": lambda p: p.transpose(Image.Transpose.ROTATE_90),
    "turned-180": lambda p: p.transpose(Image.Transpose.ROTATE_180),
    "mirrored+turned-90": lambda p: p.transpose(Image.Transpose.TRANSPOSE),
    "cropped": lambda p: p.crop((8, 6, 192, 154)),
    "relit": lambda p: p.point([min(255, round(v * 1.15)) for v in range(256)] * 3),
}


@pytest.mark.parametrize("kind", ALTERED)
def test_finds_a_copy_and_names_its_kind(pets, kind):
    picture = detailed(60)
    (pets / "Cat/a.png").write_bytes(pictures.encode(picture, "PNG"))
    altered = ALTERED[kind](picture)
    (pets / "Cat/b.jpg").write_bytes(pictures.encode(altered, quality=60))
    evidence = related(pets)
    assert evidence.pairs["kind"].str.contains(kind, regex=False).tolist() == [True]
    assert "Keep Cat/a.png: " in found_by(NearDuplicate(), pets)["Cat/b.jpg"]


def test_proposes_to_keep_the_picture_with_most_pixels(pets):
    (pets / "Cat/a.jpg").write_bytes(pictures.encode(detailed(61).resize((150, 120))))
    (pets / "Cat/b.jpg").write_bytes(pictures.encode(detailed(61)))
    message = found_by(NearDuplicate(), pets)["Cat/a.jpg"]
    assert message == "altered copy of Cat/b.jpg (resized). Keep Cat/b.jpg: it is larger"


def save_crops(pets, name):
    crop = detailed(60).crop((8, 6, 192, 154))
    for quality in (95, 88, 80, 72, 64):
        data = pictures.encode(crop, quality=quality)
        (pets / f"Cat/{name}-{quality}.jpg").write_bytes(data)
    return {f"Cat/{name}-{quality}.jpg" for quality in (95, 88, 80, 72, 64)}


@pytest.mark.parametrize("name", ["a", "z"])
def test_every_save_of_one_crop_is_a_copy_of_the_picture_that_was_cropped(pets, name):
    (pets / "Cat/m.png").write_bytes(pictures.encode(detailed(60), "PNG"))
    saves = save_crops(pets, name)
    found = found_by(NearDuplicate(), pets)
    assert set(found) == saves
    assert all("Keep Cat/m.png: it is larger" in message for message in found.values())


def test_of_many_saves_of_one_picture_the_best_stays_whatever_its_name(pets):
    saves = save_crops(pets, "a")
    found = found_by(NearDuplicate(), pets)
    assert saves - set(found) == {"Cat/a-95.jpg"}


def test_mirrored_copies_can_be_left_out(pets):
    (pets / "Cat/a.jpg").write_bytes(pictures.encode(detailed(62)))
    (pets / "Cat/b.jpg").write_bytes(pictures.encode(ImageOps.mirror(detailed(62))))
    assert found_by(NearDuplicate(mirrored=False), pets) == {}


def test_turned_copies_can_be_left_out(pets):
    (pets / "Cat/a.jpg").write_bytes(pictures.encode(detailed(62)))
    turned = detailed(62).resize((100, 80)).transpose(Image.Transpose.ROTATE_270)
    (pets / "Cat/b.jpg").write_bytes(pictures.encode(turned))
    assert set(found_by(NearDuplicate(), pets)) == {"Cat/b.jpg"}
    assert found_by(NearDuplicate(turned=False), pets) == {}


def test_identical_copies_are_left_to_other_validators(pets):
    data = pictures.encode(detailed(63))
    (pets / "Cat/a.jpg").write_bytes(data)
    (pets / "Cat/b.jpg").write_bytes(data)
    (pets / "Cat/c.jpg").write_bytes(data + b"\0")
    assert found_by(NearDuplicate(), pets) == {}


def test_flat_pictures_are_no_duplicates(pets):
    flat = {
        "black": Image.new("RGB", (64, 64)),
        "white": Image.new("RGB", (80, 60), "white"),
        "dot": Image.new("RGB", (1, 1), "red"),
        "line": Image.new("RGB", (5000, 1), "blue"),
        "clear": Image.new("RGBA", (64, 64), (0, 0, 0, 0)),
        "teal": Image.new("RGB", (90, 90), "teal"),
    }
    for name, picture in flat.items():
        picture.save(pets / f"Cat/{name}.png")
    evidence = related(pets)
    assert len(evidence.pairs) == 0
    assert set(evidence.samples["group"]) == {""}


def test_different_pictures_are_clean(pets):
    assert found_by(NearDuplicate(), pets) == {}
