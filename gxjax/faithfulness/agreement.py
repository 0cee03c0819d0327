"""Rank agreement of scores with those of networks that know nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import jax
import numpy as np
import pandas as pd
from scipy import stats

from gxjax.faithfulness.intervals import mean_interval
from gxjax.rng import named

__all__ = ["rank_agreement", "sanity_table"]


def rank_agreement(
    scores: Any, others: Any, *, paired: bool = True, counted: Any = None
) -> np.ndarray:
    """Spearman's rank correlation over variants, member by member.

    Args:
      scores: float [M, V].
      others: float [M', V], of networks that forgot a layer, or that never saw the
        phenotype.
      paired: member m with m, so M' = M; else each with the mean over all M'.
      counted: bool [V], the variants that count; None for all.

    Returns:
      float64 [M]; NaN where scores are all the same.

    Raises:
      ValueError: shapes disagree, NaN, or fewer than two variants.
    """
    left, right = np.asarray(scores, np.float64), np.asarray(others, np.float64)
    kept = np.ones(left.shape[-1], bool) if counted is None else np.asarray(counted)
    fits = left.ndim == right.ndim == 2 and left.shape[1:] == right.shape[1:]
    if not fits or (paired and len(left) != len(right)) or kept.shape != left.shape[1:]:
        raise ValueError(
            f"scores {left.shape}, others {right.shape}, counted {kept.shape}: "
            "expected [members, variants] of the same variants, and as many members if "
            "paired"
        )
    left, right = left[:, kept], right[:, kept]
    if left.shape[1] < 2 or np.isnan(left).any() or np.isnan(right).any():
        raise ValueError(
            f"scores: found NaN, or {left.shape[1]} variants that count; expected 2 or "
            "more, and numbers"
        )
    first, second = _standard_ranks(left), _standard_ranks(right)
    if paired:
        return (first * second).sum(1)
    return (first @ second.T).mean(1)


def _standard_ranks(values: np.ndarray) -> np.ndarray:
    """Ranks of each row, mean 0 and sum of squares 1; NaN if all are the same."""
    ranks = stats.rankdata(values, axis=1)
    ranks = ranks - ranks.mean(axis=1, keepdims=True)
    size = np.sqrt((ranks**2).sum(axis=1, keepdims=True))
    return np.divide(ranks, size, out=np.full(ranks.shape, np.nan), where=size > 0)


def sanity_table(
    values: Any,
    others: Mapping[str, Any],
    columns: Sequence[tuple[str, str]],
    key: jax.Array,
    *,
    unpaired: Sequence[str] = ("labels",),
    counted: Any = None,
) -> pd.DataFrame:
    """Agreement of every column's scores with those of each ignorant ensemble.

    What this can NOT tell: see `randomise_layers`. Agreement with networks trained on
    permuted phenotypes is of what training and the genotypes alone put into a score;
    it need not be 0 for a method that works, but the ranking is then partly not of the
    phenotype.

    Args:
      values: float [C, M, V], scores.
      others: float [C, M', V] by name: of the layer forgotten last, or "labels" for
        networks trained on a permuted phenotype.
      columns: C pairs (method, noise).
      key: of the bootstrap over members.
      unpaired: names whose members are none of these members' own.
      counted: bool [V]; None for all.

    Returns:
      Table `method noise layer value lower upper`: the mean over members of Spearman's
      rank correlation, with its bootstrap interval; in the order of `others`. Members
      without an agreement (scores all the same) are left out; NaN if all are.

    Raises:
      ValueError: shapes disagree.
    """
    rows = []
    for layer, found in others.items():
        if len(found) != len(columns) or len(values) != len(columns):
            raise ValueError(
                f"values and others[{layer!r}]: found {len(values)} and {len(found)} "
                f"columns; expected {len(columns)} of each"
            )
        for (method, noise), own, other in zip(columns, values, found, strict=True):
            paired = layer not in unpaired
            each = rank_agreement(own, other, paired=paired, counted=counted)
            each = each[~np.isnan(each)] if not np.isnan(each).all() else each[:1]
            child = named(key, "faithfulness/sanity")
            ends = mean_interval(each[:, None], 1, child)
            rows.append((method, noise, layer, *map(float, ends)))
    names = ["method", "noise", "layer", "value", "lower", "upper"]
    return pd.DataFrame(rows, columns=names)
