"""What is kept up to date in one place: the marker of a comment or an issue, its title, its length.

Everything in here is about pages that this program writes again and again, and finds by their
first line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.errors import UsageError
from reconciler.render.escape import visible
from reconciler.render.truncate import length, shortened

MOST = 65_536
"""Characters that GitHub takes in a comment or in the body of an issue."""

MOST_IN_TITLE = 256

CUT = f"**Cut short**, since GitHub takes {MOST:,} characters at most."

COMMENT, ISSUE = "comment", "issue"

_KEY = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._/-]{0,149}", re.ASCII)
_MARKER = re.compile(
    r"<!-- copilot-seats:([a-z]+):([a-z0-9_][a-z0-9._/-]*)(?: org:([1-9][0-9]{0,18}))? -->"
)
_ORG = re.compile(r"[A-Za-z0-9_-]{1,100}", re.ASCII)


@dataclass(frozen=True, slots=True)
class IssueState:
    """What an issue should be: its title, and whether it is open."""

    title: str
    open: bool


# --- markers ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Marker:
    """What is kept: its kind, its key, and the id of the organisation that it is about.

    With the id it is found again when GitHub has renamed the organisation, which the key has.
    """

    kind: str
    key: str
    org_id: int | None = None

    @property
    def line(self) -> str:
        """Return the first line of what is kept."""
        number = f" org:{self.org_id}" if self.org_id is not None else ""
        return f"<!-- copilot-seats:{self.kind}:{self.key}{number} -->"

    def finds(self, body: str) -> bool:
        """Tell whether *body* is what this marks.

        Where both ids are known they decide, with what the key begins with, up to the first `/`.
        """
        there = marked(body)
        if there is None or there.kind != self.kind:
            return False
        if self.org_id is None or there.org_id is None:
            return there.key == self.key
        return there.org_id == self.org_id and _subject(there.key) == _subject(self.key)


def _subject(key: str) -> str:
    return key.partition("/")[0]


def marker(kind: str, key: str, org_id: int | None = None) -> Marker:
    """Return the marker of what is kept under *key*; raise UsageError for no key."""
    if not _KEY.fullmatch(key):
        raise UsageError(
            f"{key[:60]!r} can't be a key: it is made of letters, digits and . _ / -,"
            " and begins with a letter, a digit or _"
        )
    return Marker(kind, key.lower(), org_id)


def marked(body: str) -> Marker | None:
    """Return the marker that *body* begins with, None without one."""
    found = _MARKER.fullmatch(body.partition("\n")[0].rstrip())
    return found and Marker(found[1], found[2], int(found[3]) if found[3] else None)


def same(one: str, other: str) -> bool:
    """Tell whether two bodies are the same but for how GitHub keeps line ends."""
    return _kept(one) == _kept(other)


def _kept(body: str) -> str:
    return body.replace("\r\n", "\n").rstrip()


# --- issues -------------------------------------------------------------------------------------


def issue_key(org: str) -> str:
    """Return the key of an organisation's issue; raise UsageError for no organisation's login."""
    if not _ORG.fullmatch(org):
        raise UsageError(f"{org[:60]!r} can't be an organisation's login")
    return f"drift/{org.lower()}"


def issue_state(document: object) -> IssueState:
    """Return what the issue should be by the plan *document* of a drift.

    It is open while something is due, is withheld, or while somebody is warned.
    """
    org = organization_of(document)
    creates, deletes, withheld, warned = _counts(document)
    counts = {
        "to create": creates,
        "to delete": deletes,
        "withheld": withheld,
        "warned": warned,
    }
    said = ", ".join(f"{number:,} {what}" for what, number in counts.items() if number)
    return IssueState(_title(org, said or "nothing is due"), bool(said))


def failed_state(org: str) -> IssueState:
    """Return what the issue should be when the nightly run of *org* made no plan."""
    issue_key(org)
    return IssueState(_title(org, "the nightly run failed"), open=True)


def organization_of(document: object) -> str:
    """Return whose plan *document* is; raise UsageError if it is no plan's."""
    ours = _object(_object(document, "the document").get("copilot_seats"), "`copilot_seats`")
    login = _object(ours.get("org"), "`copilot_seats.org`").get("login")
    if not isinstance(login, str) or not _ORG.fullmatch(login):
        raise _no_plan("`copilot_seats.org.login` is no login")
    return login


def organization_id_of(document: object) -> int | None:
    """Return the id of the organisation whose plan *document* is, None where it has none."""
    ours = _object(_object(document, "the document").get("copilot_seats"), "`copilot_seats`")
    number = _object(ours.get("org"), "`copilot_seats.org`").get("id")
    return number if type(number) is int and 0 < number < 2**63 else None


def _counts(document: object) -> tuple[int, int, int, int]:
    root = _object(document, "the document")
    ours = _object(root.get("copilot_seats"), "`copilot_seats`")
    actions = [_action(change) for change in _list(root, "resource_changes")]
    notices = [_object(one, "a notice").get("kind") for one in _list(ours, "notices")]
    return (
        actions.count("create"),
        actions.count("delete"),
        len(_list(ours, "withheld")),
        notices.count("warn"),
    )


def _action(change: object) -> str:
    actions = _object(_object(change, "a change").get("change"), "a change").get("actions")
    if actions not in (["create"], ["delete"]):
        raise _no_plan("a change neither creates nor deletes")
    return str(actions[0])


