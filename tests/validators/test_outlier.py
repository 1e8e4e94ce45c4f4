import helpers
import numpy as np
import pytest

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


FIRST = "Cat/000.jpg"


def judged(evidence, odd=(FIRST,), sure=0.1, **options):
    """Judge a set with some odd pictures, the first one odder than the next."""
    ranks = {path: rank for rank, path in enumerate(odd, 1)}
    return list(
        Outlier(**options).judge(
            helpers.with_content(
                evidence,
                odd_rank=dict.fromkeys(evidence.rows["path"], 99) | ranks,
                oddness=dict.fromkeys(evidence.rows["path"], 0.0)
                | {path: 9.0 - rank for path, rank in ranks.items()},
                neighbour_distance=dict.fromkeys(evidence.rows["path"], 0.3)
                | dict.fromkeys(odd, 0.8),
                neither=dict.fromkeys(evidence.rows["path"], 2.0),
                likely_name=dict.fromkeys(odd, "comic book"),
                likely_name_probability=dict.fromkeys(odd, sure),
            )
        )
    )


def test_names_the_reason_why_a_picture_is_unlike_the_others():
    [finding] = judged(class_of(200))
    assert finding.path == FIRST
    assert finding.message == "unlike the other pictures (rank 1): far from its nearest ones"


def test_quotes_the_name_of_the_network_if_that_is_sure_enough():
    [finding] = judged(class_of(200), sure=0.61)
    assert finding.message.endswith("far from its nearest ones; looks like: comic book (0.61)")
    [finding] = judged(class_of(200), sure=0.61, min_name=0.7)
    assert "comic book" not in finding.message


def test_adds_the_measure_that_is_farthest_from_the_class():
    [finding] = judged(class_of(200, entropy_bits=2.0))
    assert "; very poor in detail for a Cat: entropy_bits 2, typically 7." in finding.message


def test_a_banner_is_very_wide():
    [finding] = judged(class_of(200, width_px=9000))
    assert "; very wide for a Cat: aspect 30, typically 1.3" in finding.message


def test_a_measure_alone_makes_no_outlier():
    assert not judged(class_of(200, entropy_bits=2.0), odd=())


@pytest.mark.parametrize(("option", "value"), [("min_score", 9.5), ("most", 0)])
def test_options_bound_how_many_are_named(option, value):
    assert judged(class_of(50))
    assert not judged(class_of(50), **{option: value})


def test_what_many_have_in_common_and_a_small_class_give_no_reason():
    evidence = class_of(200)
    evidence.samples.loc[:19, "entropy_bits"] = 2.0
    assert "entropy" not in judged(evidence)[0].message
    assert "entropy" not in judged(class_of(29, entropy_bits=2.0))[0].message


def test_a_measure_that_is_not_known_does_not_count():
    [finding] = judged(class_of(200, sharpness=float("nan")))
    assert "sharpness" not in finding.message


def test_without_content_it_finds_nothing_and_says_why():
    evidence = class_of(50)
    assert not list(Outlier().judge(evidence))
    assert Outlier().unable(evidence) == ("what the pictures show was not examined (--no-content)")
