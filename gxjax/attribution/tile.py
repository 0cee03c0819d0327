"""Products with the first kernel, one tile of variants at a time.

Forward to H and back to V. A tile of the kernel is cut where it lies, so that no copy
of a member's kernel is made, and its products stay in the cache until they are summed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from gxjax.attribution.channels import DOSAGE, expand
from gxjax.types import Channels

__all__ = ["Tile", "by_channel", "over_tiles", "sum_over_tiles"]


class Tile(NamedTuple):
    """T adjacent variants of one member, and how to cut other arrays alike.

    Attributes:
      rows: float [T L, H] of the kernel, those of a variant beside each other.
      fresh: bool [T], False for a variant that an earlier tile had too.
      cut: `(array, axis) -> array` of the same variants, of an array with V of them.
      channels: the L that the network sees of a dosage.
    """

    rows: Any
    fresh: Any
    cut: Callable[[Any, int], Any]
    channels: Channels = DOSAGE

    def inputs(self, dosages: jax.Array) -> jax.Array:
        """What the network sees of dosages [B, V] in this tile; [B, T L]."""
        return expand(self.channels, self.cut(dosages, 1))

    def only_fresh(self, array: jax.Array, axis: int = 1) -> jax.Array:
        """A matrix of T L inputs along `axis`, 0 where an earlier tile had them too."""
        count = len(self.channels.functions)
        fresh = jnp.broadcast_to(self.fresh[:, None], (len(self.fresh), count))
        return jnp.where(jnp.expand_dims(fresh.reshape(-1), 1 - axis), array, 0)


def by_channel(rows: jax.Array, channels: Channels) -> list[jax.Array]:
    """Rows [T L, H] of a kernel as L arrays [T, H]."""
    count = len(channels.functions)
    split = rows.reshape(-1, count, rows.shape[-1])
    return [split[:, channel] for channel in range(count)]


def _tile(
    kernel: jax.Array,
    index: jax.Array,
    number: jax.Array,
    tiles: int,
    channels: Channels,
) -> Tile:
    count = len(channels.functions)
    total = kernel.shape[1] // count
    width = -(-total // tiles)
    # The last tile begins earlier rather than being padded.
    start = jnp.minimum(number * width, total - width)
    begin = (index, start * count, jnp.zeros_like(start))
    size = (1, width * count, kernel.shape[2])
    rows = jax.lax.dynamic_slice(kernel, begin, size)[0]

    def cut(array, axis):
        return jax.lax.dynamic_slice_in_dim(array, start, width, axis)

    return Tile(rows, start + jnp.arange(width) >= number * width, cut, channels)


def sum_over_tiles(
    kernel: jax.Array,
    index: jax.Array,
    tiles: int,
    of_tile: Callable,
    channels: Channels = DOSAGE,
) -> Any:
    """The sum of `of_tile(tile)`, a pytree, over the tiles of member `index`.

    Args:
      kernel: float [M, V L, H].
      index: int32, a member.
      tiles: how many.
      of_tile: must give nothing for variants that are not `fresh`.
      channels: the L that the networks see of a dosage.
    """
    run = partial(_tile, kernel, index, tiles=tiles, channels=channels)
    if tiles == 1:
        return of_tile(run(jnp.int32(0)))

    def add(number, sums):
        return jax.tree.map(jnp.add, sums, of_tile(run(number)))

    shapes = jax.eval_shape(lambda: of_tile(run(jnp.int32(0))))
    zeros = jax.tree.map(lambda a: jnp.zeros(a.shape, a.dtype), shapes)
    return jax.lax.fori_loop(0, tiles, add, zeros)


def over_tiles(
    kernel: jax.Array,
    index: jax.Array,
    tiles: int,
    of_tile: Callable,
    channels: Channels = DOSAGE,
) -> jax.Array:
    """`of_tile(tile)` [.., T] of every tile of member `index`, as [.., V].

    Args:
      kernel: float [M, V L, H].
      index: int32, a member.
      tiles: how many.
      of_tile: gives the same for a variant in whatever tile it is.
      channels: the L that the networks see of a dosage.
    """
    run = partial(_tile, kernel, index, tiles=tiles, channels=channels)
    if tiles == 1:
        return of_tile(run(jnp.int32(0)))
    total = kernel.shape[1] // len(channels.functions)

    def put(number, found):
        width = -(-total // tiles)
        start = jnp.minimum(number * width, total - width)
        part = of_tile(run(number))
        return jax.lax.dynamic_update_slice_in_dim(found, part, start, found.ndim - 1)

    part = jax.eval_shape(lambda: of_tile(run(jnp.int32(0))))
    empty = jnp.zeros((*part.shape[:-1], total), part.dtype)
    return jax.lax.fori_loop(0, tiles, put, empty)
