"""`--base`: read the base file, plan both files on one reading, and plan again after the merge."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from reconciler import config
from reconciler.app.renamed import stood_for
from reconciler.app.session import Session, memory_of
from reconciler.config.files import Unreadable, is_path, read
from reconciler.errors import FileError, UsageError
from reconciler.model.desired import SeatsFile
from reconciler.model.plan import Plan
from reconciler.plan import proposal
from reconciler.plan.observe import observe
from reconciler.plan.planner import make_plan
from reconciler.plan.reading import Cached, Reader


def load(path: str, head: SeatsFile) -> SeatsFile:
    """Return the base file at *path* for *head*, or raise for whatever is no base of it."""
    if not os.path.lexists(path):
        raise UsageError(
            f"--base {path}: there is no such file; a file that is new has no base, leave --base "
            "out for it"
        )
    if os.path.realpath(path) == os.path.realpath(head.path):
        raise UsageError(
            f"--base {path}: this is the proposed file itself; name the file as it stands on the "
            "base branch"
        )
    try:
        base = config.load(path)
    except FileError as error:
        raise UsageError(
            f"--base {path} can't be used, so nothing is planned: its guards and exemptions would "
            f"count. Put it right on the base branch first:\n{error}"
        ) from error
    _require_own_checkout(base, head)
    return base


def require_one_organization(
    session: Session, head: SeatsFile, base: SeatsFile, reader: Reader, *, ask: bool = True
) -> None:
    """Raise unless *head* and *base* are for one organisation, which may have been renamed.

    *reader* reads the organisation of *head*. Without a ledger that knows the name in *base*,
    GitHub is asked for it if *ask* is true.
    """
    if base.org.text.lower() == head.org.text.lower():
        return
    organization, paths = reader.organization(), (base.path, head.path)
    if not stood_for(session, base.org.text, paths, organization, ask=ask):
        raise UsageError(
            f"{base.org.mark}: the base file is for {base.org.text}, and {head.path} is for "
            f"{head.org.text}"
        )


def _require_own_checkout(base: SeatsFile, head: SeatsFile) -> None:
    """Raise if a file that *base* names is the one that *head* would find under that name.

    It is then as the proposal has it, and not as it stands on the base branch.
    """
    for named in _named(base):
        found = os.path.realpath(Path(base.path).parent / named)
        if found == os.path.realpath(Path(head.path).parent / named):
            raise UsageError(
                f"--base {base.path}: the file names {named}, and finds the proposed one: check "
                "the base branch out into a folder of its own (`git worktree add`, or "
                "actions/checkout with `path`), and name the file there"
            )


def differs(path: str, base_path: str) -> bool:
    """Tell whether the file at *path*, or a file it names, is another than the base's."""
    try:
        names = {named for one in (path, base_path) for named in _named(config.load(one))}
    except FileError:
        return True
    folders = Path(path).parent, Path(base_path).parent
    pairs = [(Path(path), Path(base_path)), *((folders[0] / n, folders[1] / n) for n in names)]
    return any(_content(one) != _content(other) for one, other in pairs)


def _content(path: Path) -> bytes | None:
    try:
        return read(path)
    except Unreadable:
        return None


def _named(file: SeatsFile) -> Iterator[str]:
    """Yield the files that *file* names, as it names them; shipped policies aside."""
    if file.guards.mark.file != file.path:
        yield os.path.relpath(file.guards.mark.file, Path(file.path).parent)
    policy = file.inactivity.policy if file.inactivity is not None else None
    if policy is not None and is_path(policy):
        yield policy


def plan(
    session: Session,
    head: SeatsFile,
    base: SeatsFile,
    reader: Reader | None = None,
    *,
    now: datetime | None = None,
) -> Plan:
    """Plan *head* under the guards and exemptions of *base*, and say what of it was due.

    Both files see the same organisation, moment and ledger.
    """
    judged = proposal.under(head, base)
    with session.reading(judged, reader) as reading:
        cached = Cached(reading)
        require_one_organization(session, head, base, cached, ask=reader is None)
        ledger = session.ledger(head, cached)
        memory = memory_of(ledger)
        observed = observe(judged, cached, memory, now=now)
        session.require(head, ledger, observed)
        before = make_plan(base, observe(base, cached, memory, now=now), memory)
    after = make_plan(
        judged,
        observed,
        memory,
        applyable=now is None,
        state_options=session.state_options,
    )
    return proposal.parted(after, before, head, base)
