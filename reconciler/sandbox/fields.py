"""Read the fields of a control request."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from reconciler.errors import UsageError
from reconciler.sandbox import times
from reconciler.sandbox.answers import (
    object_of,
)


class Fields:
    """The fields of a request's body, read with a clear message for what is missing or wrong."""

    def __init__(self, body: bytes) -> None:
        self.values: Mapping[str, object] = object_of(body)

    def text(self, name: str) -> str:
        found = self.maybe(name)
        if found is None:
            raise UsageError(f"sandbox: {name!r} is missing in the request's body")
        return found

    def maybe(self, name: str) -> str | None:
        found = self.values.get(name)
        if found is not None and (not isinstance(found, str) or not found):
            raise UsageError(f"sandbox: {name!r} is a text, not {found!r}")
        return found

    def number(self, name: str) -> int | None:
        found = self.values.get(name)
        if found is not None and (not isinstance(found, int) or isinstance(found, bool)):
            raise UsageError(f"sandbox: {name!r} is a whole number, not {found!r}")
        return found

    def length(self, name: str) -> timedelta | None:
        found = self.maybe(name)
        length = None if found is None else times.duration(found)
        if found is not None and (length is None or length <= timedelta(0)):
            raise UsageError(f"sandbox: {name!r} is a span such as 36h or 30d, not {found!r}")
        return length
