"""Stability: how much a variant's score varies between members of an ensemble."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

__all__ = ["relative_standard_deviation", "stability_table"]


def relative_standard_deviation(values: np.ndarray) -> np.ndarray:
    """Standard deviation over members (ddof 1) divided by the mean over members.

    Members that agree are not thereby right: a score blind to the network is perfectly
    stable. A score near zero everywhere may vary widely without consequence. And it
    depends on the scale: a squared score varies about twice as much as its root.

    Args:
      values: float [M, V], non-negative scores.

    Returns:
      float64 [V]; NaN where the mean is 0, and everywhere for fewer than two members.

    References:
      Reynolds & Pan, PLOS Comput Biol 21(12): e1013784 (2025),
      https://doi.org/10.1371/journal.pcbi.1013784
    """
    values = np.asarray(values, np.float64)
    if len(values) < 2:
        return np.full(values.shape[1], np.nan)
    mean = values.mean(axis=0)
    spread = values.std(axis=0, ddof=1)
    return np.divide(spread, mean, out=np.full(mean.shape, np.nan), where=mean != 0)


def stability_table(
    values: np.ndarray, columns: Sequence[tuple[str, str]]
) -> pd.DataFrame:
    """Distribution over variants of the relative standard deviation.

    Args:
      values: float [C, M, V], non-negative scores.
      columns: C pairs (method, noise).

    Returns:
      Table `method noise mean median mad mad_normal q25 q75 iqr p10 p90 excluded
      variants`: mad is the median absolute deviation from the median, mad_normal 1.4826
      of it; `excluded` of the `variants` have a mean score of 0 and no RSD. With one
      member all are excluded and every figure is NaN: stability needs two members.

    Raises:
      ValueError: `values` is not [C, M, V] with one row per column.
    """
    if np.ndim(values) != 3 or len(values) != len(columns):
        raise ValueError(
            f"values: shape {np.shape(values)}; expected [{len(columns)}, members, "
            "variants]"
        )
    rows = [
        {"method": method, "noise": noise, **_summary(members)}
        for (method, noise), members in zip(columns, values, strict=True)
    ]
    return pd.DataFrame(rows)


def _summary(members: np.ndarray) -> dict[str, float | int]:
    deviations = relative_standard_deviation(members)
    kept = deviations[~np.isnan(deviations)]
    counts = {"excluded": len(deviations) - len(kept), "variants": len(deviations)}
    if len(kept) == 0:
        kept = np.array([np.nan])
    p10, q25, median, q75, p90 = np.quantile(kept, [0.1, 0.25, 0.5, 0.75, 0.9])
    mad = np.median(np.abs(kept - median))
    return {
        "mean": kept.mean(),
        "median": median,
        "mad": mad,
        "mad_normal": 1.4826 * mad,
        "q25": q25,
        "q75": q75,
        "iqr": q75 - q25,
        "p10": p10,
        "p90": p90,
        **counts,
    }
