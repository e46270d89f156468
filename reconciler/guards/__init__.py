"""Guards: each stops one class of changes and says how to let it through.

The guards that know before any decision (the count of rows, the organisation's setting, names,
evidence, memory) come first; the counting guards (`max_*`, `last_seat`) come last and count what is
left. Withholding a change withholds what depends on it.
"""

from reconciler.guards.checks import GUARDS, Guard, in_order
from reconciler.guards.classes import class_guards
from reconciler.guards.counting import (
    Numbers,
    Sieve,
    counting_guards,
    default_cancellations,
    default_creations,
)

__all__ = [
    "GUARDS",
    "Guard",
    "Numbers",
    "Sieve",
    "class_guards",
    "counting_guards",
    "default_cancellations",
    "default_creations",
    "in_order",
]
