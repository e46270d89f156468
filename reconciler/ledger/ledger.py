"""The ledger of one organisation: opened, begun, asked, and lent to its one writer."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from reconciler.errors import LedgerError
from reconciler.ledger import chain, storage
from reconciler.ledger import events as ev
from reconciler.ledger.chain import Chain
from reconciler.ledger.finding import find, of_id, path_of
from reconciler.ledger.journal import Applied, Journal, applies, journal, latest
from reconciler.ledger.lock import one_writer
from reconciler.ledger.publisher import Alone, Sharing
from reconciler.ledger.replay import Folding
from reconciler.ledger.writer import Writer
from reconciler.model.memory import Memory
from reconciler.model.observed import Organization

_ALONE = Alone()


class Ledger:
    """What is remembered of one organisation, and where.

    Reading takes no lock. Use `open` or `begin`; then `writing` to add to it.
    """

    head: str
    """Hash of the last line."""
    torn: bool
    """Whether the file ends in half a line, left by a run that was killed."""
    _events: list[ev.Event]
    _folding: Folding
    _size: int
    _rehearsal: str | None = None
    """The stand-in on this machine that answers, where that must not be written."""
    _shares: bool = False
    """Whether something written may not be shared yet."""

    def __init__(self, path: Path, read: Chain, sharing: Sharing = _ALONE) -> None:
        self.path = path
        self.place = sharing.place(path)
        self._sharing = sharing
        self._take(read)

    @classmethod
    def open(
        cls,
        state: Path,
        org_login: str,
        sharing: Sharing | None = None,
        *,
        identify: Callable[[], int] | None = None,
    ) -> Ledger | None:
        """Read the organisation's ledger in the directory *state*; return None where there is none.

        It is found by the organisation's id, which *identify* returns; without that by its name.
        Raise LedgerError where it can't be read or its chain is broken. A torn last line is passed
        over; `torn` tells.
        """
        path = find(state, org_login, identify)
        data = storage.read(path)
        if data is None:
            return None
        sharing = sharing or _ALONE
        return cls(path, chain.read(data, sharing.place(path)), sharing)

    @classmethod
    def begin(
        cls,
        state: Path,
        organization: Organization,
        at: datetime,
        sharing: Sharing | None = None,
    ) -> Ledger:
        """Begin the organisation's ledger; raise LedgerError where there is one already."""
        path = path_of(state, organization.login)
        begun = ev.Begun(
            at=ev.utc(at),
            version=ev.VERSION,
            organization_id=organization.id,
            host=organization.host,
        )
        storage.make_directory(state)
        with one_writer(path, "ledger init"):
            there = of_id(state, organization.id) or path
            if storage.read(there) is not None:
                raise LedgerError(
                    f"ledger {there} exists already: it is kept as it is. It can be read with "
                    "`copilot-seats ledger show`."
                )
            line, _ = chain.link(begun, ev.GENESIS)
            storage.create(path, line)
        storage.explain_to_git(state)
        sharing = sharing or _ALONE
        return cls(path, chain.read(line, sharing.place(path)), sharing)

    @property
    def organization_id(self) -> int:
        return self._folding.organization_id

    @property
    def events(self) -> tuple[ev.Event, ...]:
        """Every event, oldest first."""
        return tuple(self._events)

    def memory(self) -> Memory:
        """Return what all events add up to."""
        return self._folding.memory(self.head)

    def journal(self, plan_id: str | None = None) -> Journal | None:
        """Return what became of a plan, by default the last one applied; None without one."""
        plan_id = plan_id or latest(self._events)
        return None if plan_id is None else journal(self._events, plan_id)

    def applies(self) -> tuple[Applied, ...]:
        """Return every plan applied, in the order in which they were begun."""
        return applies(self._events)

    def has(self, head: str) -> bool:
        """Say whether the ledger once ended in *head*, as a plan or report tells it.

        False means that lines known then are gone or were rewritten since.
        """
        return head == self.head or any(event.previous == head for event in self._events[1:])

    def require(self, organization: Organization, *, rehearse: bool = True) -> None:
        """Raise LedgerError unless this is the ledger of *organization*, by its id.

        Unless it is there to *rehearse* on, a ledger that began on GitHub itself can't be written
        any more when a stand-in on this machine answers: that must not be remembered as real.
        """
        if organization.id != self.organization_id:
            raise LedgerError(
                f"ledger {self.place} belongs to the organisation with id {self.organization_id}, "
                f"and GitHub says that {organization.login} has id {organization.id}: another "
                "organisation under that name. Move the ledger away, or choose another --state."
            )
        self._rehearsal = None if rehearse or not _here(organization.host) else organization.host

    def verify(self) -> None:
        """Read the file again; raise LedgerError unless it is whole and holds what was read."""
        head = self.head
        self._reload()
        if not self.has(head):
            raise LedgerError(
                f"ledger {self.place} was rewritten while it was being read: the line with hash "
                f"{head} is gone. Leave the state directory alone during a run, and run it again."
            )

    @contextmanager
    def writing(self, command: str) -> Iterator[Writer]:
        """Be the one writer of this ledger; *command* is what others are told.

        Raise LedgerError at once where another process writes, or where writing can't work.
        What others have written since it was opened is read first, and a torn line is cut off.
        """
        with one_writer(self.path, command), self._shared(command):
            self.verify()
            storage.demand_room(self.path)
            appender = storage.Appender(self.path, self._size)
            try:
                torn = self.torn
                if torn:
                    appender.cut()
                    self.torn = False
                yield Writer(
                    lambda lines: self._append(appender, lines),
                    self._publish,
                    self._folding,
                    repaired=torn,
                )
            finally:
                appender.close()

    @contextmanager
    def _shared(self, command: str) -> Iterator[None]:
        """Share what is written at the latest when the block ends, whatever ends it."""
        self._sharing.opened(self.path, command)
        self._shares = True
        try:
            yield
        except BaseException as error:
            for trouble in self.share():
                error.add_note(str(trouble))
            raise
        for trouble in self.share():
            raise trouble

    def share(self) -> tuple[LedgerError, ...]:
        """Share the rest of what was written, after which nothing is; return what went wrong."""
        if not self._shares:
            return ()
        self._shares = False
        try:
            self._sharing.closed(self.path)
        except LedgerError as trouble:
            return (trouble,)
        return ()

    def _publish(self, plan_id: str, sending: bool) -> None:
        self._sharing.publish(self.path, plan_id, sending=sending)

    def _demand_reality(self) -> None:
        begun = self._events[0]
        if self._rehearsal is None or not isinstance(begun, ev.Begun) or _here(begun.host):
            return
        folder = self.path.parent
        copy = f"Copy it (`cp -r {folder} rehearsal`)"
        if self.place != str(self.path):
            copy = "Check the branch out into a folder `rehearsal`"
        raise LedgerError(
            f"ledger {self.place} began on {begun.host}, and {self._rehearsal} is a stand-in: a "
            f"rehearsal must not be remembered as real. {copy} and "
            "name the copy with `--state rehearsal`."
        )

    def _append(self, appender: storage.Appender, events: list[ev.Event]) -> None:
        self._demand_reality()
        if any(isinstance(event, ev.Intent) for event in events):
            storage.demand_room(self.path)
        lines, head = chain.links(events, self.head)
        # Decoded again, so that events are the same whether just written or read.
        again = [ev.decode(line) for line in lines]
        appender.append(b"".join(lines))
        self.head = head
        for event in again:
            self._events.append(event)
            self._folding.add(event)

    def _reload(self) -> None:
        data = storage.read(self.path)
        if data is None:
            raise LedgerError(
                f"ledger {self.place} is gone. Restore it from a copy, or begin a new one with "
                "`copilot-seats ledger init`."
            )
        self._take(chain.read(data, self.place))

    def _take(self, read: Chain) -> None:
        self._events = list(read.events)
        self._size = read.size
        self.head = read.head
        self.torn = bool(read.torn)
        self._folding = Folding()
        for event in read.events:
            self._folding.add(event)


def _here(host: str) -> bool:
    """Tell whether the API at *host* is served on this machine."""
    name = urlsplit(host).hostname or ""
    try:
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
