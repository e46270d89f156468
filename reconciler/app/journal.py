"""Write the journal of an apply to the ledger, or to nothing where there is none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from reconciler.apply import Answered, Replanned
from reconciler.errors import LedgerError
from reconciler.ledger import Answer, Writer
from reconciler.ledger.events import LOST, PROBED, REFUSED
from reconciler.model.plan import Change


class LedgerJournal:
    """Writes every step into the ledger."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._failed: LedgerError | None = None

    def require_whole(self) -> None:
        """Raise what kept a step from being written: such an apply has not come to its end."""
        if self._failed is not None:
            raise self._failed

    @contextmanager
    def _noted(self) -> Iterator[None]:
        try:
            yield
        except LedgerError as error:
            self._failed = self._failed or error
            raise

    def intend(self, changes: Sequence[Change], now: Replanned) -> None:
        """Write that *changes* are about to be sent."""
        with self._noted():
            self._writer.intent(
                changes,
                now.plan.made_at,
                team_members=now.observed.team_members,
                holds=now.plan.records.holds_by_change,
            )

    def answer(self, answers: Sequence[Answered], at: datetime) -> None:
        """Write what became of changes."""
        with self._noted():
            self._write(answers, at)

    def _write(self, answers: Sequence[Answered], at: datetime) -> None:
        self._writer.outcome(
            (
                Answer(
                    target=one.change.target,
                    result=one.outcome.result,
                    request_id=one.outcome.request_id,
                    signature=one.signature,
                    code=_code(one),
                )
                for one in answers
            ),
            at,
        )


def _code(answered: Answered) -> str | None:
    if answered.signature is not None:
        return REFUSED
    return LOST if answered.lost else PROBED if answered.probed else None


class NoJournal:
    """Remembers nothing, as `--no-state` asks."""

    def intend(self, changes: Sequence[Change], now: Replanned) -> None:
        """Do nothing."""

    def answer(self, answers: Sequence[Answered], at: datetime) -> None:
        """Do nothing."""
