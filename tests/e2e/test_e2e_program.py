"""The program itself: help, speed, usage, signals, pipes, and what it says when GitHub says no."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import shlex
import signal
import socket
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from e2e_loopback import Asked, Said, answering
from e2e_support import DEMO, TOKEN, Cli, Serve, Started, crowd, eventually, live, row, snapshot

from reconciler import __version__
from reconciler.cli import main
from reconciler.cli.program import COMMANDS
from reconciler.sandbox import Access, Kind

FILE = "version: 1\norg: acme\nseats: {members: all}\n"
HEAVY = ("httpx", "jsonschema", "structlog", "yaml", "msgspec", "stamina", "filelock")


# --- help and usage -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [[], *([name] for name in COMMANDS), *(["ledger", one] for one in ("init", "show", "verify"))],
    ids=" ".join,
)
@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help(cli: Cli, arguments: list[str], flag: str) -> None:
    ran = cli(*arguments, flag, code=0)
    assert ran.out.startswith(f"Usage: copilot-seats {' '.join(arguments)}".rstrip())
    assert ran.err == ""


def test_help_tells_of_every_command_and_of_the_exit_codes(cli: Cli) -> None:
    out = cli("--help", code=0).out
    for name in COMMANDS:
        assert f"  {name} " in out
    assert "2 changes pending" in out
    assert cli("--version", code=0).out == f"copilot-seats {__version__}\n"
    assert cli("-V", code=0).out == f"copilot-seats {__version__}\n"


def test_the_first_page_of_help_is_the_same_without_click(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr("sys.argv", ["copilot-seats", "-h"])
    main()
    assert capsys.readouterr().out == cli("--help", code=0).out


def test_a_second_sigterm_while_the_first_is_told_leaves_no_traceback(cli: Cli) -> None:
    # `timeout` sends it to the process and to its group.
    script = (
        "import os, signal, sys, time\n"
        "from reconciler.cli import entry as boundary\n"
        "def again(*_, **__):\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
        "    time.sleep(1)\n"
        "boundary.program.main = boundary._show_notes = again\n"
        "sys.exit(boundary.run(['plan']))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=cli.variables(),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr.splitlines()[0][:10]) == (143, "terminated")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", ["--help", "--version", "plan --help", "apply --help"])
def test_help_imports_nothing_it_does_not_need(cli: Cli, arguments: str) -> None:
    script = (
        "import sys, io, contextlib\n"
        "from reconciler.cli.entry import run\n"
        "with contextlib.redirect_stdout(io.StringIO()):\n"
        f"    code = run({shlex.split(arguments)!r})\n"
        f"print(code, [name for name in {HEAVY!r} if name in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=cli.variables(),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    if arguments in ("--help", "--version"):
        assert done.stdout == "0 []\n"
    else:
        assert done.stdout.startswith("0 ")
        assert not [name for name in ("httpx", "jsonschema", "structlog") if name in done.stdout]


@pytest.mark.parametrize(
    "line",
    [
        "",
        "plna",
        "plan --no-such-option",
        "plan --format yaml",
        "plan --live",
        "apply a.json b.json",
        "apply --pace quickly",
        "apply --pace -1",
        "snapshot",
        "init",
        "ledger",
        "ledger burn",
        "schema nosuch",
        "sandbox",
        "sandbox snap.json --port 99999",
        "sandbox absent.json",
        "apply absent.yml --auto-approve",
        "apply absent.json",
        "demo now",
    ],
)
def test_wrong_usage_exits_1(cli: Cli, line: str) -> None:
    ran = cli(*shlex.split(line), code=1)
    assert ran.err or ran.out.startswith("Usage:")


@pytest.mark.parametrize(
    "line",
    [
        *("validate", "schema", "demo", "sandbox", "test", "plan", "apply", "undo", "drift"),
        *("init", "explain", "snapshot", "usage", "auth check", "comment", "issue"),
        *("ledger init", "ledger show", "ledger verify"),
    ],
)
def test_every_command_can_be_told_how_to_talk(cli: Cli, line: str) -> None:
    out = cli(*line.split(), "--help", code=0).out
    assert "--log-format" in out
    assert "--verbose" in out
    assert "--quiet" in out


@pytest.mark.parametrize("how", [["--format", "json"], []])
def test_what_is_said_of_a_torn_ledger_is_no_part_of_it(
    cli: Cli, served: Serve, how: list[str]
) -> None:
    served(snapshot(crowd(3)))
    cli.write("seats.yml", FILE)
    cli("ledger", "init", code=0)
    whole = cli("ledger", "show", *how, code=0).out
    ledger = cli.folder / ".copilot-seats/acme.jsonl"
    ledger.write_bytes(ledger.read_bytes() + b'{"torn')
    # A process, since what an earlier command set up stays in this one.
    ran = cli.process("ledger", "show", *how, code=0)
    assert ran.out == whole
    assert "the ledger ends in a torn line" in ran.err
    assert cli("ledger", "show", *how, "-q", code=0).err == ""
    logged = cli("ledger", "verify", "--log-format", "json", code=0)
    assert json.loads(logged.err)["level"] == "warning"
    assert "torn" not in logged.out.splitlines()[-1]


def test_a_sandbox_tells_its_requests_if_asked(cli: Cli) -> None:
    arguments = ("sandbox", "--generate", 5, "-v", "--log-format", "json")
    with Started(cli, *arguments) as running:
        url = running.line().partition(" at ")[2].partition(": ")[0]
        httpx.get(f"{url}/_sandbox")
        running.signal(signal.SIGINT)
        ran = running.end(code=0)
    assert [json.loads(line)["event"] for line in ran.err.splitlines()] == ["GET /_sandbox: 200"]


def test_a_slip_of_the_keyboard_is_understood(cli: Cli) -> None:
    assert "Did you mean 'plan'?" in cli("plna", code=1).err
    assert "Did you mean" not in cli("xyzzy", code=1).err
    assert "--format" in cli("plan", "--formt", "json", code=1).err


def test_as_a_module_it_is_the_same_program(cli: Cli) -> None:
    assert cli.process("--version", code=0).out == f"copilot-seats {__version__}\n"
    assert cli.process("plna", code=1).err.startswith("Usage: copilot-seats")


# --- the token ----------------------------------------------------------------------------------


def test_without_a_token(cli: Cli, served: Serve) -> None:
    served(snapshot(crowd(3)))
    del cli.environment["GITHUB_TOKEN"]
    cli.write("seats.yml", FILE)
    ran = cli("plan", code=1)
    assert "GITHUB_TOKEN" in ran.err
    cli.environment["GH_TOKEN"] = TOKEN
    cli("plan", "--no-state", code=0)


@pytest.mark.parametrize("token", [" ", "two words", f"{TOKEN}\n", "tök", ""])
def test_a_token_with_something_around_it(cli: Cli, served: Serve, token: str) -> None:
    served(snapshot(crowd(3)))
    cli.environment["GITHUB_TOKEN"] = token
    cli.write("seats.yml", FILE)
    ran = cli("plan", code=1)
    assert "token" in ran.err.lower()
    assert token.strip() == "" or token.strip() not in ran.text


@pytest.mark.parametrize("options", [["-v"], ["-v", "--log-format", "json"], ["-q"], []])
def test_no_token_in_any_output(cli: Cli, served: Serve, options: list[str]) -> None:
    world = served(snapshot([*crowd(9), row("stray")], members=["fresh"]))
    cli.write("seats.yml", "version: 1\norg: acme\nseats: {members: all}\nexempt: []\n")
    cli("ledger", "init", *options, code=0)
    cli("plan", *options, code=0)
    cli("apply", "--auto-approve", "--pace", 0, *options, code=0)
    cli("snapshot", "-o", "snap.json", *options, code=0)
    assert "fresh" in live(world)
    # The fixture looks through everything that was said and written.
    assert len(cli.said) == 4


@pytest.mark.parametrize("status", [401, 403, 404, 422, 500])
def test_a_server_that_repeats_the_token(cli: Cli, status: int) -> None:
    def answer(asked: Asked) -> Said:
        headers = {"X-GitHub-Request-Id": asked.token, "X-Accepted-GitHub-Permissions": asked.token}
        if status == 500:
            headers["Retry-After"] = "0"
        return Said(status, {"message": f"no: {asked.token}", "errors": [asked.token]}, headers)

    cli.write("seats.yml", FILE)
    with answering(answer, lambda: datetime(2026, 3, 1, tzinfo=UTC)) as url:
        ran = cli("plan", "--no-state", "-v", "--api-url", url, code=1)
    assert str(status) in ran.err
    assert TOKEN not in ran.text


def test_verbose_tells_every_request(cli: Cli, served: Serve) -> None:
    served(snapshot(crowd(3)))
    cli.write("seats.yml", FILE)
    ran = cli.process("plan", "-v", "--no-state", code=0)
    assert "GET" in ran.err
    assert "/orgs/acme/copilot/billing/seats?per_page=100&page=1" in ran.err
    assert "GET" not in ran.out
    assert cli.process("plan", "--no-state", code=0).err == ""


def test_quiet_tells_errors_only(cli: Cli, served: Serve) -> None:
    served(snapshot(crowd(3)))
    cli.write("seats.yml", FILE)
    assert "no ledger" in cli("drift", code=0).err
    assert cli("drift", "-q", code=0).err == ""
    cli.write("seats.yml", FILE.replace("acme", "nowhere"))
    assert "404" in cli("drift", "-q", code=1).err


# --- what GitHub answers ------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["plan", "drift", "snapshot -o s.json", "apply --auto-approve"])
def test_a_wrong_token(cli: Cli, served: Serve, command: str) -> None:
    served(snapshot(crowd(3)), tokens={"another": Access()})
    cli.write("seats.yml", FILE)
    ran = cli(*shlex.split(command), "--no-state", code=1)
    assert "401" in ran.err
    assert "Bad credentials" in ran.err
    assert "set GITHUB_TOKEN to a valid one" in ran.err
    assert ran.out == ""
    assert "s.json" not in cli.files()


def test_a_missing_permission(cli: Cli, served: Serve) -> None:
    access = Access({"members": "read"}, Kind.FINE_GRAINED)
    served(snapshot(crowd(3)), tokens={TOKEN: access})
    cli.write("seats.yml", FILE)
    ran = cli("plan", "--no-state", code=1)
    assert "403" in ran.err
    assert "Resource not accessible by personal access token" in ran.err
    assert '"GitHub Copilot Business": read' in ran.err


def test_a_token_that_may_only_read(cli: Cli, served: Serve) -> None:
    world = served(
        snapshot([*crowd(9)], members=["fresh"]),
        tokens={TOKEN: Access.reading(Kind.INSTALLATION)},
    )
    cli.write("seats.yml", FILE)
    cli("ledger", "init", code=0)
    cli("plan", "--detailed-exitcode", code=2)
    ran = cli("apply", "--auto-approve", "--pace", 0, "--wait", 0, "--format", "json", code=5)
    assert ran.json["counts"]["failed"] == 1
    assert "Resource not accessible by integration" in ran.json["outcomes"][0]["text"]
    assert '"GitHub Copilot Business": write' in ran.json["outcomes"][0]["text"]
    assert ran.json["outcomes"][0]["request_id"]
    assert "fresh" not in live(world)


def test_an_unknown_organisation(cli: Cli, served: Serve) -> None:
    served(snapshot(crowd(3)))
    cli.write("seats.yml", FILE.replace("acme", "nowhere"))
    ran = cli("plan", "--no-state", code=1)
    assert "404" in ran.err
    assert "It does not exist, or the token can't see it" in ran.err
    assert "nowhere" in cli("init", "--org", "nowhere", "-o", "n.yml", code=1).err
    assert "n.yml" not in cli.files()


# --- addresses ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    ["http://api.github.com", "http://127.0.0.1.example.com", "http://10.0.0.1", "http://[::2]"],
)
def test_plain_http_goes_to_this_machine_only(cli: Cli, url: str) -> None:
    cli.write("seats.yml", FILE)
    for arguments, environment in (([], {"GITHUB_API_URL": url}), (["--api-url", url], {})):
        cli.environment.pop("GITHUB_API_URL", None)
        cli.environment.update(environment)
        ran = cli("plan", "--no-state", *arguments, code=1)
        assert "plain http would show the token" in ran.err


@pytest.mark.parametrize(
    "url",
    ["ftp://127.0.0.1", "https://", "127.0.0.1:80", f"https://{TOKEN}@github.com", "https://a b"],
)
def test_what_is_no_address(cli: Cli, url: str) -> None:
    cli.write("seats.yml", FILE)
    ran = cli("plan", "--no-state", "--api-url", url, code=1)
    assert "API address" in ran.err


def test_the_option_comes_before_the_environment(cli: Cli, served: Serve) -> None:
    served(snapshot(crowd(3)))
    url = cli.environment.pop("GITHUB_API_URL")
    cli.environment["GITHUB_API_URL"] = "https://github.invalid"
    cli.write("seats.yml", FILE)
    assert url in cli("plan", "--no-state", "--api-url", f"{url}/", code=0).out


# --- signals and pipes --------------------------------------------------------------------------


@pytest.fixture
def silence() -> Iterator[tuple[str, threading.Event]]:
    """A server that takes a connection and never answers."""
    listening = socket.create_server(("127.0.0.1", 0))
    taken = threading.Event()
    kept: list[Any] = []

    def take() -> None:
        try:
            kept.append(listening.accept())
        except OSError:
            return
        taken.set()

    thread = threading.Thread(target=take)
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}", taken
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    thread.join()
    for connection, _ in kept:
        connection.close()


@pytest.mark.parametrize(
    ("number", "code", "word"),
    [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")],
)
def test_an_interruption(
    cli: Cli, silence: tuple[str, threading.Event], number: int, code: int, word: str
) -> None:
    cli.write("seats.yml", FILE)
    with Started(cli, "plan", "--no-state", "--api-url", silence[0]) as running:
        assert silence[1].wait(30)
        running.signal(number)
        ran = running.end(code=code)
    assert ran.out == ""
    assert ran.err.strip() == word


def test_a_reader_that_goes_away(cli: Cli, served: Serve) -> None:
    served(json.loads((DEMO / "acme.json").read_text(encoding="utf-8")))
    cli.write("seats.yml", FILE)
    cli.write("two.yml", FILE)
    for arguments in (
        ["plan", "--format", "json", "--out", "plan.json"],
        ["plan", "--no-state"],
        ["schema", "file"],
        ["--help"],
        ["plan", "--help"],
        ["validate", "two.yml", "seats.yml"],
    ):
        expected = cli.process(*arguments).code
        reading, writing = os.pipe()
        os.close(reading)
        done = subprocess.run(
            cli.command(*arguments),
            cwd=cli.folder,
            env=cli.variables(),
            stdout=writing,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
        os.close(writing)
        assert (done.returncode, done.stderr) == (expected, ""), arguments
    assert cli.load("plan.json")["resource_changes"]


def on_a_terminal(cli: Cli, *arguments: str) -> str:
    """Run the command with a terminal of 72 columns as its stdout; return what it printed."""
    reading, writing = pty.openpty()
    fcntl.ioctl(writing, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 72, 0, 0))
    done = subprocess.Popen(
        cli.command(*arguments),
        cwd=cli.folder,
        env=cli.variables() | {"TERM": "xterm-256color"},
        stdin=subprocess.DEVNULL,
        stdout=writing,
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    out = b""
    try:
        while piece := os.read(reading, 65536):
            out += piece
    except OSError:
        pass  # the other side has closed the terminal
    finally:
        os.close(reading)
    assert done.wait(60) in (0, 3)
    return out.decode().replace("\r\n", "\n")


def test_colour_and_width_on_a_terminal_only(cli: Cli, served: Serve) -> None:
    served(json.loads((DEMO / "acme.json").read_text(encoding="utf-8")))
    cli.write("seats.yml", (DEMO / "seats.yml").read_text(encoding="utf-8"))
    shown = on_a_terminal(cli, "plan", "--no-state")
    assert "\x1b[" in shown
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    assert max(len(line) for line in plain.splitlines()) <= 72
    cli.environment["NO_COLOR"] = "1"
    assert on_a_terminal(cli, "plan", "--no-state") == plain
    piped = cli.process("plan", "--no-state", code=3).out
    assert "\x1b" not in piped
    assert max(len(line) for line in piped.splitlines()) > 72
    assert set(piped.split()) <= set(plain.split())


# --- the sandbox as a program -------------------------------------------------------------------


def test_the_sandbox_says_what_to_export_and_ends_with_ctrl_c(cli: Cli) -> None:
    snap = json.dumps(snapshot([*crowd(3), row("stray")]))
    cli.write("snap.json", snap)
    cli.write(
        "seats.yml", "version: 1\norg: acme\nseats: {users: [busy-000, busy-001, busy-002]}\n"
    )
    with Started(cli, "sandbox", "snap.json") as running:
        said = running.line()
        assert said.startswith("sandbox: organisation acme")
        assert "http://127.0.0.1:" in said
        exports: dict[str, str] = {}
        while len(exports) < 2:
            name, _, value = running.line().strip().removeprefix("export ").partition("=")
            if value:
                exports[name] = value
        assert sorted(exports) == ["GITHUB_API_URL", "GITHUB_TOKEN"]
        cli.environment.update(exports)
        cli("ledger", "init", code=0)
        cli("apply", "--auto-approve", "--pace", 0, code=0)
        assert "No changes" in cli("plan", code=0).out
        running.signal(signal.SIGINT)
        ran = running.end(code=0)
    assert ran.out.endswith("sandbox: ended\n")
    assert ran.err == ""
    assert cli.read("snap.json") == snap


def test_the_sandbox_ends_when_it_is_told_to(cli: Cli) -> None:
    cli.write("snap.json", json.dumps(snapshot(crowd(3))))
    with Started(cli, "sandbox", "snap.json") as running:
        assert running.line()
        running.signal(signal.SIGTERM)
        running.end(code=143)


def test_a_port_that_is_taken(cli: Cli, served: Serve) -> None:
    served(snapshot(crowd(3)))
    cli.write("snap.json", json.dumps(snapshot(crowd(3))))
    port = cli.environment["GITHUB_API_URL"].rpartition(":")[2]
    assert f"can't listen on port {port}" in cli("sandbox", "snap.json", "--port", port, code=1).err


# --- the demo -----------------------------------------------------------------------------------


def test_the_demo_twice_in_a_row(cli: Cli, tmp_path: Any) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    cli.environment = {"TMPDIR": str(temporary), "GITHUB_API_URL": "https://github.invalid"}
    for _ in range(2):
        ran = cli.process("demo", code=0)
        assert ran.out.splitlines()[-1].startswith("No changes")
        assert "$ copilot-seats plan seats.yml --out plan.json" in ran.out
        assert ran.err == ""
        assert list(temporary.iterdir()) == []
        assert cli.files() == set()


def test_a_file_of_a_mebibyte_is_read_and_one_of_many_is_not(cli: Cli) -> None:
    cli.write("seats.yml", FILE + "#" * 70_000_000)
    assert "too large" in cli("validate", code=1).out
    eventually(lambda: True)
