"""Any OpenAI-compatible server: mlx_lm.server, vLLM, llama-server, Ollama, LM Studio."""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...executors.errors import BackendError
from . import Figures, Message, Reply, ToolChoice, ToolUse

RETRIED = frozenset({408, 429, 500, 502, 503, 504})


class OpenAIBackend:
    """Chat completions over HTTP. `url` ends in `/v1`; `timeout` is seconds without a byte.

    A busy or failing server is asked again `retries` times, after `pause`, 2 × `pause`, … seconds.
    Raises `BackendError` naming the server and what to do.
    """

    def __init__(
        self, url: str, model: str, *, key: str = "", timeout: float = 60.0,
        temperature: float = 0.0, retries: int = 2, pause: float = 0.5,
    ) -> None:  # fmt: skip
        self.url, self.model = url.rstrip("/"), model
        self._key, self._timeout, self._temperature = key, timeout, temperature
        self._retries, self._pause = retries, pause
        self._figures = Figures()

    @property
    def name(self) -> str:
        """`openai:` and the model's name."""
        return f"openai:{self.model}"

    @property
    def figures(self) -> Figures:
        """The cost of the latest finished run."""
        return self._figures

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[str]:
        """The answer's text in pieces, from server-sent events."""
        started, first, pieces, usage = time.monotonic(), 0.0, 0, {}
        body = self._body(messages, max_tokens) | {
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        with self._open(body) as response:
            for event in self._events(response):
                usage = event.get("usage") or usage
                for choice in event.get("choices") or ():
                    text = (choice.get("delta") or {}).get("content")
                    if text:
                        pieces += 1
                        first = first or (time.monotonic() - started) * 1000
                        yield text
        self._figures = _figures(usage, started, first, pieces)

    def complete(
        self, messages: Sequence[Message], *, max_tokens: int,
        tools: Sequence[Mapping[str, Any]] = (), seed: int = 0, choice: ToolChoice = "auto",
    ) -> Reply:  # fmt: skip
        """One whole assistant turn, with the tools it asks for."""
        started = time.monotonic()
        body = self._body(messages, max_tokens) | {"seed": seed}
        if tools and choice != "none":
            body["tools"] = list(tools)
            if choice == "required":
                body["tool_choice"] = choice
        with self._open(body) as response:
            try:
                data = json.loads(response.read())
                message = data["choices"][0]["message"]
                uses = tuple(
                    ToolUse(
                        use.get("id") or f"call_{number}",
                        use["function"]["name"],
                        _text(use["function"].get("arguments")),
                    )
                    for number, use in enumerate(message.get("tool_calls") or ())
                )
                text = message.get("content") or ""
            except (ValueError, LookupError, TypeError, AttributeError) as error:
                raise self._error("sent something that is no chat completion") from error
            except (OSError, http.client.HTTPException) as error:
                raise self._error(f"broke off ({error})") from error
        self._figures = _figures(data.get("usage") or {}, started, 0.0, 0)
        return Reply(text, uses, self._figures)

    def _body(self, messages: Sequence[Message], max_tokens: int) -> dict[str, Any]:
        return {
            "model": self.model,
            "messages": [dict(message) for message in messages],
            "max_tokens": max_tokens,
            "temperature": self._temperature,
        }

    def _open(self, body: Mapping[str, Any]) -> http.client.HTTPResponse:
        headers = {"Content-Type": "application/json"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        data = json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/chat/completions", data, headers)
        for attempt in range(self._retries + 1):
            if attempt:
                time.sleep(self._pause * 2 ** (attempt - 1))
            last = attempt == self._retries
            try:
                response: http.client.HTTPResponse = urllib.request.urlopen(
                    request, timeout=self._timeout
                )
                return response
            except urllib.error.HTTPError as error:
                said = error.read(300).decode("utf-8", "replace").strip()
                error.close()
                if last or error.code not in RETRIED:
                    hint = "; check the key" if error.code in (401, 403) else ""
                    raise self._error(
                        f"answered {error.code}: {said or error.reason}{hint}"
                    ) from error
            except (
                TimeoutError,
                urllib.error.URLError,
                http.client.HTTPException,
                OSError,
            ) as error:
                if last:
                    reason = getattr(error, "reason", error)
                    if isinstance(reason, TimeoutError):
                        raise self._error(f"did not answer within {self._timeout:g} s") from error
                    raise self._error(f"cannot be reached ({reason}); start it") from error
        raise AssertionError("unreachable")

    def _events(self, response: http.client.HTTPResponse) -> Iterator[Mapping[str, Any]]:
        try:
            for raw in response:
                line = raw.decode("utf-8", "replace").strip()
                if not line.startswith("data:"):
                    continue
                payload = line[5:].strip()
                if payload == "[DONE]":
                    return
                try:
                    event = json.loads(payload)
                except ValueError as error:
                    raise self._error("sent a broken event") from error
                if "error" in event:
                    raise self._error(f"reported {_text(event['error'])[:300]}")
                yield event
        except (OSError, http.client.HTTPException) as error:
            raise self._error(f"broke off ({error})") from error

    def _error(self, what: str) -> BackendError:
        return BackendError(f"The model server {self.url} (model '{self.model}') {what}.")


def _text(value: object) -> str:
    """Arguments as text: some servers send the object itself."""
    return value if isinstance(value, str) else json.dumps(value if value is not None else {})


def _figures(usage: Mapping[str, Any], started: float, first: float, pieces: int) -> Figures:
    details = usage.get("prompt_tokens_details") or {}
    return Figures(
        prompt_tokens=usage.get("prompt_tokens", 0),
        cached_tokens=details.get("cached_tokens") or 0,
        new_tokens=usage.get("completion_tokens", pieces),
        first_ms=first,
        total_ms=(time.monotonic() - started) * 1000,
    )
