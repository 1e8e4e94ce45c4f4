"""Learning curves of models whose accuracy is known."""

import numpy as np
import pytest

from catsclean.training.learning_curve import draw_curve

SIZES = (100, 200, 400, 800, 1_600)
TESTS = 400
REPEATS = 5
CHANCE = 0.5


def right_answers(law, seed=0, spread=0.01):
    """Answers of models with the accuracy of a law; all find the same pictures hard."""
    rng = np.random.default_rng(seed)
    hard = rng.random(TESTS)
    right = np.zeros((len(SIZES), REPEATS, TESTS), np.bool_)
    for at, size in enumerate(SIZES):
        for repeat in range(REPEATS):
            effort = 0.7 * hard + 0.3 * rng.random(TESTS)
            share = np.clip(law(size) + rng.normal(0, spread), 0, 1)
            right[at, repeat] = effort < np.quantile(effort, share)
    return right


def curve_of(law, **options):
    return draw_curve(SIZES, right_answers(law, **options), np.arange(TESTS), CHANCE)


def power(size):
    return 1 - 1.2 * size**-0.25


def flat(_size):
    return 0.975


def guess(_size):
    return CHANCE


def test_a_point_is_the_mean_of_its_repeats_and_its_interval_holds_it():
    right = right_answers(power)
    curve = draw_curve(SIZES, right, np.arange(TESTS), CHANCE)
    assert [point.pictures for point in curve.points] == list(SIZES)
    for point, answers in zip(curve.points, right, strict=True):
        assert point.accuracy == answers.mean()
        assert point.low < point.accuracy < point.high


def test_the_interval_includes_the_error_of_the_test_pictures():
    curve = curve_of(power, spread=0)
    error = np.sqrt(power(1_600) * (1 - power(1_600)) / TESTS)
    wide = curve.points[-1].high - curve.points[-1].low
    assert wide == pytest.approx(2 * 1.96 * error, rel=0.3)


def test_copies_among_the_test_pictures_count_as_one():
    right = right_answers(power)
    copied = np.repeat(right, 4, axis=2)
    alone = draw_curve(SIZES, right, np.arange(TESTS), CHANCE)
    grouped = draw_curve(SIZES, copied, np.repeat(np.arange(TESTS), 4), CHANCE)
    assert grouped.points == alone.points
    ungrouped = draw_curve(SIZES, copied, np.arange(4 * TESTS), CHANCE)
    assert ungrouped.points[-1].high < alone.points[-1].high


@pytest.mark.parametrize("seed", range(8))
def test_twice_the_pictures_are_forecast_within_three_points_and_the_truth_is_inside(seed):
    curve = curve_of(power, seed=seed)
    assert curve.grows
    twice = curve.forecasts[0]
    assert twice.pictures == 3_200
    assert twice.low <= power(3_200) <= twice.high
    assert abs(twice.accuracy - power(3_200)) < 0.03


@pytest.mark.parametrize("seed", range(8))
def test_the_check_says_what_the_smaller_sizes_would_have_forecast(seed):
    check = curve_of(power, seed=seed).check
    assert (check.fitted_up_to, check.forecast.pictures) == (800, 1_600)
    assert check.holds
    assert abs(check.forecast.accuracy - check.measured) < 0.03


def test_nothing_is_forecast_where_the_curve_is_flat():
    curve = curve_of(flat)
    assert (curve.grows, curve.is_flat, curve.forecasts) == (False, True, ())
    assert curve.check.forecast.accuracy == pytest.approx(0.975, abs=0.01)


def test_of_a_model_that_guesses_nothing_is_said():
    curve = curve_of(guess)
    assert (curve.gain, curve.forecasts, curve.check) == (None, (), None)


def test_sizes_at_which_the_model_guesses_are_left_out():
    curve = curve_of(lambda size: CHANCE if size < 400 else power(size))
    assert curve.gain[0] == pytest.approx((power(1_600) - power(400)) / 2, abs=0.02)
    assert curve.check is None


def test_a_curve_that_gets_nowhere_near_perfect_is_not_forecast_to():
    saturated = curve_of(lambda size: 0.8 - 20 * size**-1.0)
    assert saturated.forecasts[-1].accuracy < 0.83


def test_the_same_answers_give_the_same_curve():
    assert curve_of(power) == curve_of(power)


def test_one_repeat_has_the_error_of_the_test_pictures_alone():
    right = right_answers(power)[:, :1]
    curve = draw_curve(SIZES, right, np.arange(TESTS), CHANCE)
    assert curve.points[0].low < curve.points[0].accuracy < curve.points[0].high


def test_with_few_test_pictures_it_is_neither_growing_nor_flat():
    rng = np.random.default_rng(3)
    law = [0.70, 0.72, 0.74, 0.76, 0.78]
    right = np.stack([rng.random((REPEATS, 30)) < share for share in law])
    curve = draw_curve(SIZES, right, np.arange(30), CHANCE)
    assert (curve.grows, curve.is_flat) == (False, False)
