"""act with the sandbox as GitHub, and no token in anything that was said or written."""

from __future__ import annotations

import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from action_act import REPOSITORY_TOKEN, Act, act_program, installed, own_copy, packages
from action_git import Origin
from action_step import Step
from action_support import FILE, NAME, acme
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from reconciler.sandbox import Sandbox, World, serve
from reconciler.sandbox.repositories import Author, Pull, Repository


@pytest.fixture(scope="session")
def program() -> str:
    return act_program()


@pytest.fixture(scope="session")
def wheels(program: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("wheels")
    yield packages(folder)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def action(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return own_copy(tmp_path_factory.mktemp("action"))


@pytest.fixture(scope="session")
def ready(action: Path, wheels: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("ready")
    yield installed(folder, action, wheels)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def private_key() -> str:
    """Return an App's key; the sandbox takes every one."""
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    return made.private_bytes(serialization.Encoding.PEM, form, plain).decode()


@pytest.fixture
def repository(sandbox: Sandbox) -> Repository:
    """The repository that the workflows run in, with pull request 7."""
    found = sandbox.repositories.make(NAME)
    found.open_pull(
        Author("mona"), "Change seats", Pull("1" * 40, None, None), sandbox.world.now, 7
    )
    return found


@pytest.fixture
def origin(tmp_path: Path) -> Origin:
    return Origin(tmp_path)


@pytest.fixture
def world() -> World:
    return World.from_snapshot(acme())


@pytest.fixture
def sandbox(world: World) -> Iterator[Sandbox]:
    with serve(world) as running:
        yield running


@pytest.fixture
def act(
    program: str,
    wheels: Path,
    action: Path,
    ready: Path,
    private_key: str,
    origin: Origin,
    sandbox: Sandbox,
    tmp_path: Path,
) -> Iterator[Act]:
    """act, to run workflows; at the end nothing they said or left may hold a token."""
    folder = tmp_path / "act"
    folder.mkdir()
    running = Act(program, folder, action, wheels, ready, origin, sandbox.url)
    running.secrets["GITHUB_TOKEN"] = REPOSITORY_TOKEN
    running.artifacts.mkdir()
    for role in ("READER", "WRITER"):
        running.variables[f"COPILOT_SEATS_{role}_APP_ID"] = "4711"
        running.secrets[f"COPILOT_SEATS_{role}_PRIVATE_KEY"] = private_key
    yield running
    hidden = (REPOSITORY_TOKEN, private_key.splitlines()[3])
    for secret in hidden:
        assert not [said for said in running.said if secret in said], "a secret was shown"
        for path in running.artifacts.rglob("*"):
            assert not path.is_file() or secret.encode() not in path.read_bytes(), path
    shutil.rmtree(folder / "home", ignore_errors=True)


@pytest.fixture
def step(
    tmp_path: Path,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Step]:
    """The command in a repository of its own with `seats.yml`."""
    before = signal.getsignal(signal.SIGTERM)
    folder = tmp_path / "proposal"
    folder.mkdir()
    subprocess.run(["git", "init", "--quiet", str(folder)], check=True)
    running = Step(folder, sandbox, monkeypatch, capsys)
    running.write("seats.yml", FILE)
    yield running
    signal.signal(signal.SIGTERM, before)
