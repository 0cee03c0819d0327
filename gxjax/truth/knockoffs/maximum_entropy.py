"""How far second-order knockoffs may be from their originals."""

from __future__ import annotations

import chex
import numpy as np

__all__ = ["maximum_entropy_distances", "shrunk_correlation"]

_LEAST_SHRINKAGE = 1e-3
_SWEEPS, _TOLERANCE = 30, 1e-2


def shrunk_correlation(values: np.ndarray) -> np.ndarray:
    """Correlation of standardised columns, drawn towards none as far as n asks for.

    The weight of the identity is that of Ledoit and Wolf, which has the least expected
    squared error, and 0.001 at least, so that twins can be told apart.

    Args:
      values: float [n, p], columns of mean 0 and variance 1.

    Returns:
      float64 [p, p], positive definite, 1 on the diagonal.

    References:
      Ledoit & Wolf, A well-conditioned estimator for large-dimensional covariance
      matrices, J Multivar Anal 88:365-411 (2004),
      https://doi.org/10.1016/S0047-259X(03)00096-4
    """
    chex.assert_rank(values, 2)
    people, count = values.shape
    sample = (values.T @ values).astype(np.float64) / people
    np.fill_diagonal(sample, 1)
    spread = (sample**2).sum() - count
    lengths = (values.astype(np.float64) ** 2).sum(axis=1)
    error = max((lengths**2).sum() / people - (sample**2).sum(), 0) / people
    weight = np.clip(error / spread if spread > 0 else 1.0, _LEAST_SHRINKAGE, 1)
    return (1 - weight) * sample + weight * np.eye(count)


def maximum_entropy_distances(correlation: np.ndarray) -> np.ndarray:
    """The s of knockoffs with cov(X, X~) = correlation - diag(s), as unlike as can be.

    Maximises log det diag(s) + log det(2 correlation - diag(s)), the entropy of (X, X~)
    if it is normal, one entry at a time; each has a closed form. Under strong LD that
    keeps power where the equicorrelated s, one for all, is held down to twice the least
    eigenvalue by the closest twins.

    Args:
      correlation: float64 [p, p], positive definite, 1 on the diagonal.

    Returns:
      float64 [p], positive; 2 correlation - diag(s) is positive definite.

    References:
      Gimenez & Zou, Improving the stability of the knockoff procedure: multiple
      simultaneous knockoffs and entropy maximization (2019),
      https://arxiv.org/abs/1810.11378
      Spector & Janson, Powerful knockoffs via minimizing reconstructability, Ann Stat
      50:252-276 (2022), https://doi.org/10.1214/21-AOS2104
    """
    count = len(correlation)
    chex.assert_shape(correlation, (count, count))
    least = np.linalg.eigvalsh(correlation)[0]
    distances = np.full(count, min(1.0, least))
    for _ in range(_SWEEPS):
        # Anew each sweep: rank-one updates gather rounding errors.
        inverse = np.linalg.inv(2 * correlation - np.diag(distances))
        before = distances.copy()
        for j in range(count):
            best = (1 / inverse[j, j] + distances[j]) / 2
            change = best - distances[j]
            column = inverse[:, j].copy()
            factor = change / (1 - change * column[j])
            inverse += factor * column[:, None] * column[None, :]
            distances[j] = best
        if np.abs(distances / before - 1).max() < _TOLERANCE:
            break
    return distances
