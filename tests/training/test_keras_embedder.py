"""Networks of Keras look at pictures; nothing is downloaded here."""

import pickle
import shutil

import embedders
import numpy as np
import pytest

import catsclean
from catsclean.content.embedder_names import make_embedder
from catsclean.errors import ConfigError

pytestmark = [pytest.mark.tensorflow, pytest.mark.usefixtures("keras")]
pytest.importorskip("onnxruntime", reason="the extra content is not installed")

PICTURES = np.random.default_rng(0).integers(0, 255, (3, 16, 16, 3), np.uint8)


@pytest.fixture
def tiny(keras, tmp_path):
    """The file of a model whose last Dense layer takes the mean colours of quarters."""
    layers = keras.layers
    network = keras.Sequential(
        [keras.Input((16, 16, 3)), layers.AveragePooling2D(8), layers.Flatten(), layers.Dense(2)]
    )
    network.save(tmp_path / "tiny.keras")
    return tmp_path / "tiny.keras"


@pytest.fixture(scope="module")
def mobile(keras, tmp_path_factory):
    """MobileNetV2 with random weights, and the file of them."""
    keras.utils.set_random_seed(1)
    network = keras.applications.MobileNetV2(include_top=False, weights=None, pooling="avg")
    for weight in network.weights:
        if weight.path.endswith("gamma"):
            weight.assign(weight * 3)  # untrained, its vectors would be nearly zero
    file = tmp_path_factory.mktemp("mobile") / "mobile.weights.h5"
    network.save_weights(file)
    return network, file


def test_a_trained_model_finds_swapped_labels_and_is_named_as_a_run(tiny, tmp_path):
    root = embedders.make_colours(tmp_path / "set", count=30, swapped=("red3.jpg", "blue7.jpg"))
    run = tmp_path / "set.catsclean" / "runs" / "mine"
    run.mkdir(parents=True)
    shutil.copy(tiny, run / "best.keras")
    audit = catsclean.audit(root, embedder="keras:mine", select=("likely-mislabelled",), workers=1)
    assert audit.content.facts["embedder"] == "keras:mine"
    assert {finding.path for finding in audit.findings} == {"Blue/red3.jpg", "Red/blue7.jpg"}
    assert audit.content.facts["embedded"] == 60


def test_the_vector_is_what_the_last_dense_layer_takes_of_plain_pixels(tiny):
    quarters = PICTURES.reshape(3, 2, 8, 2, 8, 3).mean(axis=(2, 4)).reshape(3, -1)
    assert np.allclose(make_embedder(f"keras:{tiny}").embed(PICTURES), quarters, atol=1e-3)


def test_a_run_is_named_by_its_folder(trained):
    run, file = (make_embedder(f"keras:{path}") for path in (trained.folder, trained.model))
    assert run.version == file.version
    assert run.side_px == 38
    assert run.embed(np.zeros((2, 38, 38, 3), np.uint8)).shape[0] == 2


def test_a_network_gets_its_weights_from_a_file_and_pictures_as_it_wants_them(mobile):
    network, file = mobile
    embedder = make_embedder(f"keras:MobileNetV2:{file}")
    embedder.load()
    assert embedder.side_px == 224
    pictures = np.random.default_rng(0).integers(0, 255, (2, 224, 224, 3), np.uint8)
    usual = np.asarray(network(pictures / np.float32(127.5) - 1, training=False))
    assert np.allclose(embedder.embed(pictures), usual, atol=1e-3 * usual.max())
    assert usual.std() > 1e-3


def test_a_network_embeds_within_the_limits_of_a_worker(mobile, tmp_path):
    root = embedders.make_colours(tmp_path / "set", count=25)
    audit = catsclean.audit(
        root, embedder=f"keras:MobileNetV2:{mobile[1]}", select=("outlier",), workers=1
    )
    _, vectors = audit.embeddings()
    assert vectors.shape == (50, 1280)
    assert np.isfinite(vectors).all()


def test_large_squares_are_embedded_in_smaller_batches_to_the_same_vectors(tiny, monkeypatch):
    embedder = make_embedder(f"keras:{tiny}")
    whole = embedder.embed(PICTURES)
    monkeypatch.setattr("catsclean.training.keras_embedder._MOST_PIXELS", 2 * 16 * 16)
    assert np.array_equal(embedder.embed(PICTURES), whole)


