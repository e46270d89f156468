"""Runs what changes a process (its user's rights, its limits) in a process of its own."""

from __future__ import annotations

import ctypes
import os
import resource
import traceback
import warnings
from collections.abc import Callable

import pytest

_DROP_BOUNDING = 24  # PR_CAPBSET_DROP
_OVERRIDES = (1, 2)  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
_VERSION_3 = 0x20080522


def without_override() -> None:
    """Let the permissions of files count for this process, even if it is root's.

    It stays the same user: another one may not be able to read Python's own modules. Only for a
    process that ends soon, since nothing gives the right back.
    """
    if os.geteuid() != 0:
        return
    library = ctypes.CDLL(None, use_errno=True)
    for number in _OVERRIDES:
        _require(library.prctl(_DROP_BOUNDING, number, 0, 0, 0))  # for what is executed later
    header = (ctypes.c_uint32 * 2)(_VERSION_3, 0)
    sets = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable; then the same once more
    _require(library.capget(header, sets))
    kept = ~sum(1 << number for number in _OVERRIDES) & 0xFFFFFFFF
    sets[0], sets[1], sets[2] = sets[0] & kept, sets[1] & kept, sets[2] & kept
    _require(library.capset(header, sets))


def _require(result: int) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), "the right to pass over permissions can't be given up")


def files_at_most(size: int) -> None:
    """Let no file of this process grow beyond *size*: what a full disk does, without one."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def apart(check: Callable[[], None]) -> None:
    """Run *check* in a copy of this process, and fail with what it raises."""
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        # pytest-xdist has a thread of its own, which the copy does without.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        said, code = "", 0
        try:
            check()
        except BaseException:
            said, code = traceback.format_exc(), 1
        os.write(writing, said.encode()[:60_000])
        os._exit(code)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        told = pipe.read().decode()
    _, status = os.waitpid(child, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        pytest.fail(told or f"the process ended with status {status}", pytrace=False)
