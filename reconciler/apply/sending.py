"""Send changes in batches: what is refused is split, what was lost is read back and sent again."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.apply.ceiling import why_not
from reconciler.apply.protocols import SeatWriter
from reconciler.apply.reading import shows, unseen
from reconciler.apply.state import Kind, Run, kind_of
from reconciler.errors import (
    AccessBlocked,
    GitHubError,
    LedgerError,
    NotFound,
    NotSent,
    PermissionDenied,
    Refused,
    Unreachable,
)
from reconciler.model.memory import Target
from reconciler.model.plan import Action, Change, PlannedChange, Resource
from reconciler.model.report import Result

STALE_AFTER = 60.0
"""Seconds after which the people of a batch of deletes are read again before it is sent."""

SENDS = 3
"""How often a change is sent at most while its answers are lost."""

_PROBES = 3


def submit(run: Run, batch: Sequence[Change]) -> None:
    """Send *batch*; a refused batch is split until what is refused stands alone."""
    kind = kind_of(batch[0])
    if run.stopped:
        run.stop(batch, run.stopped)
    elif kind in run.ended:
        _leave_to_all(run, batch)
    elif len(batch) == 1:
        error = _alone(run, batch[0])
        if error is not None:
            _refused_alone(run, batch[0], error)
    else:
        refused, error = _send(run, batch)
        if error is None:
            return
        run.write(refused, Result.NOT_TRIED, "refused together with others")
        probing = kind not in run.through and len(refused) > 1
        for part in _probe(run, refused, error) if probing else _halves(refused):
            submit(run, part)


def _halves(batch: Sequence[Change]) -> list[Sequence[Change]]:
    middle = len(batch) // 2
    return [half for half in (batch[:middle], batch[middle:]) if half]


# --- refused ----------------------------------------------------------------------------------


def _is_refusal(error: GitHubError) -> bool:
    """Tell whether *error* may be about what was asked, and not only about who asked."""
    if isinstance(error, AccessBlocked) and error.about_credential:
        return False
    return isinstance(error, Refused | NotFound | PermissionDenied)


def _same_words(one: GitHubError, other: GitHubError) -> bool:
    return (one.status, one.said) == (other.status, other.said)


def _probe(run: Run, batch: Sequence[Change], error: GitHubError) -> list[Sequence[Change]]:
    """Send a few of a refused batch alone, and return the rest in parts that may be sent.

    If all of them are refused in the batch's own words the cause is everybody's: the class ends,
    and nothing is remembered of anybody but that they were tried.
    """
    refused: list[tuple[Change, GitHubError]] = []
    tried = []
    everybody = True
    for change in _probes(run, batch):
        tried.append(change)
        alone = _alone(run, change)
        if alone is not None:
            run.refused.append(change)
            run.write([change], Result.FAILED, str(alone), alone, probed=True)
            refused.append((change, alone))
        if alone is None or not _same_words(alone, error):
            everybody = False
            break
    rest = [change for change in batch if change not in tried]
    if everybody:
        run.ended[kind_of(batch[0])] = refused[0][1]
        return [rest] if rest else []
    for change, alone in refused:
        _remember(run, change, alone)
    # What was refused may have been the only fault of the batch.
    return _halves(rest) if not refused else [rest] if rest else []


def _probes(run: Run, batch: Sequence[Change]) -> list[Change]:
    """Choose from start, middle and end: first of those who were not tried like this before.

    Of four all four, for three bad ones must not stop the one who is left.
    """
    if len(batch) <= _PROBES + 1:
        return list(batch)
    probed = run.ceiling.probed
    fresh = [change for change in batch if change.target not in probed]
    before = sorted(
        (change for change in batch if change.target in probed),
        key=lambda change: probed[change.target],
    )
    if len(fresh) >= _PROBES:
        return [fresh[0], fresh[len(fresh) // 2], fresh[-1]]
    if fresh:
        return [*fresh, *before][:_PROBES]
    oldest = [one for one in before if probed[one.target] == probed[before[0].target]]
    if len(oldest) >= _PROBES:
        return [oldest[0], oldest[len(oldest) // 2], oldest[-1]]
    return before[:_PROBES]


def _leave_to_all(run: Run, batch: Sequence[Change]) -> None:
    """Leave *batch*, whose class GitHub refuses for everybody."""
    words = run.ended[kind_of(batch[0])]
    for change in batch:
        run.leave(change, Result.NOT_TRIED, f"GitHub refused all that were tried: {words}")


def _alone(run: Run, change: Change) -> GitHubError | None:
    """Send *change* alone, a refused team once more by its name; return a refusal.

    GitHub asks for "team names", and its examples look like slugs.
    """
    _, error = _send(run, [change])
    alias = _alias(run, change) if error is not None else None
    if alias is None:
        return error
    run.write([change], Result.NOT_TRIED, "refused by its slug")
    _, error = _send(run, [change], alias)
    return error


def _alias(run: Run, change: Change) -> str | None:
    if change.resource is not Resource.TEAM:
        return None
    try:
        return run.planner.alias(change)
    except GitHubError:
        return None


def _refused_alone(run: Run, change: Change, error: GitHubError) -> None:
    """Remember a refusal that stood alone, unless it is about the credential and not about it."""
    run.refused.append(change)
    kind = kind_of(change)
    if error.about_credential and kind not in run.through:
        run.ended[kind] = error
        run.write([change], Result.FAILED, str(error), error, probed=True)
        return
    _remember(run, change, error)


def _remember(run: Run, change: Change, error: GitHubError) -> None:
    """Remember a refusal that says something about *change*.

    GitHub may refuse what it has already, and a permission may go while the run is under way.
    """
    known = change.target not in run.doubts and not error.about_credential
    probed = error.about_credential
    run.write([change], Result.FAILED, str(error), error, remembered=known, probed=probed)


# --- sending ----------------------------------------------------------------------------------


def _send(
    run: Run, batch: Sequence[Change], alias: str | None = None
) -> tuple[Sequence[Change], GitHubError | None]:
    """Send *batch*, again where the answer was lost; return what GitHub refused, and its refusal.

    *alias* is what a team that stands alone is called in the request instead of its slug. What
    became of everything that is not returned is written down. GitHub may refuse what it has
    already: after a lost answer a refusal says nothing, and the reading decides.
    """
    batch, error = _attempt(run, batch, alias)
    sends = 1
    while error is not None:
        in_doubt = sends > 1 and _is_refusal(error)
        if not in_doubt and not _may_have_happened(error):
            break
        run.doubts.update(change.target for change in batch)
        batch = unseen(run, batch)
        if not batch:
            return (), None
        if run.stopped or sends == SENDS:
            break
        sends += 1
        batch, error = _attempt(run, batch, alias, again=True)
    if error is None:
        return (), None
    if sends == 1 and _is_refusal(error):
        return batch, error
    run.stopped = run.stopped or f"an earlier request failed: {error}"
    text = str(error)
    if sends == SENDS:
        text += f" Sent {SENDS} times: this plan sends it again, a new plan only after a day."
    run.write(batch, Result.FAILED, text, error)
    return (), None


def _may_have_happened(error: GitHubError) -> bool:
    if isinstance(error, NotSent) or _is_refusal(error):
        return False
    return isinstance(error, Unreachable) or error.status is None or error.status >= 500


def _attempt(
    run: Run, batch: Sequence[Change], alias: str | None, *, again: bool = False
) -> tuple[Sequence[Change], GitHubError | None]:
    """Send *batch* once, as soon as limits allow; return what was sent and did not succeed."""
    while batch := _prepared(run, batch, again=again):
        run.sent = True
        run.unanswered.update(change.target for change in batch)
        try:
            _request(run.writer, batch, [alias] if alias else [change.name for change in batch])
        except GitHubError as error:
            if not run.writer.again(error):
                return batch, error
            run.write(batch, Result.NOT_TRIED, f"to be sent again: {error}")
        else:
            run.accept(batch)
            break
    return (), None


def _prepared(run: Run, batch: Sequence[Change], *, again: bool) -> Sequence[Change]:
    """Get *batch* ready to be sent, and return what of it still is to be."""
    try:
        return _prepare(run, batch, again=again)
    except LedgerError as error:
        why = f"the ledger can't be written, and nothing is sent without it: {error}"
    except GitHubError as error:
        why = str(error)
    run.stop(batch, why)
    return ()


def _prepare(run: Run, batch: Sequence[Change], *, again: bool) -> Sequence[Change]:
    """Wait for the pace and the limits, then look again if the reading has become old.

    The waiting comes first: nothing stands between the look and the request but the ledger.
    """
    if run.sent:
        run.pace.sleep(run.pace.between)
    run.writer.ready()
    if batch[0].action is Action.DELETE:
        refused = _creates_not_done(run)
        if again or refused or run.pace.clock() - run.read_at > STALE_AFTER:
            batch = _recheck(run, batch, refused)
    if batch:
        run.journal.intend(batch, run.now)
    return batch


def _creates_not_done(run: Run) -> frozenset[Target]:
    """Return the creates on which guards have counted, and that leave fewer seats than that."""
    return frozenset(
        one.target
        for one in run.plan.changes
        if one.action is Action.CREATE
        and run.result(one.target) in (Result.FAILED, Result.NOT_TRIED)
    )


def _recheck(run: Run, batch: Sequence[Change], refused: frozenset[Target]) -> Sequence[Change]:
    """Read the people of *batch* again; keep what still holds, even without what is *refused*."""
    try:
        fresh = run.planner.recheck(batch, refused)
    except GitHubError as error:
        run.stop(batch, f"the seats could not be read again: {error}")
        return ()
    run.read_at = run.pace.clock()
    still = {change.target: change for change in fresh.plan.changes}
    kept, seen = [], []
    for change in batch:
        if change.target in run.doubts and shows(run, change, fresh.observed.rows):
            seen.append(change)
        elif change.target in still and still[change.target].person_ids <= change.person_ids:
            kept.append(change)
        else:
            _dropped(run, change, why_not(fresh.plan, PlannedChange.of(change)))
    run.done(seen)
    return kept


def _dropped(run: Run, change: Change, why: str) -> None:
    """Give an outcome to a change that a new look no longer supports."""
    if change.target in run.doubts:
        text = f"sent without an answer, and not sent again: {why}"
        run.write([change], Result.FAILED, text)
    else:
        run.leave(change, Result.SKIPPED, why)


def _request(writer: SeatWriter, batch: Sequence[Change], names: list[str]) -> None:
    kind: Kind = kind_of(batch[0])
    match kind:
        case Resource.USER, Action.CREATE:
            writer.create_users(names)
        case Resource.USER, Action.DELETE:
            writer.delete_users(names)
        case Resource.TEAM, Action.CREATE:
            writer.create_teams(names)
        case _:
            writer.delete_teams(names)
