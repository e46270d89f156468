"""Wire one run: the connection to GitHub, the ledgers, and how a file is looked at."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from reconciler.app.logs import log
from reconciler.errors import SeatsError, UsageError

# Modules are imported where they are used: `--help` needs none of them, and what plans is loaded
# while GitHub's first answers are under way.
if TYPE_CHECKING:
    import httpx

    from reconciler.github import App, MetricsReader, Patience
    from reconciler.github import Reader as GitHubReader
    from reconciler.github.app import AppToken
    from reconciler.ledger import Ledger
    from reconciler.ledger.git import StateBranch
    from reconciler.model.desired import SeatsFile
    from reconciler.model.memory import Memory
    from reconciler.model.observed import Observed, Organization
    from reconciler.model.permissions import Credential
    from reconciler.model.plan import Change, Plan
    from reconciler.plan.reading import Reader

PUBLIC_API = "https://api.github.com"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Looked:
    """A file with the plan of the moment, what it was made on, and the ledger it asked."""

    file: SeatsFile
    observed: Observed
    plan: Plan
    ledger: Ledger | None


@dataclass(frozen=True, slots=True)
class Common:
    """The options that commands share: GitHub's address, the ledgers' place, and logs.

    `max_wait` is in seconds; None is the default.
    """

    api_url: str | None = None
    max_wait: float | None = None
    state_dir: Path | None = None
    state_branch: str | None = None
    no_state: bool = False
    log_format: str = "text"
    verbose: bool = False
    quiet: bool = False

    def __post_init__(self) -> None:
        if self.state_branch is not None and (self.state_dir is not None or self.no_state):
            raise UsageError(
                "--state-branch says where the ledgers are: without --state, --no-state"
            )


@dataclass
class Session:
    """One run with the common options; closes the connection at the end."""

    common: Common = Common()
    _stack: ExitStack = field(default_factory=ExitStack)
    _clients: dict[str, httpx.Client] = field(default_factory=dict)
    _apps: dict[str, AppToken] = field(default_factory=dict)
    _readers: dict[str, GitHubReader] = field(default_factory=dict)
    _patience: Patience | None = None

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    # GitHub

    @property
    def url(self) -> str:
        """Return the API's address: the option, the environment's, or github.com's."""
        return (self.common.api_url or os.environ.get("GITHUB_API_URL") or PUBLIC_API).rstrip("/")

    def connection(self, org: str) -> httpx.Client:
        """Return the connection for *org*: one for all, unless an App has a token for each."""
        key = org.lower() if self._app is not None else ""
        if key not in self._clients:
            from reconciler.github import connect, token_from

            token = (self._app and self._app_token(org)) or token_from(os.environ)
            self._clients[key] = self._stack.enter_context(connect(self.url, token))
        return self._clients[key]

    @cached_property
    def _app(self) -> App | None:
        from reconciler.github import app_from

        return app_from(os.environ)

    def _app_token(self, org: str) -> AppToken | None:
        if self._app is not None and org.lower() not in self._apps:
            from reconciler.github.app import AppToken

            token = AppToken(self.url, self._app, org, patience=self.patience)
            self._stack.callback(token.close)
            self._apps[org.lower()] = token
        return self._apps.get(org.lower())

    def credential(self, org: str) -> Credential:
        """Return what is known of the credential for *org* without asking, an App's all."""
        from reconciler.github.credentials import source_of, token_from
        from reconciler.model.permissions import Credential, Kind, kind_of

        app = self._app_token(org)
        if app is not None and self._app is not None:
            source = f"App {self._app.id}"
            return Credential(Kind.APP, source, permissions=app.permissions)
        token = token_from(os.environ)
        return Credential(kind_of(token), source_of(os.environ))

    @property
    def patience(self) -> Patience:
        if self._patience is None:
            from reconciler.github import MAX_WAIT, Patience, on_this_machine

            wanted = self.common.max_wait
            self._patience = Patience(MAX_WAIT if wanted is None else wanted, on_wait=_told)
            if on_this_machine(self.url):
                self._patience.budget = None  # a sandbox, which has no such limits
        return self._patience

    def reader(self, org: str, file: SeatsFile | None = None) -> GitHubReader:
        """Return what can read *org* and nothing else; its clock starts with its first answer.

        Given the *file* that names it, the ledger helps to say what became of one not found.
        """
        from reconciler.github import Reader as GitHubReader

        written = None
        if file is not None:
            from reconciler.github.renamed import Written

            remembered = partial(self.remembered_id, file.path, org)
            written = Written(org, file.org.mark, remembered)
        reader = GitHubReader(self.connection(org), org, patience=self.patience, written=written)
        self._readers[org.lower()] = reader
        return reader

    def answered_at(self, org: str) -> datetime | None:
        """Return the moment of the API's first answer about *org*, None without one."""
        reader = self._readers.get(org.lower())
        with suppress(SeatsError):
            return reader.now() if reader is not None and reader.answered else None
        return None

    @contextmanager
    def reading(self, file: SeatsFile, given: Reader | None = None) -> Iterator[Reader]:
        """Yield *given*, or a reader that has begun to ask for what planning *file* asks first."""
        if given is not None:
            yield given
            return
        from reconciler.plan.observe import claims_people, names_unseen_teams, team_slugs

        reader = self.reader(file.org.text, file)
        teams, members = names_unseen_teams(file), claims_people(file)
        reader.begin(team_slugs(file), teams=teams, members=members)
        try:
            yield reader
        except Exception:
            reader.end()
            raise
        # Not after an interruption: that waits for nothing.
        reader.end()

    def metrics(self, org: str) -> MetricsReader:
        """Return what reads the usage metrics of *org*."""
        from reconciler.github import MetricsReader

        return MetricsReader(self.connection(org), org, patience=self.patience)

    # ledgers

    def state_of(self, path: str) -> Path:
        """Return the directory of the ledger that belongs to the file at *path*."""
        if self._branch is not None:
            return self._branch.folder
        return self.common.state_dir or Path(path).parent / ".copilot-seats"

    def place_of(self, path: str) -> str:
        """Return in words where the ledger that belongs to the file at *path* is looked for."""
        branch = self.common.state_branch
        return f"branch {branch}" if branch is not None else str(self.state_of(path))

    @property
    def state_options(self) -> str:
        """Return the options that lead another command to the same ledgers, a space before them."""
        if self.common.state_branch is not None:
            return f" --state-branch {shlex.quote(self.common.state_branch)}"
        return (
            ""
            if self.common.state_dir is None
            else f" --state {shlex.quote(str(self.common.state_dir))}"
        )

    @cached_property
    def _branch(self) -> StateBranch | None:
        """The branch of the ledgers, fetched when the first of them is needed."""
        if self.common.state_branch is None:
            return None
        from reconciler.ledger.git import StateBranch

        here = Path.cwd()
        branch = StateBranch(self.common.state_branch, here, os.environ, tell=log().warning)
        return self._stack.enter_context(branch)

    def ledger(
        self, file: SeatsFile, reader: Reader | None = None, *, ask: bool = True
    ) -> Ledger | None:
        """Open the ledger of *file*; None where there is none or none is wanted.

        It is found by the organisation's id, for which *reader* is asked where the folder has
        other ledgers, unless *ask* is false.
        """
        if self.common.no_state:
            return None
        from reconciler.ledger import Ledger

        def identify() -> int:
            return (reader or self.reader(file.org.text, file)).organization().id

        ledger = Ledger.open(
            self.state_of(file.path),
            file.org.text,
            self._branch,
            identify=identify if ask else None,
        )
        if ledger is not None and ledger.torn:
            log().warning("the ledger ends in a torn line, left by a run that was killed")
        return ledger

    def remembered_id(self, path: str, org: str) -> int | None:
        """Return the id of the organisation whose ledger began under the login *org*.

        The ledger is one that belongs to a file at *path*. None without one, or if none is wanted.
        """
        if self.common.no_state:
            return None
        from reconciler.ledger.finding import began_as

        return began_as(self.state_of(path), org)

    def begin_ledger(self, file: SeatsFile, organization: Organization, at: datetime) -> Ledger:
        """Begin the ledger of *file*; it counts once something was written into it."""
        from reconciler.ledger import Ledger

        return Ledger.begin(self.state_of(file.path), organization, at, self._branch)

    # looking

    def look(
        self,
        file: SeatsFile,
        reader: Reader | None = None,
        *,
        now: datetime | None = None,
        allowed: Callable[[Change], bool] | None = None,
    ) -> Looked:
        """Read what *file* needs and plan."""
        with self.reading(file, reader) as reading:
            from reconciler.plan.observe import observe
            from reconciler.plan.planner import make_plan

            ledger = self.ledger(file, reading)
            memory = ledger.memory() if ledger is not None else None
            observed = observe(file, reading, memory, now=now)
        self.require(file, ledger, observed)
        plan = make_plan(
            file,
            observed,
            memory,
            applyable=now is None,
            allowed=allowed,
            state_options=self.state_options,
        )
        return Looked(file, observed, plan, ledger)

    def require(self, file: SeatsFile, ledger: Ledger | None, observed: Observed) -> None:
        """Raise unless the ledger and the answer are about the organisation of *file*."""
        if ledger is not None:
            # Whoever names a state directory may mean a copy, to rehearse on.
            ledger.require(observed.organization, rehearse=self.common.state_dir is not None)
        elif observed.organization.login.lower() != file.org.text.lower():
            raise UsageError(
                f"{file.org.mark}: the file is for {file.org.text}, and what was read is "
                f"{observed.organization.login}'s"
            )


def memory_of(ledger: Ledger | None) -> Memory | None:
    return ledger.memory() if ledger is not None else None


def _told(seconds: float, why: str) -> None:
    log().info("waiting", seconds=round(seconds, 1), why=why)
