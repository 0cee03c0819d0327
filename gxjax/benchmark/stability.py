"""Stability: how much a variant's score varies between members of an ensemble."""

from __future__ import annotations

from collections.abc import Sequence

import jax
import numpy as np
import pandas as pd

from gxjax.benchmark.estimates import LEVEL, Estimate
from gxjax.benchmark.jackknife import (
    Jackknife,
    combine,
    jackknife,
    samples,
    t_interval,
)
from gxjax.benchmark.ranking import count_at
from gxjax.benchmark.resampling import DRAWS
from gxjax.benchmark.similarity import jaccard, mean_spearman, nogueira, similarity

__all__ = [
    "median_deviation",
    "relative_standard_deviation",
    "stability_samples",
    "stability_table",
]

Replicates = np.ndarray | Sequence[np.ndarray]
"""Scores [C, M, V], or a sequence of them, one per replicate."""

_FIGURES = (
    ("spearman", mean_spearman, -1),
    ("jaccard", jaccard, 0),
    ("nogueira", nogueira, -1),
)


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


def median_deviation(values: np.ndarray) -> Jackknife:
    """Median over variants of the relative standard deviation, of every column.

    Args:
      values: float [C, M, V], non-negative scores.

    Returns:
      `Jackknife` of C figures over the M members.
    """
    count, members, _ = np.shape(values)
    whole = np.empty(count)
    leaves = np.full((members, count), np.nan)
    for column, scores in enumerate(values):
        whole[column] = _median(relative_standard_deviation(scores))
        if members > 2:
            leaves[:, column] = _medians_without_one(scores)
    return jackknife(whole, leaves)


def stability_samples(
    replicates: Replicates,
    key: jax.Array,
    *,
    draws: int = DRAWS,
    level: float = LEVEL,
) -> Estimate:
    """The median RSD of every column as an estimate, for a composite's interval.

    Args:
      replicates: float [C, M, V], or a sequence of them with the same C.
      key: a JAX key.
      draws: B.
      level: of the interval.

    Returns:
      `Estimate`: value is the mean over replicates of the median RSD, lower and upper
      its jackknife interval over members (Student's t, cut at 0; NaN for fewer than
      three members of a single replicate), least and greatest the replicates' range,
      samples multivariate t (cut at 0) with the jackknife's covariance of columns.
    """
    parts = [median_deviation(values) for values in _listed(replicates)]
    figures = combine(parts)
    lower, upper = t_interval(figures, level)
    medians = np.stack([part.value for part in parts])
    return Estimate(
        figures.value,
        np.maximum(lower, 0),
        upper,
        medians.min(axis=0),
        medians.max(axis=0),
        np.maximum(samples(figures, key, draws), 0),
        by_replicate=medians,
    )


def stability_table(
    replicates: Replicates,
    columns: Sequence[tuple[str, str]],
    *,
    quantile: float = 0.98,
    level: float = LEVEL,
) -> pd.DataFrame:
    """Relative standard deviations, and how alike members rank variants.

    Args:
      replicates: float [C, M, V], non-negative scores of one ensemble, or a sequence of
        them, one per replicate.
      columns: C pairs (method, noise).
      quantile: of the top K that `jaccard` and `nogueira` compare.
      level: of the intervals.

    Returns:
      Table `method noise mean median mad mad_normal q25 q75 iqr p10 p90 excluded
      variants lower upper`, then each of `spearman jaccard nogueira` followed by its
      `_lower` and `_upper`, then `top`. Figures are means over replicates. Over the
      variants' RSD: mad is the median absolute deviation from the median, mad_normal
      1.4826 of it; `excluded` of the `variants` (summed over replicates) have a mean
      score of 0 and no RSD; lower and upper are the interval of the median. `spearman`
      and `jaccard` are means over pairs of members; `similarity` says what they, and
      `nogueira`, can not tell. `top` is K. Intervals are the jackknife's over members
      (Nogueira's: as published) and between replicates: NaN for fewer than three
      members of a single replicate. With one member every figure is NaN.

    Raises:
      ValueError: `replicates` is not [C, M, V] with one row per column, no replicate.
    """
    listed = _listed(replicates)
    for values in listed:
        if np.ndim(values) != 3 or len(values) != len(columns):
            raise ValueError(
                f"values: shape {np.shape(values)}; expected [{len(columns)}, members, "
                "variants]"
            )
    if not listed:
        raise ValueError("replicates: found none; expected at least one")
    lower, upper = t_interval(combine([median_deviation(v) for v in listed]), level)
    rows: list[dict] = []
    for c, (method, noise) in enumerate(columns):
        of_column = [values[c] for values in listed]
        rows.append(
            {
                **{"method": method, "noise": noise},
                **_mean_summary(of_column),
                **{"lower": max(lower[c], 0.0), "upper": upper[c]},
                **_alike(of_column, quantile, level),
            }
        )
    return pd.DataFrame(rows)


def _alike(replicates: list[np.ndarray], quantile: float, level: float) -> dict:
    found = [similarity(v, count_at(quantile, v.shape[1])) for v in replicates]
    row: dict[str, float | int] = {}
    for name, measure, least in _FIGURES:
        figure = combine([measure(one) for one in found])
        ends = t_interval(figure, level)
        row[name] = figure.value[0]
        # np.clip keeps a NaN.
        lower, upper = np.clip([ends[0][0], ends[1][0]], least, 1)
        row |= {f"{name}_lower": lower, f"{name}_upper": upper}
    return {**row, "top": found[0].top}


def _mean_summary(replicates: list[np.ndarray]) -> dict[str, float | int]:
    table = pd.DataFrame([_summary(members) for members in replicates])
    counts = table[["excluded", "variants"]].sum().astype(int)
    return {**table.mean(), **counts}


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


def _medians_without_one(members: np.ndarray) -> np.ndarray:
    """Median RSD without each of M >= 3 members, float64 [M]."""
    members = np.asarray(members, np.float64)
    count = len(members)
    mean = members.mean(axis=0)
    away = members - mean[None]
    squares = (away**2).sum(axis=0)
    medians = np.empty(count)
    for m, own in enumerate(away):
        left = np.maximum(squares - own**2 * (count / (count - 1)), 0) / (count - 2)
        average = mean - own / (count - 1)
        ratio = np.full(mean.shape, np.nan)
        np.divide(np.sqrt(left), average, out=ratio, where=average > 0)
        medians[m] = _median(ratio)
    return medians


def _median(deviations: np.ndarray) -> float:
    kept = deviations[~np.isnan(deviations)]
    return float(np.median(kept)) if len(kept) else float("nan")


def _listed(replicates: Replicates) -> list[np.ndarray]:
    if isinstance(replicates, np.ndarray) and replicates.ndim == 3:
        return [replicates]
    return list(replicates)
