"""The ledger: the append-only memory, one file an organisation."""

from reconciler.ledger.events import Event, as_json
from reconciler.ledger.finding import path_of
from reconciler.ledger.journal import Entry, Journal
from reconciler.ledger.ledger import Ledger
from reconciler.ledger.replay import fold
from reconciler.ledger.writer import Answer, Writer

__all__ = [
    "Answer",
    "Entry",
    "Event",
    "Journal",
    "Ledger",
    "Writer",
    "as_json",
    "fold",
    "path_of",
]
