"""Read YAML text into plain data that remembers where everything stands.

Only the YAML that a seats file needs is read. Anchors, aliases, tags, merge keys and further
documents are refused, nothing is ever constructed, and bytes, depth and nodes are limited, so
hostile text is an error like any other. Plain words become true, false, null, whole numbers or
decimals; everything else is text, whatever other YAML readers take it for: `raw` remembers those.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

from reconciler.config import syntax_errors
from reconciler.config.findings import Findings
from reconciler.config.syntax_errors import shorten
from reconciler.model.diagnostics import Mark

Path = tuple[str | int, ...]
"""The keys and indices that lead to a value."""

MAX_BYTES = 8 * 1024 * 1024
"""Room for 100,000 users with their ids."""
MAX_NODES = 600_000
MAX_DEPTH = 20
MAX_DIGITS = 30

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS = {
    text: value
    for value, word in ((True, "true"), (False, "false"))
    for text in (word, word.title(), word.upper())
}
_INTEGER = re.compile(r"[-+]?[0-9]+")
_DECIMAL = re.compile(
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)
_SURPRISE = re.compile(
    r"(?:yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF)"
    r"|[-+]?0(?:x[0-9a-fA-F_]+|o[0-7_]+|b[01_]+)"
    r"|[-+]?[0-9][0-9_]*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?"
    r"|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?"
    r"|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt ][0-9].*)?"
)
_FIRST = frozenset("0123456789.+-~nNtTfFyYoO")
"""What a plain scalar that isn't just text begins with."""
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff"
    "\ud800-\udfff]"
)
"""Control characters, those that reorder text included; tab and line feed are fine in a text."""
_UNSEEN_RAW = re.compile(f"(?!\r){_UNSEEN.pattern}")


class Document:
    """What a YAML file says: plain *data*, and by path where each part of it stands.

    `raw` holds the text of plain scalars that are no text, or that other YAML readers would not
    take for text. `bad` are the paths whose faults are told: later checks pass over them.
    `unsound` are those and all that lead to them.
    """

    def __init__(self, file: str) -> None:
        self.file = file
        self.data: object = None
        self.values: dict[Path, tuple[int, int]] = {}
        self.keys: dict[Path, tuple[int, int]] = {}
        self.raw: dict[Path, str] = {}
        self.bad: set[Path] = set()
        self.unsound: set[Path] = set()

    def spoil(self, path: Path) -> None:
        """Note that a fault of the value at *path* is told, so that nothing is built on it."""
        self.bad.add(path)
        self.unsound.update(path[:length] for length in range(len(path) + 1))

    def at(self, line: int, column: int) -> Mark:
        """Return the mark of a *line* and *column* counted from 0."""
        return Mark(self.file, line + 1, column + 1)

    def mark(self, path: Path) -> Mark:
        """Return where the value at *path* begins, or the key where there is no value."""
        return self.at(*self.values.get(path) or self.keys.get(path) or (0, 0))

    def key_mark(self, path: Path) -> Mark:
        """Return where the key that leads to *path* stands; for an entry of a list, the entry."""
        return self.at(*self.keys.get(path) or self.values.get(path) or (0, 0))


class _Stop(Exception):
    """Nothing more can be read; the reason is told."""


def parse(text: str, file: str, findings: Findings) -> Document | None:
    """Return the document in *text*, or None if it can't be read to its end.

    All faults are added to *findings*; those that leave the rest readable don't end the reading.
    """
    document = Document(file)
    if _tell_unseen(text, document, findings):
        return None
    loader: Any = getattr(yaml, "CLoader", yaml.Loader)
    try:
        _Builder(document, findings).build(yaml.parse(text, Loader=loader))
    except _Stop:
        return None
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        line, column, message = syntax_errors.explain(error, text)
        findings.error(document.at(line, column), "syntax", message)
        return None
    return document


def unseen(text: str) -> str | None:
    """Return the name of the first character in *text* that can't be seen, if there is one."""
    found = _UNSEEN.search(text)
    return None if found is None else f"U+{ord(found.group()):04X}"


def _tell_unseen(text: str, document: Document, findings: Findings) -> bool:
    """Tell the characters that YAML forbids or that hide text; at most ten of them."""
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0"))
        findings.error(
            document.at(line, 0),
            "binary",
            "this is not a text file: there is a NUL byte on this line; "
            "save it as plain text in UTF-8",
        )
        return True
    places = [found for _, found in zip(range(10), _UNSEEN_RAW.finditer(text), strict=False)]
    for found in places:
        line = text.count("\n", 0, found.start())
        column = found.start() - (text.rfind("\n", 0, found.start()) + 1)
        findings.error(
            document.at(line, column),
            "control-character",
            f"a character that can't be seen stands here (U+{ord(found.group()):04X}): remove it",
        )
    return bool(places)


