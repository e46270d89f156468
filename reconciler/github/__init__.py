"""The door to GitHub: reading and writing are two objects, and reading can't write.

    with connect(api_url, token_from(os.environ)) as client:
        reader = Reader(client, "acme")

Any `httpx.Client` with a base address will do in place of `connect`.
"""

from reconciler.github.address import on_this_machine
from reconciler.github.app import App, app_from
from reconciler.github.credentials import token_from
from reconciler.github.metrics import MetricsReader
from reconciler.github.patience import MAX_WAIT, Patience
from reconciler.github.reader import Reader
from reconciler.github.session import connect
from reconciler.github.writer import Writer

__all__ = [
    "MAX_WAIT",
    "App",
    "MetricsReader",
    "Patience",
    "Reader",
    "Writer",
    "app_from",
    "connect",
    "on_this_machine",
    "token_from",
]
