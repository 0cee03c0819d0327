"""Whether the devices of a mesh are simulated: several of one processor."""

from __future__ import annotations

from typing import Any

import jax
from jax.sharding import Mesh

__all__ = ["one_at_a_time", "settled"]


def one_at_a_time(mesh: Mesh) -> bool:
    """Whether a program must end before the next is begun.

    Simulated devices share the threads of a processor: programs of several devices,
    in flight together, may wait for each other's forever.
    """
    return mesh.size > 1 and mesh.devices.flat[0].platform == "cpu"


def settled(arrays: Any, mesh: Mesh) -> Any:
    """What a program of a mesh gives; it has ended where it must (`one_at_a_time`)."""
    return jax.block_until_ready(arrays) if one_at_a_time(mesh) else arrays
