"""What came of policy tests, as the JUnit XML that CI servers read.

There is no one standard; this keeps to what Jenkins, GitLab and GitHub's actions have in common:
https://github.com/testmoapp/junitxml
"""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement, indent, tostring

from reconciler.policytest import Result
from reconciler.render.escape import visible
from reconciler.render.policytests import Run, fields, title, untouched

_SUITE = "testsuite"


def junit(run: Run) -> str:
    """Return a run as XML: one test case for each expectation, and for what was not expected."""
    root = Element("testsuites", name="copilot-seats")
    for path in run.paths:
        _file(root, run, path)
    if run.strict and run.judged.gaps:
        suite = SubElement(root, _SUITE, name="untouched edges")
        for edge in run.judged.gaps:
            place = edge.mark
            case = _case(suite, place.file, f"{edge.rule.name}: {edge.kind}", place.line)
            _tell(case, "failure", "untouched", untouched(edge), [])
    for suite in root.iter(_SUITE):
        _count(suite, suite)
    _count(root, root)
    indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{tostring(root, encoding="unicode")}\n'


def _file(root: Element, run: Run, path: str) -> None:
    suite = SubElement(root, _SUITE, name=visible(path))
    for result in run.results(path):
        _result(suite, result)
    errors = [one for one in run.errors if one.mark.file == path]
    if errors:
        case = _case(suite, path, "can be read", errors[0].mark.line)
        _tell(case, "error", "diagnostic", errors[0].message, [str(one) for one in errors])


def _result(suite: Element, result: Result) -> None:
    case = _case(suite, result.path, title(result), result.mark.line)
    if result.passed:
        return
    said = dict(fields(result))
    message = f"expected {said['expected']}, got {said['got']}"
    kind = "unexpected" if result.expected is None else "expectation"
    lines = [str(result.mark), *(f"{label}: {words}" for label, words in said.items())]
    _tell(case, "failure", kind, message, lines)


def _case(suite: Element, path: str, name: str, line: int) -> Element:
    return SubElement(
        suite,
        "testcase",
        classname=visible(path),
        name=visible(name),
        file=visible(path),
        line=str(line),
    )


def _tell(case: Element, what: str, kind: str, message: str, lines: list[str]) -> None:
    told = SubElement(case, what, type=kind, message=visible(message))
    told.text = "\n".join(map(visible, lines)) or None


def _count(element: Element, within: Element) -> None:
    """Write how many cases there are in *within*, and how many of them went wrong."""
    for name, tag in (("tests", "testcase"), ("failures", "failure"), ("errors", "error")):
        element.set(name, str(sum(1 for _ in within.iter(tag))))
