"""The teacher's endpoint: which server and model, and what its tokens cost."""

from __future__ import annotations

import argparse
import functools
import os
from dataclasses import dataclass

from ..executors.errors import UsageError
from ..formatter.backends import Backend


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An OpenAI-compatible server. `timeout` is seconds a turn; prices are per million tokens. The
    key is read from the environment variable `key_variable`, never from a file."""

    url: str
    model: str
    key_variable: str = "OPENAI_API_KEY"
    timeout: float = 90.0
    temperature: float = 0.0
    price_in: float = 0.0
    price_out: float = 0.0

    def cost(self, prompt_tokens: int, new_tokens: int) -> float:
        """What these tokens cost, in the currency of the prices."""
        return (prompt_tokens * self.price_in + new_tokens * self.price_out) / 1_000_000


@functools.lru_cache(maxsize=8)
def backend(endpoint: Endpoint) -> Backend:
    """The back end of an endpoint, one a process; whoever uses it decides about trying again."""
    from ..formatter.backends.openai import OpenAIBackend

    return OpenAIBackend(
        endpoint.url, endpoint.model, key=os.environ.get(endpoint.key_variable, ""),
        timeout=endpoint.timeout, temperature=endpoint.temperature, retries=0,
    )  # fmt: skip


def add_endpoint_arguments(parser: argparse.ArgumentParser) -> None:
    """`--endpoint`, `--model` and what goes with them."""
    plain = Endpoint("", "")
    parser.add_argument(
        "--endpoint", help="URL of the server, for example http://127.0.0.1:8000/v1"
    )
    parser.add_argument("--model", help="the teacher's name on that server")
    parser.add_argument("--key-variable", default=plain.key_variable, help="variable with the key")
    parser.add_argument("--timeout", type=float, default=plain.timeout, help="seconds a question")
    parser.add_argument("--price-in", type=float, default=0.0, help="per million prompt tokens")
    parser.add_argument("--price-out", type=float, default=0.0, help="per million new tokens")


def endpoint_of(args: argparse.Namespace) -> Endpoint:
    """The endpoint that the options name; `UsageError` without URL or model."""
    if not args.endpoint or not args.model:
        raise UsageError("Name the teacher: --endpoint http://HOST:PORT/v1 --model NAME")
    return Endpoint(
        args.endpoint.rstrip("/"), args.model, args.key_variable, args.timeout,
        price_in=args.price_in, price_out=args.price_out,
    )  # fmt: skip
