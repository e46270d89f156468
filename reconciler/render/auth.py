"""What a credential may do, as text and as JSON."""

from __future__ import annotations

from reconciler import canonical_json
from reconciler.model.permissions import Answer, Credential, Finding
from reconciler.render.escape import terminal, visible

_MARKS = {Answer.YES: "yes", Answer.NO: "NO", Answer.UNKNOWN: "?"}


def text(
    credential: Credential, org: str, host: str, found: tuple[Finding, ...], ready: bool
) -> str:
    """Return the findings for people: each ability, then what is missing by name."""
    who = f"{credential.login}, by a " if credential.login else "a "
    lines = [f"You are {visible(who)}{credential.kind} ({credential.source}), on {visible(host)}"]
    if credential.scopes is not None:
        lines.append(f"  scopes: {visible(', '.join(credential.scopes)) or 'none'}")
    if credential.permissions is not None:
        held = ", ".join(f"{key}: {level}" for key, level in sorted(credential.permissions.items()))
        lines.append(f"  permissions: {visible(held) or 'none'}")
    lines += ["", f"In {visible(org)} you may"]
    for one in found:
        lines.append(f"  {_MARKS[one.answer]:<4} {one.ability.name}  ({one.ability.commands})")
        if one.why:
            lines.append(f"       {visible(one.why)}")
    missing = list(dict.fromkeys(one.missing for one in found if one.missing))
    if missing:
        lines += ["", "Missing", *(f"  - {one}" for one in missing)]
    lines += ["", "Planning is possible." if ready else "Planning is not possible."]
    return terminal("\n".join(lines)) + "\n"


def document(
    credential: Credential, org: str, host: str, found: tuple[Finding, ...], ready: bool
) -> str:
    """Return the findings as JSON."""
    return canonical_json.pretty(
        {
            "format_version": "1.0",
            "host": host,
            "organization": org,
            "who": {
                "login": credential.login,
                "kind": credential.kind.value,
                "source": credential.source,
                "scopes": None if credential.scopes is None else list(credential.scopes),
                "permissions": None
                if credential.permissions is None
                else dict(credential.permissions),
            },
            "may": [
                {
                    "ability": one.ability.name,
                    "commands": one.ability.commands,
                    "answer": one.answer.value,
                    "missing": one.missing or None,
                    "why": one.why or None,
                }
                for one in found
            ],
            "plannable": ready,
        }
    )
