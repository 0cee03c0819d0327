"""Whether predictors determine each other: plink2's checks before a regression."""

from __future__ import annotations

import numpy as np

from gxjax.association.complete_cases import MAX_CORRELATION, MAX_VIF
from gxjax.association.genotype_test import GenotypeTest

__all__ = ["invert_correlations"]

_CONSTANT = 1e-7


def invert_correlations(
    square: np.ndarray,
    incomplete: np.ndarray,
    errors: np.ndarray,
    coding: GenotypeTest,
) -> tuple[np.ndarray, np.ndarray]:
    """Inverts correlation matrices, and says of which plink2 would fit nothing.

    Args:
      square: float64 [v, K, K], sums of products of predictors about their means.
      incomplete: bool [v], whether people lack the call. plink2 has one name for a
        constant predictor there, and another where it takes a short cut.
      errors: object [v], written to: `RANK_DEFICIENT` or `VIF_INFINITE` where a
        predictor is constant, `VIF_INFINITE` where the matrix is singular,
        `CORR_TOO_HIGH` where two correlate beyond 0.999, `VIF_TOO_HIGH` where one is
        determined by the others beyond a variance inflation of 50.
      coding: of the first predictors. A dominant one is constant where everybody has
        the allele; beside covariates plink2 says `CORR_TOO_HIGH` of it.

    Returns:
      float64 [v, K, K], inverse correlations, the identity where there is none; and
      float64 [v, K], the square roots of the diagonals.
    """
    diagonal = np.einsum("vii->vi", square)
    constant = (diagonal < _CONSTANT).any(axis=1)
    scale = np.sqrt(np.where(diagonal < _CONSTANT, 1.0, diagonal))
    correlation = square / (scale[:, :, None] * scale[:, None, :])
    beside = np.abs(correlation * (1 - np.eye(square.shape[1]))[None]).max(axis=(1, 2))
    alike = beside > MAX_CORRELATION
    singular = ~constant & ~alike & (np.linalg.det(correlation) < 1e-12)
    correlation[constant | alike | singular] = np.eye(square.shape[1])[None]
    inverse = np.linalg.inv(correlation)
    inflated = np.einsum("vii->vi", inverse).max(axis=1) > MAX_VIF
    errors[inflated] = "VIF_TOO_HIGH"
    errors[singular] = "VIF_INFINITE"
    errors[constant] = "RANK_DEFICIENT"
    if square.shape[1] > 1:
        errors[constant & incomplete] = "VIF_INFINITE"
        if coding.labels == ("DOM",):
            errors[diagonal[:, 0] < _CONSTANT] = "CORR_TOO_HIGH"
    errors[alike] = "CORR_TOO_HIGH"
    return inverse, scale
