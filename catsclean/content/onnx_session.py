"""Run an ONNX model with onnxruntime, on one thread: every processor has a worker of its own."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import onnxruntime

# Those of graphics cards that onnxruntime may have, in the order in which they are tried.
_GPU_PROVIDERS: Final = (
    "CUDAExecutionProvider", "ROCMExecutionProvider", "DmlExecutionProvider",
)  # fmt: skip
_ERRORS_ONLY: Final = 4
_NO_TELEMETRY: Final = "ORT_DISABLE_TELEMETRY"


def open_session(model: bytes) -> onnxruntime.InferenceSession:
    """Open a model from its bytes, on a graphics card if onnxruntime can use one.

    It sends nothing to anybody.

    Raises:
        Exception: onnxruntime refuses the model, with one of its many errors.
    """
    # onnxruntime 1.32 sends figures of its use to Microsoft.  It reads the variable when it is
    # loaded; the call serves if somebody else has loaded it.
    os.environ[_NO_TELEMETRY] = "1"
    import onnxruntime

    onnxruntime.disable_telemetry_events()
    onnxruntime.set_default_logger_severity(_ERRORS_ONLY)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = _ERRORS_ONLY
    available = onnxruntime.get_available_providers()
    providers = [name for name in _GPU_PROVIDERS if name in available]
    return onnxruntime.InferenceSession(
        model, options, providers=[*providers, "CPUExecutionProvider"]
    )
