"""Models of users are looked at before they run, and refused with one line."""

import numpy as np
import pytest

from catsclean.content.onnx_file import OnnxFile
from catsclean.errors import ConfigError

onnx = pytest.importorskip("onnx", reason="the extra content is not installed")
pytest.importorskip("onnxruntime", reason="the extra content is not installed")


def write(path, *, shape=("n", 3, 8, 8), kind=None, node="ReduceMean", domain="", inputs=1):
    """Write a model whose vectors are the means of the channels."""
    kind = kind or onnx.TensorProto.FLOAT
    given = [
        onnx.helper.make_tensor_value_info(f"x{number}", kind, shape) for number in range(inputs)
    ]
    output = onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, ["n", "d"])
    axes = [2, 3] if shape[1] == 3 else [1, 2]
    nodes = [
        onnx.helper.make_node("Cast", ["x0"], ["f"], to=onnx.TensorProto.FLOAT),
        onnx.helper.make_node(node, ["f"], ["y"], domain=domain, axes=axes, keepdims=0),
    ]
    graph = onnx.helper.make_graph(nodes, "means", given, [output])
    opsets = [onnx.helper.make_opsetid("", 13), onnx.helper.make_opsetid("their.own", 1)]
    model = onnx.helper.make_model(graph, opset_imports=opsets, ir_version=8)
    path.write_bytes(model.SerializeToString())
    return OnnxFile(str(path))


PICTURES = np.random.default_rng(0).integers(0, 255, (5, 8, 8, 3), np.uint8)


@pytest.mark.parametrize("shape", [("n", 3, 8, 8), ("n", 8, 8, 3), (1, 3, 8, 8)])
def test_whole_numbers_reach_the_model_as_they_are(tmp_path, shape):
    model = write(tmp_path / "m.onnx", shape=shape, kind=onnx.TensorProto.UINT8)
    assert model.side_px == 8
    assert np.allclose(model.embed(PICTURES), PICTURES.mean(axis=(1, 2)), atol=1e-3)


def test_floats_are_normalised_as_imagenet_is(tmp_path):
    model = write(tmp_path / "m.onnx")
    usual = (PICTURES.mean(axis=(1, 2)) / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    assert np.allclose(model.embed(PICTURES), usual, atol=1e-3)


def test_a_model_that_leaves_the_size_open_gets_the_usual_one(tmp_path):
    assert write(tmp_path / "m.onnx", shape=("n", 3, "h", "w")).side_px == 224


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"inputs": 2}, "2 inputs"),
        ({"shape": ("n", 5, 8, 8)}, "three channels"),
        ({"shape": ("n", 3, 8, 9)}, "not square"),
        ({"shape": ("n", 3, 9000, 9000)}, "9000 pixels"),
        ({"kind": onnx.TensorProto.STRING}, "neither uint8 nor a float"),
    ],
)
def test_a_model_of_something_else_is_refused(tmp_path, changes, reason):
    with pytest.raises(ConfigError, match=reason):
        write(tmp_path / "m.onnx", **changes)


def test_a_model_that_reads_other_files_is_refused(tmp_path):
    secret = tmp_path / "secret.bin"
    secret.write_bytes(bytes(64))
    tensor = onnx.numpy_helper.from_array(np.zeros(16, np.float32), "w")
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../secret.bin")
    inner = onnx.helper.make_node("Constant", [], ["c"], value=tensor)
    then = onnx.helper.make_graph([inner], "then", [], [])
    node = onnx.helper.make_node("If", ["x"], ["y"], then_branch=then, else_branch=then)
    given = onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, ("n", 3, 8, 8))
    model = onnx.helper.make_model(onnx.helper.make_graph([node], "hidden", [given], []))
    (tmp_path / "m").mkdir()
    path = tmp_path / "m/m.onnx"
    path.write_bytes(model.SerializeToString())
    with pytest.raises(ConfigError, match="weights from other files"):
        OnnxFile(str(path))


def test_an_operation_that_onnxruntime_does_not_know_is_refused(tmp_path):
    model = write(tmp_path / "m.onnx", node="Steal", domain="their.own")
    with pytest.raises(ConfigError, match="onnxruntime refuses the model"):
        model.load()


@pytest.mark.parametrize("data", [b"", b"\x00" * 100, b"PK\x03\x04", b"\x08\x08" + b"\xff" * 50])
def test_what_is_not_a_model_is_refused(tmp_path, data):
    path = tmp_path / "m.onnx"
    path.write_bytes(data)
    with pytest.raises(ConfigError, match="not an ONNX model"):
        OnnxFile(str(path))


def test_a_model_that_changed_since_is_refused(tmp_path):
    model = write(tmp_path / "m.onnx")
    (tmp_path / "m.onnx").write_bytes(b"another")
    with pytest.raises(ConfigError, match="has changed"):
        model.load()
