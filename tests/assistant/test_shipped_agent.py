"""The shipped agent adapter: whole, and trained with the prompt that it gets."""

from __future__ import annotations

import hashlib
import json

from codeask.assistant.agent import AGENTS, TEMPLATE
from codeask.distill.train_agent import prompt_hash

FOLDER = AGENTS / "smollm2-135m"
MANIFEST = json.loads((FOLDER / "manifest.json").read_text("utf-8"))


def test_its_files_are_those_of_the_manifest() -> None:
    assert set(MANIFEST["sha256"]) == {"adapter.gguf", "mlx/adapters.safetensors"}
    for name, expected in MANIFEST["sha256"].items():
        assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == expected, name


def test_instructions_tools_and_template_are_those_it_was_trained_with() -> None:
    template = (FOLDER / TEMPLATE).read_text("utf-8")
    found = prompt_hash(template)
    assert found == MANIFEST["prompt_sha256"], "train it again, or keep instructions and catalogue"
    assert prompt_hash(template + " ") != found
