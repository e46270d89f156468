"""What came of policy tests, as text and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from reconciler import canonical_json
from reconciler.model.diagnostics import Diagnostic, Severity
from reconciler.model.plan import Action
from reconciler.policytest import Edge, Judged, Result
from reconciler.render.annotations import item
from reconciler.render.annotations import text as diagnostics_text
from reconciler.render.columns import Paint, finish, wrap
from reconciler.render.escape import visible
from reconciler.wording.units import plural

_LABEL = 14
_NO_CHANGE = "no change, since it has no `expect`"
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Run:
    """A run over the test files *paths*; a file with a diagnostic was not run.

    With *strict* an edge that no test touches is a failure.
    """

    paths: tuple[str, ...]
    judged: Judged
    diagnostics: tuple[Diagnostic, ...] = ()
    strict: bool = False

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        return tuple(one for one in self.diagnostics if one.severity is Severity.ERROR)

    @property
    def passed(self) -> bool:
        gaps = self.strict and self.judged.gaps
        return not (self.errors or self.judged.failed or gaps)

    def results(self, path: str) -> tuple[Result, ...]:
        return tuple(one for one in self.judged.results if one.path == path)


# --- text ----------------------------------------------------------------------------------------


def text(run: Run, *, colour: bool = False, width: int | None = None) -> str:
    """Return failures, untouched edges, and one line for each file and for all of them."""
    paint = Paint(colour)
    blocks = [diagnostics_text(run.diagnostics, colour=colour).splitlines()]
    blocks += [_failure(result, paint, width) for result in run.judged.failed]
    blocks.append([_gap(edge, paint, strict=run.strict) for edge in run.judged.gaps])
    ended = [line for path in run.paths if (line := _file(run, path)) is not None]
    blocks.append([*ended, _summary(run, paint)])
    return finish(blocks)


def _failure(result: Result, paint: Paint, width: int | None) -> list[str]:
    place = visible(str(result.mark))
    lines = [f"{paint.red('FAILED')} {paint.bold(place)}: {visible(title(result))}"]
    for label, said in fields(result):
        start, *more = wrap(visible(said), None if width is None else width - _LABEL)
        lines.append(f"    {paint.dim(label.ljust(_LABEL - 4))}{start}")
        lines += [" " * _LABEL + line for line in more]
    return lines


def title(result: Result) -> str:
    """Return the name of a test and the person that *result* is about."""
    return f"{result.case}: {result.login}"


def fields(result: Result) -> list[tuple[str, str]]:
    """Return what is to be told of a failure: what was expected, what came and why."""
    found, expected, got = result.found, result.expected, _decided(result)
    if expected is None:
        said = [("expected", _NO_CHANGE), ("got", f"unexpected: {got}")]
    else:
        said = [("expected", expected.text), ("got", got)]
        if expected.text.startswith("{"):
            said.append(("differs", ", ".join(result.wrong)))
    if found.rule is not None:
        said.append(("rule", f"{found.rule.name}  {found.mark}"))
    said.append(("because", found.text))
    return said


def _decided(result: Result) -> str:
    """Return verdict, action and reason in a few words, and what else may matter."""
    found = result.found
    parts = [found.verdict.value, f"{found.action} ({found.reason})"]
    if found.due is not None and (found.action is Action.NO_OP or "due" in result.wrong):
        parts.append(f"due {found.due}")
    if found.observed:
        parts.append(f"observed {', '.join(sorted(found.observed))}")
    return ", ".join(parts)


def _gap(edge: Edge, paint: Paint, *, strict: bool) -> str:
    sign = paint.red("FAILED") if strict else paint.yellow("note:")
    return f"{sign} {paint.bold(visible(str(edge.mark)))}: {visible(untouched(edge))}"


def untouched(edge: Edge) -> str:
    """Return where a test is missing, and what it could be."""
    sides = " or ".join(f"{side} it ({_example(edge, side)})" for side in edge.missing)
    return (
        f"rule {edge.rule.name}, {edge.kind} ({_written(edge.length)}): "
        f"no test within a day {sides}"
    )


def _example(edge: Edge, side: str) -> str:
    """Return what the seat of a test on that *side* of an edge could say."""
    kind, _, end = edge.kind.partition(".")
    later = timedelta() if side == "before" else _HOUR
    since = "given" if kind == "unused" else "active"
    said = f"{since}: -{_written(edge.length + later)}"
    threshold = edge.rule.unused if kind == "unused" else edge.rule.idle
    if end == "cancel" and threshold is not None and threshold.warn is not None:
        said += f", warned: -{_written(threshold.cancel - threshold.warn + later)}"
    return said


def _written(span: timedelta) -> str:
    """Return *span* as a test or policy writes it; all of them are whole hours."""
    days, hours = divmod(span // _HOUR, 24)
    return f"{days}d" * bool(days) + f"{hours}h" * bool(hours)


def _file(run: Run, path: str) -> str | None:
    """Return the line about one file; None if it was not run."""
    results = run.results(path)
    if any(one.mark.file == path for one in run.errors) and not results:
        return None
    return f"{visible(path)}: {_counts(results)}"


def _counts(results: Sequence[Result]) -> str:
    failed = sum(not one.passed for one in results if one.expected is not None)
    unexpected = sum(one.expected is None for one in results)
    passed = sum(one.passed for one in results)
    parts = [f"{passed} passed"]
    parts += [f"{failed} failed"] if failed else []
    parts += [f"{unexpected} unexpected"] if unexpected else []
    return ", ".join(parts)


def _summary(run: Run, paint: Paint) -> str:
    said = f"{plural(len(run.paths), 'file')}: {_counts(run.judged.results)}"
    if run.errors:
        said += f", {plural(len(run.errors), 'error')}"
    gaps = sum(len(edge.missing) for edge in run.judged.gaps)
    if gaps:
        said += f"; {plural(gaps, 'side')} of thresholds without a test"
    return (paint.green if run.passed else paint.red)(said)


# --- JSON ----------------------------------------------------------------------------------------


def json(run: Run) -> str:
    """Return a run as a JSON document."""
    results = run.judged.results
    return canonical_json.pretty(
        {
            "format_version": "1.0",
            "passed": run.passed,
            "files": list(run.paths),
            "results": [_result(one) for one in results],
            "untouched": [_edge(one) for one in run.judged.gaps],
            "diagnostics": [item(one) for one in run.diagnostics],
            "summary": {
                "files": len(run.paths),
                "passed": sum(one.passed for one in results),
                "failed": sum(not one.passed and one.expected is not None for one in results),
                "unexpected": sum(one.expected is None for one in results),
                "untouched": sum(len(edge.missing) for edge in run.judged.gaps),
                "errors": len(run.errors),
            },
        }
    )


def _result(result: Result) -> dict[str, object]:
    found = result.found
    return {
        "file": result.path,
        "line": result.mark.line,
        "column": result.mark.column,
        "test": result.case,
        "user": result.login,
        "passed": result.passed,
        "expected": None if result.expected is None else result.expected.text,
        "wrong": list(result.wrong),
        "found": {
            "verdict": found.verdict.value,
            "action": found.action.value,
            "reason": found.reason.value,
            "rule": None if found.rule is None else found.rule.name,
            "due": None if found.due is None else found.due.isoformat(),
            "observed": sorted(found.observed),
            "text": found.text,
        },
    }


def _edge(edge: Edge) -> dict[str, object]:
    return {
        "file": edge.mark.file,
        "line": edge.mark.line,
        "column": edge.mark.column,
        "rule": edge.rule.name,
        "threshold": edge.kind,
        "length": _written(edge.length),
        "missing": list(edge.missing),
    }