class _Builder:
    """Builds a document's data from YAML's events."""

    def __init__(self, document: Document, findings: Findings) -> None:
        self._document = document
        self._findings = findings
        self._nodes = 0

    def build(self, events: Iterator[Any]) -> None:
        next(events)  # the start of the stream
        start = next(events)
        if isinstance(start, yaml.StreamEndEvent):
            self._empty()
        self._document.data = self._node(events, next(events), (), 0)
        next(events)  # the end of the document
        more = next(events)
        if isinstance(more, yaml.DocumentStartEvent):
            self._tell(
                more,
                "second-document",
                "a second document begins here (`---`): one file, one document; "
                "put it in a file of its own",
            )
        elif self._document.data is None and not self._document.bad:
            self._empty()

    def _empty(self) -> None:
        self._findings.error(self._document.at(0, 0), "empty", "the file is empty")
        raise _Stop

    def _tell(self, event: Any, code: str, message: str) -> None:
        self._findings.error(
            self._document.at(event.start_mark.line, event.start_mark.column), code, message
        )

    def _node(self, events: Iterator[Any], event: Any, path: Path, depth: int) -> object:
        self._document.values[path] = (event.start_mark.line, event.start_mark.column)
        self._limit(event, depth)
        if isinstance(event, yaml.AliasEvent):
            self._document.spoil(path)
            alias = shorten(str(event.anchor))
            message = f"aliases are not used here: write out what `*{alias}` stands for"
            self._tell(event, "alias", message)
            return None
        self._properties(event, path)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(events, path, depth)
        return self._mapping(events, path, depth)

    def _limit(self, event: Any, depth: int) -> None:
        self._nodes += 1
        if depth > MAX_DEPTH:
            self._tell(event, "too-deep", f"nested more than {MAX_DEPTH} levels deep")
            raise _Stop
        if self._nodes > MAX_NODES:
            self._tell(event, "too-large", f"the file holds more than {MAX_NODES:,} values")
            raise _Stop

    def _properties(self, event: Any, path: Path) -> None:
        if event.anchor is not None:
            self._tell(
                event,
                "anchor",
                f"anchors are not used here: take `&{shorten(str(event.anchor))}` away",
            )
        if event.tag is not None:
            self._document.spoil(path)
            self._tell(
                event,
                "tag",
                "tags (a word that begins with `!`) are not used here: "
                'take it away, and put text in quotes: "..."',
            )

    def _sequence(self, events: Iterator[Any], path: Path, depth: int) -> list[object]:
        items: list[object] = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            items.append(self._node(events, event, (*path, len(items)), depth + 1))
        return items

    def _mapping(self, events: Iterator[Any], path: Path, depth: int) -> dict[str, object]:
        data: dict[str, object] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            key = self._key(events, event, depth)
            if key is not None and (*path, key) in self._document.keys:
                self._duplicate(event, key, (*path, key))
                key = None
            if key is None:
                self._skip(events, depth)
                continue
            child = (*path, key)
            self._document.keys[child] = (event.start_mark.line, event.start_mark.column)
            data[key] = self._node(events, next(events), child, depth + 1)
        return data

    def _key(self, events: Iterator[Any], event: Any, depth: int) -> str | None:
        """Return the text of a key, None if it can't be one; a key is always text."""
        if not isinstance(event, yaml.ScalarEvent):
            self._tell(event, "key", "a key must be a word, like `teams`")
            if not isinstance(event, yaml.AliasEvent):
                self._finish(events, event, depth)
            return None
        if event.anchor is not None or event.tag is not None:
            self._tell(event, "key", "a key must be a word, without `&` or `!` before it")
        value: str = event.value
        if value == "<<" and event.implicit[0]:
            self._tell(
                event, "merge-key", "merge keys (`<<`) are not used here: write the keys out"
            )
            return None
        if value == "":
            self._tell(event, "key", "a key is missing before this `:`")
            return None
        if (name := unseen(value)) is not None:
            self._tell(event, "control-character", f"a key can't hold the character {name}")
            return None
        return value

    def _duplicate(self, event: Any, key: str, path: Path) -> None:
        line = self._document.keys[path][0] + 1
        self._tell(
            event,
            "duplicate-key",
            f"`{shorten(key)}` stands here a second time, first on line {line}: put both together",
        )

    def _skip(self, events: Iterator[Any], depth: int) -> None:
        """Read a value that leads nowhere; faults of its own are not told."""
        self._finish(events, next(events), depth)

    def _finish(self, events: Iterator[Any], event: Any, depth: int) -> None:
        open_ = 0
        while True:
            self._limit(event, depth + open_)
            if isinstance(event, yaml.CollectionStartEvent):
                open_ += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                open_ -= 1
            if open_ == 0:
                return
            event = next(events)

    def _scalar(self, event: Any, path: Path) -> object:
        text: str = event.value
        if not event.implicit[0]:
            return self._text(event, text, path)
        if text and text[0] not in _FIRST:
            return self._text(event, text, path)
        return self._plain(event, text, path)

    def _plain(self, event: Any, text: str, path: Path) -> object:
        if text in _NULLS:
            self._document.raw[path] = text
            return None
        if text in _BOOLEANS:
            self._document.raw[path] = text
            return _BOOLEANS[text]
        if _SURPRISE.fullmatch(text) is None and _DECIMAL.fullmatch(text) is None:
            return self._text(event, text, path)
        return self._number(event, text, path)

    def _number(self, event: Any, text: str, path: Path) -> object:
        if len(text) > MAX_DIGITS:
            self._document.spoil(path)
            self._tell(event, "number", f"a number of {len(text):,} characters is far too long")
            return None
        if _INTEGER.fullmatch(text):
            number = int(text)
            if str(number) != text:
                self._document.raw[path] = text
            return number
        self._document.raw[path] = text
        return float(text) if _DECIMAL.fullmatch(text) and text[-1] not in "fFnN" else text

    def _text(self, event: Any, text: str, path: Path) -> str:
        name = unseen(text)
        if name is not None:
            self._document.spoil(path)
            self._tell(
                event, "control-character", f"this text holds the character {name}: remove it"
            )
        return text
