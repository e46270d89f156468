"""The door to GitHub: reading and writing are two objects, and reading can't write.

    with connect(api_url, token_from(os.environ)) as client:
        reader = Reader(client, "acme")

Any `httpx.Client` with a base address will do in place of `connect`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.github.connection import connect
    from reconciler.github.credentials import App, app_from, token_from
    from reconciler.github.metrics import MetricsReader
    from reconciler.github.reader import Reader
    from reconciler.github.retry import MAX_WAIT, Patience
    from reconciler.github.urls import on_this_machine
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

_HOMES = {
    "App": "credentials",
    "MAX_WAIT": "retry",
    "MetricsReader": "metrics",
    "Patience": "retry",
    "Reader": "reader",
    "Writer": "writer",
    "app_from": "credentials",
    "connect": "connection",
    "on_this_machine": "urls",
    "token_from": "credentials",
}


def __getattr__(name: str) -> object:
    """Load the module that *name* comes from: a plan needs neither metrics nor writer."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
