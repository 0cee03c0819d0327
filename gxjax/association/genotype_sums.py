"""Sums over the people with each genotype, in JAX, straight from 2-bit bytes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from gxjax.association.variant_strips import HET, HOM_A1, MISSING_CALL
from gxjax.genotypes.packed import decode

__all__ = ["GenotypeSums", "SumJob", "threads"]

_PEOPLE = 2048
_VARIANTS = 64


class GenotypeSums(NamedTuple):
    """What least squares needs of v variants; k columns of the design, the first ones.

    Attributes:
      het: float64 [v, k + 1], sums of design and y over people with one copy of A1.
      hom: the same over people with two copies.
      lost_products: float64 [v, k, k], sums of products of the design's columns over
        people whose call is missing.
      lost_y: float64 [v, k], sums of design times y over them.
      lost_square: float64 [v], sum of y squared over them.
    """

    het: np.ndarray
    hom: np.ndarray
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

    float32 within a tile of 2,048 people, float64 beyond. What y enters goes in as a
    multiple of 1/256, whose sums are exact, and a small rest: rounding errors of sums
    would otherwise show in a small effect, or in the residual of a strong one.
    """

    def __init__(
        self, design: np.ndarray, y: np.ndarray, places: np.ndarray, width: int
    ):
        """Places the weights on the devices.

        Args:
          design: float64 [n, k], the first column ones, columns of mean square 1.
          y: float64 [n], mean square 1.
          places: integers [n], each person's place in a row of a strip.
          width: bytes of such a row.
        """
        self._k = design.shape[1]
        tiles = -(-4 * width // _PEOPLE)
        self._octets = tiles * _PEOPLE // 4

        def place(columns: np.ndarray) -> jax.Array:
            spread = np.zeros((tiles * _PEOPLE, columns.shape[1]), np.float32)
            spread[places] = columns
            return jnp.asarray(spread.reshape(tiles, _PEOPLE, -1))

        lost = np.column_stack([_split(design * y[:, None]), y * y])
        weights = _Weights(place(design), place(_split(y[:, None])), place(lost))
        self._weights = [jax.device_put(weights, each) for each in jax.local_devices()]

    def __call__(self, octets: np.ndarray) -> GenotypeSums:
        """The sums of uint8 [v, width], laid out as a `.bed`."""
        with ThreadPoolExecutor(threads()) as pool:
            parts = list(pool.map(_sum_part, *zip(*self._cut(octets), strict=True)))
        total = [np.concatenate(each) for each in zip(*parts, strict=True)]
        het, hom, pairs, lost = (each[: len(octets)] for each in total)
        k = self._k
        products = np.empty((len(octets), k, k))
        left, right = np.triu_indices(k)
        products[:, left, right] = products[:, right, left] = pairs
        return GenotypeSums(
            _join(het, k),
            _join(hom, k),
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


def _sum_part(octets: np.ndarray, weights: _Weights) -> list[np.ndarray]:
    found = _sum_tiles(octets, weights)
    return [np.asarray(each).sum(axis=0, dtype=np.float64) for each in found]


def threads() -> int:
    """Cores that this process may use: XLA runs a small program on one."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _join(sums: np.ndarray, k: int) -> np.ndarray:
    return np.column_stack([sums[:, :k], sums[:, k] + sums[:, k + 1]])


def _split(columns: np.ndarray) -> np.ndarray:
    """Multiples of 1/256, then what is left of each column."""
    high = np.round(columns * 256) / 256
    return np.column_stack([high, columns - high])


@jax.jit
def _sum_tiles(octets: jax.Array, weights: _Weights) -> tuple[jax.Array, ...]:
    """Per tile of people [T, v, .]: het, hom, products of the lost, y of the lost."""
    rows = octets.reshape(octets.shape[0], -1, _PEOPLE // 4).swapaxes(0, 1)
    _, found = jax.lax.scan(_sum_tile, None, (rows, weights))
    return found


def _sum_tile(
    carry: None, tile: tuple[jax.Array, _Weights]
) -> tuple[None, tuple[jax.Array, ...]]:
    rows, (design, y, lost) = tile
    codes = decode(rows, _PEOPLE)
    dot = partial(jnp.matmul, precision=jax.lax.Precision.HIGHEST)
    het, hom, missing = (
        (codes == code).astype(jnp.float32) for code in (HET, HOM_A1, MISSING_CALL)
    )
    columns = jnp.concatenate([design, y], axis=1)
    left, right = np.triu_indices(design.shape[1])
    pairs = design[:, left] * design[:, right]
    both = dot(missing, jnp.concatenate([pairs, lost], axis=1))
    return carry, (
        dot(het, columns),
        dot(hom, columns),
        both[:, : len(left)],
        both[:, len(left) :],
    )
