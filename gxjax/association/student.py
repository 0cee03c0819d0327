"""Student's t where its p-value is smaller than any float."""

from __future__ import annotations

import chex
import numpy as np
from scipy.special import betaln, stdtr

__all__ = ["log10_two_sided"]

_SMALLEST = 1e-280
_TERMS = 6


def log10_two_sided(t: np.ndarray, freedom: np.ndarray) -> np.ndarray:
    """log10 of the two-sided p-value of t, finite for every finite t.

    Below p = 1e-280 it is the regularised incomplete beta function
    I_x(a, 1/2), a = freedom / 2, x = freedom / (freedom + t**2), as
    x**a (1 - x)**(-1/2) / (a B(a, 1/2)) times an alternating series in freedom / t**2
    (DLMF 8.17.8 with 15.8.1, https://dlmf.nist.gov/8.17), whose first terms suffice
    because t**2 is then large beside 1.

    Args:
      t: float64 [V]; NaN stays NaN.
      freedom: float64 [V], degrees of freedom.

    Returns:
      float64 [V], log10 p, at most 0.
    """
    chex.assert_equal_shape([t, freedom])
    p = 2 * stdtr(freedom, -np.abs(t))
    far = p < _SMALLEST
    result = np.log10(np.where(far, 1.0, p))
    result[far] = _far(t[far] ** 2, freedom[far])
    return result


def _far(square: np.ndarray, freedom: np.ndarray) -> np.ndarray:
    a = freedom / 2
    series = term = np.ones_like(square)
    for k in range(_TERMS):
        term = -term * (0.5 + k) / (a + 1 + k) * freedom / square
        series = series + term
    log_x, log_rest = -np.log1p(square / freedom), -np.log1p(freedom / square)
    value = a * log_x - log_rest / 2 - np.log(a) - betaln(a, 0.5) + np.log(series)
    return value / np.log(10)
