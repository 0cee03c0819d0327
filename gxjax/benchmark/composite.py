"""Composite: recall, precision and stability in one figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import jax
import numpy as np
import pandas as pd

from gxjax.benchmark import weighted_mean
from gxjax.benchmark.estimates import LEVEL, Estimate, interval
from gxjax.benchmark.few_replicates import widened_interval
from gxjax.benchmark.weights import TAUS, random_composites

__all__ = [
    *("CORRECTED_TAU", "EQUAL_WEIGHTS", "Parts"),
    *("composite_estimate", "composite_published", "composite_table"),
]

CORRECTED_TAU = 0.45
"""The median RSD that halves a stability score, whatever is compared."""

EQUAL_WEIGHTS = (1.0, 1.0, 1.0)
"""Weights of recall, precision and stability."""


class Parts(NamedTuple):
    """What a composite is made of, each an `Estimate` of the same C columns.

    Attributes:
      recall: of all planted variants.
      precision: may be negative, which counts as 0.
      median_rsd: the median over variants of the relative standard deviation.
    """

    recall: Estimate
    precision: Estimate
    median_rsd: Estimate


def composite_estimate(
    parts: Parts,
    *,
    tau: float | Literal["relative"] = CORRECTED_TAU,
    weights: Sequence[float] = EQUAL_WEIGHTS,
    level: float = LEVEL,
) -> Estimate:
    """The composite with its draws, for paired comparisons: see `composite_table`.

    Its value, lower and upper are those of that table, in the parts' order of columns.
    The figure of a replicate is the composite of its own parts.

    Args:
      parts: estimates with the same number of draws.
      tau: the RSD that halves the stability score, or "relative".
      weights: of recall, precision and stability, at least 0.
      level: of the interval.

    Returns:
      `Estimate` of the C columns, within 0 to 1; least and greatest are NaN. Its units
      are the fewest of a part that counts.

    Raises:
      ValueError: parts that differ in shape, tau or weights out of range.
    """
    _check(parts, len(parts.recall.value))
    shares = weighted_mean.normalised(weights)

    def composites(rows: Sequence[np.ndarray]) -> np.ndarray:
        each = np.stack(rows, axis=-1)
        halving = weighted_mean.tau_of(tau, each[:, :, 2])
        return weighted_mean.geometric(weighted_mean.part_scores(each, halving), shares)

    # The value has draws of its own: it may be known where they are not.
    value = composites([part.value[None] for part in parts])[0]
    samples = composites([part.samples for part in parts])
    replicates = _by_replicate(parts, shares)
    each = None if replicates is None else composites(replicates)
    lower, upper = widened_interval(*interval(samples, level), value, each, level=level)
    unknown = np.full(value.shape, np.nan)
    units = min(part.units for part, s in zip(parts, shares, strict=True) if s > 0)
    ends = value, np.maximum(lower, 0), np.minimum(upper, 1), unknown, unknown
    return Estimate(*ends, samples, units, None, each)


def composite_table(
    parts: Parts,
    columns: Sequence[tuple[str, str]],
    key: jax.Array,
    *,
    quantile: float = 0.98,
    tau: float | Literal["relative"] = CORRECTED_TAU,
    weights: Sequence[float] = EQUAL_WEIGHTS,
    level: float = LEVEL,
) -> pd.DataFrame:
    """Weighted geometric mean of recall, precision and stability score.

    The stability score is `2^(-median RSD / tau)`: 1/2 at tau. A composite is made of
    every draw of its parts, so intervals and ranks keep what the columns share. With
    two replicates or more the interval holds that of Student's t over the replicates'
    own composites: of 2 to 6 replicates with luck of their own a nominal 0.95 held the
    truth in 0.92 or more of simulated cases (the draws alone: 0.58 to 0.72). Ranks and
    shares of first places are of the draws: with few replicates they seem too sure.

    What it can NOT tell: weights and tau are a convention, and a column that is best
    here need not be best at anything that you need; read the three parts, and
    `first_share_weights`. A squared score has about twice the RSD of its root, and
    loses for that, though both rank variants alike.

    Args:
      parts: estimates with the same number of draws.
      columns: C pairs (method, noise).
      key: a JAX key, for the random weights.
      quantile: at which recall and precision were taken; written into the table.
      tau: the RSD that halves the stability score; "relative": the median over columns
        of their median RSD, so that adding a column changes every other's score.
      weights: of recall, precision and stability, at least 0; scaled to sum to 1. A
        part of weight 0 does not count, not even where it is unknown.
      level: of the intervals of value and rank.

    Returns:
      Table `method noise value lower upper arithmetic harmonic recall precision
      stability median_rsd tau quantile rank first_share first_share_weights rank_lower
      rank_upper`, best first; arithmetic and harmonic have the same weights.
      first_share is the share of draws in which the column ranks first,
      first_share_weights that of random weights and taus (`random_composites`; a
      relative tau stays). A column with an unknown part (one member has no stability)
      has value NaN and ranks last; with unknown draws it has no interval.

    Raises:
      ValueError: parts of other columns or numbers of draws, tau or weights out of
        range.

    References:
      Reynolds & Pan, PLOS Comput Biol 21(12): e1013784 (2025),
      https://doi.org/10.1371/journal.pcbi.1013784
    """
    _check(parts, len(columns))
    shares = weighted_mean.normalised(weights)
    values = np.stack([part.value for part in parts], axis=-1)
    halving = weighted_mean.tau_of(tau, values[None, :, 2])[0]
    scores = weighted_mean.part_scores(values, halving)
    whole = composite_estimate(parts, tau=tau, weights=weights, level=level)
    taus = (halving[0], halving[0]) if tau == "relative" else TAUS
    table = pd.DataFrame(list(columns), columns=["method", "noise"]).assign(
        value=whole.value,
        lower=whole.lower,
        upper=whole.upper,
        arithmetic=weighted_mean.arithmetic(scores, shares),
        harmonic=weighted_mean.harmonic(scores, shares),
        recall=values[:, 0],
        precision=values[:, 1],
        stability=scores[:, 2],
        median_rsd=values[:, 2],
        tau=halving[0],
        quantile=quantile,
        rank=weighted_mean.places(whole.value),
        first_share_weights=weighted_mean.first_share(
            random_composites(values, key, taus=taus)
        ),
        **_of_draws(whole, level),
    )
    return table[_TABLE_COLUMNS].sort_values("rank", kind="stable", ignore_index=True)


def composite_published(
    parts: Parts, columns: Sequence[tuple[str, str]], key: jax.Array
) -> pd.DataFrame:
    """The composite as it was published: relative tau, equal weights, quantile 0.98.

    Its scores are relative to the columns compared: they can not be compared between
    benchmarks. Intervals and shares of first ranks are ours.

    Args:
      parts: recall and precision at quantile 0.98.
      columns: C pairs (method, noise).
      key: a JAX key.

    Returns:
      The table of `composite_table`.

    References:
      Reynolds & Pan, PLOS Comput Biol 21(12): e1013784 (2025),
      https://doi.org/10.1371/journal.pcbi.1013784
    """
    return composite_table(parts, columns, key, quantile=0.98, tau="relative")


_TABLE_COLUMNS = [
    *("method", "noise", "value", "lower", "upper", "arithmetic", "harmonic"),
    *("recall", "precision", "stability", "median_rsd", "tau", "quantile", "rank"),
    *("first_share", "first_share_weights", "rank_lower", "rank_upper"),
]


def _of_draws(whole: Estimate, level: float) -> dict[str, np.ndarray]:
    """Intervals of ranks, and shares of first ranks, float64 [C] each."""
    tail = (1 - level) / 2
    ranks = np.quantile(
        weighted_mean.places(whole.samples),
        [tail, 1 - tail],
        axis=0,
        method="inverted_cdf",
    )
    rank_lower, rank_upper = np.where(np.isnan(whole.lower), np.nan, ranks)
    return {
        "first_share": weighted_mean.first_share(whole.samples),
        "rank_lower": rank_lower,
        "rank_upper": rank_upper,
    }


def _by_replicate(parts: Parts, shares: np.ndarray) -> list[np.ndarray] | None:
    """Figures [R, C] of each part, NaN of what does not count; None if one has none."""
    counted = [p.by_replicate for p, s in zip(parts, shares, strict=True) if s > 0]
    known = [each for each in counted if each is not None]
    if len(known) < len(counted) or len({len(each) for each in known}) != 1:
        return None
    nothing = np.full(known[0].shape, np.nan)
    rest = iter(known)
    return [next(rest) if share > 0 else nothing for share in shares]


def _check(parts: Parts, columns: int) -> None:
    found = {name: part.samples.shape for name, part in parts._asdict().items()}
    if len(set(found.values())) != 1 or parts.recall.samples.shape[1] != columns:
        raise ValueError(
            f"parts: draws of shape {found}; expected the same number of draws of "
            f"{columns} columns in each"
        )
