"""Objects of a snapshot, read so that a message says the place and what was found there."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime

from reconciler.errors import SnapshotError
from reconciler.sandbox import times


class Node:
    """A JSON object in the snapshot, with its place for messages."""

    def __init__(self, value: object, place: str) -> None:
        if not isinstance(value, Mapping):
            raise SnapshotError(f"snapshot: {place}: expected an object, found {shown(value)}")
        self.value: Mapping[str, object] = value
        self.place = place

    def has(self, key: str) -> bool:
        return self.value.get(key) is not None

    def node(self, key: str) -> Node:
        return Node(self.value.get(key), f"{self.place}.{key}")

    def optional(self, key: str) -> Node | None:
        return self.node(key) if self.has(key) else None

    def nodes(self, key: str) -> Iterator[Node]:
        for index, item in enumerate(self.items(key)):
            yield Node(item, f"{self.place}.{key}[{index}]")

    def items(self, key: str) -> list[object]:
        value = self.value.get(key)
        if value is not None and not isinstance(value, list):
            raise self.wrong(key, "a list")
        return list(value or ())

    def text(self, key: str) -> str:
        value = self.value.get(key)
        if not isinstance(value, str) or not value:
            raise self.wrong(key, "a text")
        return value

    def number(self, key: str) -> int:
        value = self.value.get(key)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.wrong(key, "a whole number")
        return value

    def moment(self, key: str, base: datetime) -> datetime | None:
        if not self.has(key):
            return None
        read = times.moment(self.text(key), base)
        if read is None:
            raise self.wrong(key, "a time such as 2026-11-22T08:00:00Z or -40d")
        return read

    def day(self, key: str, base: datetime) -> date | None:
        if not self.has(key):
            return None
        read = times.day(self.text(key), base)
        if read is None:
            raise self.wrong(key, "a day such as 2026-12-01, +9d or next-cycle")
        return read

    def wrong(self, key: str, expected: str) -> SnapshotError:
        found = shown(self.value.get(key))
        return SnapshotError(f"snapshot: {self.place}.{key}: expected {expected}, found {found}")


def shown(value: object) -> str:
    """Return *value* as a message shows it."""
    text = "nothing" if value is None else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def unknown(what: str, name: str, known: Sequence[str]) -> str:
    """Return the words for *name*, which is none of *known*; *what* begins them."""
    folded = name.lower().replace("-", "_")
    near = difflib.get_close_matches(folded[:60], known, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return f"{what} {name[:60]!r}.{hint} There are {', '.join(known)}"
