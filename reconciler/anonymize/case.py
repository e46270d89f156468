"""Write a case under pseudonyms: a snapshot, and with it the seats file and its ledger."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from reconciler import snapshot
from reconciler.anonymize.ledger import twin, write_twin
from reconciler.anonymize.pseudonyms import Pseudonyms, file_twin, observed_twin
from reconciler.errors import UsageError
from reconciler.ledger import Ledger, fold
from reconciler.model.desired import Kind, SeatsFile
from reconciler.model.observed import Observed
from reconciler.model.plan import Resource
from reconciler.plan.planner import make_plan

_REMARK = """\
A seats file under pseudonyms, made by `copilot-seats snapshot --anonymize`.
Left out: comments, reasons, prices, names of rules and policies."""


def write(
    out: Path,
    file_out: Path | None,
    file: SeatsFile,
    observed: Observed,
    ledger: Ledger | None,
    write_text: Callable[[Path, str], None],
) -> str:
    """Write the twin of *observed* to *out*; those of *file* and its ledger to *file_out*.

    Return what to do with it, in words.
    """
    names = Pseudonyms(secrets.SystemRandom())
    shown = observed_twin(observed, names)
    with suppress(OSError):  # what can't be made is told when it is written to
        out.parent.mkdir(parents=True, exist_ok=True)
    if file_out is None:
        snapshot.write(out, shown)
        return "The seats file names people too: --with-file writes its twin."
    _apart(out, file_out, file, ledger)
    from reconciler.render.seatsfile_dump import rewritten

    snapshot.write(out, shown)
    write_text(file_out, rewritten(file_twin(file, names), _REMARK))
    if ledger is not None:
        refusals = _signatures(file, observed, ledger, names)
        events = twin(ledger.events, shown.organization, names, refusals)
        write_twin(_state_of(file_out), shown.organization, events)
    option = "" if ledger is not None else " --no-state"
    return (
        "Look through what was written before you send it. The same plan comes from:\n"
        f"  copilot-seats plan {file_out} --live {out}{option}"
    )


def _state_of(file: Path) -> Path:
    return file.parent / ".copilot-seats"


def _apart(out: Path, file_out: Path, file: SeatsFile, ledger: Ledger | None) -> None:
    """Raise unless the twins may be written without coming over or among the real things."""
    if file_out.resolve() in (out.resolve(), Path(file.path).resolve()):
        raise UsageError(f"--with-file: {file_out} is taken already; choose another name")
    if ledger is not None and ledger.path.parent.resolve() == _state_of(file_out).resolve():
        raise UsageError(
            f"--with-file: {file_out} would have its ledger beside the real one; choose a folder "
            "of its own, such as report/seats.yml"
        )


def _signatures(
    file: SeatsFile, observed: Observed, ledger: Ledger, names: Pseudonyms
) -> Mapping[str, str]:
    """Return what today's signatures of changes are for the twin: refusals are known by them."""
    memory = ledger.memory()
    if not memory.refusals:
        return {}
    real = make_plan(file, observed, memory)
    shown = observed_twin(observed, names)
    events = twin(ledger.events, shown.organization, names)
    shown_plan = make_plan(file_twin(file, names), shown, replace(fold(events), refusals={}))
    signatures = shown_plan.records.signatures
    found = {}
    for address, signature in real.records.signatures.items():
        resource, _, name = address.partition(".")
        kind = Kind.TEAM if resource == Resource.TEAM else Kind.USER
        found[signature] = signatures.get(f"{resource}.{names.name(kind, name)}", "")
    return {signature: other for signature, other in found.items() if other}
