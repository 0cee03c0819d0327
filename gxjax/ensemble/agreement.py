"""What several processes must decide alike, or they wait for each other forever."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from jax.experimental import multihost_utils

__all__ = ["agreed", "anywhere", "attempt"]


def agreed(values: np.ndarray) -> np.ndarray:
    """Process 0's `values`, on every process; all must call it."""
    if jax.process_count() == 1:
        return values
    return np.asarray(multihost_utils.broadcast_one_to_all(values))


def anywhere(flag: bool) -> bool:
    """Whether `flag` is set on any process; all must call it."""
    if jax.process_count() == 1:
        return flag
    return bool(np.any(multihost_utils.process_allgather(np.asarray(flag))))


def attempt(read: Callable[[], Any]) -> tuple[Any, str]:
    """What `read` returns and "", or None and why it failed on this or another process.

    Raises:
      Exception: memory ran out, which is no failure of what is read.
    """
    found, why = None, ""
    try:
        found = read()
    except Exception as error:
        if isinstance(error, MemoryError) or "RESOURCE_EXHAUSTED" in str(error):
            raise
        lines = str(error).strip().splitlines() or [""]
        why = f"{type(error).__name__}: {lines[0][:300]}"
    if anywhere(bool(why)):
        return None, why or "another process can not read it"
    return found, ""
