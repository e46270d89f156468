"""How an apply goes, and how it is told."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from reconciler import canonical_json, planfile
from reconciler.apply import Pace
from reconciler.cli import output
from reconciler.cli.summary import add, add_failure
from reconciler.errors import SeatsError
from reconciler.model.report import Report


@dataclass(frozen=True, slots=True)
class Manner:
    """What the options of `apply` say of pace and outputs."""

    pace: Pace
    output_format: str
    summary: Path | None
    report_file: Path | None

    def require_writable(self) -> None:
        """Raise UsageError unless summary and report can be written: before anything is sent."""
        if self.summary is not None:
            output.append(self.summary, "")
        if self.report_file is not None:
            output.require_folder(self.report_file)

    def tell(self, report: Report, code: int, *, aloud: bool = True) -> None:
        """Write *report* where it is wanted, and print it if *aloud*."""
        document = canonical_json.pretty({**planfile.report_document(report), "exit_code": code})
        if aloud:
            output.say(self._printed(report, document))
        if self.summary is not None:
            from reconciler.render.markdown import report_markdown

            add(self.summary, lambda most: report_markdown(report, limit=most))
        if self.report_file is not None:
            output.write(self.report_file, document)

    def tell_of(self, command: str, path: str, trouble: SeatsError) -> None:
        """Show, and add to the summary, what went wrong besides what the report says."""
        from reconciler.cli.entry import show

        show(trouble)
        add_failure(self.summary, command, path, trouble, midway=True)

    def _printed(self, report: Report, document: str) -> str:
        if self.output_format == "json":
            return document
        if self.output_format == "markdown":
            from reconciler.render.markdown import report_markdown

            return report_markdown(report)
        from reconciler.render.text import report_text

        return report_text(report, colour=output.colour(), width=output.width())
