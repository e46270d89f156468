"""What may go wrong, as one tree.

SeatsError                  anything a user can provoke; its text says what, where and what to do
+-- UsageError              the command line does not make sense
+-- FileError               a file of the user's can't be used; carries every diagnostic
+-- SnapshotError           a snapshot can't be read, or lacks what planning needs
+-- LedgerError             the ledger can't be used: broken chain, other organisation, locked
+-- PlanFileError           this plan file may not be applied (exit code 4)
+-- Declined                nobody agreed to the plan
+-- GitHubError             GitHub said no, or did not answer
    +-- AuthenticationError 401: the token is missing, wrong or expired
    +-- PermissionDenied    403: the token may not do that
    |   +-- AccessBlocked   403: no permission would help (IP allow list, single sign-on, ...)
    +-- NotFound            404: it does not exist, or the token can't see it
    |   +-- Retired         404 or 410: GitHub serves this operation no more
    +-- Refused             422: GitHub understood and refuses
    +-- RateLimited         403 or 429: limits, primary or secondary
    +-- Unreachable         no answer: network, timeout, broken connection
    |   +-- NotSent         no connection was made: what was asked can't have happened
    +-- Malformed           an answer that can't be understood
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.model.diagnostics import Diagnostic


class SeatsError(Exception):
    """Anything a user can provoke; shown without a traceback, exit code 1."""

    exit_code = 1


class UsageError(SeatsError):
    """The command line does not make sense."""


class FileError(SeatsError):
    """A file can't be used; `diagnostics` holds everything that is wrong with it, in order."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__("\n".join(str(diagnostic) for diagnostic in diagnostics))
        self.diagnostics = diagnostics


class SnapshotError(SeatsError):
    """A snapshot can't be read, or lacks what planning needs."""


class LedgerError(SeatsError):
    """The ledger can't be used."""


class PlanFileError(SeatsError):
    """This plan file may not be applied; nothing was done."""

    exit_code = 4


class Declined(SeatsError):
    """Nobody agreed to the plan; nothing was done."""


class GitHubError(SeatsError):
    """GitHub said no, or did not answer.

    `status` is the HTTP status or None without an answer; `request_id` is GitHub's own name for the
    request, to quote to its support. The text never holds a token.
    """

    said: str = ""
    """The `message` of GitHub's answer; empty if it has none."""
    about_credential: bool = False
    """Whether the answer is certainly about the credential, whatever was asked with it."""

    def __init__(
        self, message: str, *, status: int | None = None, request_id: str | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.request_id = request_id


class AuthenticationError(GitHubError):
    """401: the token is missing, wrong or expired."""


class PermissionDenied(GitHubError):
    """403: the token may not do that."""


class AccessBlocked(PermissionDenied):
    """403: refused for a reason that no permission removes; the text says what helps."""


class NotFound(GitHubError):
    """404: it does not exist, or the token can't see it; GitHub does not tell the two apart."""


class Retired(NotFound):
    """404 or 410 of an operation that GitHub has retired; the text says what replaces it."""


class Refused(GitHubError):
    """422: GitHub understood the request and refuses it."""


class RateLimited(GitHubError):
    """403 or 429 with the signs of a limit; `retry_after` in seconds where GitHub says."""

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, status=status, request_id=request_id)
        self.retry_after = retry_after


class Unreachable(GitHubError):
    """No answer: network, timeout or broken connection. A write may or may not have happened."""


class NotSent(Unreachable):
    """No connection was made, so what was asked can't have happened, not even a write."""


class Malformed(GitHubError):
    """An answer that can't be understood: cut, not JSON, or without what must be there."""
