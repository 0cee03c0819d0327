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

__all__ = ["Tile", "over_tiles", "sum_over_tiles"]


class Tile(NamedTuple):
    """T adjacent variants of one member, and how to cut other arrays alike.

    Attributes:
      rows: float [T, H] of the kernel.
      fresh: bool [T], False for a variant that an earlier tile had too.
      cut: `(array, axis) -> array` of the same variants.
    """

    rows: Any
    fresh: Any
    cut: Callable[[Any, int], Any]


def _tile(kernel: jax.Array, index: jax.Array, number: jax.Array, tiles: int) -> Tile:
    total = kernel.shape[1]
    width = -(-total // tiles)
    # The last tile begins earlier rather than being padded.
    start = jnp.minimum(number * width, total - width)
    begin = (index, start, jnp.zeros_like(start))
    rows = jax.lax.dynamic_slice(kernel, begin, (1, width, kernel.shape[2]))[0]

    def cut(array, axis):
        return jax.lax.dynamic_slice_in_dim(array, start, width, axis)

    return Tile(rows, start + jnp.arange(width) >= number * width, cut)


def sum_over_tiles(
    kernel: jax.Array, index: jax.Array, tiles: int, of_tile: Callable
) -> Any:
    """The sum of `of_tile(tile)`, a pytree, over the tiles of member `index`.

    Args:
      kernel: float [M, V, H].
      index: int32, a member.
      tiles: how many.
      of_tile: must give nothing for variants that are not `fresh`.
    """
    run = partial(_tile, kernel, index, tiles=tiles)
    if tiles == 1:
        return of_tile(run(jnp.int32(0)))

    def add(number, sums):
        return jax.tree.map(jnp.add, sums, of_tile(run(number)))

    shapes = jax.eval_shape(lambda: of_tile(run(jnp.int32(0))))
    zeros = jax.tree.map(lambda a: jnp.zeros(a.shape, a.dtype), shapes)
    return jax.lax.fori_loop(0, tiles, add, zeros)


def over_tiles(
    kernel: jax.Array, index: jax.Array, tiles: int, of_tile: Callable
) -> jax.Array:
    """`of_tile(tile)` [..., T] of every tile of member `index`, as [..., V].

    Args:
      kernel: float [M, V, H].
      index: int32, a member.
      tiles: how many.
      of_tile: gives the same for a variant in whatever tile it is.
    """
    run = partial(_tile, kernel, index, tiles=tiles)
    if tiles == 1:
        return of_tile(run(jnp.int32(0)))

    def put(number, found):
        width = -(-found.shape[-1] // tiles)
        start = jnp.minimum(number * width, found.shape[-1] - width)
        part = of_tile(run(number))
        return jax.lax.dynamic_update_slice_in_dim(found, part, start, found.ndim - 1)

    part = jax.eval_shape(lambda: of_tile(run(jnp.int32(0))))
    empty = jnp.zeros((*part.shape[:-1], kernel.shape[1]), part.dtype)
    return jax.lax.fori_loop(0, tiles, put, empty)
