"""How much memory a score may take of each device."""

from __future__ import annotations

from typing import Any

import jax
from jax.sharding import Mesh

from gxjax.device_limit import device_limit

__all__ = ["allowed"]


def allowed(mesh: Mesh, limit: int | None, given: Any) -> int | None:
    """Bytes per device: `limit`, or what the device has beside `given`, if less.

    Args:
      mesh: the devices.
      limit: what a user allows; None for all.
      given: pytree of arrays that are on the devices already.
    """
    own = device_limit(mesh)
    if own is None:
        return limit
    held = dict.fromkeys(mesh.local_devices, 0)
    for leaf in jax.tree.leaves(given):
        for shard in getattr(leaf, "addressable_shards", ()):
            if shard.device in held:
                held[shard.device] += shard.data.nbytes
    free = own - max(held.values())
    return free if limit is None else min(free, limit)
