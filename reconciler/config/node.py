"""Walk a document's values without losing their place."""

from __future__ import annotations

from typing import Any

from reconciler.config.yaml import Document, Path
from reconciler.model.diagnostics import Mark


class Node:
    """A value of a document, where it stands.

    What is absent, of the wrong type or already told to be wrong reads as None or as nothing, so
    the readers need not look twice: the fault is told elsewhere.
    """

    __slots__ = ("_document", "path", "value")

    def __init__(self, document: Document, path: Path = (), value: Any = None) -> None:
        self._document = document
        self.path = path
        self.value: Any = value if path else document.data

    @property
    def mark(self) -> Mark:
        return self._document.mark(self.path)

    @property
    def key_mark(self) -> Mark:
        return self._document.key_mark(self.path)

    @property
    def sound(self) -> bool:
        """Whether nothing in this value is told to be wrong yet."""
        return self.path not in self._document.unsound

    @property
    def raw(self) -> str | None:
        """The text as written, where YAML readers may take it for something else than text."""
        return self._document.raw.get(self.path)

    def has(self, key: str) -> bool:
        """Whether the key is written, rightly or wrongly."""
        return isinstance(self.value, dict) and key in self.value

    def spoil(self) -> None:
        """Note that a fault of this value is told, so that nothing is built on it."""
        self._document.spoil(self.path)

    def get(self, key: str) -> Node | None:
        """Return the value under *key*."""
        if not isinstance(self.value, dict) or key not in self.value:
            return None
        path = (*self.path, key)
        return None if path in self._document.bad else Node(self._document, path, self.value[key])

    def entries(self, key: str) -> list[Node]:
        """Return the entries of the list under *key*."""
        node = self.get(key)
        return [] if node is None else node.items()

    def items(self) -> list[Node]:
        """Return the entries of this list."""
        if not isinstance(self.value, list):
            return []
        paths = [(*self.path, index) for index in range(len(self.value))]
        return [
            Node(self._document, path, item)
            for path, item in zip(paths, self.value, strict=True)
            if path not in self._document.bad
        ]

    @property
    def text(self) -> str | None:
        return self.value if isinstance(self.value, str) else None

    @property
    def number(self) -> int | None:
        return self.value if type(self.value) is int else None
