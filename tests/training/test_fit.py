import numpy as np
import pytest

from catsclean.errors import TrainingError
from catsclean.training.recipes import find_recipe
from tests.training.conftest import draw

pytestmark = [pytest.mark.tensorflow, pytest.mark.usefixtures("keras")]


@pytest.fixture(scope="module")
def squares():
    pictures = [draw(label, n).resize((38, 38)) for label in ("Cat", "Dog") for n in range(15)]
    return np.stack([np.asarray(p) for p in pictures])


def train(squares, folder=None, recipe="course", resume=False, progress=None, plan=None, **changes):
    from catsclean.training.checkpoint import Checkpoint
    from catsclean.training.fit import Plan, Subset, fit, seeded
    from catsclean.training.models import build_model

    changes = {"size": 38, "epochs": 4, "batch_size": 6} | changes
    chosen = find_recipe(recipe).with_changes(**changes)
    codes = np.repeat([0, 1], 15)
    rows = np.arange(30)
    inside = rows % 5 > 0
    with seeded(3):
        network = build_model(chosen, 2)
    fitted = fit(
        network,
        squares,
        Subset(rows[inside], codes[inside]),
        Subset(rows[~inside], codes[~inside]),
        chosen,
        Plan(**{"seed": 3} | (plan or {})),
        checkpoint=Checkpoint(folder, {"labels": ["Cat", "Dog"]}) if folder else None,
        resume=resume,
        progress=progress,
    )
    return network, fitted


def losses(fitted):
    return [(row["loss"], row["val_loss"]) for row in fitted.history]


def interrupt_in(epoch):
    def progress(step):
        if step.epoch == epoch and step.step == 2:
            raise KeyboardInterrupt

    return progress


def test_the_same_seed_gives_the_same_losses(squares):
    first, second = (train(squares, recipe="augmented", epochs=2)[1] for _ in range(2))
    assert losses(first) == losses(second)
    other = train(squares, recipe="augmented", epochs=2, plan={"seed": 4})[1]
    assert losses(first) != losses(other)


def test_pictures_from_the_host_give_the_losses_of_resident_ones(squares):
    resident = train(squares, epochs=2)[1]
    streamed = train(squares, epochs=2, plan={"resident": False})[1]
    assert np.allclose(losses(resident), losses(streamed), rtol=1e-3)


def test_several_steps_per_call_give_the_losses_of_single_ones(squares):
    single, several = (
        train(squares, epochs=2)[1],
        train(squares, epochs=2, plan={"steps_per_call": 3})[1],
    )
    assert np.allclose(losses(single), losses(several), rtol=1e-3)


def test_ctrl_c_keeps_the_best_model_and_what_follows_resumes_exactly(squares, tmp_path, keras):
    chance = {"flip": True, "dropout": 0.3, "schedule": "cosine"}
    expected = train(squares, **chance)[1]
    _, stopped = train(squares, tmp_path, progress=interrupt_in(3), **chance)
    assert stopped.stopped == "interrupted"
    assert len(stopped.history) == 2
    assert {p.name for p in tmp_path.iterdir()} == {"best.keras", "last.keras", "state.npz"}
    _, resumed = train(squares, tmp_path, resume=True, **chance)
    assert losses(resumed) == losses(expected)
    assert resumed.best_epoch == expected.best_epoch


def test_pictures_that_the_host_moves_are_the_same_after_an_interrupt(squares, tmp_path):
    options = {"recipe": "augmented", "epochs": 2, "plan": {"moves_on_host": True}}
    expected = train(squares, **options)[1]
    assert losses(expected) != losses(train(squares, recipe="augmented", epochs=2)[1])
    train(squares, tmp_path, progress=interrupt_in(2), **options)
    assert losses(train(squares, tmp_path, resume=True, **options)[1]) == losses(expected)


def test_ctrl_c_in_the_first_epoch_leaves_nothing(squares, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        train(squares, tmp_path / "run", progress=interrupt_in(1))
    assert not (tmp_path / "run").exists()


def test_the_best_model_is_that_of_the_lowest_validation_loss(squares, tmp_path, keras):
    from catsclean.training.fit import predict_rows, score
    from catsclean.training.loading import load_model

    # a rate at which the loss goes up and down
    _, fitted = train(squares, tmp_path, learning_rate=0.02, epochs=5)
    row = fitted.history[fitted.best_epoch - 1]
    assert row["val_loss"] == min(r["val_loss"] for r in fitted.history)
    rows = np.arange(0, 30, 5)
    seen = predict_rows(load_model(tmp_path / "best.keras").network, squares, rows)
    assert score(seen, (rows >= 15).astype(int))[0] == pytest.approx(row["val_loss"], rel=1e-3)


def test_training_stops_when_the_loss_falls_no_further(squares):
    _, fitted = train(squares, learning_rate=1.0, patience=2, epochs=50)
    assert fitted.stopped == "early"
    assert len(fitted.history) == fitted.best_epoch + 2


def test_nothing_to_resume_is_said(squares, tmp_path):
    with pytest.raises(TrainingError, match="nothing to resume"):
        train(squares, tmp_path, resume=True)


def test_the_state_of_another_network_is_refused(squares, tmp_path):
    train(squares, tmp_path, epochs=1)
    with pytest.raises(TrainingError, match=r"resume|another network"):
        train(squares, tmp_path, resume=True, optimizer="adam")


def test_a_damaged_state_is_refused(squares, tmp_path):
    train(squares, tmp_path, epochs=1)
    (tmp_path / "state.npz").write_bytes(b"no archive")
    with pytest.raises(TrainingError, match="cannot resume"):
        train(squares, tmp_path, resume=True)


def test_the_cosine_schedule_ends_near_zero(squares):
    _, fitted = train(squares, schedule="cosine", epochs=3)
    rates = [row["learning_rate"] for row in fitted.history]
    assert rates[-1] < rates[0] / 10


def test_the_one_cycle_schedule_rises_over_three_tenths_of_the_steps_and_ends_at_zero(keras):
    from catsclean.training.fit import make_optimizer

    recipe = find_recipe("fast").with_changes(epochs=10, learning_rate=1.0)
    optimizer = make_optimizer(recipe, steps=10)
    rate = optimizer._learning_rate
    rates = [float(rate(step)) for step in range(101)]
    assert np.argmax(rates) == 30
    assert rates[0] == pytest.approx(0.04)
    assert rates[30] == pytest.approx(1.0)
    assert all(np.diff(rates[:31]) > 0)
    assert all(np.diff(rates[30:]) < 0)
    assert rates[100] == pytest.approx(0.0, abs=1e-6)
    assert (optimizer.momentum, optimizer.nesterov) == (0.9, True)
    assert optimizer.weight_decay == recipe.weight_decay


def test_random_numbers_of_the_caller_are_left_alone(squares):
    import random

    random.seed(5)
    expected = random.random()
    random.seed(5)
    train(squares, epochs=1)
    assert random.random() == expected
