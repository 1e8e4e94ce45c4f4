import json
import shutil
import zipfile

import numpy as np
import pytest

from catsclean.errors import TrainingError
from tests.training.conftest import make_manifest

pytestmark = [pytest.mark.tensorflow, pytest.mark.usefixtures("keras")]


def load(path, **options):
    from catsclean.training.loading import load_model

    return load_model(path, **options)


def rewrite(source, target, change):
    """Copy a model with another configuration."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for member in old.namelist():
            data = old.read(member)
            if member == "config.json":
                config = json.loads(data)
                change(config["config"]["layers"])
                data = json.dumps(config).encode()
            new.writestr(member, data)
    return target


def test_a_copied_model_still_knows_its_labels_and_how_pictures_are_cut(trained, tmp_path):
    copy = shutil.copy(trained.model, tmp_path / "elsewhere.keras")
    model = load(copy)
    assert model.labels == ("Cat", "Dog")
    assert (model.cut.size, model.cut.fit) == (38, "stretch")


def test_our_model_opens_in_plain_keras(trained, keras):
    network = keras.models.load_model(trained.model, safe_mode=True)
    assert network(np.zeros((1, 38, 38, 3), "float32")).shape == (1, 1)


def test_in_plain_keras_it_is_evaluated_after_it_was_compiled(trained, keras):
    from catsclean.training import dataset

    # Pets.catsclean/runs/RUN
    manifest = make_manifest(trained.folder.parents[2] / "Pets", test=4)
    network = keras.models.load_model(trained.model, safe_mode=True)
    network.compile(loss="binary_crossentropy", metrics=["accuracy"])
    _, accuracy = network.evaluate(dataset(manifest, "val", size=38), verbose=0)
    assert accuracy == pytest.approx(trained.validation.accuracy)


def test_a_lambda_layer_is_refused_with_its_name(keras, tmp_path):
    network = keras.Sequential(
        [keras.Input((8, 8, 3)), keras.layers.Lambda(lambda x: x), keras.layers.Flatten(),
         keras.layers.Dense(1)]
    )  # fmt: skip
    network.save(tmp_path / "lambda.keras")
    with pytest.raises(TrainingError, match="refused: it has a Lambda layer"):
        load(tmp_path / "lambda.keras")


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("os", "system"),
        ("my_package.layers", "Dense"),
        ("keras.layers", "TFSMLayer"),
        ("keras.layers", "StringLookup"),
        ("keras.utils", "get_file"),
        ("keras.layers", ["Dense"]),
    ],
)
def test_a_class_that_is_no_plain_layer_is_refused_before_keras_sees_it(
    trained, tmp_path, module, name
):
    def change(layers):
        layers[-1] |= {"module": module, "class_name": name}

    hostile = rewrite(trained.model, tmp_path / "hostile.keras", change)
    with pytest.raises(TrainingError, match="not a plain Keras layer"):
        load(hostile)


def test_a_foreign_object_hidden_in_an_argument_is_refused(trained, tmp_path):
    def change(layers):
        layers[-1]["config"]["activation"] = {
            "module": "builtins", "class_name": "function", "config": "eval",
            "registered_name": "function",
        }  # fmt: skip

    hostile = rewrite(trained.model, tmp_path / "hostile.keras", change)
    with pytest.raises(TrainingError, match=r"builtins\.function"):
        load(hostile)


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x05\x06" + bytes(18)])
def test_a_file_that_is_no_model_is_named(tmp_path, content):
    (tmp_path / "x.keras").write_bytes(content)
    with pytest.raises(TrainingError, match=r"x\.keras is not a \.keras model"):
        load(tmp_path / "x.keras")


def test_a_model_that_is_not_there_is_named(tmp_path):
    with pytest.raises(TrainingError, match="no such model"):
        load(tmp_path / "gone.keras")


def test_a_model_whose_stream_is_damaged_is_named(tmp_path):
    path = tmp_path / "model.keras"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", json.dumps(list(range(100))))
    data = bytearray(path.read_bytes())
    data[45:60] = b"\xff" * 15  # behind the header of the only member
    path.write_bytes(data)
    with pytest.raises(TrainingError, match=r"is not a \.keras model: .*decompressing"):
        load(path)


def test_a_deeply_nested_configuration_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "deep.keras", "w") as archive:
        archive.writestr("config.json", '{"a":' * 50_000 + "1" + "}" * 50_000)
    with pytest.raises(TrainingError, match=r"deep\.keras"):
        load(tmp_path / "deep.keras")


def test_a_model_that_takes_no_pictures_is_refused(keras, tmp_path):
    keras.Sequential([keras.Input((5,)), keras.layers.Dense(1)]).save(tmp_path / "rows.keras")
    with pytest.raises(TrainingError, match="not a picture classifier"):
        load(tmp_path / "rows.keras")


def test_a_foreign_model_takes_its_labels_from_the_caller(keras, tmp_path):
    path = tmp_path / "foreign.keras"
    keras.Sequential(
        [keras.Input((8, 8, 3)), keras.layers.Flatten(), keras.layers.Dense(3, "softmax")]
    ).save(path)
    assert load(path).labels == ("class 0", "class 1", "class 2")
    assert load(path, labels=["a", "b", "c"]).labels == ("a", "b", "c")
    with pytest.raises(TrainingError, match="3 classes"):
        load(path, labels=["a", "b"])
