"""Tiny models of real architectures, made on the spot: random ones, and ones that follow a script.

A scripted model is a Qwen2 whose attention and feed-forward layers add nothing, whose embedding is
one-hot and whose output layer is a table "after this token comes that one": it says exactly what a
test wants, through the whole of the real code.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

# The chat templates of Qwen2.5 (its tools included) and SmolLM2, as their publishers ship them.
SMOLLM2 = """\
{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system
You are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>
' }}{% endif %}{{'<|im_start|>' + message['role'] + '
' + message['content'] + '<|im_end|>' + '
'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant
' }}{% endif %}"""
QWEN = """\
{%- if tools %}
    {{- '<|im_start|>system\\n' }}
    {%- if messages[0]['role'] == 'system' %}{{- messages[0]['content'] }}{%- endif %}
    {{- "\\n\\n# Tools\\n\\n<tools>" }}
    {%- for tool in tools %}{{- "\\n" }}{{- tool | tojson }}{%- endfor %}
    {{- "\\n</tools><|im_end|>\\n" }}
{%- elif messages[0]['role'] == 'system' %}
    {{- '<|im_start|>system\\n' + messages[0]['content'] + '<|im_end|>\\n' }}
{%- endif %}
{%- for message in messages %}
    {%- if message.role == "user" or (message.role == "assistant" and not message.tool_calls) %}
        {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}
    {%- elif message.role == "assistant" %}
        {{- '<|im_start|>' + message.role }}
        {%- if message.content %}{{- '\\n' + message.content }}{%- endif %}
        {%- for call in message.tool_calls %}
            {%- set function = call.function %}
            {{- '\\n<tool_call>\\n{"name": "' + function.name + '", "arguments": ' }}
            {{- function.arguments | tojson }}{{- '}\\n</tool_call>' }}
        {%- endfor %}
        {{- '<|im_end|>\\n' }}
    {%- elif message.role == "tool" %}
        {{- '<|im_start|>user\\n<tool_response>\\n' + message.content }}
        {{- '\\n</tool_response><|im_end|>\\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}"""
SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
END = 2


def tokenizer(folder: Path, template: str, *, eos: str = "<|im_end|>") -> dict[str, int]:
    """Writes a byte-level tokenizer (one token a byte) into `folder`; gives its vocabulary."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: number for number, token in enumerate([*SPECIAL, *alphabet])}
    made = Tokenizer(models.BPE(vocabulary, []))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)  # type: ignore[assignment]
    made.decoder = decoders.ByteLevel()  # type: ignore[assignment]
    made.add_special_tokens(
        [AddedToken(token, special=True, normalized=False) for token in SPECIAL]
    )
    folder.mkdir(parents=True, exist_ok=True)
    made.save(str(folder / "tokenizer.json"))
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast", "bos_token": None, "eos_token": eos,
        "chat_template": template, "clean_up_tokenization_spaces": False,
    }  # fmt: skip
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    return vocabulary


def qwen2(
    folder: Path, *, template: str = QWEN, seed: int = 0, hidden: int = 32, layers: int = 2,
    eos: str = "<|im_end|>",
) -> Path:  # fmt: skip
    """A random Qwen2 in `folder`."""
    _write(folder, *_qwen2(folder, template, hidden, layers, seed, eos))
    return folder


def scripted(folder: Path, after: Mapping[str, str], *, template: str = QWEN, eos: str) -> Path:
    """A Qwen2 that says, after each character (or special token), the one that `after` tells."""
    import mlx.core as mx

    size = 264  # one dimension a token: 256 bytes, 3 special tokens, room
    model, config = _qwen2(folder, template, size, 1, 0, eos)
    known = tokenizer(folder, template, eos=eos)
    table = {known[_byte(a)]: known[_byte(b)] for a, b in after.items()}
    layer = model.model.layers[0]
    layer.self_attn.o_proj.weight = mx.zeros_like(layer.self_attn.o_proj.weight)
    layer.mlp.down_proj.weight = mx.zeros_like(layer.mlp.down_proj.weight)
    count = config["vocab_size"]
    model.model.embed_tokens.weight = mx.eye(count, size)
    rows = [[0.0] * size for _ in range(count)]
    for token, following in table.items():
        rows[following][token] = 1.0
    model.lm_head.weight = mx.array(rows)
    _write(folder, model, config)
    return folder


def _byte(text: str) -> str:
    """A character as byte-level BPE writes it."""
    return {"\n": "Ċ", " ": "Ġ"}.get(text, text)


def _qwen2(
    folder: Path, template: str, hidden: int, layers: int, seed: int, eos: str
) -> tuple[Any, dict[str, Any]]:
    import mlx.core as mx
    from mlx_lm.models.qwen2 import Model, ModelArgs

    vocabulary = tokenizer(folder, template, eos=eos)
    config: dict[str, Any] = {
        "model_type": "qwen2", "hidden_size": hidden, "num_hidden_layers": layers,
        "intermediate_size": 2 * hidden, "num_attention_heads": 4, "num_key_value_heads": 2,
        "rms_norm_eps": 1e-6, "vocab_size": len(vocabulary), "rope_theta": 10000.0,
        "tie_word_embeddings": False, "eos_token_id": vocabulary[eos],
    }  # fmt: skip
    mx.random.seed(seed)
    model = Model(ModelArgs.from_dict(config))
    return model, config


def _write(folder: Path, model: Any, config: Mapping[str, Any]) -> None:
    import mlx.core as mx
    from mlx.utils import tree_flatten

    weights = dict(tree_flatten(model.parameters()))
    mx.save_safetensors(str(folder / "model.safetensors"), weights, {"format": "mlx"})
    (folder / "config.json").write_text(json.dumps(config))
