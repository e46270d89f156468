"""A branch of ledgers as a state directory: fetched before, pushed while it is written.

Every commit is made on the one that was read, and pushed on no other. So of two runs that write the
same ledger one comes first, and the other learns of it before it sends anything.
"""

from __future__ import annotations

import re
import shutil
import tempfile
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from reconciler.errors import LedgerError
from reconciler.ledger.git.commit import Tip
from reconciler.ledger.git.credentials import access
from reconciler.ledger.git.git import GitFault
from reconciler.ledger.git.lease import Scribe
from reconciler.ledger.git.refname import require_name
from reconciler.ledger.git.remote import Remote
from reconciler.ledger.git.retry import Tries, undisturbed

_PLAIN = re.compile(r"[^A-Za-z0-9]")


class Moved(LedgerError):
    """The ledger on the branch is not the one that this run has read, or has pushed."""


@dataclass
class _Work:
    """One ledger that is being written. `seen` is its newest content that is known to be pushed."""

    path: Path
    by: Scribe
    seen: str | None
    under: Tip
    """The last tip on which `seen` stood."""
    tried: set[str] = field(default_factory=set)
    plan_id: str = ""
    announced: bool = False
    """A commit may be out that says that this run writes."""
    sending: bool = False
    """Something may have been sent to GitHub."""
    fault: LedgerError | None = None


def _silent(_text: str) -> None:
    """Tell nobody."""


def _folders(name: str) -> tuple[Path, Path]:
    """Make a folder for a while, in it git's and one for ledgers; return it and the latter."""
    try:
        root = Path(tempfile.mkdtemp(prefix="copilot-seats-"))
        folder = root / name.replace("/", "-")
        for one in (folder, root / "git"):
            one.mkdir()
    except OSError as fault:
        raise LedgerError(
            f"branch {name} can't be fetched: no folder can be made for it for a while "
            f"({fault.strerror or fault}); TMPDIR can name one"
        ) from fault
    return root, folder


