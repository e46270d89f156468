"""Read a ledger's bytes as a chain: each line an event that carries the hash of the line before.

Lines end in LF or CRLF, also mixed: git may have changed the ends when it checked the file out.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from reconciler.errors import LedgerError
from reconciler.ledger.events import GENESIS, VERSION, Begun, Event, decode, encode

_CONFLICT = re.compile(rb"(?m)^(?:<{7}|>{7}|\|{7}) |^={7}\r?$")
_WAY_OUT = (
    "What it says can't be trusted. Restore the file from a copy, such as its branch's history. "
    "If there is none, move it away and run `copilot-seats ledger init` for this organisation: "
    "that forgets holds, warnings and what was sent."
)


@dataclass(frozen=True, slots=True)
class Chain:
    """The whole lines of a ledger: their events, their length in bytes, and the last one's hash.

    `torn` is what follows them: the beginning of a line that was never finished.
    """

    events: tuple[Event, ...]
    size: int
    head: str
    torn: bytes


def digest(line: bytes) -> str:
    """Return the hash of a line, taken without its end."""
    return hashlib.sha256(line).hexdigest()


def link(event: Event, head: str) -> tuple[bytes, str]:
    """Return *event* as the line after *head*, end included, and that line's hash.

    Raise LedgerError for a line that could not be read again: it would make the ledger unreadable.
    """
    try:
        line = encode(msgspec.structs.replace(event, previous=head))
        decode(line)
    except (ValueError, TypeError, OverflowError) as fault:
        raise LedgerError(
            f"the ledger can't store an event `{event.__struct_config__.tag}`: {_shown(fault)}. "
            "The ledger is unchanged. Check the names and ids in the seats file, and that "
            "--api-url is GitHub's API."
        ) from fault
    return line + b"\n", digest(line)


def links(events: Iterable[Event], head: str) -> tuple[list[bytes], str]:
    """Return *events* as the lines after *head*, and the last one's hash, as `link` does."""
    lines = []
    for event in events:
        line, head = link(event, head)
        lines.append(line)
    return lines, head


def _shown(fault: Exception) -> str:
    """Return what is wrong in plain ASCII: a lone surrogate could not be printed."""
    return str(fault).encode("ascii", "backslashreplace").decode()[:200]


def read(data: bytes, name: str) -> Chain:
    """Read all whole lines of *data*; raise LedgerError where the chain is broken.

    A last line without its end is no break: whoever wrote it was interrupted.
    """
    size = data.rfind(b"\n") + 1
    if _CONFLICT.search(data):
        raise LedgerError(
            f"ledger {name} has an unresolved merge conflict. Keep one side whole, the one "
            "written last (`git checkout --ours` or `--theirs` with the file), and don't mix lines."
        )
    if size == 0 and b"\r" in data:
        raise LedgerError(
            f"ledger {name} has CR line ends, which can't be read. Restore the file from a copy, "
            "or change its line ends to LF."
        )
    if size == 0:
        raise LedgerError(
            f"ledger {name} is empty: it has not one whole line. Delete the file and run "
            "`copilot-seats ledger init`, or restore it from a copy."
        )
    head = GENESIS
    events: list[Event] = []
    for number, ended in enumerate(data[: size - 1].split(b"\n"), start=1):
        line = ended.removesuffix(b"\r")
        event = _event(line, name, number)
        if event.previous != head:
            raise LedgerError(f"ledger {name}, {_break(number)} {_WAY_OUT}")
        events.append(event)
        head = digest(line)
    return Chain(tuple(events), size, head, data[size:])


def _event(line: bytes, name: str, number: int) -> Event:
    try:
        event = decode(line)
    except ValueError as fault:
        raise LedgerError(
            f"ledger {name}, line {number}: this is no event of a ledger ({fault}); "
            f"it was altered, or written by a newer version of copilot-seats. {_WAY_OUT}"
        ) from fault
    if isinstance(event, Begun) is not (number == 1):
        wrong = "the first line has to say whose ledger it is" if number == 1 else "it begins twice"
        raise LedgerError(f"ledger {name}, line {number}: {wrong}. {_WAY_OUT}")
    if isinstance(event, Begun) and event.version != VERSION:
        raise LedgerError(
            f"ledger {name} is of format {event.version}, and this copilot-seats reads format "
            f"{VERSION}: use the version of copilot-seats that wrote it, or a newer one."
        )
    return event


def _break(number: int) -> str:
    if number == 1:
        return "line 1: lines before it are missing."
    return (
        f"line {number}: it does not follow from line {number - 1}. That line was altered, "
        "or lines were removed, added or reordered here (two ledgers merged, perhaps)."
    )
