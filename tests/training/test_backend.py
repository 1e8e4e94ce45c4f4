"""What a missing library is answered with: never with a second TensorFlow."""

import importlib.util
import logging
import sys
from importlib import metadata

import pytest

from catsclean.core.install_command import install_command
from catsclean.errors import MissingExtraError
from catsclean.training import backend
from catsclean.training.keras_embedder import KerasEmbedder


@pytest.fixture
def answer(tmp_path, monkeypatch):
    """Ask for missing modules where some distributions are installed, and no other TensorFlow."""

    def ask(missing, *distributions):
        for name in distributions:
            info = tmp_path / f"{name.replace('-', '_')}-2.20.0.dist-info"
            info.mkdir()
            (info / "METADATA").write_text(
                f"Metadata-Version: 2.1\nName: {name}\nVersion: 2.20.0\n"
            )
        real, find = metadata.distributions, importlib.util.find_spec
        with monkeypatch.context() as patch:
            patch.setattr(metadata, "distributions", lambda: real(path=[str(tmp_path)]))
            patch.setattr(
                importlib.util, "find_spec", lambda name: None if name in missing else find(name)
            )
            for name in missing:
                patch.delitem(sys.modules, name, raising=False)
            with pytest.raises(MissingExtraError) as caught:
                backend.require(missing[0])
        return str(caught.value)

    return ask


FLAVOURS = [
    "tensorflow", "tensorflow-cpu", "tensorflow_cpu", "tensorflow-macos", "tensorflow-intel",
    "tensorflow-rocm", "tensorflow-gpu", "intel-tensorflow", "tf-nightly", "tf_nightly_cpu",
    "TensorFlow",
]  # fmt: skip


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize(
    ("module", "installs"),
    [("cv2", "opencv-python-headless"), ("sklearn", "scikit-learn"), ("matplotlib", "matplotlib")],
)
def test_where_a_tensorflow_is_only_the_library_is_suggested(answer, flavour, module, installs):
    said = answer((module, "tensorflow"), flavour)
    assert f'Run: pip install "{installs}>=' in said
    assert "catsclean[" not in said
    assert "tensorflow" not in said.lower()


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_a_tensorflow_that_python_does_not_find_is_to_be_reinstalled(answer, flavour):
    said = answer(("tensorflow",), flavour)
    assert said.rstrip().endswith(f"pip install --force-reinstall {flavour}")
    assert "catsclean[" not in said


def test_where_there_is_none_the_extra_is_suggested(answer):
    said = answer(("tensorflow",), "tensorflow-datasets", "tensorflow-metadata", "numpy")
    assert install_command("train") in said


def test_a_library_that_is_missing_is_said_to_be_needed_by_the_embedder(monkeypatch):
    monkeypatch.delitem(sys.modules, "keras", raising=False)
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    with pytest.raises(
        MissingExtraError, match=r"^the embedder keras:MobileNetV2 needs tensorflow,"
    ):
        KerasEmbedder("MobileNetV2")


def test_advice_on_compiling_again_and_again_is_left_out_and_nothing_else(caplog, monkeypatch):
    logger = logging.getLogger("tensorflow")
    # however the logger was set up by what ran before
    for name, value in (("handlers", [caplog.handler]), ("propagate", False), ("disabled", False)):
        monkeypatch.setattr(logger, name, value)
    caplog.set_level(logging.WARNING, logger="tensorflow")
    said = "5 out of the last 11 calls to %r triggered tf.function retracing. Tracing is expensive"
    with backend.hush_retracing():
        logger.warning(said, "f")
        logger.warning("the disk is full")
    assert caplog.messages == ["the disk is full"]
    logger.warning(said, "f")
    assert len(caplog.messages) == 2
