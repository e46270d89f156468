"""Tells GitHub's refusals apart by status, headers and words, and puts each into plain words."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx

from reconciler.errors import (
    AccessBlocked,
    AuthenticationError,
    GitHubError,
    NotFound,
    PermissionDenied,
    RateLimited,
    Refused,
)
from reconciler.github.credentials import named
from reconciler.github.denials import may_mean_anyone, remedy
from reconciler.github.elsewhere import stranger
from reconciler.model.times import is_clocks

_PERMISSION_WORDS = ("resource not accessible", "must have admin rights")
_PAYMENT = (
    " An owner or billing manager must correct the payment method (organisation settings, Billing)."
)
_CURES = (
    (r"(?i)payment|billing (?:issue|problem)|billing is locked", _PAYMENT),
    (
        r"(?i)spending limit|budget",
        " An owner or billing manager can raise the budget (organisation settings, Billing).",
    ),
    (
        r"(?i)copilot[\w ]* (?:is|has been) (?:not (?:been )?enabled|disabled)",
        (
            " An owner can enable Copilot (organisation settings, Copilot, Access), once the"
            " enterprise allows it."
        ),
    ),
)
"""Words of a refusal that no change of the request helps, and what does."""

_ORGANIZATION = re.compile(r"GET /orgs/[^/?]+")
_NO_ENTERPRISE = (
    " If this is the name of an enterprise, write the login of one of its organisations."
)
_LONGEST = 300
_MOST_DETAILS = 5


class ServerError(GitHubError):
    """5xx: GitHub has trouble; `retry_after` in seconds where it says."""

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


def error_of(
    asked: str, needs: str, response: httpx.Response, variable: str = "GITHUB_TOKEN"
) -> GitHubError:
    """Return the error that *response* is.

    *asked* is the request in words, *needs* the permission it takes, *variable* holds the token.
    """
    status = response.status_code
    said = words_of(response)
    where = f"{asked}: GitHub answered {status}{f' ({said})' if said else ''}."
    request_id = request_id_of(response)

    def text(advice: str) -> str:
        told = f"{where} {advice}{f' [request {request_id}]' if request_id else ''}"
        return _without_token(told, response)

    if _is_limit(response, said, variable):
        wait = seconds_to_wait(response)
        advice = f"That is a rate limit; {_come_back(wait, response)}"
        return RateLimited(text(advice), status=status, request_id=request_id, retry_after=wait)
    if status >= 500:
        advice = "GitHub has trouble; try again later, and see https://www.githubstatus.com."
        wait = _retry_after(response)
        return ServerError(text(advice), status=status, request_id=request_id, retry_after=wait)
    if (help_ := remedy(response, said, variable)) is not None:
        blocked = AccessBlocked(text(help_), status=status, request_id=request_id)
        blocked.said = _message(response)
        blocked.about_credential = not may_mean_anyone(help_)
        return blocked
    if (help_ := stranger(response)) is not None:
        return GitHubError(text(help_), status=status, request_id=request_id)
    kind, advice = _advice(asked, needs, response, variable)
    error = kind(text(advice), status=status, request_id=request_id)
    error.said = _message(response)
    permission = any(word in said.lower() for word in _PERMISSION_WORDS)
    error.about_credential = status == 403 and permission
    return error


def _is_limit(response: httpx.Response, said: str, variable: str) -> bool:
    if response.status_code != 403:
        return response.status_code == 429
    headers, words = response.headers, said.lower()
    if "retry-after" in headers or "rate limit" in words:
        return True
    if remedy(response, said, variable) is not None:
        return False
    if "abuse" in words:
        return True
    # Secondary limits have been seen without JSON and without headers.
    if b"secondary rate limit" in response.content.lower():
        return True
    # The last request of an hour may also be one that is not permitted.
    spent = headers.get("x-ratelimit-remaining", "").strip() == "0"
    return spent and not any(word in words for word in _PERMISSION_WORDS)


def _advice(
    asked: str, needs: str, response: httpx.Response, variable: str
) -> tuple[type[GitHubError], str]:
    match response.status_code:
        case 401:
            return AuthenticationError, (
                f"The token is wrong, expired or revoked: set {named(variable)} to a valid one."
            )
        case 403:
            return PermissionDenied, _permission_advice(needs, response)
        case 404:
            missing = "Copilot is not set up there" if "/copilot" in asked else "It does not exist"
            hint = _NO_ENTERPRISE if _ORGANIZATION.fullmatch(asked) else ""
            return NotFound, f"{missing}, or the token can't see it; that takes {needs}.{hint}"
        case 410:
            return GitHubError, "GitHub has retired this operation; it will not come back."
        case 422:
            return Refused, "GitHub understood the request and refuses it." + _cure(response)
        case 402:
            return Refused, f"GitHub refuses it until it is paid.{_PAYMENT}"
        case 407:
            return GitHubError, (
                "The proxy wants a login: write it in HTTPS_PROXY, as http://USER:PASSWORD@HOST:PORT."
            )
        case 451:
            return GitHubError, (
                "GitHub blocks access for legal reasons. An owner can ask GitHub Support"
                " (https://support.github.com)."
            )
        case status if 300 <= status < 400:
            return GitHubError, "It was sent elsewhere and not followed; check --api-url."
        case _:
            return GitHubError, "Check --api-url, and that this is GitHub's API."


def _permission_advice(needs: str, response: httpx.Response) -> str:
    if cure := _cure(response):
        return f"GitHub understood the request and refuses it.{cure}"
    if words_of(response).strip(".").lower() == "blocked":
        return "The account in the request, or the token's, is blocked by the organisation."
    advice = f"The token may not do that; it takes {needs}."
    if accepted := clean(response.headers.get("x-accepted-github-permissions", "")):
        advice += f" GitHub would accept: {accepted}."
    return advice


def _cure(response: httpx.Response) -> str:
    said = words_of(response)
    return next((advice for words, advice in _CURES if re.search(words, said)), "")


# --- what an answer says ---------------------------------------------------------------------


def words_of(response: httpx.Response) -> str:
    """Return GitHub's own words in an error, made safe to show; empty if it has none.

    The request's token is struck out, should the other side repeat it.
    """
    try:
        body = json.loads(response.content)
    except (ValueError, RecursionError):
        return "" if not response.content else "not in JSON, so probably not from GitHub's API"
    if not isinstance(body, dict):
        return ""
    parts = [body["message"]] if isinstance(body.get("message"), str) else []
    errors = body.get("errors")
    listed = errors if isinstance(errors, list) else [errors] if errors else []
    parts += [_detail(error) for error in listed[:_MOST_DETAILS]]
    if len(listed) > _MOST_DETAILS:
        parts.append(f"and {len(listed) - _MOST_DETAILS} more")
    said = "; ".join(shown for part in parts if (shown := clean(part)))
    return _without_token(said, response)


def _message(response: httpx.Response) -> str:
    """Return the `message` of an answer alone, to compare answers by."""
    try:
        body = json.loads(response.content)
    except (ValueError, RecursionError):
        return ""
    said = body.get("message") if isinstance(body, dict) else None
    return _without_token(clean(said), response) if isinstance(said, str) else ""


def _detail(error: object) -> str:
    if not isinstance(error, dict):
        return str(error)
    what = " ".join(str(error[key]) for key in ("resource", "field") if error.get(key))
    value = f" ({error['value']})" if error.get("value") else ""
    why = error.get("message") or error.get("code") or ""
    return f"{what}{value}: {why}" if what and why else f"{what}{value}{why}"


def request_id_of(response: httpx.Response) -> str | None:
    """Return GitHub's own name for the request."""
    return _without_token(clean(response.headers.get("x-github-request-id", "")), response) or None


