"""Tell of a run of the Action that failed before it came to any file."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.action.inputs import COMMANDS, PREFIX
from reconciler.action.runner import Runner
from reconciler.cli import output
from reconciler.errors import SeatsError
from reconciler.render.failure import failure_markdown


def run_key(command: str) -> str:
    """Return the key of the comment about runs of *command* that came to no file."""
    return f"{command}/run"


def tell_failure(runner: Runner, environ: Mapping[str, str], error: SeatsError) -> None:
    """Tell of *error* in the summary and, of a plan for a pull request, in a comment.

    Inputs may be what is wrong: they are taken only where they can be.
    """

    def given(name: str) -> str:
        return environ.get(f"{PREFIX}{name}", "").strip()

    command = given("COMMAND") if given("COMMAND") in COMMANDS else "action"
    body = failure_markdown(command, given("FILES").partition("\n")[0], str(error))
    runner.summarize(body)
    event = runner.event
    wanted = command == "plan" and given("COMMENT") != "false"
    if wanted and event.is_pull_request and not (event.from_a_fork or event.of_dependabot):
        _comment(runner, body, given("API_URL"))


def _comment(runner: Runner, body: str, api_url: str) -> None:
    from reconciler.cli.entry import run

    path = runner.folder / "body.md"
    output.write(path, body)
    address = [f"--api-url={api_url}"] if api_url else []
    with runner.quoting():
        run(["comment", f"--key={run_key('plan')}", *address, "--", str(path)])
