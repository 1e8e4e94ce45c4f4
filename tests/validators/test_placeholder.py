import altered
import numpy as np
import pictures
import pytest
import related
from PIL import Image

from catsclean.validators.placeholder import Placeholder

DESIGNS = 20
COPIES = 4


def save(root, name, data):
    (root / name).parent.mkdir(exist_ok=True)
    (root / name).write_bytes(data)


def graphics(seed, count):
    """Give one graphic as several sites have it: in other sizes and qualities."""
    rng = np.random.default_rng([seed, 5])
    graphic = altered.placeholder(seed)
    return [altered.reissued(graphic, rng) for _ in range(count)]


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """Photographs, and graphics of every design among them; returns what is found."""
    root = tmp_path_factory.mktemp("placeholders") / "Pets"
    root.mkdir()
    for seed in range(2 * DESIGNS):
        data = pictures.encode(altered.photograph(seed))
        save(root, f"{('Cat', 'Dog')[seed % 2]}/photo{seed}.jpg", data)
    for seed in range(DESIGNS):
        for number, data in enumerate(graphics(seed, COPIES)):
            save(root, f"{('Cat', 'Dog')[number * seed % 2]}/{seed}_{number}.jpg", data)
    return related.found_by(Placeholder(), root)


def test_finds_19_of_20_files_that_show_a_graphic(many):
    found = [path for path in many if "photo" not in path]
    assert len(found) >= 0.95 * DESIGNS * COPIES


def test_a_photograph_is_not_a_graphic(many):
    assert not [path for path in many if "photo" in path]


def test_the_message_counts_files_and_classes(pets):
    for name, data in zip(("Cat/a", "Dog/b", "Dog/c"), graphics(1, 3), strict=True):
        save(pets, f"{name}.jpg", data)
    found = related.found_by(Placeholder(), pets)
    assert set(found) == {"Cat/a.jpg", "Dog/b.jpg", "Dog/c.jpg"}
    message = "the same graphic in 3 files of 2 classes: nothing to relabel"
    assert set(found.values()) == {message}


def test_two_files_are_enough_in_different_classes(pets):
    for name, data in zip(("Cat/a", "Dog/b"), graphics(1, 2), strict=True):
        save(pets, f"{name}.jpg", data)
    assert set(related.found_by(Placeholder(), pets)) == {"Cat/a.jpg", "Dog/b.jpg"}


def test_two_files_of_one_class_are_a_copy_unless_asked(pets):
    for name, data in zip(("Cat/a", "Cat/b"), graphics(1, 2), strict=True):
        save(pets, f"{name}.jpg", data)
    assert not related.found_by(Placeholder(), pets)
    assert len(related.found_by(Placeholder(min_files=2), pets)) == 2


def test_a_photograph_in_three_files_is_a_copy(pets):
    for name in ("Cat/a", "Dog/b", "Dog/c"):
        save(pets, f"{name}.jpg", pictures.encode(altered.photograph(3)))
    assert not related.found_by(Placeholder(), pets)


def test_a_graphic_in_a_single_file_is_not_found(pets):
    save(pets, "Cat/a.jpg", graphics(1, 1)[0])
    assert not related.found_by(Placeholder(), pets)


def test_a_set_of_graphics_is_not_judged(tmp_path):
    for seed in range(6):
        save(tmp_path, f"Cat/{seed}.jpg", pictures.encode(altered.placeholder(seed)))
    for name in ("Cat/a", "Dog/b", "Dog/c"):
        save(tmp_path, f"{name}.jpg", pictures.encode(altered.placeholder(7)))
    assert not related.found_by(Placeholder(), tmp_path)


def test_a_crawl_that_mostly_failed_is_judged(pets):
    for number in range(9):
        save(pets, f"Cat/x{number}.jpg", pictures.encode(altered.placeholder(2)))
    assert len(related.found_by(Placeholder(), pets)) == 9


def test_bytes_that_recur_count_as_well(pets):
    for name in ("Cat/a", "Dog/b", "Dog/c"):
        save(pets, f"{name}.jpg", pictures.encode(altered.placeholder(2)))
    assert len(related.found_by(Placeholder(), pets)) == 3


def test_a_tiny_picture_is_not_judged(pets):
    for side, found in ((15, 0), (24, 3)):
        icon = Image.new("RGB", (side, side), "white")
        icon.paste("black", (side // 2, 0, side, side))
        for name in ("Cat/a", "Dog/b", "Dog/c"):
            save(pets, f"{name}.png", pictures.encode(icon, "PNG"))
        assert len(related.found_by(Placeholder(), pets)) == found
