"""Talk on stderr: structlog, set up once a run; stdout is the product's."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger


@dataclass
class _Manner:
    """How to talk; structlog is loaded by the first word, as most runs say none."""

    log_format: str = "text"
    verbose: bool = False
    quiet: bool = False
    ready: bool = False
    """Whether structlog is set up; left alone it would write to stdout."""


_manner = _Manner()


def machine() -> bool:
    """Tell whether messages are for machines."""
    return _manner.log_format == "json"


def set_up(log_format: str, *, verbose: bool, quiet: bool) -> None:
    """Let logging go to stderr, as text for people or as JSON for machines."""
    _manner.log_format, _manner.verbose, _manner.quiet = log_format, verbose, quiet
    _manner.ready = False


def _configure(log_format: str, *, verbose: bool, quiet: bool) -> None:
    import logging

    import structlog

    level = logging.DEBUG if verbose else logging.ERROR if quiet else logging.INFO
    renderer: Any
    if log_format == "json":
        renderer = structlog.processors.JSONRenderer()
    else:
        colour = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
        renderer = structlog.dev.ConsoleRenderer(colors=colour, pad_event_to=0)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%Y-%m-%dT%H:%M:%SZ", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def log() -> FilteringBoundLogger:
    """Return the logger."""
    import structlog

    if not _manner.ready:
        _configure(_manner.log_format, verbose=_manner.verbose, quiet=_manner.quiet)
        _manner.ready = True
    logger: FilteringBoundLogger = structlog.get_logger()
    return logger


def tell_requests() -> None:
    """Tell every request that httpx makes, in the same form as everything else."""
    import logging

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            log().debug(record.getMessage())

    logger = logging.getLogger("httpx")
    logger.handlers = [Handler()]
    logger.setLevel(logging.INFO)
    logger.propagate = False
