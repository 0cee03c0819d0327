"""How much memory each device of a mesh may give, the same on every process."""

from __future__ import annotations

import jax
import numpy as np
from jax.experimental import multihost_utils
from jax.sharding import Mesh

__all__ = ["device_limit", "largest"]

_UNIT, _NO_LIMIT = 2**10, 2**31 - 1
"""Processes tell each other KiB in 32 bits: JAX would cut 64."""


def device_limit(mesh: Mesh, max_memory: int | None = None) -> int | None:
    """Bytes that each device of a mesh may give, as it says itself or is told.

    Of a GPU that is what JAX was allowed to take, three quarters of the memory unless
    `XLA_PYTHON_CLIENT_MEM_FRACTION` says otherwise. It can not tell what other programs
    have taken already.

    Args:
      mesh: the devices.
      max_memory: the most to be used of each; None for all that it has.

    Returns:
      The least of these on all processes of the mesh, which must all ask; None where
      neither is known, as on a CPU.
    """
    stats = [device.memory_stats() or {} for device in mesh.local_devices]
    limits = [found["bytes_limit"] for found in stats if "bytes_limit" in found]
    if max_memory is not None:
        limits.append(max_memory)
    least = min(limits, default=None)
    if len({device.process_index for device in mesh.devices.flat}) == 1:
        return least
    every = _of_all(_NO_LIMIT if least is None else least // _UNIT)
    return None if every.min() == _NO_LIMIT else int(every.min()) * _UNIT


def largest(size: int) -> int:
    """The largest `size` in bytes of all processes, which must decide alike."""
    if jax.process_count() == 1:
        return size
    return int(_of_all(-(-size // _UNIT)).max()) * _UNIT


def _of_all(number: int) -> np.ndarray:
    return np.asarray(multihost_utils.process_allgather(np.asarray(number, np.int32)))
