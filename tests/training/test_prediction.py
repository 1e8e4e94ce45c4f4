import numpy as np
import pytest
from PIL import Image

from catsclean.errors import UsageError
from tests.training.conftest import draw

pytestmark = [pytest.mark.tensorflow, pytest.mark.usefixtures("keras")]


@pytest.fixture(scope="module")
def model(trained):
    from catsclean.training.loading import load_model

    return load_model(trained.folder)


def ask(model, *images, **options):
    from catsclean.training.prediction import predict

    return predict(model, images, **options)


def test_each_picture_gets_a_label_and_probabilities_that_sum_to_one(model, tmp_path):
    draw("Cat", 500).save(tmp_path / "a.jpg")
    draw("Dog", 501).save(tmp_path / "b.png")
    answers = [p.answer for p in ask(model, tmp_path / "a.jpg", tmp_path / "b.png")]
    assert [a.label for a in answers] == ["Cat", "Dog"]
    assert sum(answers[0].probabilities.values()) == pytest.approx(1.0)
    assert answers[0].probability == max(answers[0].probabilities.values())


@pytest.mark.parametrize(
    ("name", "mode", "options"),
    [
        ("tiny.png", "RGB", {"size": (1, 1)}),
        ("cmyk.jpg", "CMYK", {}),
        ("deep.png", "I;16", {}),
        ("alpha.webp", "RGBA", {}),
        ("palette.gif", "P", {}),
        ("grey.bmp", "L", {}),
        ("wide.png", "RGB", {"size": (3000, 1)}),
    ],
)
def test_an_unusual_picture_gets_an_answer(model, tmp_path, name, mode, options):
    Image.new(mode, options.get("size", (50, 40))).save(tmp_path / name)
    (prediction,) = ask(model, tmp_path / name, crops=True)
    assert prediction.error == ""
    assert prediction.answer.label in {"Cat", "Dog"}
    assert list(prediction.crops) == [
        "centre", "top left", "top right", "bottom left", "bottom right",
    ]  # fmt: skip


def test_a_folder_stands_for_all_pictures_below_it(model, tmp_path):
    (tmp_path / "Cats/indoors").mkdir(parents=True)
    draw("Cat", 500).save(tmp_path / "Cats/indoors/b.png")
    draw("Dog", 501).save(tmp_path / "Cats/a.JPG", format="JPEG")
    (tmp_path / "Cats/notes.txt").write_text("no picture")
    (tmp_path / "Cats/link.jpg").symlink_to(tmp_path / "Cats/a.JPG")
    found = ask(model, tmp_path / "Cats", tmp_path / "Cats/a.JPG")
    assert [p.path.removeprefix(f"{tmp_path}/") for p in found] == [
        "Cats/a.JPG", "Cats/indoors/b.png", "Cats/a.JPG",
    ]  # fmt: skip
    assert [p.answer.label for p in found] == ["Dog", "Cat", "Dog"]


def test_predictions_are_a_table_too(model, tmp_path):
    draw("Cat", 500).save(tmp_path / "a.jpg")
    (tmp_path / "empty.jpg").touch()
    table = ask(model, tmp_path).to_pandas()
    assert list(table) == [
        "path", "label", "probability", "error", "probability_Cat", "probability_Dog",
    ]  # fmt: skip
    assert table["label"].fillna("").tolist() == ["Cat", ""]
    assert table["probability"][0] == table["probability_Cat"][0]
    assert table["error"].tolist() == ["", "the file is empty (0 bytes)"]


def test_of_an_animation_the_first_picture_is_asked_about(model, tmp_path):
    first, second = draw("Cat", 600), draw("Dog", 600)
    first.save(tmp_path / "moving.gif", save_all=True, append_images=[second])
    assert ask(model, tmp_path / "moving.gif")[0].answer.label == "Cat"


def test_sixteen_bits_are_rescaled_and_not_clipped(tmp_path):
    from catsclean.training.pictures import Cut
    from catsclean.training.prediction import read_square

    ramp = np.linspace(0, 65_535, 64 * 64, dtype=np.uint16).reshape(64, 64)
    Image.fromarray(ramp).save(tmp_path / "ramp.png")
    assert 120 < read_square(tmp_path / "ramp.png", Cut(64)).mean() < 135


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("empty.jpg", b"", "0 bytes"),
        ("text.jpg", b"this is no picture", "not a picture"),
        ("cut.jpg", None, "cannot be decoded"),
        ("page.jpg", b"%!PS-Adobe-3.0 EPSF-3.0\n", "not a picture"),
    ],
)
def test_what_cannot_be_read_is_said_and_the_next_picture_is_answered(
    model, tmp_path, name, content, reason
):
    draw("Cat", 700).save(tmp_path / "good.jpg")
    if content is None:
        content = (tmp_path / "good.jpg").read_bytes()[:700]
    (tmp_path / name).write_bytes(content)
    bad, good = ask(model, tmp_path / name, tmp_path / "good.jpg")
    assert bad.answer is None
    assert reason in bad.error
    assert good.answer is not None


def test_a_file_that_is_not_there_and_a_folder_without_pictures_are_said(model, tmp_path):
    gone, folder = ask(model, tmp_path / "gone.jpg", tmp_path)
    assert gone.error == "no such file"
    assert folder.error == "no pictures in this folder"


def test_a_run_stands_for_its_best_model_and_what_is_no_file_is_refused(trained, model, tmp_path):
    draw("Cat", 500).save(tmp_path / "a.jpg")
    [one] = ask(trained, tmp_path / "a.jpg")
    assert one.answer is not None
    with pytest.raises(UsageError, match="pictures must be paths of files"):
        ask(model, np.zeros((150, 150, 3)))
    with pytest.raises(UsageError, match=r"model must be a \.keras file"):
        ask(None, tmp_path / "a.jpg")


def test_a_crop_that_changes_the_answer_is_named(model, tmp_path):
    picture = draw("Dog", 800).resize((400, 400))
    picture.paste(draw("Cat", 801).resize((300, 300)), (0, 0))
    picture.paste(draw("Dog", 802).resize((400, 120)), (0, 280))
    picture.save(tmp_path / "both.png")
    (prediction,) = ask(model, tmp_path / "both.png", crops=True)
    others = {n for n, c in prediction.crops.items() if c.label != prediction.answer.label}
    assert set(prediction.changed_by) == others
    labels = {c.label for c in prediction.crops.values()}
    assert labels == {"Cat", "Dog"}