def _object(value: object, what: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise _no_plan(f"{what} is no object")
    return value


def _list(node: Mapping[str, Any], key: str) -> list[object]:
    found = node.get(key)
    if not isinstance(found, list):
        raise _no_plan(f"`{key}` is no list")
    return found


def _no_plan(why: str) -> UsageError:
    return UsageError(f"this is no plan as `drift --out` writes it: {why}")


def _title(org: str, said: str) -> str:
    title = visible(f"Copilot seats of {org}: {said}")
    return title if len(title) <= MOST_IN_TITLE else f"{title[: MOST_IN_TITLE - 1]}…"


# --- bodies -------------------------------------------------------------------------------------


def page(first_line: str, body: str, rest: str, *, limit: int = MOST) -> str:
    """Return *first_line* and *body* as one page that GitHub takes.

    Of what is too long tables lose rows, each keeping some; where that is not enough it is cut at a
    line end, with everything that is open closed. *rest* says where the whole of it is: above all
    else, where nothing in *body* can hide it.
    """
    # More than a job's summary holds is cut anyway, and a body may have millions of lines.
    text = _storable(body.strip("\r\n")[: 16 * limit]).strip("\n")
    whole = f"{first_line}\n{text}\n"
    if length(whole) <= limit:
        return whole
    head = f"{first_line}\n{CUT} {rest}\n\n"
    room = limit - length(head)
    return f"{head}{_cut(shortened(text, room), room)}\n"


def _storable(text: str) -> str:
    """Return *text* without what GitHub can't keep: NUL and other controls, half characters."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(one if _is_storable(one) else "\ufffd" for one in lines)


def _is_storable(character: str) -> bool:
    number = ord(character)
    return (number >= 0x20 and not 0x7F <= number < 0xA0 and not 0xD800 <= number < 0xE000) or (
        character in "\n\t"
    )


def _cut(text: str, room: int) -> str:
    """Return the first lines of *text* that leave room to close what is open after them."""
    kept: list[str] = []
    opened = _Open()
    end = ""
    for line in text.split("\n"):
        room -= length(line) + 1
        if room < 0:
            break
        after = opened.past(line)
        closing = after.closing()
        if room < len(closing):
            break
        kept.append(line)
        opened, end = after, closing
    return "\n".join(kept) + end


_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})([^\n]*)")
_TAG = re.compile(
    r"<(/?)(details|summary|table|thead|tbody|tr|td|th|pre|div|ul|ol|li)\b[^<>]*>", re.I
)
_CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)")


@dataclass(frozen=True, slots=True)
class _Open:
    """What is open at the end of a line: a fence of code, an HTML comment, and HTML's tags."""

    fence: str = ""
    comment: bool = False
    tags: tuple[str, ...] = ()

    def past(self, line: str) -> _Open:
        """Return what is open after *line* too."""
        if self.fence:
            return self._in_fence(line)
        found = _FENCE.fullmatch(line)
        opens = found is not None and not (found[1][0] == "`" and "`" in found[2])
        if found is not None and opens and not self.comment:
            return _Open(found[1], False, self.tags)
        return self._in_html(_CODE_SPAN.sub("", line))

    def _in_fence(self, line: str) -> _Open:
        found = _FENCE.fullmatch(line)
        closes = found is not None and found[1].startswith(self.fence) and not found[2].strip()
        return _Open("", False, self.tags) if closes else self

    def _in_html(self, line: str) -> _Open:
        comment = self.comment
        shown = ""
        while line:
            before, mark, line = line.partition("-->" if comment else "<!--")
            shown += "" if comment else before
            comment = comment != bool(mark)
        return _Open("", comment, _after(self.tags, _TAG.findall(shown)))

    def closing(self) -> str:
        """Return what closes all of it, innermost first."""
        parts = [f"\n{self.fence}"] if self.fence else []
        parts += ["\n-->"] if self.comment else []
        parts += [f"\n\n</{tag}>" for tag in reversed(self.tags)]
        return "".join(parts)


def _after(tags: tuple[str, ...], found: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Return the open tags after *found*; one that closes closes what is open inside of it."""
    left = list(tags)
    for slash, name in found:
        tag = name.lower()
        if not slash:
            left.append(tag)
        elif tag in left:
            del left[len(left) - 1 - left[::-1].index(tag) :]
    return tuple(left)


_BEGIN = "<!-- copilot-seats:earlier -->"


_END = "<!-- copilot-seats:earlier-end -->"


_TITLE = "What was told here before"


def above(now: str, before: str) -> str:
    """Return *now* with what *before*, the body of a comment, told: below and folded.

    Of a comment that has such a fold already only what is in it is kept.
    """
    kept = _earlier_part(before)
    if not kept or same(kept, now):
        return now
    fold = f"<details><summary>{_TITLE}</summary>\n\n{_BEGIN}\n{kept}\n{_END}\n\n</details>"
    return f"{now.rstrip()}\n\n{fold}\n"


def _earlier_part(before: str) -> str:
    text = before.replace("\r\n", "\n").partition("\n")[2]
    _, folded, inner = text.partition(f"{_BEGIN}\n")
    if not folded:
        return text.strip("\n")
    kept, whole, _ = inner.partition(f"\n{_END}")
    # The end of what was too long is cut off, and what was open closed there.
    return kept if whole else kept.rstrip("\n").removesuffix("</details>").strip("\n")
