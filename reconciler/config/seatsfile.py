"""Read a whole seats file, with the files it names, and tell all that is wrong with it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from reconciler.config import common_mistakes, files, messages, names, yaml
from reconciler.config.exemptions import read_exemptions, read_reinstatements
from reconciler.config.findings import Findings, TooMany
from reconciler.config.guards import read_guards
from reconciler.config.inactivity import (
    ReadRule,
    read_rules,
    tell_one_name,
    tell_out_of_reach,
)
from reconciler.config.node import Node
from reconciler.config.scalars import read_currency, read_price
from reconciler.config.schema import Fault, Schema, judge, published
from reconciler.config.seats import read_seats
from reconciler.errors import FileError
from reconciler.model.desired import GuardSettings, Inactivity, Name, Prices, SeatsFile
from reconciler.model.diagnostics import Diagnostic, Mark, Severity
from reconciler.model.file_kinds import FileKind, misplaced


@dataclass
class Reading:
    """What came of reading one seats file: the value if there is no error, and all findings."""

    path: str
    root: Path | None = None
    findings: Findings = field(default_factory=Findings)
    contents: list[bytes] = field(default_factory=list)
    org: Name | None = None
    file: SeatsFile | None = None

    @property
    def sha256(self) -> str:
        """Digest of all bytes read: a text holds no NUL, so one separates the files."""
        return hashlib.sha256(b"\0".join(self.contents)).hexdigest()


def load(path: str | Path, root: Path | None = None) -> SeatsFile:
    """Return the seats file at *path*, or raise `FileError` with all that is wrong with it."""
    reading = read(path, root)
    if reading.file is None:
        raise FileError(reading.findings.all)
    return reading.file


def check(paths: Sequence[str | Path]) -> tuple[Diagnostic, ...]:
    """Return every finding about the files at *paths*, one by one and together."""
    readings = [read(path, None) for path in paths]
    together = Findings()
    with limited():
        _tell_one_organization(readings, together)
    each = (finding for reading in readings for finding in reading.findings.all)
    return tuple(sorted({*each, *together.all}))


def read(path: str | Path, root: Path | None) -> Reading:
    """Read the seats file at *path*; the files it names stand in *root*, else in its repository."""
    reading = Reading(os.fspath(path), root)
    with limited():
        _read(reading)
    return reading


@contextmanager
def limited() -> Iterator[None]:
    """End quietly when there are too many findings: that is told as one of them."""
    with suppress(TooMany):
        yield


def _read(reading: Reading) -> None:
    findings = reading.findings
    start = Mark(reading.path, 1, 1)
    document = open_document(Path(reading.path), reading.path, reading, findings)
    if document is None:
        return
    judge_document(document, published("file"), findings)
    node = Node(document)
    reading.org = names.read_organization(node.get("org"), findings)
    findings.organization = reading.org.text if reading.org is not None else None
    seats = read_seats(node.get("seats"), findings)
    inactivity = _read_inactivity(node.get("inactivity"), reading)
    reinstate = read_reinstatements(node.entries("reinstate"), findings)
    exempt = read_exemptions(node.entries("exempt"), findings)
    guards = _read_guards(node.get("guards"), start, reading)
    prices = _read_prices(node.get("prices"), findings)
    if findings.failed or reading.org is None:
        return
    reading.file = SeatsFile(
        path=reading.path,
        sha256=reading.sha256,
        org=reading.org,
        seats=seats,
        guards=guards,
        inactivity=inactivity,
        reinstate=reinstate,
        exempt=exempt,
        prices=prices,
        warnings=tuple(one for one in findings.all if one.severity is Severity.WARNING),
    )


def open_document(
    path: Path,
    shown: str,
    reading: Reading,
    findings: Findings,
    kind: FileKind = FileKind.SEATS,
) -> yaml.Document | None:
    """Return the YAML file at *path*; None, told, if it can't be read or is of another kind."""
    try:
        content = files.read(path)
        reading.contents.append(content)
        text = files.decode(content)
    except files.Unreadable as error:
        findings.error(Mark(shown, 1, 1), "unreadable", str(error))
        return None
    for slip in (conflicts := common_mistakes.conflicts(text)):
        findings.error(Mark(shown, slip.line + 1, slip.column + 1), slip.code, slip.message)
    if conflicts:
        return None
    if (message := misplaced(text, kind, shown)) is not None:
        findings.error(Mark(shown, 1, 1), "kind", message)
        return None
    findings.explain_by(
        Diagnostic(
            Mark(shown, slip.line + 1, slip.column + 1), slip.message, Severity.ERROR, slip.code
        )
        for slip in common_mistakes.blanks(text)
    )
    return yaml.parse(text, shown, findings)


