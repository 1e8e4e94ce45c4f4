"""What a missing library is answered with: never with a second TensorFlow."""

import subprocess
import sys
import textwrap

import pytest


def answer(tmp_path, missing, *distributions):
    """Ask for missing modules where some distributions are installed, and no other TensorFlow."""
    for name in distributions:
        info = tmp_path / f"{name.replace('-', '_')}-2.20.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 2.20.0\n")
    script = textwrap.dedent("""
        import sys
        from importlib import metadata, util
        folder, missing = sys.argv[1], sys.argv[2].split(",")
        from catsclean.errors import MissingExtraError
        from catsclean.training import backend
        real, find = metadata.distributions, util.find_spec
        metadata.distributions = lambda: real(path=[folder])
        util.find_spec = lambda name: None if name in missing else find(name)
        try:
            backend.require(missing[0])
        except MissingExtraError as error:
            print(error)
    """)
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path), missing], capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    return done.stdout


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
def test_where_a_tensorflow_is_only_the_library_is_suggested(tmp_path, flavour, module, installs):
    said = answer(tmp_path, f"{module},tensorflow", flavour)
    assert f'Run: pip install "{installs}>=' in said
    assert "catsclean[" not in said
    assert "tensorflow" not in said.lower()


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_a_tensorflow_that_python_does_not_find_is_to_be_reinstalled(tmp_path, flavour):
    said = answer(tmp_path, "tensorflow", flavour)
    assert said.rstrip().endswith(f"pip install --force-reinstall {flavour}")
    assert "catsclean[" not in said


def test_where_there_is_none_the_extra_is_suggested(tmp_path):
    said = answer(tmp_path, "tensorflow", "tensorflow-datasets", "tensorflow-metadata", "numpy")
    assert 'pip install "catsclean[train]"' in said
