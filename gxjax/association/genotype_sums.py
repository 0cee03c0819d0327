"""Sums over the people with each genotype, in JAX, straight from the packed codes."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from gxjax.association.predictors import shares
from gxjax.association.variant_strips import HET, HOM_A1, MISSING_CALL, VariantStrips
from gxjax.genotypes.packed import MISSING_BYTE, decode

__all__ = ["GenotypeSums", "SumJob", "threads"]

_PEOPLE = 2048
_VARIANTS = 64
# Of what y is a multiple, by the bits of a code: a share of 0 to 127 leaves y 7 bits
# less than a call does of the 24 that are exact.
_STEPS = {2: (256,), 8: (8, 1024)}


class GenotypeSums(NamedTuple):
    """What least squares needs of v variants; k columns of the design, the first ones.

    A dosage x counts as 1 - |x - 1| of a person with one copy of A1 and max(x - 1, 0)
    of one with two; a call is one of them entirely.

    Attributes:
      het: float64 [v, k + 1], sums of design and y over people with one copy of A1.
      hom: the same over people with two copies.
      products: float64 [v, 2, 2], sums of products of both shares.
      constant: bool [v], whether everybody called has the same genotype.
      lost_products: float64 [v, k, k], sums of products of the design's columns over
        people whose call is missing.
      lost_y: float64 [v, k], sums of design times y over them.
      lost_square: float64 [v], sum of y squared over them.
    """

    het: np.ndarray
    hom: np.ndarray
    products: np.ndarray
    constant: np.ndarray
    lost_products: np.ndarray
    lost_y: np.ndarray
    lost_square: np.ndarray


class _Weights(NamedTuple):
    """Per tile of people, float32 [T, _PEOPLE, .]; 0 for whoever does not take part."""

    design: jax.Array
    y: jax.Array
    lost: jax.Array


class SumJob:
    """Sums strips of variants, on every local device in turn.

    float32 within a tile of 2,048 people, float64 beyond. What y enters goes in as
    multiples of a power of 1/2, whose sums are exact, and a small rest: rounding errors
    of sums would otherwise show in a small effect, or in the residual of a strong one.
    """

    def __init__(self, design: np.ndarray, y: np.ndarray, strips: VariantStrips):
        """Places the weights on the devices.

        Args:
          design: float64 [n, k], the first column ones, columns of mean square 1.
          y: float64 [n], mean square 1.
          strips: of n people, those that will be summed.
        """
        self._people = len(y)
        self._k, self._bits = design.shape[1], strips.bits
        tiles = -(-strips.codes // _PEOPLE)
        self._octets = tiles * _PEOPLE * self._bits // 8

        def place(columns: np.ndarray) -> jax.Array:
            spread = np.zeros((tiles * _PEOPLE, columns.shape[1]), np.float32)
            spread[strips.places] = columns
            return jnp.asarray(spread.reshape(tiles, _PEOPLE, -1))

        lost = np.column_stack([_split(design * y[:, None], _STEPS[2]), y * y])
        split = _split(y[:, None], _STEPS[self._bits])
        weights = _Weights(place(design), place(split), place(lost))
        self._weights = [jax.device_put(weights, each) for each in jax.local_devices()]

    def __call__(self, octets: np.ndarray) -> GenotypeSums:
        """The sums of a strip, uint8 [v, width]."""
        with ThreadPoolExecutor(threads()) as pool:
            parts = list(pool.map(self._sum, *zip(*self._cut(octets), strict=True)))
        total = [np.concatenate(each) for each in zip(*parts, strict=True)]
        het, hom, pairs, lost, *squares = (each[: len(octets)] for each in total)
        k, unit = self._k, 1 if self._bits == 2 else 127
        called = self._people - pairs[:, 0]
        shared, constant = _squares(het[:, 0], hom[:, 0], called, *squares)
        products = np.empty((len(octets), k, k))
        left, right = np.triu_indices(k)
        products[:, left, right] = products[:, right, left] = pairs
        return GenotypeSums(
            _join(het, k) / unit,
            _join(hom, k) / unit,
            shared / unit**2,
            constant,
            products,
            lost[:, :k] + lost[:, k : 2 * k],
            lost[:, 2 * k],
        )

    def _cut(self, octets: np.ndarray) -> Iterator[tuple[np.ndarray, _Weights]]:
        for number, start in enumerate(range(0, len(octets), _VARIANTS)):
            part = octets[start : start + _VARIANTS]
            lack = (_VARIANTS - len(part), self._octets - part.shape[1])
            padded = np.pad(part, ((0, lack[0]), (0, lack[1])))
            yield padded, self._weights[number % len(self._weights)]

    def _sum(self, octets: np.ndarray, weights: _Weights) -> list[np.ndarray]:
        found = _sum_tiles(octets, weights, self._bits)
        return [np.asarray(each).sum(axis=0, dtype=np.float64) for each in found]


def threads() -> int:
    """Cores that this process may use: XLA runs a small program on one."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _join(sums: np.ndarray, k: int) -> np.ndarray:
    return np.column_stack([sums[:, :k], sums[:, k:].sum(axis=1)])


