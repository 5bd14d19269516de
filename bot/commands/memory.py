"""How the C library keeps memory that was freed."""

from __future__ import annotations

import ctypes
import sys

M_TRIM_THRESHOLD = -1
"""``<malloc.h>``, mallopt(3)."""
TRIM_THRESHOLD = 128 * 1024


def return_freed_memory() -> None:
    """Have glibc give freed memory back to the system at its documented threshold.

    Left alone it raises the threshold to the largest block it has met, and a server that loads models and
    works in bursts keeps some 60 MB that it needed once. Other C libraries have no such setting.
    """
    if sys.platform != "linux":
        return
    try:
        ctypes.CDLL("libc.so.6").mallopt(M_TRIM_THRESHOLD, TRIM_THRESHOLD)
    except (OSError, AttributeError):
        return
