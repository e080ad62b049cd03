"""An OpenAI-protocol server for tests: it says what a script tells it, and keeps what it was asked."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Script = Callable[[Mapping[str, Any]], Mapping[str, Any] | int | list[str]]
"""From the request's body: a message (`content`, `tool_calls`), an HTTP status, or stream lines."""


class OpenAIServer:
    """Use as a context manager; `url` ends in /v1. `script` may raise to break the connection."""

    def __init__(self, script: Script) -> None:
        self.requests: list[dict[str, Any]] = []
        self._lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, format: str, *args: Any) -> None:
                pass

            def do_POST(self) -> None:
                size = int(self.headers["Content-Length"])
                body = json.loads(self.rfile.read(size))
                with outer._lock:
                    outer.requests.append(
                        {**body, "key": self.headers.get("Authorization"), "path": self.path}
                    )
                try:
                    said = script(body)
                except ConnectionError:
                    self.connection.close()
                    return
                with contextlib.suppress(BrokenPipeError):  # the client gave up
                    self._send(said, body)

            def _send(self, said: Any, body: Mapping[str, Any]) -> None:
                status, content = 200, b""
                kind = "application/json"
                if isinstance(said, int):
                    status, content = said, b'{"error": "scripted"}'
                elif isinstance(said, list):
                    kind, content = "text/event-stream", "".join(said).encode()
                else:
                    usage = {
                        "prompt_tokens": len(json.dumps(body["messages"])) // 4,
                        "completion_tokens": max(1, len(json.dumps(said)) // 4),
                    }
                    choice = {"index": 0, "message": {"role": "assistant", **said}}
                    content = json.dumps({"choices": [choice], "usage": usage}).encode()
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def __enter__(self) -> OpenAIServer:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def tool_call(tool: str, /, **arguments: Any) -> dict[str, Any]:
    """A message that asks for one tool."""
    function = {"name": tool, "arguments": json.dumps(arguments)}
    return {
        "content": None,
        "tool_calls": [{"id": f"call_{tool}", "type": "function", "function": function}],
    }


def events(*pieces: str, usage: Mapping[str, int] | None = None) -> list[str]:
    """Stream lines that say `pieces` one by one."""
    lines = [
        f"data: {json.dumps({'choices': [{'delta': {'content': piece}}]})}\n\n" for piece in pieces
    ]
    if usage:
        lines.append(f"data: {json.dumps({'choices': [], 'usage': usage})}\n\n")
    return [*lines, "data: [DONE]\n\n"]
