"""Steering an answer: another tool or other arguments, from what the router considered or by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Checkbox, Input, OptionList, Static

from ...executors.catalog import COMMON, TOOLS, ToolCall, get_tool
from ...executors.errors import CodeaskError
from ...formatter import RouteLike, line
from ..callline import moved, read, tool_names, written
from .dialog import ListDialog


@dataclass(frozen=True, slots=True)
class Steered:
    """The call to run, and whether to note it as a correction."""

    call: ToolCall
    remember: bool


class SteerDialog(ListDialog[Steered]):
    """Gives the call to run instead."""

    TITLE_TEXT = "Ask with another tool"
    HINT: ClassVar[str] = (
        "Up/Down chooses, the line below can be changed · Enter runs it · Esc leaves"
    )
    DEFAULT_CSS = """
    SteerDialog Checkbox { border: none; height: 1; padding: 0; background: $surface; }
    SteerDialog #about { color: $text-muted; height: auto; max-height: 5; }
    """

    def __init__(self, question: str, route: RouteLike) -> None:
        super().__init__()
        self._question, self._route = question, route
        self._lines: list[str] = []

    def inside(self) -> ComposeResult:
        """The question, the choices, the call that will be run."""
        yield Static(line(self._question), markup=False)
        yield OptionList(markup=False, compact=True)
        yield Input()
        yield Static("", id="about", markup=False)
        yield Checkbox(
            "note it as a correction (codeask corrections reviews them)", True, compact=True
        )

    def on_mount(self) -> None:
        """The alternatives first, then every other tool."""
        route = self._route
        rows: list[Content] = []
        considered = [
            (route.call, route.confidence),
            *((a.call, a.confidence) for a in route.alternatives),
        ]
        for call, sure in considered:
            self._lines.append(written(call))
            rows.append(
                Content.assemble((f"{sure:>4.0%}  ", "$primary"), line(written(call)))
            )  # fmt: skip
        known = {call.tool for call, _ in considered}
        for name in tool_names():
            if name not in known:
                self._lines.append(moved(route.call, name, self._question))
                rows.append(
                    Content.assemble("      ", name, (f"  {TOOLS[name].description}", "dim"))
                )
        self.offer(rows)
        self.line.focus()

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """The line shows the chosen call."""
        self.line.value = self._lines[event.option_index]
        self.line.cursor_position = len(self.line.value)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """A click chooses; the call may still be changed."""
        self.line.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Tells the tool's arguments."""
        self.problem("")
        name = event.value.partition(" ")[0]
        about = self.query_one("#about", Static)
        about.update(Content(described(name)) if name in TOOLS else "")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Runs it."""
        try:
            call = read(event.value)
        except CodeaskError as error:
            self.problem(line(str(error)))
            return
        self.dismiss(Steered(call, self.query_one(Checkbox).value))


def described(name: str) -> str:
    """A tool's own arguments, the required ones first, then the common ones."""
    common = {argument.name for argument in COMMON}
    tool = get_tool(name)
    own = [a for a in tool.arguments if a.name not in common or a.required]
    told = [
        f"{a.name}{'' if a.required else '?'}" for a in sorted(own, key=lambda a: not a.required)
    ]
    shared = " ".join(sorted(common - {a.name for a in own}))
    return f"takes {' '.join(told) or 'nothing'}; also {shared}"
