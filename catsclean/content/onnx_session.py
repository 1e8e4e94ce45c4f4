"""Run an ONNX model with onnxruntime, on one thread: every processor has a worker of its own."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import onnxruntime

# Those of graphics cards that onnxruntime may have, in the order in which they are tried.
_GPU_PROVIDERS: Final = (
    "CUDAExecutionProvider", "ROCMExecutionProvider", "DmlExecutionProvider",
)  # fmt: skip
_ERRORS_ONLY: Final = 4
_NO_TELEMETRY: Final = "ORT_DISABLE_TELEMETRY"


def gpu_providers() -> list[str]:
    """Return the parts of onnxruntime that use a graphics card here, the preferred one first.

    They are those that it was built with; the card or its driver may be missing.
    """
    available = _load().get_available_providers()
    return [name for name in _GPU_PROVIDERS if name in available]


def open_session(model: bytes, *, gpu: bool = True) -> onnxruntime.InferenceSession:
    """Open a model from its bytes.

    It sends nothing to anybody.

    Args:
        model: The model.
        gpu: Use a graphics card if onnxruntime can.

    Raises:
        Exception: onnxruntime refuses the model, with one of its many errors.
    """
    onnxruntime = _load()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = _ERRORS_ONLY
    providers = gpu_providers() if gpu else []
    opened: Any = onnxruntime.InferenceSession(
        model, options, providers=[*providers, "CPUExecutionProvider"]
    )
    return opened


def onnxruntime_version() -> str:
    """Return the version of onnxruntime."""
    return str(_load().__version__)


def _load() -> Any:
    # onnxruntime 1.32 sends figures of its use to Microsoft.  It reads the variable when it is
    # loaded; the call serves if somebody else has loaded it.
    os.environ[_NO_TELEMETRY] = "1"
    import onnxruntime

    onnxruntime.disable_telemetry_events()
    onnxruntime.set_default_logger_severity(_ERRORS_ONLY)
    return onnxruntime
