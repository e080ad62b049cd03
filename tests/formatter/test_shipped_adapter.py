"""The shipped adapter: whole, trained with today's prompt, the same for mlx and llama.cpp."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from codeask.distill.gguf_convert import LAYER, fields, unpermuted
from codeask.executors.catalog import TOOLS
from codeask.formatter import prompt
from codeask.formatter.models import ADAPTERS, KNOWN, manifest
from gguf import GGUFReader
from safetensors.numpy import load_file

FOLDER = ADAPTERS / "smollm2-135m"
HEADS = {"attn_q": 9, "attn_k": 3}


def test_its_files_are_those_of_the_manifest() -> None:
    facts = manifest("smollm2-135m")
    for name, expected in facts["sha256"].items():
        assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == expected, name
    assert facts["base"]["sha256"] == KNOWN["smollm2-135m"].member_sha256
    assert set(facts["beats_plain"]) <= set(TOOLS)
    assert sum(file.stat().st_size for file in FOLDER.rglob("*") if file.is_file()) < 3_000_000


def test_the_prompt_it_was_trained_with_is_the_prompt_it_gets() -> None:
    found = hashlib.sha256(prompt.BRIEF.encode()).hexdigest()
    assert found == manifest("smollm2-135m")["prompt_sha256"], "train it again, or keep the prompt"


@pytest.mark.parametrize("tensor", ["attn_q", "attn_k", "ffn_down"])
def test_both_files_change_the_weights_alike(tensor: str) -> None:
    ours = load_file(FOLDER / "mlx" / "adapters.safetensors")
    theirs = {t.name: t.data.astype("f4") for t in GGUFReader(FOLDER / "adapter.gguf").tensors}
    stem = f"model.layers.29.{LAYER[tensor]}"
    mlx = 2.0 * (ours[f"{stem}.lora_a"].astype("f4") @ ours[f"{stem}.lora_b"].astype("f4")).T
    alpha = fields(FOLDER / "adapter.gguf")["adapter.lora.alpha"]
    name = f"blk.29.{tensor}.weight"
    delta = alpha / 8 * theirs[f"{name}.lora_b"] @ theirs[f"{name}.lora_a"]
    if tensor in HEADS:
        delta = unpermuted(delta, HEADS[tensor])
    assert np.abs(mlx).max() > 0.001
    assert np.allclose(delta, mlx, atol=1e-3)
