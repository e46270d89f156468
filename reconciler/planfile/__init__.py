"""The plan file: a plan as a JSON document, its names, and the way back.

Reading gives a ceiling for apply, not a plan: what may be done at most, by id. The `plan_id` is a
hash over the whole document but itself, so that any alteration shows. It proves no origin, and need
not: apply does only what the seats file says as well.
"""

from reconciler.planfile.identity import FORMAT_VERSION, LIFETIME, expiry, fingerprint
from reconciler.planfile.reading import PlanFile, parse
from reconciler.planfile.writing import document, dumps, plan_id, report_document

__all__ = [
    "FORMAT_VERSION",
    "LIFETIME",
    "PlanFile",
    "document",
    "dumps",
    "expiry",
    "fingerprint",
    "parse",
    "plan_id",
    "report_document",
]