@pytest.mark.parametrize("name", ["MobileNetV9", "gone.keras", "", "imagenet_utils"])
def test_what_is_neither_a_network_nor_a_file_is_refused(name):
    with pytest.raises(ConfigError, match="neither such a network nor a file"):
        make_embedder(f"keras:{name}")


@pytest.mark.parametrize("name", ["gone", "..", "../runs", "."])
def test_what_is_not_a_run_of_the_data_set_is_refused(tmp_path, name):
    (tmp_path / "runs").mkdir()
    with pytest.raises(ConfigError):
        make_embedder(f"keras:{name}", tmp_path / "runs")


def test_a_damaged_model_is_refused_in_one_line(tiny):
    tiny.write_bytes(tiny.read_bytes()[:500])
    with pytest.raises(ConfigError, match=r"not a \.keras model") as caught:
        make_embedder(f"keras:{tiny}")
    assert "\n" not in str(caught.value)


def test_a_model_without_a_dense_layer_is_refused(keras, tmp_path):
    layers = keras.layers
    network = keras.Sequential([keras.Input((8, 8, 3)), layers.GlobalAveragePooling2D()])
    network.save(tmp_path / "m.keras")
    with pytest.raises(ConfigError, match="no Dense layer"):
        make_embedder(f"keras:{tmp_path / 'm.keras'}")


@pytest.mark.parametrize(
    ("file", "reason"),
    [("gone.weights.h5", "does not hold weights"), ("wrong.weights.h5", "does not hold weights")],
)
def test_a_file_without_the_weights_is_refused_in_one_line(tmp_path, file, reason):
    (tmp_path / "wrong.weights.h5").write_bytes(b"no weights")
    with pytest.raises(ConfigError, match=reason) as caught:
        make_embedder(f"keras:MobileNetV2:{tmp_path / file}")
    assert "\n" not in str(caught.value)


def test_weights_of_another_network_are_refused(mobile):
    with pytest.raises(
        ConfigError, match="does not hold weights of MobileNet without its top"
    ) as caught:
        make_embedder(f"keras:MobileNet:{mobile[1]}")
    assert "\n" not in str(caught.value)


def test_a_file_for_a_network_that_scales_pictures_only_after_a_download_is_refused(mobile):
    with pytest.raises(ConfigError, match="EfficientNetV2B0"):
        make_embedder(f"keras:EfficientNetB0:{mobile[1]}")


def test_a_download_that_fails_is_told_in_one_line_before_any_file_is_read(keras, monkeypatch):
    def fail(**_options):
        raise OSError("URL fetch failure: no route to host\nsomewhere")

    fail.__name__ = "MobileNetV2"
    monkeypatch.setattr(keras.applications, "MobileNetV2", fail)
    with pytest.raises(ConfigError, match="cannot download MobileNetV2's weights") as caught:
        make_embedder("keras:MobileNetV2")
    assert "keras:MobileNetV2:FILE" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_it_is_pickled_without_the_network(tiny):
    embedder = make_embedder(f"keras:{tiny}")
    data = pickle.dumps(embedder)
    assert len(data) < 1000
    copy = pickle.loads(data)
    copy.load()
    assert np.allclose(copy.embed(PICTURES), embedder.embed(PICTURES), atol=1e-3)


def test_a_model_that_changed_since_is_refused_and_has_another_version(tiny, trained):
    embedder = make_embedder(f"keras:{tiny}")
    shutil.copy(trained.model, tiny)
    with pytest.raises(ConfigError, match="has changed"):
        embedder.load()
    assert make_embedder(f"keras:{tiny}").version != embedder.version


def test_every_network_of_keras_prepares_pictures(keras):
    from catsclean.training import keras_embedder

    every = keras_embedder._networks(keras)
    assert {"MobileNetV2", "MobileNetV3Small", "EfficientNetV2B0", "InceptionV3"} <= every
    for name in every:
        prepare = keras_embedder._preparation(keras, name)
        assert prepare(PICTURES.astype(np.float32)).shape == PICTURES.shape


def test_the_side_of_a_network_is_the_one_that_keras_has_for_it(keras):
    from catsclean.training import keras_embedder

    assert set(keras_embedder._SIDES_PX) <= keras_embedder._networks(keras)
    network = keras.applications.EfficientNetB1(weights=None, classes=1)
    assert network.input_shape[1] == keras_embedder._SIDES_PX["EfficientNetB1"]
