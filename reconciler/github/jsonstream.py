"""Reads JSON values one after the other from a stream of bytes, whatever their layout."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import msgspec

T = TypeVar("T")

_NOT_A_ROW = (msgspec.MsgspecError, ValueError, OverflowError, RecursionError)
"""What decoding raises for text that is not JSON or is not a row."""

_LONGEST = 16 * 1024 * 1024
"""Characters of one value."""

_CUT = 16
"""An error this close to the end of the buffer can be a word, number or escape cut in two."""

_DEEP = 500
"""Characters that text nested too deeply has at least, so that not each of its lines is tried."""

_BETWEEN = " \t\r\n,[]\ufeff\x1e"
"""What stands between values; brackets too, so that arrays are flattened."""

_GAP = re.compile(f"[{re.escape(_BETWEEN)}]*")
_START = re.compile(r'\{\s*"[^"]*"')
_RESUME = re.compile(r"\n(?=[ \t\r]*[\[{])|\}\s*,\s*(?=\{)")
_value_at = json.JSONDecoder().raw_decode


def decoded(chunks: Iterable[bytes], decode: Callable[[str], T]) -> Iterator[T | Exception]:
    """Yield the result of *decode* for each value of a stream, or the error where it fails.

    Values can be lines, elements of arrays, and objects over several lines. After text that is not
    JSON, reading resumes at the next line or element that starts a value.
    """
    buffer = _Buffer(chunks)
    pieces = False  # what follows broken text in its line, or indented, can be a piece of it
    while buffer.next():
        counts = buffer.starts_line() or not pieces
        try:
            row = _guessed(buffer, decode)
        except _NOT_A_ROW:
            try:
                text = buffer.value()
            except _NOT_A_ROW as error:
                if counts:
                    yield error
                buffer.resume(_DEEP if isinstance(error, RecursionError) else 0)
                pieces = True
                continue
            try:
                row = decode(text)
            except _NOT_A_ROW as error:
                if counts:
                    yield error
                continue
        pieces = False
        yield row


def _guessed(buffer: _Buffer, decode: Callable[[str], T]) -> T:
    """Return the next row by guessing where it ends: its decoder is faster than the search."""
    try:
        row = decode(buffer.until_alike())
    except _NOT_A_ROW:
        row = decode(buffer.line())
    buffer.accept()
    return row


class _Buffer:
    """The text of a stream that is not yet read."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._parts = _texts(chunks)
        self._text = ""
        self._at = 0
        self._guess = 0
        self._start = ""
        self._ended = False

    def next(self) -> bool:
        """Move to the start of a value; return False at the end of the stream."""
        while True:
            gap = _GAP.match(self._text, self._at)
            self._at = gap.end() if gap is not None else self._at
            if self._at < len(self._text):
                return True
            if self._ended:
                return False
            self._more()

    def starts_line(self) -> bool:
        """Return whether the value starts in the first column."""
        return self._at == 0 or self._text[self._at - 1] == "\n"

    def until_alike(self) -> str:
        """Return the text up to the next that starts like the last value; raise without one."""
        self._guess = self._text.find(self._start, self._at + 1) if self._start else -1
        if self._guess < 0:
            raise ValueError("nothing alike has arrived")
        return self._text[self._at : self._guess].rstrip(_BETWEEN)

    def line(self) -> str:
        """Return the rest of the line; raise ValueError if its end has not arrived."""
        self._guess = self._text.find("\n", self._at)
        if self._guess < 0:
            if not self._ended:
                raise ValueError("the end of the line has not arrived")
            self._guess = len(self._text)
        return self._text[self._at : self._guess].rstrip(_BETWEEN)

    def accept(self) -> None:
        """Move behind the text returned last."""
        self._at = self._guess

    def value(self) -> str:
        """Return the value that starts here and move behind it; raise where there is none."""
        while True:
            try:
                _, end = _value_at(self._text, self._at)
            except _NOT_A_ROW as error:
                if not self._is_cut(error):
                    raise
                self._more()
            else:
                text = self._text[self._at : end]
                start = _START.match(text)
                self._start = start[0] if start is not None else ""
                self._at = end
                return text

    def resume(self, skip: int) -> None:
        """Move to the next line or element that starts a value, *skip* characters on or later."""
        self._at = min(self._at + skip, len(self._text))
        while True:
            found = _RESUME.search(self._text, self._at)
            if found is not None:
                self._at = found.end()
                return
            if self._ended:
                self._at = len(self._text)
                return
            self._at = max(self._at, len(self._text) - _CUT)
            self._more()

    def _is_cut(self, error: Exception) -> bool:
        if self._ended or len(self._text) - self._at > _LONGEST:
            return False
        if not isinstance(error, json.JSONDecodeError):
            return False
        return error.pos >= len(self._text) - _CUT or error.msg.startswith("Unterminated")

    def _more(self) -> None:
        """Read until the unread text has doubled, so that a long value is not tried too often."""
        kept = max(self._at - 1, 0)  # `starts_line` looks at the character before
        parts = [self._text[kept:]]
        size = left = len(parts[0])
        for part in self._parts:
            parts.append(part)
            size += len(part)
            if size > 2 * left:
                break
        else:
            self._ended = True
        self._text, self._at = "".join(parts), self._at - kept


def _texts(chunks: Iterable[bytes]) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
    for chunk in chunks:
        yield decoder.decode(chunk)
    yield decoder.decode(b"", True)
