"""`usage`: how much Copilot is used, day by day, by the metrics that GitHub still serves."""

from __future__ import annotations

import sys
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from reconciler.app.logs import log
from reconciler.app.session import Common, Session
from reconciler.cli import options, output
from reconciler.errors import SeatsError, UsageError

if TYPE_CHECKING:
    from reconciler.app.usage import Gathered
    from reconciler.model.usage import Span, Usage
    from reconciler.plan.reading import Reader


class Day(click.ParamType[date]):
    """A day, as 2026-11-22."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no day; write it as 2026-11-22", param, ctx)


@click.command("usage", short_help="Show how much Copilot is used, day by day.")
@options.one_file
@click.option("--team", metavar="SLUG", help="Of one team instead of the organisation.")
@click.option("--since", metavar="D", type=Day(), help="First day, UTC; else the latest 28 days.")
@click.option("--until", metavar="D", type=Day(), help="Last day, UTC.")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json", "csv"]),
    default="text",
    show_default=True,
    help="What stdout shows.",
)
@options.common(state=False)
def command(
    common: Common,
    file: str,
    team: str | None,
    since: date | None,
    until: date | None,
    output_format: str,
) -> int:
    """Show the Copilot metrics of FILE's organisation: people active, languages, editors, seats.

    GitHub has served metrics in three ways so far, and closed two of them. The one that answers is
    taken, and named. Metrics are a second opinion: they can be a reason to keep a seat, never one
    to cancel it, and no rule reads them.
    """
    from reconciler import config
    from reconciler.model.usage import Span

    if since is not None and until is not None and since > until:
        raise UsageError(f"--since {since} is after --until {until}")
    desired = config.load(file)
    with Session(common) as session:
        found = _usage(session, desired.org.text, team, Span(since, until))
    log().info("metrics", source=", ".join(found.sources) or "none")
    if output_format == "csv":  # which has no place for them
        for note in found.notes:
            log().warning(note)
    output.say(_rendered(found, output_format))
    return 0


def _usage(session: Session, org: str, team: str | None, span: Span) -> Usage:
    from reconciler.app.usage import gather
    from reconciler.model.usage import Usage, shares_of_days

    reader = session.reader(org)
    name = reader.organization().login  # and nobody else's metrics: a wrong name ends here
    _check_history(span, reader.now().date())
    among = _members(reader, team)
    found = gather(session.metrics(org), team, span)
    if not found.sources and not found.has_no_data:
        raise _nothing(name, team, found)
    for line in found.unserved:
        log().info("not served", operation=line)
    people, days = found.people, found.days
    return Usage(
        organization=name,
        team=team,
        sources=tuple(found.sources),
        days=days,
        seats=_seats(reader, found, among),
        languages=(people.languages() if people else ())
        or shares_of_days(day.languages for day in days),
        editors=(people.editors() if people else ()) or shares_of_days(day.editors for day in days),
        notes=tuple(found.notes),
    )


def _check_history(span: Span, today: date) -> None:
    from reconciler.model.usage import HISTORY

    first = today - HISTORY
    if span.since is not None and span.since < first:
        raise UsageError(
            f"--since {span.since}: GitHub keeps usage metrics for one year only."
            f" Write --since {first} or a later day."
        )


def _members(reader: Reader, team: str | None) -> frozenset[int] | None:
    if team is None:
        return None
    members = reader.team_members(team)
    if members is None:
        raise UsageError(f"--team {team}: there is no such team, or the token can't see it")
    return frozenset(member.id for member in members)


def _seats(reader: Reader, found: Gathered, among: frozenset[int] | None) -> Any:
    from reconciler.errors import NotFound, PermissionDenied
    from reconciler.model.usage import seat_use

    try:
        rows = reader.seats().rows
    except (NotFound, PermissionDenied) as error:
        found.notes.append(f"The seats can't be read: {error}")
        return None
    active = None if found.people is None else found.people.ids()
    return seat_use(rows, found.days, active, among)


def _nothing(org: str, team: str | None, found: Gathered) -> SeatsError:
    whom = org if team is None else f"team {team} of {org}"
    tried = "\n".join(f"  - {line}" for line in (*found.unserved, *found.failed))
    tried += "".join(f"\n  - {name}: no data" for name in found.no_data)
    text = f"GitHub serves no Copilot metrics of {whom}. What was asked for:\n{tried}"
    if any(line.startswith("reports/") for line in found.unserved):
        text += (
            '\nReports need the policy "Copilot usage metrics" to be enabled, and a token with the'
            ' organisation permission "Organization Copilot metrics": read (classic: read:org).'
        )
    return SeatsError(text)


def _rendered(found: Usage, output_format: str) -> str:
    from reconciler.render import usage

    if output_format == "json":
        return usage.as_json(found)
    if output_format == "csv":
        return usage.as_csv(found)
    return usage.as_text(found, blocks=_shows_blocks())


def _shows_blocks() -> bool:
    try:
        "█▏".encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True
