"""`action`: what action.yml runs: one command on files, told to the workflow it runs in."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.action.files import Found
from reconciler.app import exit_codes
from reconciler.cli import output
from reconciler.errors import SeatsError, UsageError
from reconciler.model.diagnostics import Diagnostic, Severity
from reconciler.render.escape import prose

if TYPE_CHECKING:
    from reconciler.action.base import Base
    from reconciler.action.inputs import Inputs
    from reconciler.action.outputs import Ran
    from reconciler.action.runner import Runner

_RED = {
    "error": (exit_codes.ERROR, exit_codes.PLAN_FILE, exit_codes.INCOMPLETE),
    "guard": (exit_codes.ERROR, exit_codes.PLAN_FILE, exit_codes.INCOMPLETE, exit_codes.WITHHELD),
    "drift": (
        exit_codes.ERROR,
        exit_codes.PLAN_FILE,
        exit_codes.INCOMPLETE,
        exit_codes.WITHHELD,
        exit_codes.CHANGES,
    ),
}
"""Which exit codes make the job red, by the input fail-on; being interrupted always does."""

_MEANING = {
    exit_codes.ERROR: "it failed: the log says why",
    exit_codes.CHANGES: "changes are pending",
    exit_codes.WITHHELD: "a guard withheld changes: the summary says which, and the way out",
    exit_codes.PLAN_FILE: "this plan file may not be applied, and nothing was done: plan again, and"
    " have that plan reviewed",
    exit_codes.INCOMPLETE: "not everything is done: the summary says what is not, and why. What is"
    " done stays done; the next plan has the rest again, or this plan goes on as the summary says",
    exit_codes.INTERRUPTED: "interrupted; the ledger is whole, and the same plan file goes"
    " on there",
    exit_codes.TERMINATED: "terminated; the ledger is whole, and the same plan file goes on there",
}


@click.command("action", short_help="What action.yml runs, inside a workflow.")
def command() -> int:
    """Run validate, plan, apply or drift as a step of a GitHub workflow; action.yml calls this.

    Inputs come from the environment, COPILOT_SEATS_INPUT_COMMAND and so on; action.yml describes
    them. Everything it does is one of the other commands: elsewhere than on GitHub use those, with
    --summary, `comment` and `issue`.

    Exit codes: those of the command that ran, or 0 where the input fail-on lets that pass.
    """
    from reconciler.action.failure import tell_failure
    from reconciler.action.inputs import Inputs
    from reconciler.action.runner import Runner

    runner = Runner.of(os.environ)
    try:
        inputs = Inputs.of(os.environ)
        _enter(inputs.folder)
        code = _Action(inputs, runner).run()
    except SeatsError as error:
        runner.set("exitcode", str(error.exit_code))
        runner.tell("error", "copilot-seats", str(error))
        tell_failure(runner, os.environ, error)
        raise
    red = code in (*_RED[inputs.fail_on], exit_codes.INTERRUPTED, exit_codes.TERMINATED)
    if code in _MEANING:
        severity = "error" if red else "warning" if code == exit_codes.WITHHELD else "notice"
        runner.tell(severity, f"copilot-seats {inputs.command}", _MEANING[code])
    return code if red else exit_codes.DONE


def _enter(folder: str) -> None:
    try:
        os.chdir(folder)
    except OSError as error:
        raise UsageError(f"input working-directory: {folder}: {error.strerror or error}") from error


class _Action:
    """One step of a workflow: a row of commands, each with the arguments a person would type."""

    def __init__(self, inputs: Inputs, runner: Runner) -> None:
        self._inputs = inputs
        self._runner = runner
        self._found = Found(())
        self._last: Callable[[], int] = lambda: exit_codes.DONE
        """What is still to be told once the outputs are set."""

    def run(self) -> int:
        """Do what the inputs ask for; return the exit code that counts."""
        from reconciler import config
        from reconciler.action.files import found_files

        self._found = found_files(self._inputs.files)
        if self._inputs.plan_file is not None and self._found.many:
            raise UsageError("input plan-file goes with one file: apply the others one by one")
        findings = config.check(self._found.files)
        self._runner.annotate(findings)
        ran = [self._failed(file, error) for file, error in self._found.wrong]
        if self._inputs.command == "validate":
            return self._validate(ran)
        if self._unable_to_read():
            return self._validate_instead(ran)
        one = self._wrong_together if any(map(_is_twice, findings)) else self._one
        for file in self._found.files:
            try:
                ran.append(one(file))
            except SeatsError as error:
                ran.append(self._failed(file, error))
            if ran[-1].code in (exit_codes.INTERRUPTED, exit_codes.TERMINATED):
                break
        return self._finish(ran)

    def _one(self, file: str) -> Ran:
        each: dict[str, Callable[[str], Ran]] = {
            "plan": self._plan,
            "apply": self._apply,
            "drift": self._drift,
        }
        return each[self._inputs.command](file)

    # --- commands ---------------------------------------------------------------------------------

    def _validate(self, ran: Sequence[Ran]) -> int:
        from reconciler.action.matrix import matrix

        code = self._check(ran)
        jobs = matrix(self._found, self._organization, self._base)
        self._runner.set("matrix", json.dumps(jobs, separators=(",", ":")))
        return code

    def _check(self, ran: Sequence[Ran]) -> int:
        """Validate all files but those of *ran*, which failed already."""
        codes = [one.code for one in ran]
        if self._found.files:
            codes.append(self._call("validate", [], self._found.files)[0])
        self._runner.set("exitcode", str(exit_codes.worst(codes)))
        return exit_codes.worst(codes)

    def _plan(self, file: str) -> Ran:
        inputs, target = self._inputs, self._target("plan", file)
        base, note = self._base_of(file)
        options = [f"--out={target}", "--detailed-exitcode", *self._common(), *base]
        options += [f"--live={inputs.live}"] if inputs.live and not _has_token() else []
        options += ["--redact"] if inputs.redact else []
        code, body = self._call("plan", options, [file], note)
        told = self._comment("plan", file, body, target)
        return self._ran(file, exit_codes.worst((code, told)), target)

    def _apply(self, file: str) -> Ran:
        inputs, target = self._inputs, self._target("report", file)
        options = [f"--report={target}", *self._common()]
        if inputs.plan_file is not None:
            base, note = self._base_of(file)
            options += [f"--config={file}", *base]
            code, body = self._call("apply", options, [inputs.plan_file], note)
        else:
            options += ["--auto-approve", *([f"--only={inputs.only}"] if inputs.only else [])]
            code, body = self._call("apply", options, [file])
        if code in (exit_codes.INTERRUPTED, exit_codes.TERMINATED):
            if target.exists():
                self._last = partial(self._comment, "apply", file, body, target)
            return self._ran(file, code, target)
        # What ended without a report must not hide the report of an earlier run.
        told = self._comment("apply", file, body, target, keep_earlier=not target.exists())
        return self._ran(file, exit_codes.worst((code, told)), target)

    def _drift(self, file: str) -> Ran:
        target = self._target("plan", file)
        code, body = self._call("drift", [f"--out={target}", *self._common()], [file])
        failed = code not in (exit_codes.DONE, exit_codes.CHANGES, exit_codes.WITHHELD)
        told = self._issue(file, body, None if failed else target)
        return self._ran(file, exit_codes.worst((code, told)), target)

    def _wrong_together(self, file: str) -> Ran:
        """Do nothing with any of the files: two are one organisation's, and undo each other."""
        code, body = self._call("validate", [], self._found.files)
        name = self._inputs.command
        tell = self._issue if name == "drift" else partial(self._comment, name)
        return self._ran(file, exit_codes.worst((code, tell(file, body))))

    def _failed(self, file: str, error: SeatsError) -> Ran:
        """Tell that nothing was done with *file*, by *error*; the other files go on."""
        from reconciler.render.failure import failure_markdown

        name = self._inputs.command
        self._runner.tell("error", "copilot-seats", str(error))
        body = failure_markdown(name, file, str(error))
        self._runner.summarize(body)
        told = exit_codes.DONE
        if name == "drift":
            told = self._issue(file, body)
        elif name != "validate":
            told = self._comment(name, file, body, keep_earlier=name == "apply")
        return self._ran(file, exit_codes.worst((error.exit_code, told)))

    def _ran(self, file: str, code: int, made: Path | None = None) -> Ran:
        from reconciler.action.outputs import Ran

        return Ran.of(file, code, made)

    # --- whose a file is --------------------------------------------------------------------------

    @cached_property
    def _base(self) -> Base | None:
        from reconciler.action.base import Base

        return Base(self._inputs.base) if self._inputs.base else None

    def _base_of(self, file: str) -> tuple[list[str], str]:
        """Return the option that names the base's file, or what is to be told where none is."""
        org = self._organization(file)
        if self._base is None:
            return [], ""
        found = self._base.file_for(org, file, partial(self._formerly, org, file))
        if found is not None:
            return [f"--base={found}"], ""
        if org is None:
            return [], ""
        note = (
            f"No file of the base branch is for {org}: guards and exemptions are this file's own."
        )
        self._runner.tell("warning", "copilot-seats", note)
        return [], note

    def _formerly(
        self, org: str | None, file: str, candidates: Mapping[str, list[str]]
    ) -> list[str]:
        """Return the base's files that are for *org*, which *file* names, under its old name."""
        from reconciler.app.renamed import formerly
        from reconciler.app.session import Common, Session

        inputs = self._inputs
        live = inputs.live if inputs.live and not _has_token() else None
        with Session(Common(inputs.api_url, state_branch=inputs.state_branch)) as session:
            return formerly(session, org, file, candidates, live) if org is not None else []

    def _organization(self, file: str) -> str | None:
        """Return whose *file* is, or was in the base where that can't be read any more."""
        from reconciler.config.organization import organization_of

        found = organization_of(file) if file in self._found.files else None
        if found is None and self._base is not None:
            return self._base.organization_at(file)
        return found

    # --- what is told -----------------------------------------------------------------------------

    def _comment(
        self,
        what: str,
        file: str,
        body: str,
        made: Path | None = None,
        *,
        keep_earlier: bool = False,
    ) -> int:
        from reconciler.action.failure import run_key
        from reconciler.action.files import organization_key, path_key

        event = self._runner.event
        if not self._inputs.comment:
            return exit_codes.DONE
        org, path = self._organization(file), path_key(file)
        key = organization_key(org) if org is not None else path
        options = [f"--key={what}/{key}", *self._org_id(file, made), *self._api()]
        options += [f"--instead-of={one}" for one in (f"{what}/{path}", run_key(what))]
        options += ["--keep-earlier"] if keep_earlier else []
        if event.name == "push" and what == "apply":
            options.append(f"--commit={self._runner.sha}")
        elif not event.is_pull_request:
            return exit_codes.DONE
        elif event.from_a_fork:
            self._runner.tell("notice", "copilot-seats", "no comment: " + _FORK)
            return exit_codes.DONE
        return self._quoted(["comment", *options, "--", str(self._body(body))])

    def _issue(self, file: str, body: str, plan: Path | None = None) -> int:
        if not self._inputs.issue:
            return exit_codes.DONE
        options = [f"--body={self._body(body)}", *self._api()]
        if plan is not None and plan.exists():
            return self._quoted(["issue", *options, "--", str(plan)])
        org = self._organization(file)
        if org is None:
            self._runner.tell("warning", "copilot-seats", f"no issue: {file} names no organisation")
            return exit_codes.DONE
        return self._quoted(["issue", f"--org={org}", *self._org_id(file), *options])

    def _org_id(self, file: str, made: Path | None = None) -> list[str]:
        """Return the option with the id of *file*'s organisation, if what was *made* has it.

        Of a run that made nothing the ledger knows it.
        """
        from reconciler.app.session import Common, Session

        org, number = self._organization(file), self._ran(file, exit_codes.DONE, made).org_id
        if number is None and org is not None:
            branch = self._inputs.state_branch
            with suppress(SeatsError), Session(Common(state_branch=branch)) as session:
                number = session.remembered_id(file, org)
        return [f"--org-id={number}"] if number is not None else []

    def _body(self, body: str) -> Path:
        path = self._runner.folder / "body.md"
        output.write(path, body)
        return path

    # --- without a token --------------------------------------------------------------------------

    def _unable_to_read(self) -> bool:
        """Whether this is a pull request that GitHub gives no secrets, and no snapshot is there."""
        event = self._runner.event
        return (
            self._inputs.command == "plan"
            and not _has_token()
            and self._inputs.live is None
            and (event.from_a_fork or event.of_dependabot)
        )

    def _validate_instead(self, ran: Sequence[Ran]) -> int:
        whose = _FORK if self._runner.event.from_a_fork else _DEPENDABOT
        said = f"The file is checked, and not planned: {whose}"
        self._runner.tell("notice", "copilot-seats", said)
        self._runner.summarize(f"### Copilot seats: checked, not planned\n\n{said}\n")
        return self._check(ran)

    # --- calling, and what comes back -------------------------------------------------------------

    def _call(
        self, name: str, options: list[str], arguments: Sequence[str], note: str = ""
    ) -> tuple[int, str]:
        """Run a command; return its exit code, and what it says as Markdown, under *note*.

        No word of the workflow's can be taken for an option: paths come after `--`.
        """
        summary = self._runner.folder / "summary.md"
        summary.write_text("", encoding="utf-8")
        code = self._quoted([name, *options, f"--summary={summary}", "--", *arguments])
        body = summary.read_text(encoding="utf-8")
        if not body.strip():
            meaning = _MEANING.get(code, "done")
            body = f"### Copilot seats: {name}\n\nExit code {code}: {meaning}.\n"
        if note:
            body = f"> [!WARNING]\n> {prose(note)}\n\n{body}"
        self._runner.summarize(body)
        return code, body

    def _quoted(self, arguments: list[str]) -> int:
        from reconciler.cli.entry import run

        with self._runner.quoting():
            return run(arguments)

    def _common(self) -> list[str]:
        branch = self._inputs.state_branch
        return [*self._api(), *([f"--state-branch={branch}"] if branch else [])]

    def _api(self) -> list[str]:
        return [f"--api-url={self._inputs.api_url}"] if self._inputs.api_url else []

    def _target(self, what: str, file: str) -> Path:
        """Return where the plan or the report of *file* is written."""
        folder = self._runner.folder / f"{what}s"
        folder.mkdir(exist_ok=True)
        if not self._found.many:
            return folder / f"{what}.json"
        number = self._found.files.index(file) + 1
        return folder / f"{(self._organization(file) or f'file-{number}').lower()}.json"

    def _finish(self, ran: Sequence[Ran]) -> int:
        from reconciler.action.outputs import outputs_of

        code = exit_codes.worst(one.code for one in ran)
        made = [one for one in ran if one.path is not None]
        for name, value in outputs_of(ran).items():
            self._runner.set(name, value)
        if made and made[0].path is not None:
            path = made[0].path.parent if self._found.many else made[0].path
            what = "report" if self._inputs.command == "apply" else "plan"
            self._runner.set(f"{what}-file", str(path))
            if self._inputs.artifact:
                self._runner.set("artifact-name", self._artifact(made[0].file))
                self._runner.set("artifact-path", str(path))
        # After all else: a runner that cancels a job leaves it seconds.
        return exit_codes.worst((code, self._last()))

    def _artifact(self, file: str) -> str:
        org = None if self._found.many else self._organization(file)
        return "-".join(filter(None, ("copilot-seats", self._inputs.command, (org or "").lower())))


_FORK = (
    "the pull request comes from a fork, and GitHub gives such a workflow no secrets and no right"
    " to write. Whoever may read the seats can plan it from a branch of this repository."
)
_DEPENDABOT = "the pull request is Dependabot's, and GitHub gives such a workflow no secrets."


def _has_token() -> bool:
    names = ("GITHUB_TOKEN", "GH_TOKEN", "GITHUB_APP_PRIVATE_KEY")
    return any(os.environ.get(name) for name in names)


def _is_twice(finding: Diagnostic) -> bool:
    """Tell whether *finding* says that two files are one organisation's."""
    return finding.code == "one-organization" and finding.severity is Severity.ERROR
