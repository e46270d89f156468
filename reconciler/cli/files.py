"""Files given together: each is one organisation's, and no organisation may have two."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from reconciler import config
from reconciler.app import exit_codes
from reconciler.errors import FileError, SeatsError
from reconciler.model.desired import SeatsFile
from reconciler.model.diagnostics import Diagnostic, Mark

if TYPE_CHECKING:
    from reconciler.model.desired import SeatsFile


class Together:
    """The seats files of one command.

    Of two files for one organisation neither is used: each would undo what the other does.
    """

    def __init__(self, paths: Sequence[str]) -> None:
        self._marks: dict[str, list[Mark]] = {}
        for path in paths if len(paths) > 1 else ():
            with suppress(FileError):
                org = config.load(path).org
                self._marks.setdefault(org.text.lower(), []).append(org.mark)

    def load(self, path: str) -> SeatsFile:
        """Return the file at *path*; raise FileError for what is wrong with it."""
        file = config.load(path)
        marks = self._marks.get(file.org.text.lower(), [])
        if len(marks) < 2:
            return file
        other = next((mark for mark in marks if mark != file.org.mark), None)
        message = (
            "this file is given twice"
            if other is None
            else f"two files for one organisation, `{file.org.text}`: the other is {other.file}, "
            f"line {other.line}; neither is used, put them together"
        )
        raise FileError((Diagnostic(file.org.mark, message, code="one-organization"),))


def each(files: Sequence[str], run: Callable[[str], int]) -> int:
    """Run one command on several files: one organisation's failure does not stop the others."""
    if len(files) == 1:
        return run(files[0])
    from reconciler.cli.entry import show

    codes = []
    for path in files:
        try:
            codes.append(run(path))
        except SeatsError as error:
            show(error)
            codes.append(error.exit_code)
    return exit_codes.worst(codes)
