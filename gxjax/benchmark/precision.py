"""Precision: how many of the top-scored variants are no better than null ones."""

from __future__ import annotations

from collections.abc import Sequence

import jax
import numpy as np
import pandas as pd

from gxjax.benchmark.cuts import SUMMARY, estimate_cuts, summary
from gxjax.benchmark.estimates import Estimate
from gxjax.benchmark.null_counts import NullCounts, count_nulls
from gxjax.benchmark.ranking import rank_columns
from gxjax.benchmark.resampling import DRAWS, Ratio, estimate
from gxjax.types import Truth

__all__ = ["precision", "precision_estimate", "precision_table"]

_BOUNDS = (-np.inf, 1.0)

_TABLE_COLUMNS = [
    *("method", "noise", "null", "counted", "quantile", "k"),
    *(*SUMMARY, "decoys", "real"),
]


def precision(scores: np.ndarray, truth: Truth, quantile: float) -> float:
    """`1 - decoys / real` among the top-scored K of real and null variants.

    The published definition: each decoy stands for one real variant on top by chance.
    A random score has about 0; with more decoys than real variants it is NEGATIVE, down
    to 1 - decoys; 0 where no real variant is in. Permuted decoys have no LD with causal
    variants while null real variants may, so of them it is optimistic: real variants
    that are on top by LD alone count as right. Knockoffs keep that LD.

    Args:
      scores: float [V], larger is more important.
      truth: of the V columns, "decoy" or "knockoff" some of them.
      quantile: in [0, 1); K is `count_at(quantile, V)`.

    Returns:
      At most 1.

    Raises:
      ValueError: a quantile out of range, NaN scores, no decoy in the truth.

    References:
      Reynolds & Pan, PLOS Comput Biol 21(12): e1013784 (2025),
      https://doi.org/10.1371/journal.pcbi.1013784
    """
    values = np.asarray(scores)[None, None, :]
    ranking = rank_columns(values, (("", ""),), truth)
    counts = count_nulls(ranking, truth, quantiles=(quantile,), blocks=1)
    real, nulls = float(counts.real.sum()), float(counts.nulls.sum())
    return 1 - nulls / real if real else 0.0


def precision_estimate(
    replicates: Sequence[NullCounts],
    quantile: float,
    key: jax.Array,
    *,
    draws: int = DRAWS,
) -> Estimate:
    """Precision at a quantile, with the draws that comparisons need.

    Args:
      replicates: `NullCounts` of each, of the same C score columns.
      quantile: one of theirs.
      key: a JAX key; that of `precision_table` for the same interval.
      draws: bootstrap draws, B.

    Raises:
      ValueError: the quantile was not counted at.
    """
    ratios = []
    for counts in replicates:
        at = np.flatnonzero(np.isclose(counts.quantiles, quantile))
        if not len(at):
            raise ValueError(
                f"quantile: found {quantile}; counted at {list(counts.quantiles)}"
            )
        ratios.append(_ratio(counts, int(at[0])))
    return estimate(ratios, key, draws=draws, bounds=_BOUNDS)


def precision_table(
    replicates: Sequence[NullCounts],
    columns: Sequence[tuple[str, str]],
    key: jax.Array,
    *,
    draws: int = DRAWS,
) -> pd.DataFrame:
    """Precision of every score column and quantile.

    Args:
      replicates: `NullCounts` of each: the same C score columns, quantiles, null and
        what is counted. Concatenate tables of other nulls.
      columns: C pairs (method, noise).
      key: a JAX key.
      draws: bootstrap draws, B.

    Returns:
      Table `method noise null counted quantile k value lower upper least greatest
      decoys real`: value is the mean over replicates and members, lower and upper its
      bootstrap interval (`resampling.estimate`: over replicates, members and blocks of
      the genome; without a null on top it ends where as few blocks could have had none
      by chance), least and greatest the range over members, `decoys` and `real` mean
      counts of nulls and real columns (or loci) among the top k.

    Raises:
      ValueError: no replicate, or replicates that differ.
    """
    first = _check(replicates, columns)
    cuts = range(len(first.quantiles))
    ratios = [[_ratio(counts, q) for counts in replicates] for q in cuts]
    estimates = estimate_cuts(ratios, key, draws=draws, bounds=_BOUNDS)
    # [2, Q, C]: nulls, real.
    means = np.mean(
        [
            [
                part.sum(axis=3).mean(axis=2, dtype=np.float64)
                for part in (counts.nulls, counts.real)
            ]
            for counts in replicates
        ],
        axis=0,
    )
    rows: list[tuple] = []
    for c, (method, noise) in enumerate(columns):
        name = (method, noise, first.null, first.counted)
        for q in cuts:
            figures = summary(estimates[q], c).values()
            cut = (first.quantiles[q], first.ks[q])
            rows.append((*name, *cut, *figures, *means[:, q, c]))
    return pd.DataFrame(rows, columns=_TABLE_COLUMNS)


def _ratio(counts: NullCounts, cut: int) -> Ratio:
    return Ratio(counts.real[cut] - counts.nulls[cut], counts.real[cut])


def _check(
    replicates: Sequence[NullCounts], columns: Sequence[tuple[str, str]]
) -> NullCounts:
    kinds = {(c.quantiles, c.null, c.counted, c.real.shape[1]) for c in replicates}
    if len(kinds) != 1 or replicates[0].real.shape[1] != len(columns):
        raise ValueError(
            f"replicates: of {sorted(kinds)} (quantiles, null, counted, score columns)"
            f"; expected one kind, of {len(columns)} score columns"
        )
    return replicates[0]
