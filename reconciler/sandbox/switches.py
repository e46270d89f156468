"""What nobody knows about GitHub's behaviour, each as a switch with a documented default.

GitHub's documentation is silent on these points (or contradicts itself). A client must hold under
every combination, so the sandbox can play them all. Each default is what the documentation suggests
most, or else the answer that is harder for a client.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal, get_args, get_origin, get_type_hints

from reconciler.errors import UsageError
from reconciler.sandbox.node import unknown


@dataclass(frozen=True, slots=True)
class Switches:
    """Settings of the sandbox where GitHub's behaviour is not documented."""

    rows: Literal["one", "several"] = "one"
    """Someone with several sources has one row (the first that is live), or one a source."""
    total: Literal["people", "rows"] = "people"
    """`total_seats` counts people, or rows."""
    pending_counted: bool = True
    """Seats pending cancellation count in `total_seats` (they are billed until the cycle ends)."""
    unassigned_counted: bool = True
    """Rows without an assignee count in `total_seats`."""
    child_teams: bool = True
    """Members of child teams get a seat when the parent team is assigned."""
    unknown_user: Literal["refuse", "ignore"] = "refuse"
    """A login that does not exist fails the whole request, or is passed over."""
    non_member: Literal["refuse", "ignore", "invite"] = "refuse"
    """Adding an account that is no active member fails the whole request, is passed over, or
    invites it to the organisation."""
    unknown_team: Literal["refuse", "ignore"] = "refuse"
    """A team that does not exist fails the whole request, or is passed over."""
    mixed_delete: Literal["refuse", "partial"] = "refuse"
    """Someone seated through a team fails the whole delete, or only is left out of it."""
    seatless_delete: Literal["refuse", "ignore"] = "refuse"
    """Deleting someone (or a team) without a seat fails the whole request, or counts nothing."""
    pending_delete: Literal["refuse", "ignore"] = "ignore"
    """Deleting a seat that is already pending fails the whole request, or counts nothing."""
    team_names: Literal["both", "slug", "name"] = "both"
    """`selected_teams` holds slugs, names (as documented), or either."""
    renewal_moves_created_at: bool = False
    """Renewing a seat that is pending cancellation sets `created_at` to the moment."""
    direct_beside_team: Literal["hidden", "shown", "dropped"] = "hidden"
    """A direct grant to someone seated through a team: the row goes on naming the team, shows the
    direct grant, or GitHub does not keep the grant at all."""
    reused_counted: bool = False
    """Adding someone whose seat is live counts in `seats_created`."""
    order: Literal["given", "newest", "login", "id"] = "given"
    """Order of the seat list."""
    stale_readings: int = 0
    """How many readings of the seat list after a write still show the state before it. A reading is
    a request for page 1, or for one member's seat; the pages after it show the same state."""
    leaver_row: Literal["gone", "pending"] = "gone"
    """Someone who leaves the organisation loses the row at once, or keeps it, pending."""
    absent_keys: bool = False
    """Keys of a seat without a value are left out, as in GitHub's own example, instead of null."""
    inherited_flag: bool = True
    """Team members carry `inherited` (GitHub sends it only where the feature is enabled)."""
    last_seat_cancels_plan: bool = True
    """Cancelling the last live seat cancels the organisation's Copilot plan."""
    retired_metrics: Literal["served", "gone"] = "served"
    """The metrics operations that GitHub retired (`…/copilot/metrics` in April 2026,
    `…/copilot/usage` in 2025) answer still, or 404 as on today's GitHub."""
    activity_lag_hours: int = 24
    """Hours until the use of a seat shows in `last_activity_at`; GitHub says up to 24. What the
    snapshot says, and `set_activity`, shows at once."""

    @classmethod
    def of(cls, values: Mapping[str, object]) -> Switches:
        """Return the defaults with *values* set; texts such as "true" or "3" are understood."""
        return cls().having(values)

    def having(self, values: Mapping[str, object]) -> Switches:
        """Return these switches with *values* set; raises UsageError for what can't be."""
        hints = get_type_hints(Switches)
        known = [field.name for field in fields(Switches)]
        for name in values:
            if name not in known:
                raise UsageError(unknown("sandbox: no switch is named", name, known))
        read = {name: _value(name, hints[name], value) for name, value in values.items()}
        return replace(self, **read)

    def as_json(self) -> dict[str, object]:
        """Return the switches by name."""
        return asdict(self)


def _value(name: str, hint: Any, value: object) -> Any:
    if hint is bool:
        if isinstance(value, bool):
            return value
        if str(value).lower() in ("true", "false"):
            return str(value).lower() == "true"
        raise UsageError(f"sandbox: switch {name} is true or false, not {value!r}")
    if get_origin(hint) is Literal:
        if value in get_args(hint):
            return value
        options = ", ".join(get_args(hint))
        raise UsageError(f"sandbox: switch {name} is one of {options}, not {value!r}")
    text = str(value)
    if not text.isascii() or not text.isdigit() or isinstance(value, bool) or len(text) > 6:
        raise UsageError(f"sandbox: switch {name} is a whole number from 0, not {value!r}")
    return int(text)
