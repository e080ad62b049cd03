"""GGUF and mlx, both ways: a llama.cpp model as a Hugging Face folder, an mlx adapter as GGUF.

llama.cpp stores the rows of the query and key projections in another order (its rotary embedding
turns neighbouring pairs, Hugging Face's turns halves). `hf_folder` undoes that, `lora_gguf` does it
to the adapter's `lora_b`. Llama-shaped models with a byte-level BPE only (SmolLM2); mlx computes
`x @ a @ b * scale`, llama.cpp `alpha / rank * B A x`, hence alpha = scale × rank.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ..executors.errors import UsageError

# llama.cpp's name of a layer's tensor → Hugging Face's
LAYER = {
    "attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm",
    "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj", "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}  # fmt: skip
TOP = {"token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head"}
CONTROL = 3  # a token type of GGUF: never shown


def fields(gguf_file: Path) -> dict[str, Any]:
    """The metadata of a GGUF file as plain values."""
    from gguf import GGUFReader

    reader = GGUFReader(gguf_file)
    return {name: field.contents() for name, field in reader.fields.items()}


def hf_folder(gguf_file: Path, folder: Path) -> Path:
    """Writes `config.json`, `model.safetensors` (fp32) and the tokenizer into `folder`.

    Raises `UsageError` for a model that is not Llama-shaped.
    """
    import numpy as np
    from gguf import GGUFReader
    from gguf.quants import dequantize
    from safetensors.numpy import save_file

    meta = fields(gguf_file)
    if meta["general.architecture"] != "llama":
        raise UsageError(
            f"{gguf_file} is a '{meta['general.architecture']}' model; only 'llama' can be converted."
        )
    heads, kv_heads = meta["llama.attention.head_count"], meta["llama.attention.head_count_kv"]
    weights: dict[str, Any] = {}
    for tensor in GGUFReader(gguf_file).tensors:
        name = hf_name(tensor.name)
        if name is None:
            continue
        array = dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
        if tensor.name.endswith("attn_q.weight"):
            array = unpermuted(array, heads)
        elif tensor.name.endswith("attn_k.weight"):
            array = unpermuted(array, kv_heads)
        weights[name] = np.ascontiguousarray(array)
    folder.mkdir(parents=True, exist_ok=True)
    save_file(weights, folder / "model.safetensors", metadata={"format": "mlx"})
    config = {
        "model_type": "llama",
        "architectures": ["LlamaForCausalLM"],
        "hidden_size": meta["llama.embedding_length"],
        "intermediate_size": meta["llama.feed_forward_length"],
        "num_hidden_layers": meta["llama.block_count"],
        "num_attention_heads": heads,
        "num_key_value_heads": kv_heads,
        "rms_norm_eps": meta["llama.attention.layer_norm_rms_epsilon"],
        "rope_theta": meta["llama.rope.freq_base"],
        "max_position_embeddings": meta["llama.context_length"],
        "vocab_size": len(meta["tokenizer.ggml.tokens"]),
        "tie_word_embeddings": "lm_head.weight" not in weights,
        "bos_token_id": meta["tokenizer.ggml.bos_token_id"],
        "eos_token_id": meta["tokenizer.ggml.eos_token_id"],
        "torch_dtype": "float32",
    }
    (folder / "config.json").write_text(json.dumps(config, indent=2), encoding="utf-8")
    _write_tokenizer(meta, folder)
    return folder


def hf_name(name: str) -> str | None:
    """The Hugging Face name of a GGUF tensor; None for one that is not a weight."""
    stem, _, kind = name.rpartition(".")
    if stem in TOP:
        return f"{TOP[stem]}.{kind}"
    parts = stem.split(".")
    if len(parts) == 3 and parts[0] == "blk" and parts[2] in LAYER:
        return f"model.layers.{parts[1]}.{LAYER[parts[2]]}.{kind}"
    return None


def unpermuted(array: Any, heads: int) -> Any:
    """Rows from llama.cpp's rotary order to Hugging Face's; `array` is (out, …)."""
    out = array.shape[0]
    rest = array.shape[1:]
    return array.reshape(heads, out // heads // 2, 2, *rest).swapaxes(1, 2).reshape(array.shape)


def permuted(array: Any, heads: int) -> Any:
    """Rows from Hugging Face's rotary order to llama.cpp's: the inverse of `unpermuted`."""
    out = array.shape[0]
    rest = array.shape[1:]
    return array.reshape(heads, 2, out // heads // 2, *rest).swapaxes(1, 2).reshape(array.shape)


def _write_tokenizer(meta: dict[str, Any], folder: Path) -> None:
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    tokens, kinds = meta["tokenizer.ggml.tokens"], meta["tokenizer.ggml.token_type"]
    merges = [tuple(merge.split(" ", 1)) for merge in meta["tokenizer.ggml.merges"]]
    vocabulary = {token: number for number, token in enumerate(tokens)}
    tokenizer = Tokenizer(models.BPE(vocabulary, merges))
    # what llama.cpp calls the pre-tokenizer "smollm"
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(  # type: ignore[assignment]
        [pre_tokenizers.Digits(True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()  # type: ignore[assignment]
    tokenizer.add_special_tokens(
        [
            AddedToken(token, special=True, normalized=False)
            for token, kind in zip(tokens, kinds, strict=True)
            if kind == CONTROL
        ]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": tokens[meta["tokenizer.ggml.bos_token_id"]],
        "eos_token": tokens[meta["tokenizer.ggml.eos_token_id"]],
        "chat_template": meta["tokenizer.chat_template"],
        "clean_up_tokenization_spaces": False,
        "model_max_length": meta["llama.context_length"],
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2), encoding="utf-8")


def lora_gguf(adapter: Path, base: Path, target: Path) -> Path:
    """Writes an mlx adapter folder as a GGUF adapter (fp16) for llama.cpp.

    `base` is the GGUF file that it belongs to: it tells the heads.
    """
    import numpy as np
    from gguf import GGUFWriter
    from safetensors.numpy import load_file

    meta = fields(base)
    heads, kv_heads = meta["llama.attention.head_count"], meta["llama.attention.head_count_kv"]
    settings = json.loads((adapter / "adapter_config.json").read_text(encoding="utf-8"))
    parameters = settings["lora_parameters"]
    names = {hf: gguf for gguf, hf in LAYER.items()}
    writer = GGUFWriter(target, "llama")
    writer.add_string("general.type", "adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", float(parameters["scale"] * parameters["rank"]))
    for name, array in sorted(load_file(adapter / "adapters.safetensors").items()):
        _, _, layer, *middle, side = name.split(".")
        tensor = names[".".join(middle)]
        array = np.ascontiguousarray(array.T)  # mlx: (in, rank) and (rank, out)
        if side == "lora_b" and tensor in ("attn_q", "attn_k"):
            array = permuted(array, heads if tensor == "attn_q" else kv_heads)
        writer.add_tensor(
            f"blk.{layer}.{tensor}.weight.{side}", np.ascontiguousarray(array, dtype=np.float16)
        )
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return target
