"""Tell what stands twice where it may stand once; the second place quotes the first."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.config.findings import Findings
from reconciler.model.desired import Name
from reconciler.model.diagnostics import Mark


def tell_names(names: Iterable[Name], where: str, findings: Findings) -> None:
    """Tell every name that stands twice in *where*, in whatever case."""
    first: dict[object, Name] = {}
    for name in names:
        earlier = first.setdefault(name.key, name)
        if earlier is not name:
            tell(name.text, earlier.text, name.mark, earlier.mark, where, findings)


def tell(text: str, earlier: str, mark: Mark, at: Mark, where: str, findings: Findings) -> None:
    """Tell that *text* at *mark* stands in *where* already, as *earlier*, *at* another place."""
    case = f" as `{earlier}` (upper and lower case are the same)" if text != earlier else ""
    findings.error(
        mark,
        "twice",
        f"`{text}` stands twice in {where}, first {place(at, mark)}{case}: keep one of them",
    )


def place(at: Mark, seen_from: Mark) -> str:
    """Return in words where in the file *at* is."""
    if at.line == seen_from.line:
        return f"in column {at.column} of this line"
    return f"on line {at.line}"
