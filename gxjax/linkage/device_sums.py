"""Sums over people for pairs of variants on an accelerator, in JAX, from 2-bit bytes.

There dense products cost less than the search for the few calls that are missing.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from gxjax.genotypes.packed import decode

__all__ = ["device_product_sums"]

_HOM, _MISSING, _HET = 0, 1, 2
_TILE = 2048
_FEW, _MANY = 8, 64


def device_product_sums(
    rows: np.ndarray,
    columns: np.ndarray,
    mask: np.ndarray,
    haploid: bool,
    both: bool,
    device: jax.Device,
) -> np.ndarray:
    """As `host_product_sums`, on a device; exact on every kind of it."""
    complete = not any(_lacks(each, mask, haploid) for each in (rows, columns))
    given = jax.device_put((_grown(rows), _grown(columns), mask), device)
    sums = _product_sums(*given, haploid=haploid, complete=complete, both=both)
    return np.asarray(sums, np.float64)[:, : len(rows), : len(columns)]


def _grown(octets: np.ndarray) -> np.ndarray:
    """More rows, up to one of a few sizes: every size is a program to compile."""
    rows = _FEW if len(octets) <= _FEW else 1 << (len(octets) - 1).bit_length()
    rows = rows if rows == _FEW else max(rows, _MANY)
    return np.pad(octets, ((0, rows - len(octets)), (0, 0)))


def _lacks(octets: np.ndarray, mask: np.ndarray, haploid: bool) -> bool:
    """Whether anybody of a group lacks a call, or has a call that counts as none."""
    low, high = octets, octets >> np.uint8(1)
    lost = low ^ high if haploid else low & ~high
    return bool((lost & mask[None, :]).any())


class _Calls(NamedTuple):
    """float32 [v, people]: called, copies, heterozygous; 0 where there is no call."""

    called: jax.Array
    copies: jax.Array
    het: jax.Array


def _calls(octets: jax.Array, mask: jax.Array, haploid: bool) -> _Calls:
    codes, here = (decode(each, 4 * each.shape[-1]) for each in (octets, mask))
    called = (codes != _MISSING) & (here == 1)[None, :]
    if haploid:
        called &= codes != _HET
    het = called & (codes == _HET)
    hom = called & (codes == _HOM)
    one = het.astype(jnp.float32)
    return _Calls(called.astype(jnp.float32), one + 2 * hom.astype(jnp.float32), one)


def _over_tiles(rows, columns, mask, add, start: jax.Array) -> jax.Array:
    """The sum of `add(rows, columns, mask)` over tiles of people."""
    lack = -mask.shape[0] % min(_TILE, mask.shape[0])

    def cut(octets: jax.Array) -> jax.Array:
        padded = jnp.pad(octets, ((0, 0), (0, lack)))
        tiles = padded.reshape(len(octets), -1, min(_TILE, mask.shape[0]))
        return tiles.swapaxes(0, 1)

    def step(total: jax.Array, tile: tuple) -> tuple[jax.Array, None]:
        left, right, here = tile
        return total + add(left, right, here[0]), None

    return jax.lax.scan(step, start, (cut(rows), cut(columns), cut(mask[None, :])))[0]


@partial(jax.jit, static_argnames=("haploid", "complete", "both"))
def _product_sums(rows, columns, mask, *, haploid, complete, both) -> jax.Array:
    """float32 [7, R, C]: `PairSums` of one group."""
    shape = (len(rows), len(columns))

    def add(left: jax.Array, right: jax.Array, here: jax.Array) -> jax.Array:
        x, y = _calls(left, here, haploid), _calls(right, here, haploid)
        het_xy = jnp.matmul(x.het, y.het.T) if both else jnp.zeros(shape)
        return jnp.stack([*_single_sums(x, y, complete), x.copies @ y.copies.T, het_xy])

    return _over_tiles(rows, columns, mask, add, jnp.zeros((7, *shape)))


def _single_sums(x: _Calls, y: _Calls, complete: bool) -> list[jax.Array]:
    """n, x, y, het_x, het_y [R, C]; without missing calls no product is needed."""
    if not complete:
        return [
            x.called @ y.called.T,
            x.copies @ y.called.T,
            x.called @ y.copies.T,
            x.het @ y.called.T,
            x.called @ y.het.T,
        ]
    shape = (len(x.called), len(y.called))
    left = [each.sum(axis=1)[:, None] for each in (x.called, x.copies, x.het)]
    right = [each.sum(axis=1)[None, :] for each in (y.copies, y.het)]
    found = [left[0], left[1], right[0], left[2], right[1]]
    return [jnp.broadcast_to(each, shape) for each in found]
