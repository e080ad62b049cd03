"""GGUF ↔ mlx: the rotary order is undone, names are mapped, an adapter lands on its tensors."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from codeask.distill.gguf_convert import fields, hf_folder, hf_name, lora_gguf, permuted, unpermuted
from codeask.executors.errors import UsageError
from gguf import GGUFReader, GGUFWriter
from safetensors.numpy import load_file, save_file
from tokenizers import Tokenizer, pre_tokenizers

HEADS, KV_HEADS, SIZE, HEAD = 4, 2, 16, 4


def base(path: Path, architecture: str = "llama") -> dict[str, np.ndarray]:
    """Writes a GGUF of one layer as llama.cpp's converter does; gives its weights as HF has them."""
    rng = np.random.default_rng(0)
    shapes = {
        "model.embed_tokens.weight": (260, SIZE), "model.norm.weight": (SIZE,),
        "model.layers.0.self_attn.q_proj.weight": (HEADS * HEAD, SIZE),
        "model.layers.0.self_attn.k_proj.weight": (KV_HEADS * HEAD, SIZE),
        "model.layers.0.self_attn.o_proj.weight": (SIZE, SIZE),
        "model.layers.0.mlp.down_proj.weight": (SIZE, 32),
    }  # fmt: skip
    weights = {name: rng.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}
    writer = GGUFWriter(path, architecture)
    writer.add_embedding_length(SIZE)
    writer.add_feed_forward_length(32)
    writer.add_block_count(1)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(1e5)
    writer.add_context_length(64)
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokens = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", *alphabet, "ab"]
    writer.add_token_list(tokens)
    writer.add_token_types([3, 3, 3, *[1] * (len(alphabet) + 1)])
    writer.add_token_merges(["a b"])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_chat_template("{{ messages }}")
    names = {hf_name(f"blk.0.{part}.weight"): f"blk.0.{part}.weight" for part in (
        "attn_q", "attn_k", "attn_output", "ffn_down")}  # fmt: skip
    names |= {hf_name(f"{part}.weight"): f"{part}.weight" for part in ("token_embd", "output_norm")}
    for name, array in weights.items():
        heads = {"q_proj": HEADS, "k_proj": KV_HEADS}.get(name.split(".")[-2])
        writer.add_tensor(names[name], permuted(array, heads) if heads else array)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return weights


def test_the_rotary_order_is_llama_cpps() -> None:
    rows = np.arange(8).reshape(8, 1)
    # halves (0 1 2 3 | 4 5 6 7) become neighbouring pairs, head by head
    assert permuted(rows, 1)[:, 0].tolist() == [0, 4, 1, 5, 2, 6, 3, 7]
    assert permuted(rows, 2)[:, 0].tolist() == [0, 2, 1, 3, 4, 6, 5, 7]
    for heads in (1, 2, 4):
        assert np.array_equal(unpermuted(permuted(rows, heads), heads), rows)


def test_a_gguf_becomes_a_hugging_face_folder(tmp_path: Path) -> None:
    weights = base(tmp_path / "m.gguf")
    folder = hf_folder(tmp_path / "m.gguf", tmp_path / "hf")
    found = load_file(folder / "model.safetensors")
    assert found.keys() == weights.keys()
    for name, array in weights.items():
        assert np.array_equal(found[name], array), name
    config = json.loads((folder / "config.json").read_text())
    assert (config["num_key_value_heads"], config["eos_token_id"]) == (2, 2)
    assert config["tie_word_embeddings"] is True
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    assert tokenizer.encode("ab<|im_end|>").tokens == ["ab", "<|im_end|>"]
    assert tokenizer.encode("12").tokens == ["1", "2"]


def test_an_mlx_adapter_becomes_a_gguf_adapter(tmp_path: Path) -> None:
    base(tmp_path / "m.gguf")
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(SIZE, 2)), rng.normal(size=(2, HEADS * HEAD))
    stem = "model.layers.0.self_attn.q_proj"
    save_file({f"{stem}.lora_a": a.astype("f4"), f"{stem}.lora_b": b.astype("f4")},
              tmp_path / "adapters.safetensors")  # fmt: skip
    config = {"lora_parameters": {"rank": 2, "scale": 5.0, "dropout": 0.0}}
    (tmp_path / "adapter_config.json").write_text(json.dumps(config))
    made = lora_gguf(tmp_path, tmp_path / "m.gguf", tmp_path / "a.gguf")
    meta = fields(made)
    assert (meta["general.type"], meta["adapter.type"]) == ("adapter", "lora")
    assert meta["adapter.lora.alpha"] == pytest.approx(10.0)
    tensors = {t.name: t.data for t in GGUFReader(made).tensors}
    assert set(tensors) == {"blk.0.attn_q.weight.lora_a", "blk.0.attn_q.weight.lora_b"}
    # W + alpha / rank · B A of llama.cpp, its rows put back, is mlx's W + scale · (a b)ᵀ
    delta = tensors["blk.0.attn_q.weight.lora_b"].astype("f4") @ tensors[
        "blk.0.attn_q.weight.lora_a"
    ].astype("f4")
    assert np.allclose(unpermuted(delta, HEADS), (a @ b).T, atol=0.02)


def test_another_architecture_is_refused(tmp_path: Path) -> None:
    base(tmp_path / "m.gguf", "mamba")
    with pytest.raises(UsageError, match="only 'llama'"):
        hf_folder(tmp_path / "m.gguf", tmp_path / "hf")
