"""Jackknife intervals over members: figures of a whole ensemble, one member left
out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import jax
import numpy as np
from scipy.stats import t

from gxjax import rng

__all__ = ["Jackknife", "combine", "difference", "jackknife", "samples", "t_interval"]


class Jackknife(NamedTuple):
    """C figures and how they vary together.

    Attributes:
      value: float64 [C].
      root: float64 [n, C]; `root.T @ root` is the covariance of the figures. One row of
        NaN where it is unknown.
      degrees: of freedom of Student's t; infinity for the normal distribution.
    """

    value: np.ndarray
    root: np.ndarray
    degrees: float


def jackknife(value: np.ndarray, leaves: np.ndarray) -> Jackknife:
    """Delete-one jackknife: covariance `(M - 1) / M sum (leaf - mean leaf)^2`.

    It needs figures that change smoothly with a member; the median of many variants
    does, the greatest score of one does not. Members that were trained alike on one
    phenotype say nothing of other data.

    Args:
      value: float [C], the figures of all M members.
      leaves: float [M, C], the figures without each member.

    Returns:
      `Jackknife` with M - 1 degrees of freedom; its root is NaN for fewer than three
      members.

    References:
      Efron & Stein, The jackknife estimate of variance, Annals of Statistics 9(3):
      586-596 (1981), https://doi.org/10.1214/aos/1176345462
    """
    value, leaves = np.asarray(value, np.float64), np.asarray(leaves, np.float64)
    members = len(leaves)
    if members < 3:
        return Jackknife(value, np.full((1, len(value)), np.nan), max(members - 1, 1))
    root = (leaves - leaves.mean(axis=0)[None]) * np.sqrt((members - 1) / members)
    return Jackknife(value, root, members - 1)


def combine(parts: Sequence[Jackknife]) -> Jackknife:
    """The mean over R replicates of the same figures.

    Its covariance is (mean covariance of the replicates + covariance between them) / R,
    as that of the bootstrap in `benchmark.resampling`. The second holds the first
    already, so that intervals are too wide rather than too narrow. Where the first is
    unknown (two members), the second stands alone.

    Args:
      parts: one per replicate, R >= 1, of the same C figures.

    Returns:
      `Jackknife`; degrees of freedom add up, and R - 1 are added.
    """
    count = len(parts)
    if count == 1:
        return parts[0]
    values = np.stack([part.value for part in parts])
    between = (values - values.mean(axis=0)[None]) / np.sqrt((count - 1) * count)
    known = [part for part in parts if not np.isnan(part.root).all()]
    roots = [part.root / np.sqrt(len(known) * count) for part in known]
    degrees = sum(part.degrees for part in known) + count - 1
    return Jackknife(values.mean(axis=0), np.concatenate([between, *roots]), degrees)


def difference(first: Jackknife, second: Jackknife) -> Jackknife:
    """The figures of the first less those of the second, an independent ensemble's."""
    return Jackknife(
        first.value - second.value,
        np.concatenate([first.root, -second.root]),
        first.degrees + second.degrees,
    )


def t_interval(figures: Jackknife, level: float = 0.95) -> tuple[np.ndarray, ...]:
    """Lower and upper end by Student's t, two float64 [C]; NaN where unknown."""
    half = t.ppf((1 + level) / 2, figures.degrees)
    half = half * np.sqrt((figures.root**2).sum(axis=0))
    return figures.value - half, figures.value + half


def samples(figures: Jackknife, key: jax.Array, draws: int) -> np.ndarray:
    """Draws of multivariate t with the covariance of the figures.

    Columns of one call are drawn together, so that their differences vary as those of
    the figures do.

    Args:
      figures: of C columns.
      key: a JAX key.
      draws: B.

    Returns:
      float64 [B, C]; NaN where the spread is unknown.
    """
    generator = rng.generator(key, "benchmark/jackknife", len(figures.root))
    normal = generator.standard_normal((draws, len(figures.root)))
    scale = np.ones(draws)
    if np.isfinite(figures.degrees):
        scale = np.sqrt(
            figures.degrees / generator.chisquare(figures.degrees, size=draws)
        )
    return figures.value[None] + (normal @ figures.root) * scale[:, None]
