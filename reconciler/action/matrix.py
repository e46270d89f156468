"""The jobs of a matrix: one for each file that has something to tell."""

from __future__ import annotations

from collections.abc import Callable

from reconciler.action.base import Base
from reconciler.action.files import Found
from reconciler.errors import UsageError

_MOST = 256
"""GitHub runs at most that many jobs of one matrix."""


def matrix(
    found: Found, organization: Callable[[str], str | None], base: Base | None
) -> dict[str, list[dict[str, str]]]:
    """Return a job for each file, or for each that differs from *base*'s.

    A file with errors has its job, which tells of them, also where nobody can say whose it is
    (`org` is empty then), but not one whose name can't be passed on. Files of one organisation
    have a job together, a line each, which tells that they are. Raises UsageError for more jobs
    than GitHub runs.
    """
    wrong = [file for file, _ in found.wrong if file.isprintable()]
    together: dict[str, list[str]] = {}
    for file in (*found.files, *wrong):
        org = (organization(file) or "").lower()
        together.setdefault(org or f"\n{file}", []).append(file)
    jobs = [
        {"file": "\n".join(files), "org": "" if org.startswith("\n") else org}
        for org, files in together.items()
        if base is None
        or len(files) > 1
        or files[0] in wrong
        or _is_another(files[0], org.partition("\n")[0], base)
    ]
    if len(jobs) > _MOST:
        raise UsageError(
            f"{len(jobs)} files: GitHub runs at most {_MOST} jobs of a matrix, so name fewer in "
            "each of several workflows"
        )
    return {"include": jobs}


def _is_another(file: str, org: str, base: Base) -> bool:
    """Tell whether *file* is another one than the base's; what fails is told in its job."""
    from reconciler.app.base_branch import differs

    try:
        there = base.file_for(org or None, file)
    except UsageError:
        return True
    return there is None or base.moved(file, there) or differs(file, there)
