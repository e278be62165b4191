"""How a piece of an answer reads by itself: a list item after what introduces it, a table row with its column heads."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from proxy.grounding.text.markdown_lines import cells, plain

LONGEST_LEAD_IN = 200  # characters; a longer one introduces nothing

_FINISHED = re.compile(r"[.!?…。！？｡][\"'”’»)\]]*\Z")


@dataclass(slots=True)
class ReadingContext:
    """What has been read so far, as far as a later piece needs it to be understood."""

    lead_in: str = ""
    columns: list[str] = field(default_factory=list)
    _items: list[tuple[int, str]] = field(
        default_factory=list
    )  # open list items: indent, what they introduce

    def sentence(self, text: str) -> str:
        """The reading of a sentence outside lists; one that ends open ("You need:") introduces what follows."""
        self._items.clear()
        self.lead_in = introduction(text)
        return plain(text)

    def open_item(self, indent: int) -> None:
        while self._items and self._items[-1][0] >= indent:
            self._items.pop()
        self._items.append((indent, ""))

    def item(self, text: str, first: bool) -> str:
        """The reading of a sentence in a list item; the item's first one follows what stands above it."""
        if not first or not self._items:
            return plain(text)
        indent, _ = self._items[-1]
        self._items[-1] = (indent, introduction(text))
        above = [self.lead_in, *(introduced for _, introduced in self._items[:-1])]
        return joined(": ".join(filter(None, above)), plain(text))

    def head(self, row: str) -> str:
        self.columns = cells(row)
        return ", ".join(cell for cell in self.columns if cell)

    def row(self, text: str) -> str:
        """``Fare: Flex. Refund: full.``; without column heads the cells one after the other."""
        values = cells(text)
        heads = self.columns + [""] * (len(values) - len(self.columns))
        pairs = [joined(head, value) for head, value in zip(heads, values, strict=False) if value]
        return " ".join(pair if _FINISHED.search(pair) else f"{pair}." for pair in pairs)


def introduction(text: str) -> str:
    """What a piece introduces: itself where it ends open, nothing where it is a finished sentence."""
    reading = plain(text)
    return "" if _FINISHED.search(reading) or len(reading) > LONGEST_LEAD_IN else reading.rstrip(": ")


def joined(head: str, text: str) -> str:
    return f"{head}: {text}" if head else text
