"""The question box: several lines, history with up and down, `@` completion in a list above it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, TextArea
from textual.widgets.option_list import Option

from ...formatter import line as safe_line
from ..history import History
from ..mentions import Candidate, Mention, completed, mention_at

PLACEHOLDER = "Ask about this repository…"
NEW_LINE = ("shift+enter", "ctrl+j", "alt+enter")


class QuestionBox(TextArea):
    """The text; keys that mean something to the prompt are told to it first."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "Ask", show=False),
    ]

    async def _on_key(self, event: events.Key) -> None:
        prompt = self.parent
        if isinstance(prompt, Prompt) and prompt.key(event.key):
            event.prevent_default()
            event.stop()


class Prompt(Vertical):
    """Posts `Asked` for a question and `Searching` when `@` needs candidates."""

    DEFAULT_CSS = """
    Prompt { height: auto; }
    Prompt > QuestionBox { height: auto; max-height: 8; min-height: 3; border: round $foreground 30%;
        background: $background; padding: 0 1; &:focus { border: round $border; } }
    Prompt > OptionList { height: auto; max-height: 8; display: none; border: none; margin: 0 2;
        background: $panel; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    @dataclass
    class Asked(Message):
        """A question (or nothing: the suggestion is meant)."""

        question: str

    @dataclass
    class Searching(Message):
        """Candidates are wanted for what is typed after `@`."""

        typed: str

    class Leaving(Message):
        """Tab: the focus goes to the places."""

    def __init__(self, history: History) -> None:
        super().__init__()
        self.history = history
        self._mention: Mention | None = None

    def compose(self) -> ComposeResult:
        """The candidates and the box."""
        yield OptionList(markup=False, compact=True, id="candidates")
        yield QuestionBox(soft_wrap=True, compact=False, highlight_cursor_line=False)

    @property
    def box(self) -> QuestionBox:
        """The text area."""
        return self.query_one(QuestionBox)

    @property
    def candidates(self) -> OptionList:
        """The list above the box."""
        return self.query_one("#candidates", OptionList)

    def on_mount(self) -> None:
        """The list of candidates is never focused: the box keeps the keys."""
        self.candidates.can_focus = False
        self.box.placeholder = PLACEHOLDER

    def put(self, text: str) -> None:
        """Replaces what is typed, the cursor at its end."""
        self.box.text = text
        self.box.move_cursor(self.box.document.end)

    def key(self, key: str) -> bool:
        """Does what a key means here; False where it is the text area's."""
        if self._completing and key in ("up", "down", "enter", "tab", "escape"):
            self._complete(key)
            return True
        if key == "enter":
            self._submit()
        elif key in NEW_LINE:
            self.box.insert("\n")
        elif key == "tab":
            self.post_message(self.Leaving())
        elif key == "up" and self.box.cursor_at_first_line:
            return self._step(self.history.older(self.box.text))
        elif key == "down" and self.box.cursor_at_last_line:
            return self._step(self.history.newer())
        else:
            return False
        return True

    def _step(self, text: str | None) -> bool:
        if text is None:
            return False
        self.put(text)
        return True

    def _submit(self) -> None:
        text = self.box.text.strip()
        if text:
            self.history.add(text)
            self.box.clear()
        self.post_message(self.Asked(text))

    # completion

    @property
    def _completing(self) -> bool:
        return bool(self.candidates.display) and self.candidates.option_count > 0

    @on(TextArea.Changed)
    def look_for_mention(self) -> None:
        """Asks for candidates while a mention is typed."""
        row, column = self.box.cursor_location
        self._mention = mention_at(str(self.box.document.get_line(row)), column)
        if self._mention is None:
            self.candidates.display = False
        else:
            self.post_message(self.Searching(self._mention.text))

    def offer(self, typed: str, found: list[Candidate], remark: str = "") -> None:
        """Shows candidates, unless something else is typed by now."""
        if self._mention is None or self._mention.text != typed:
            return
        options = [
            Option(
                Content.assemble((f"{candidate.kind:<7}", "dim"), safe_line(candidate.text)),
                id=f"{number}:{candidate.text}",
            )
            for number, candidate in enumerate(found)
        ]
        if not options and remark:
            options = [Option(Content.styled(remark, "italic dim"), disabled=True)]
        self.candidates.set_options(options)
        self.candidates.display = bool(options)
        if found:
            self.candidates.highlighted = 0

    def _complete(self, key: str) -> None:
        listed = self.candidates
        if key == "up":
            listed.action_cursor_up()
        elif key == "down":
            listed.action_cursor_down()
        elif key == "escape":
            listed.display = False
        else:
            at = listed.highlighted
            if at is not None:
                self._take(str(listed.get_option_at_index(at).id).partition(":")[2])

    @on(OptionList.OptionSelected, "#candidates")
    def take_clicked(self, event: OptionList.OptionSelected) -> None:
        """A candidate was clicked."""
        event.stop()
        self._take(str(event.option.id).partition(":")[2])
        self.box.focus()

    def _take(self, chosen: str) -> None:
        self.candidates.display = False
        if self._mention is None:
            return
        row, column = self.box.cursor_location
        line = str(self.box.document.get_line(row))
        text, cursor = completed(line, column, self._mention, chosen)
        self.box.replace(text, (row, 0), (row, len(line)))
        self.box.move_cursor((row, cursor))