class StateBranch:
    """The ledgers on branch *name* of `origin`, in `folder`; a context that cleans up behind it.

    *here* is a folder in the user's repository, which is left as it is. *tell* is told why
    something takes time.
    """

    def __init__(
        self,
        name: str,
        here: Path,
        environ: Mapping[str, str],
        *,
        tell: Callable[[str], None] = _silent,
    ) -> None:
        self.name = require_name(name)
        self._environ = environ
        self._tell = tell
        reached = access(here, environ)
        self._root, self.folder = _folders(self.name)
        self._kept = False
        self._works: dict[str, _Work] = {}
        try:
            self._remote = Remote(self.name, reached, self._root / "git", environ)
            self._tip = self._remote.fetch()
            for file, content in self._tip.files.items():
                self._bring(self.folder / file, content)
        except BaseException:
            shutil.rmtree(self._root, ignore_errors=True)
            raise
        self._read = dict(self._tip.files)

    def __enter__(self) -> StateBranch:
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self._root / "git" if self._kept else self._root, ignore_errors=True)

    def place(self, path: Path) -> str:
        """Return in words where the ledger at *path* really is."""
        return f"{path.name} on branch {self.name}"

    # --- writing --------------------------------------------------------------------------------

    def opened(self, path: Path, command: str) -> None:
        """Bring the ledger at *path* up to date, to be written by *command*.

        Raise LedgerError where another run is writing it, or where the branch lost it.
        """
        tip = self._tip = self._remote.fetch()
        name, there = path.name, tip.files.get(path.name)
        by = Scribe.of(name, command, uuid.uuid4().hex, datetime.now(UTC), self._environ)
        other = tip.scribes.get(name)
        if other is not None and other.hinders(by):
            raise LedgerError(
                f"ledger {self.place(path)} is being written by {other}. Nothing was done: try "
                "again when that has ended; if it was killed, half an hour after that"
            )
        before = self._read.get(name)
        if there is None and before is not None:
            raise self._moved(path, there, before, sending=False)
        if there is not None and there != before:
            if before is None:
                raise LedgerError(
                    f"ledger {self.place(path)} exists already: another run has begun it. It is "
                    "kept as it is"
                )
            self._bring(path, there)
            self._read[name] = there
        self._works[name] = _Work(path, by, there, tip)

    def publish(self, path: Path, plan_id: str, *, sending: bool) -> None:
        """Push what the ledger at *path* holds; raise LedgerError unless it is now everybody's.

        *sending* says that something will be sent to GitHub as soon as this returns.
        """
        work = self._works[path.name]
        work.plan_id = plan_id
        try:
            self._push(work, writing=True)
        except LedgerError as fault:
            work.fault = fault
            if isinstance(fault, Moved):
                raise
            rest = "Nothing more is sent" if work.sending else "Nothing was sent"
            raise LedgerError(f"{fault}. {rest}") from fault
        work.sending = work.sending or sending

    def closed(self, path: Path) -> None:
        """Push the rest, and that this run writes no more; raise LedgerError where that fails.

        What was written after something was sent is then kept elsewhere, and the error says where.
        """
        work = self._works.pop(path.name, None)
        if work is None:
            return
        with undisturbed():
            if work.fault is not None and not work.sending:
                # It was told, and nothing was sent. Others need not wait for this run.
                with suppress(LedgerError):
                    if work.announced and not isinstance(work.fault, Moved):
                        self._push(work, writing=False)
                return
            try:
                if isinstance(work.fault, Moved):
                    raise work.fault
                self._push(work, writing=False)
            except LedgerError as fault:
                if work.sending:
                    raise self._kept_elsewhere(work, fault) from fault
                raise LedgerError(f"{fault}. What this run saw is not remembered") from fault

    def _push(self, work: _Work, *, writing: bool) -> None:
        """Make the ledger of *work* the branch's, trying again while only others' moved."""
        content = self._stored(work.path)
        if content == work.seen and not writing and not work.announced:
            return
        by = work.by.now(datetime.now(UTC), writing=writing)
        tries = Tries(work.sending and work.fault is None)
        while not self._is_there(work, content, writing):
            self._require_unmoved(work)
            said = self._pushed(work, content, by)
            if said is None:
                break
            try:
                tip = self._remote.fetch()
            except GitFault as fault:
                self._tell(f"{fault}; trying again")
                tries.after_failure(fault)
                continue
            moved, self._tip = tip.commit != self._tip.commit, tip
            there = tip.scribes.get(work.path.name)
            work.announced = there is not None and there.token == by.token and there.writing
            if moved:
                tries.after_move(said)
            else:
                self._tell(f"{said}; trying again")
                tries.after_failure(said)
        work.seen = self._read[work.path.name] = content
        work.under = self._tip
        work.fault = None

    def _is_there(self, work: _Work, content: str, writing: bool) -> bool:
        """Tell whether a push of ours came through, even if its answer did not."""
        if self._tip.files.get(work.path.name) != content:
            return False
        by = self._tip.scribes.get(work.path.name)
        if by is None:  # somebody has committed by hand since
            return not writing
        return by.token == work.by.token and by.writing is writing

    def _require_unmoved(self, work: _Work) -> None:
        """Raise Moved unless the branch has the ledger as this run left it, or read it."""
        there = self._tip.files.get(work.path.name)
        by = self._tip.scribes.get(work.path.name)
        if there in work.tried and by is not None and by.token == work.by.token:
            work.seen = there
        if there != work.seen:
            raise self._moved(work.path, there, work.seen, sending=work.sending)

    def _pushed(self, work: _Work, content: str, by: Scribe) -> GitFault | None:
        """Push a commit with *content* on the tip, if that still is the tip; return what failed."""
        name = work.path.name
        what = f", plan {work.plan_id[:12]}" if work.plan_id else ""
        subject = f"{by.command} {work.path.stem}{what}{' (going on)' if by.writing else ''}"
        made = self._tip.with_ledger(self._remote.git, name, content, by, subject)
        work.tried.add(content)
        work.announced = work.announced or by.writing
        fault = self._remote.push(made.commit or "", self.name, self._tip.commit)
        self._tip = self._tip if fault else made
        return fault

    def _kept_elsewhere(self, work: _Work, fault: LedgerError) -> LedgerError:
        """Push what was written to a branch of its own, or leave it on disk; say where it is."""
        org = work.path.stem
        after = (
            "The branch has what was sent, but not how it ended: the next `copilot-seats drift` "
            "sees that on GitHub, and what is not seen by then is planned again."
        )
        with suppress(LedgerError):
            content = self._stored(work.path)
            by = work.by.now(datetime.now(UTC), writing=False)
            subject = f"What {by.command} {org} wrote, and could not be pushed to {self.name}"
            made = work.under.with_ledger(
                self._remote.git, work.path.name, content, by, subject
            ).commit
            own = f"{self.name}-{org}-{_PLAIN.sub('', work.plan_id)[:32]}"
            for branch in (own, f"{own}-{(made or '')[:12]}"):
                if self._remote.push(made or "", branch, None) is None:
                    return LedgerError(
                        f"{fault}\nWhat this run wrote since is kept on branch {branch}. {after} "
                        f"Delete {branch} when it was read"
                    )
        self._kept = True
        return LedgerError(
            f"{fault}\nWhat this run wrote is kept in {work.path}, and nowhere else. If the ledger "
            f"on branch {self.name} has not gone on since, commit that file there as "
            f"{work.path.name}; else keep it as a record. {after}"
        )

    # --- contents -------------------------------------------------------------------------------

    def _bring(self, path: Path, content: str) -> None:
        """Put the content with that id at *path*, whole or not at all."""
        draft = path.with_suffix(".fetched")
        try:
            draft.write_bytes(self._remote.content(content))
            draft.replace(path)
        except OSError as fault:
            raise LedgerError(
                f"ledger {self.place(path)} can't be brought to {path.parent}: "
                f"{fault.strerror or fault}"
            ) from fault

    def _stored(self, path: Path) -> str:
        """Return the id of what the file at *path* holds, without half a line at its end."""
        try:
            data = path.read_bytes()
        except OSError as fault:
            raise LedgerError(
                f"ledger {path} can't be read: {fault.strerror or fault}; it was not pushed"
            ) from fault
        return self._remote.store(data[: data.rfind(b"\n") + 1])

    def _moved(self, path: Path, there: str | None, before: str | None, *, sending: bool) -> Moved:
        """Return the error that says what happened to the ledger since it was read."""
        by = self._tip.scribes.get(path.name)
        if there is None:
            what = "is gone from there since this run read it"
        elif before is not None and self._goes_on(there, before):
            what = f"was written by {by or 'another run'} since this run read it"
        else:
            what = "was rewritten since this run read it: it does not go on from there"
        rest = "Nothing more is sent" if sending else "Nothing was sent; run it again"
        return Moved(f"ledger {self.place(path)} {what}. {rest}")

    def _goes_on(self, there: str, before: str) -> bool:
        earlier, later = (
            self._remote.content(one).replace(b"\r\n", b"\n") for one in (before, there)
        )
        return later.startswith(earlier)