def judge_document(document: yaml.Document, schema: Schema, findings: Findings) -> None:
    """Tell every departure of *document* from *schema* in words."""

    def tell(fault: Fault) -> None:
        explained = messages.explain(fault, document)
        if explained is not None:
            findings.error(*explained)

    judge(document, schema, tell)


def _read_inactivity(node: Node | None, reading: Reading) -> Inactivity | None:
    if node is None:
        return None
    findings = reading.findings
    if not node.has("policy") and (not node.has("rules") or node.value["rules"] == []):
        findings.error(
            node.key_mark,
            "inactivity",
            "`inactivity` names no policy and has no rules, so it does nothing: "
            "write `policy: standard`, or rules, or take it away",
        )
    named = node.get("policy")
    own = read_rules(node.entries("rules"), findings)
    policy = [] if named is None or named.text is None else read_policy(named, reading)
    rules = [*own, *policy]
    tell_one_name(rules, findings)
    tell_out_of_reach(rules, findings)
    counts = node.get("authentication_counts")
    return Inactivity(
        rules=tuple(read.rule for read in rules),
        policy=None if named is None else named.text,
        authentication_counts=counts is not None and counts.value is True,
    )


def read_policy(named: Node, reading: Reading) -> list[ReadRule]:
    """Return the rules of the policy that is named there; what is wrong with it is told twice."""
    inner = Findings()
    rules: list[ReadRule] = []
    with limited():
        document = _named(named, "policy", reading, inner)
        if document is not None:
            judge_document(document, published("policy"), inner)
            rules = read_rules(Node(document).entries("rules"), inner, named.mark)
    reading.findings.named_by(named.mark, inner.all)
    return rules


def _read_guards(node: Node | None, start: Mark, reading: Reading) -> GuardSettings:
    if node is None:
        return GuardSettings(start)
    if node.text is None:
        return read_guards(node, node.key_mark, reading.findings)
    inner = Findings()
    settings = GuardSettings(Mark(shown_path(node.text, Path(reading.path)), 1, 1))
    with limited():
        document = _named(node, "guards", reading, inner)
        if document is not None:
            judge_document(document, published("file").part("guards"), inner)
            settings = read_guards(Node(document), settings.mark, inner)
    reading.findings.named_by(node.mark, inner.all)
    return settings


def _named(node: Node, kind: str, reading: Reading, inner: Findings) -> yaml.Document | None:
    """Return the file that is named at *node*; None, told there, if there is none."""
    named = node.text or ""
    file = Path(reading.path)
    try:
        if kind == "policy" and not files.is_path(named):
            content = files.shipped(named, file)
            reading.contents.append(content)
            return yaml.parse(files.decode(content), f"policies/{named}.yml", inner)
        path = files.locate(named, file, reading.root or files.repository(file))
    except files.Unreadable as error:
        reading.findings.error(node.mark, kind, str(error))
        node.spoil()
        return None
    wanted = FileKind.POLICY if kind == "policy" else FileKind.GUARDS
    return open_document(path, shown_path(named, file), reading, inner, wanted)


def shown_path(named: str, file: Path) -> str:
    """Return the path of a named file as it is found from where *file* was named."""
    return Path(os.path.normpath(file.parent / named)).as_posix()


def _read_prices(node: Node | None, findings: Findings) -> Prices:
    default = Prices()
    if node is None:
        return default
    business = read_price(node.get("business"), findings)
    enterprise = read_price(node.get("enterprise"), findings)
    return Prices(
        business=default.business if business is None else business,
        enterprise=default.enterprise if enterprise is None else enterprise,
        currency=read_currency(node.get("currency"), findings) or default.currency,
    )


def _tell_one_organization(readings: Sequence[Reading], together: Findings) -> None:
    first: dict[str, Name] = {}
    for reading in readings:
        if reading.org is None:
            continue
        earlier = first.setdefault(reading.org.text.lower(), reading.org)
        if earlier is reading.org:
            continue
        if earlier.mark == reading.org.mark:
            message = "this file is given twice"
        else:
            message = (
                f"two files for one organisation, `{reading.org.text}`: "
                f"the other is {earlier.mark.file}, line {earlier.mark.line}; put them together"
            )
        together.error(reading.org.mark, "one-organization", message)
