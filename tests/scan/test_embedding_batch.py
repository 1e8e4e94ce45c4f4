"""Vectors of a chunk: a picture at which the embedder fails costs only its own vector."""

import numpy as np
import pytest
from embedders import MeanColours, RaisesAtWhite
from pictures import encode
from PIL import Image

from catsclean.core.limits import Limits
from catsclean.images import decoding
from catsclean.scan.embedding_batch import EmbeddingBatch


def picture(colour):
    image = decoding.open_image(
        "1.png", encode(Image.new("RGB", (32, 32), colour), "PNG"), Limits()
    )
    decoding.decode(image)
    return image


def embedded(embedder, *colours):
    batch = EmbeddingBatch(embedder, len(colours))
    for row, colour in enumerate(colours):
        batch.add(row, picture(colour))
    batch.embed()
    return batch


class Answers(MeanColours):
    """Gives an answer of the test's own."""

    def __init__(self, answer):
        self.answer = answer

    def embed(self, batch):
        return self.answer(batch)


def test_each_picture_has_the_vector_of_its_colour():
    batch = embedded(MeanColours(), "red", "blue")
    red, blue = (np.frombuffer(vector, np.float16).reshape(4, 3) for vector in batch.vectors)
    assert (red == [255, 0, 0]).all()
    assert (blue == [0, 0, 255]).all()
    assert batch.failures == ["", ""]


def test_nothing_is_embedded_without_pictures():
    batch = EmbeddingBatch(Answers(lambda _: 1 / 0), 1)
    batch.embed()
    assert (batch.vectors, batch.failures) == ([None], [""])


def test_it_is_time_to_embed_when_as_many_pictures_are_there_as_the_embedder_takes():
    embedder = MeanColours()
    embedder.batch_pictures = 2
    batch = EmbeddingBatch(embedder, 3)
    batch.add(0, picture("red"))
    assert (batch.at_once, batch.full) == (2, False)
    batch.add(1, picture("red"))
    assert batch.full
    batch.embed()
    assert not batch.full


def test_a_picture_at_which_the_embedder_raises_is_found_and_the_others_have_their_vectors():
    batch = embedded(RaisesAtWhite(), "red", "white", "blue")
    assert [vector is not None for vector in batch.vectors] == [True, False, True]
    assert batch.failures[1].startswith("RuntimeError: too bright to see (embedders.py:")
    assert batch.failures[::2] == ["", ""]


@pytest.mark.parametrize(
    ("answer", "shape"),
    [
        (lambda batch: np.zeros(len(batch)), r"\(1,\)"),
        (lambda batch: np.zeros((len(batch) + 1, 4)), r"\(2, 4\)"),
        (lambda batch: np.zeros((len(batch), 0)), r"\(1, 0\)"),
    ],
)
def test_an_answer_that_is_not_one_vector_for_each_picture_is_told_with_its_shape(answer, shape):
    [failure] = embedded(Answers(answer), "red").failures
    assert "embed must return one vector for each of 1 pictures" in failure
    assert f"shape {shape}".replace("\\", "") in failure


@pytest.mark.parametrize("number", [float("nan"), float("inf"), 70_000.0])
def test_a_vector_that_is_not_finite_as_halves_is_left_out(number):
    batch = embedded(Answers(lambda batch: np.full((len(batch), 4), number)), "red")
    assert batch.vectors == [None]
    assert batch.failures == ["its vector has numbers that are not finite"]


def test_a_picture_that_does_not_decode_again_is_told_without_a_vector():
    # reading leaves less of it than the embedder takes, so that it is decoded again
    data = encode(Image.new("CMYK", (800, 800)), "JPEG")
    image = decoding.open_image("1.jpg", data, Limits())
    decoding.decode(image)
    image.data = data[:200]
    embedder = MeanColours()
    embedder.side_px = 600
    batch = EmbeddingBatch(embedder, 1)
    batch.add(0, image)
    batch.embed()
    assert batch.vectors == [None]
    assert batch.failures == ["Truncated File Read"]
