import helpers
import numpy as np
import pictures

from catsclean.testing import assert_clean, assert_finds
from catsclean.validators.outlier import Outlier


def class_of(count, **odd):
    rng = np.random.default_rng(0)
    rows = [
        {
            "path": f"Cat/{n:03}.jpg",
            "brightness": 120 + 20 * rng.standard_normal(),
            "contrast": 55 + 8 * rng.standard_normal(),
            "entropy_bits": 7.2 + 0.2 * rng.standard_normal(),
            "colourfulness": float(18 * np.exp(0.4 * rng.standard_normal())),
            "sharpness": float(0.2 * np.exp(0.3 * rng.standard_normal())),
            "width_px": 400 + int(rng.integers(-40, 40)),
            "height_px": 300,
        }
        for n in range(count)
    ]
    rows[0].update(odd)
    return helpers.make_evidence(rows)


def test_names_the_measure_that_is_farthest_from_the_class():
    [finding] = Outlier().judge(class_of(200, entropy_bits=2.0))
    assert finding.path == "Cat/000.jpg"
    assert finding.message.startswith("very poor in detail for a Cat: entropy_bits 2, typically 7.")


def test_a_banner_is_very_wide():
    [finding] = Outlier().judge(class_of(200, width_px=9000))
    assert finding.message.startswith("very wide for a Cat: aspect 30, typically 1.3")


def test_an_ordinary_class_and_a_small_one_are_clean():
    assert not list(Outlier().judge(class_of(200)))
    assert not list(Outlier().judge(class_of(29, entropy_bits=2.0)))


def test_what_many_have_in_common_is_no_outlier():
    evidence = class_of(200)
    evidence.samples.loc[:19, "entropy_bits"] = 2.0
    assert not list(Outlier().judge(evidence))


def test_a_measure_that_is_not_known_does_not_count():
    assert not list(Outlier().judge(class_of(200, sharpness=float("nan"))))


def test_finds_a_dark_picture_on_a_real_disk(pets):
    for seed in range(40):
        (pets / f"Cat/p{seed}.jpg").write_bytes(pictures.jpeg(100 + seed))
    dark = pictures.draw(7).point(lambda value: value // 40)
    (pets / "Cat/dark.jpg").write_bytes(pictures.encode(dark))
    assert_finds(Outlier(), pets, "Cat/dark.jpg")
    assert_clean(Outlier(), pets, layout="flat")