def clean(text: str) -> str:
    """Return *text* on one line, of limited length and without control characters."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def _without_token(text: str, response: httpx.Response) -> str:
    token = response.request.headers.get("authorization", "").removeprefix("Bearer ")
    return text.replace(token, "***") if token else text


# --- times ------------------------------------------------------------------------------------


def date_of(response: httpx.Response) -> datetime | None:
    """Return the answer's `Date` in UTC, None where it is missing, malformed or no clock's."""
    moment = _http_date(response.headers.get("date", ""))
    return moment if moment is not None and is_clocks(moment) else None


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def seconds_to_wait(response: httpx.Response) -> float | None:
    """Return how long GitHub asks to wait, None where it does not say.

    Times are counted from the answer's own `Date`: this machine's clock has no say.
    """
    if (wait := _retry_after(response)) is not None:
        return wait
    headers = response.headers
    now = date_of(response)
    reset = _whole_number(headers.get("x-ratelimit-reset"))
    if now is None or reset is None or headers.get("x-ratelimit-remaining", "").strip() != "0":
        return None
    # One more second: the limit is back after that second, not at its beginning.
    return max(0.0, reset - now.timestamp()) + 1


def _retry_after(response: httpx.Response) -> float | None:
    text = response.headers.get("retry-after", "").strip()
    if (seconds := _whole_number(text)) is not None:
        return float(seconds)
    until, now = _http_date(text), date_of(response)
    return max(0.0, (until - now).total_seconds()) if until and now else None


def _whole_number(text: str | None) -> int | None:
    # Longer numbers are no seconds, and would not fit a date.
    return int(text) if text and re.fullmatch(r"[0-9]{1,11}", text.strip()) else None


def _come_back(wait: float | None, response: httpx.Response) -> str:
    if wait is None:
        return "come back in a few minutes."
    now = date_of(response)
    try:
        at = f", at {now + timedelta(seconds=wait):%Y-%m-%d %H:%M:%S} UTC" if now else ""
    except OverflowError:
        at = ""
    return f"come back in {span(wait)}{at}."


def span(seconds: float) -> str:
    """Return *seconds* as people say it: 40 s, 12 min, 3 h."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.0f} h"