def _split(columns: np.ndarray, steps: Sequence[int]) -> np.ndarray:
    """Multiples of 1/step, of each step in turn, then what is left of each column."""
    parts, left = [], columns
    for step in steps:
        parts.append(np.round(left * step) / step)
        left = left - parts[-1]
    return np.column_stack([*parts, left])


def _squares(
    het: np.ndarray, hom: np.ndarray, called: np.ndarray, *squares: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Products [v, 2, 2] of shares, and whether all are alike: whole numbers, exact.

    Args:
      het: float64 [v], sums of shares, and hom.
      called: float64 [v].
      squares: float64 [v, 3]: het het, het hom, hom hom; none of calls, whose shares
        are 0 or 1.
    """
    three = squares[0] if squares else np.column_stack([het, 0 * het, hom])
    one, both, two = np.rint(three).astype(np.int64).T
    dosage = np.rint(het + 2 * hom).astype(np.int64)
    square = one + 4 * both + 4 * two
    constant = np.rint(called).astype(np.int64) * square == dosage**2
    return three[:, [0, 1, 1, 2]].reshape(-1, 2, 2), constant


@partial(jax.jit, static_argnums=2)
def _sum_tiles(
    octets: jax.Array, weights: _Weights, bits: int
) -> tuple[jax.Array, ...]:
    """Per tile of people [T, v, .]: het, hom, products of the lost, y of the lost.

    Of dosages also `_squares`' squares; what is of shares is in 1/127, and its square.
    """
    rows = octets.reshape(octets.shape[0], -1, _PEOPLE * bits // 8).swapaxes(0, 1)
    _, found = jax.lax.scan(partial(_sum_tile, bits), None, (rows, weights))
    return found


def _sum_tile(
    bits: int, carry: None, tile: tuple[jax.Array, _Weights]
) -> tuple[None, tuple[jax.Array, ...]]:
    rows, (design, y, lost) = tile
    dot = partial(jnp.matmul, precision=jax.lax.Precision.HIGHEST)
    if bits == 2:
        codes = decode(rows, _PEOPLE)
        het, hom, missing = (
            (codes == code).astype(jnp.float32) for code in (HET, HOM_A1, MISSING_CALL)
        )
        squares: tuple[jax.Array, ...] = ()
    else:
        one, two = shares(rows)
        pairs = ((one, one), (one, two), (two, two))
        squares = (jnp.stack([(a * b).sum(axis=1) for a, b in pairs], axis=1),)
        het, hom, missing = (
            each.astype(jnp.float32) for each in (one, two, rows == MISSING_BYTE)
        )
    columns = jnp.concatenate([design, y], axis=1)
    left, right = np.triu_indices(design.shape[1])
    beside = jnp.concatenate([design[:, left] * design[:, right], lost], axis=1)
    both = dot(missing, beside)
    return carry, (
        dot(het, columns),
        dot(hom, columns),
        both[:, : len(left)],
        both[:, len(left) :],
        *squares,
    )
