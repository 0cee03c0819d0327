"""Dosages to hard calls, as PLINK 2 makes them."""

from __future__ import annotations

import numpy as np

from gxjax.types import MISSING

__all__ = [
    "BYTE_CALLS",
    "HARD_CALL_THRESHOLD",
    "check_dosages",
    "check_threshold",
    "hard_calls",
]

HARD_CALL_THRESHOLD = 0.1
"""PLINK 2's default of --hard-call-threshold."""

# PLINK 2 holds dosages in units of 2^-14, and compares in them.
_BITS = 14
_ONE = 1 << _BITS


def hard_calls(
    dosages: np.ndarray, threshold: float = HARD_CALL_THRESHOLD
) -> np.ndarray:
    """The nearest whole dosage, or missing where it is further off than the threshold.

    Args:
      dosages: float32 of any shape, copies of A1 in [0, 2], NaN where missing.
      threshold: dosage units, in [0, 0.5); a dosage exactly at it is called.

    Returns:
      uint8 of the same shape: 0, 1, 2, or 3 where missing. What it can NOT tell: how
      certain a call is; probabilities 0.05, 0.9 and 0.05 are a certain dosage of 1.

    References:
      Chang et al., Second-generation PLINK, GigaScience 4:7 (2015),
      https://doi.org/10.1186/s13742-015-0047-8
    """
    missing = np.isnan(dosages)
    units = np.floor(np.where(missing, 0, dosages) * np.float32(_ONE) + 0.5)
    units = units.astype(np.int32)
    nearest = (units + _ONE // 2) >> _BITS
    far = np.abs(units - (nearest << _BITS)) > int(threshold * _ONE)
    return np.where(missing | far, MISSING, nearest).astype(np.uint8)


def check_threshold(threshold: float) -> None:
    """Raises ValueError for a threshold outside [0, 0.5)."""
    if not 0 <= threshold < 0.5:
        raise ValueError(
            f"hard_call_threshold: {threshold}; expected 0 or more, and less than 0.5"
        )


def check_dosages(dosages: np.ndarray) -> None:
    """Raises ValueError where one of N dosages is not in [0, 2], nor NaN."""
    wrong = (dosages < 0) | (dosages > 2)
    if wrong.any():
        person = int(np.flatnonzero(wrong)[0])
        raise ValueError(
            f"person {person + 1} has the dosage {dosages[person]:g}; expected 0 to 2"
        )


BYTE_CALLS = hard_calls(np.append(np.arange(255) / 127, np.nan).astype(np.float32))
"""uint8 [256]: the hard call of each 8-bit code of a dosage."""
