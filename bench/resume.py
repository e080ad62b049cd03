"""`generate` or `train-agent` killed with SIGKILL at random moments: resumed, it ends in the same bytes.

Usage: python bench/resume.py generate [KILLS]. A scripted teacher on this machine answers 60 questions
about two small pinned codebases; nothing may be answered twice. Not measured: a real teacher's speed.
Or: python bench/resume.py train MODEL [KILLS], with a GGUF file or model folder: 48 rows of the
shipped traces, six steps, the adapter compared byte by byte.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

QUESTIONS = 60
START = "import sys; from codeask.tui.cli import codeask; sys.exit(codeask())"


class Teacher(BaseHTTPRequestHandler):
    """Looks for the question's last word, then says how much it found; counts what it is asked."""

    asked: ClassVar[Counter[str]] = Counter()
    lock: ClassVar[threading.Lock] = threading.Lock()

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        question = next(m["content"] for m in reversed(body["messages"]) if m["role"] == "user")
        last = body["messages"][-1]
        time.sleep(0.03)
        if last["role"] == "tool":
            with self.lock:
                self.asked[question] += 1
            message: dict[str, Any] = {
                "content": "Found [1]." if "[1]" in last["content"] else "None."
            }
        else:
            word = question.split()[-1].strip("?")
            function = {"name": "find_definition", "arguments": json.dumps({"name": word})}
            call = {"id": "call_1", "type": "function", "function": function}
            message = {"content": None, "tool_calls": [call]}
        content = json.dumps(
            {
                "choices": [{"message": message}],
                "usage": {"prompt_tokens": 9, "completion_tokens": 3},
            }
        ).encode()
        try:
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
        except OSError:  # the client was killed
            pass


def command(url: str, questions: Path, out: Path) -> list[str]:
    """The command that is killed."""
    return [
        sys.executable, "-c", START, "distill", "generate", "--endpoint", url, "--model", "scripted",
        "--questions", str(questions), "--out", str(out), "--repo", "flask", "--repo", "httpx",
        "--workers", "4",
    ]  # fmt: skip


def kill_after(seconds: float, words: list[str], environment: dict[str, str]) -> None:
    """Starts a command and kills it with SIGKILL."""
    process = subprocess.Popen(
        words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    process.wait()


PROFILE = """\
[resume]
layers = 4
rank = 4
batch = 8
longest = 700
evaluate_every = 1
validation_rows = 4
epochs = 1
rows = 48
answers = 0.0
template = "models/agent/smollm2-135m/chat_template.jinja"
"""


def train(model: str, kills: int) -> int:
    """Trains whole, then with kills; prints the adapters' hashes."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "profiles.toml").write_text(PROFILE)
        made = [sys.executable, "-c", START, "distill", "datasets", "--out", str(folder / "data")]
        subprocess.run(made, env=environment, check=True, capture_output=True)

        def command_of(out: str) -> list[str]:
            return [
                sys.executable, "-c", START, "distill", "train-agent", "--model", model, "--data",
                str(folder / "data" / "agent"), "--out", str(folder / out), "--profile", "resume",
                "--profiles", str(folder / "profiles.toml"),
            ]  # fmt: skip

        started = time.monotonic()
        subprocess.run(command_of("whole"), env=environment, check=True, capture_output=True)
        whole = time.monotonic() - started
        print(f"whole: {whole:.0f} s, {_adapter(folder / 'whole')}", flush=True)
        rng = random.Random(time.time_ns())
        for number in range(kills):
            moment = rng.uniform(0.6, 0.95) * whole  # the first part is loading
            kill_after(moment, command_of("killed"), environment)
            written = sorted(p.name for p in (folder / "killed").glob("*.safetensors"))
            print(f"kill {number + 1} after {moment:.0f} s: {', '.join(written)}", flush=True)
        subprocess.run(command_of("killed"), env=environment, check=True, capture_output=True)
        same = _adapter(folder / "whole") == _adapter(folder / "killed")
        print(f"resumed: {_adapter(folder / 'killed')}\nsame adapter: {same}")
        return 0 if same else 1


def _adapter(folder: Path) -> str:
    digest = hashlib.sha256((folder / "adapters.safetensors").read_bytes()).hexdigest()
    return f"adapter {digest[:16]}"


def generate(kills: int) -> int:
    """Runs it whole, then with kills; prints hashes, and questions paid for more than once."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Teacher)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        questions = folder / "questions.jsonl"
        names = ["Flask", "Client", "url_for", "Request", "session", "nothing_like_it"]
        rows = [
            {
                "id": f"q{n}",
                "question": f"{n}: where is {names[n % 6]}?",
                "repo": ("flask", "httpx")[n % 2],
            }
            for n in range(QUESTIONS)
        ]
        questions.write_text("".join(json.dumps(row) + "\n" for row in rows))
        started = time.monotonic()
        subprocess.run(
            command(url, questions, folder / "whole"),
            env=environment,
            check=True,
            capture_output=True,
        )
        whole = time.monotonic() - started
        print(f"whole: {whole:.1f} s, {_hash(folder / 'whole')}")
        Teacher.asked.clear()
        rng = random.Random(time.time_ns())
        for number in range(kills):
            moment = rng.uniform(0.3, 0.6) * whole
            kill_after(moment, command(url, questions, folder / "killed"), environment)
            ledger = folder / "killed" / "traces.jsonl"
            lines = ledger.read_bytes().count(b"\n") if ledger.is_file() else 0
            print(f"kill {number + 1} after {moment:.1f} s: {lines} traces on the disk")
        subprocess.run(
            command(url, questions, folder / "killed"), env=environment, check=True,
            capture_output=True,
        )  # fmt: skip
        again = sum(count > 1 for count in Teacher.asked.values())
        same = _hash(folder / "killed") == _hash(folder / "whole")
        print(f"resumed: {_hash(folder / 'killed')}")
        print(f"same data: {same}; answered twice (in flight at a kill, 4 at most each): {again}")
        return 0 if same and again <= 4 * kills else 1


def _hash(folder: Path) -> str:
    figures = json.loads((folder / "generate.json").read_text())["figures"]
    return f"{figures['answered']} traces, data hash {figures['data hash'][:16]}"


def main(words: list[str]) -> int:
    """Runs what the command line names."""
    if words[:1] == ["train"] and len(words) > 1:
        return train(words[1], int(words[2]) if len(words) > 2 else 3)
    if words[:1] == ["generate"]:
        return generate(int(words[1]) if len(words) > 1 else 3)
    print(__doc__)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
