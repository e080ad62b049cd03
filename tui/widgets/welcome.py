"""What stands in an empty conversation: what can be asked, with examples of this repository."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from ...formatter import line

WORDS = """\
Ask about this code in plain words: where something is defined, who calls it, what extends it, \
how it works, what depends on it, who changed it. Every place in an answer exists; nothing is made up, \
nothing leaves this machine."""


class Welcome(Vertical):
    """Posts `Picked` when an example is chosen."""

    DEFAULT_CSS = """
    Welcome { height: auto; padding: 1 2; max-width: 90; }
    Welcome > Static { height: auto; margin: 0 0 1 0; }
    Welcome > .title { text-style: bold; color: $text-primary; }
    Welcome > .hint { color: $text-muted; margin: 1 0 0 0; }
    Welcome > OptionList { height: auto; border: none; background: transparent; padding: 0;
        &:focus { border: none; background-tint: transparent 0%; }
        & > .option-list--option-highlighted { background: $background; color: $foreground; }
        &:focus > .option-list--option-highlighted { background: $primary-muted; text-style: bold; } }
    """

    @dataclass
    class Picked(Message):
        """An example was chosen."""

        question: str

    def __init__(self) -> None:
        super().__init__()
        self.examples: tuple[str, ...] = ()

    def compose(self) -> ComposeResult:
        """Words, examples, keys."""
        yield Static("codeask", classes="title", markup=False)
        yield Static(WORDS, markup=False)
        yield OptionList(markup=False, compact=True)
        yield Static(
            "Enter asks the first · Tab goes to the places · @ completes names · F1 shows all keys",
            classes="hint", markup=False,
        )  # fmt: skip

    def on_mount(self) -> None:
        """No examples yet."""
        self.query_one(OptionList).display = False

    def show(self, examples: Sequence[str]) -> None:
        """Shows example questions."""
        self.examples = tuple(examples)
        listed = self.query_one(OptionList)
        listed.set_options(
            Option(Content.assemble(("❯ ", "$primary"), line(example))) for example in examples
        )
        listed.display = bool(examples)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """An example was chosen."""
        event.stop()
        self.post_message(self.Picked(self.examples[event.option_index]))
