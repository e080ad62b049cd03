"""`WordPieces`: texts as numbers of pieces for the retrieval models, each word cut once and remembered."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

_MOST_KNOWN = 100_000  # words


class WordPieces:
    """The shipped tokenizer, word by word: what a passage is made of comes again in the next.

    A word is what stands between spaces; the tokenizer cuts there anyway. Raises what the
    `tokenizers` library does where `tokenizer.json` is missing or broken.
    """

    def __init__(self, folder: Path) -> None:
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        numbers = self._tokenizer.get_vocab()
        self.first, self.end, self.count = numbers["[CLS]"], numbers["[SEP]"], len(numbers)
        self._known: dict[str, list[int]] = {}

    def of(self, texts: Iterable[str], most: int) -> list[list[int]]:
        """The first `most` pieces of each text, without marks of begin and end."""
        split = [text.split() for text in texts]
        known = self._known if len(self._known) < _MOST_KNOWN else {}
        new = list({word for words in split for word in words[:most]} - known.keys())
        found: dict[str, list[int]] = {word: [] for word in new}
        # all at once, as one text: a batch would be spread over threads, which wait for each other
        coded = self._tokenizer.encode(new, is_pretokenized=True, add_special_tokens=False)
        for number, word in zip(coded.ids, coded.word_ids, strict=True):
            if word is not None:
                found[new[word]].append(number)
        known = self._known = known | found
        return [[n for word in words[:most] for n in known[word]][:most] for words in split]
