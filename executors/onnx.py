"""`session`: a shipped ONNX model opened on the CPU, the one way for all of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def session(path: Path, *, threads: int = 1, optimised: bool = False) -> Any:
    """An onnxruntime `InferenceSession` of a file; raises what onnxruntime does.

    A graph that was written `optimised` is taken as it is, which halves the time to load it.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    if optimised:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
