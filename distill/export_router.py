"""The trained network as the shipped artefact: int8 ONNX, tokenizer, manifest.

The manifest says how it was made (settings, seed, hash of the data, versions) and what was measured.
"""

from __future__ import annotations

import hashlib
import json
import platform
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..executors.catalog import TOOLS
from ..executors.onnx import session
from ..router.encode import Encoded, Encoder, batch
from ..router.labels import BIO, HEADS
from .labelled import Example

if TYPE_CHECKING:
    from torch import Tensor

    from .network import Network
    from .train_router import Settings

INPUTS = ("ids", "mask", "segments", "shapes")
OUTPUTS = ("tool", "flags", "tags", "query")
REFERENCES = 12  # rows whose torch logits are kept, so that a test without torch can compare
SAMPLE = 240  # rows that int8 is compared on


def tensors(rows: Sequence[Encoded]) -> tuple[Tensor, ...]:
    """ids, mask, segments and shapes as int64 tensors [rows, pieces]."""
    import torch

    return tuple(torch.tensor(values, dtype=torch.int64) for values in batch(rows, 0))


def export(network: Network, encoder: Encoder, out: Path, rows: Sequence[Example]) -> Path:
    """Writes model.onnx (int8), tokenizer.json and an uncalibrated manifest; returns the folder.

    Fails when the unquantised ONNX and torch disagree in any output for any of `rows`. The manifest
    has the share of `rows` whose tool int8 changes, and the torch logits of a few of them.
    """
    import onnxruntime
    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic

    out.mkdir(parents=True, exist_ok=True)
    full, small = out / "full.onnx", out / "int8.onnx"
    example = tensors([encoder.encode("who calls parse_args?", "")])
    axes = {name: {0: "rows", 1: "pieces"} for name in (*INPUTS, "tags", "query")}
    axes |= {name: {0: "rows"} for name in ("tool", "flags")}
    with warnings.catch_warnings():
        # torch is pinned; its newer exporter needs a further package and writes the same graph
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(
            network, example, str(full), input_names=list(INPUTS), output_names=list(OUTPUTS),
            dynamic_axes=axes, opset_version=17, dynamo=False,
        )  # fmt: skip
    quantize_dynamic(full, small, per_channel=True, weight_type=QuantType.QInt8)
    # Nodes are fused here once, not at every start: that was half of the time that loading took.
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(out / "model.onnx")
    onnxruntime.InferenceSession(str(small), options, providers=["CPUExecutionProvider"])
    sessions = [
        onnxruntime.InferenceSession(str(full), providers=["CPUExecutionProvider"]),
        session(out / "model.onnx", optimised=True),
    ]
    full.unlink()
    small.unlink()
    moved, references = _compare(network, encoder, sessions, rows)
    encoder.save(out / "tokenizer.json")
    manifest = {**wire_format(1.0), "int8_changes_tool": moved, "references": references}
    (out / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    return out


def _compare(
    network: Network, encoder: Encoder, sessions: Sequence[Any], rows: Sequence[Example]
) -> tuple[float, list[dict[str, Any]]]:
    """Checks the first session against torch on every row, in batches; on a sample of `SAMPLE` rows,
    the share of tools that the second one changes, and some rows with their torch logits."""
    import numpy as np
    import torch

    encoded = sorted(
        ((encoder.encode(row.question, row.context), row) for row in rows),
        key=lambda pair: len(pair[0].ids),
    )
    for at in range(0, len(encoded), 32):
        inputs = tensors([one for one, _ in encoded[at : at + 32]])
        given = {name: np.asarray(x) for name, x in zip(INPUTS, inputs, strict=True)}
        with torch.no_grad():
            ours = [output.numpy() for output in network(*inputs)]
        for mine, theirs in zip(ours, sessions[0].run(list(OUTPUTS), given), strict=True):
            if not np.allclose(mine, np.asarray(theirs), atol=1e-3):
                names = ", ".join(row.id for _, row in encoded[at : at + 32])
                raise RuntimeError(f"ONNX and torch disagree on one of {names}.")
    moved, references = 0, []
    sample = encoded[:: max(1, len(encoded) // SAMPLE)]
    for number, (one, row) in enumerate(sample):
        inputs = tensors([one])
        given = {name: np.asarray(x) for name, x in zip(INPUTS, inputs, strict=True)}
        with torch.no_grad():
            logits = network(*inputs)[0][0].numpy()
        small = np.asarray(sessions[1].run(["tool"], given)[0])[0]
        moved += int(small.argmax() != logits.argmax())
        if number % max(1, len(sample) // REFERENCES) == 0 and len(references) < REFERENCES:
            shown = [round(float(x), 3) for x in logits]
            references.append({"question": row.question, "context": row.context, "logits": shown})
    return round(moved / max(1, len(sample)), 4), references


def wire_format(temperature: float) -> dict[str, Any]:
    """The part of the manifest that `router/model.py` reads."""
    return {
        "temperature": temperature,
        "tools": list(TOOLS),
        "tags": list(BIO),
        "heads": {head: list(classes) for head, classes in HEADS.items()},
    }


def complete_manifest(
    out: Path, settings: Settings, data: Mapping[str, Any], held_out: Mapping[str, Any],
    temperature: float,
) -> None:  # fmt: skip
    """Adds to the manifest of `export` how the model was made and what it was measured to do."""
    packages: Iterable[str] = (
        "torch",
        "onnx",
        "onnxruntime",
        "tokenizers",
        "scikit-learn",
        "numpy",
    )
    path = out / "manifest.json"
    manifest = {
        "format": 2,
        "task": "router",
        "settings": asdict(settings),
        **json.loads(path.read_text("utf-8")),
        **wire_format(temperature),
        "data": dict(data),
        "held_out": dict(held_out),
        "sha256": hashlib.sha256((out / "model.onnx").read_bytes()).hexdigest(),
        "packages": {name: metadata.version(name) for name in packages},
        "python": platform.python_version(),
        "licence": "Apache-2.0; fine-tuned from sentence-transformers/all-MiniLM-L6-v2",
    }
    path.write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n", "utf-8")
