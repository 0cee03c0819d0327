"""Dominance contrasts of planted variants beside those of null ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import numpy as np
import pandas as pd
from scipy import stats

from gxjax.faithfulness.dominance import Responses
from gxjax.faithfulness.intervals import mean_interval
from gxjax.rng import named
from gxjax.types import KINDS, PLANTED_KINDS, Truth

__all__ = ["area_under_roc", "dominance_table"]

_NULL = ("real", "decoy", "knockoff", "polygenic")


def area_under_roc(positive: Any, negative: Any) -> float:
    """Chance that a positive ranks above a negative, ties counting a half.

    Args:
      positive: float [P].
      negative: float [N].

    Returns:
      In [0, 1]; NaN where there is none of either.

    References:
      Hanley & McNeil, "The meaning and use of the area under a receiver operating
      characteristic (ROC) curve", 1982, https://doi.org/10.1148/radiology.143.1.7063747
    """
    first, second = np.ravel(positive), np.ravel(negative)
    if not first.size or not second.size:
        return float("nan")
    ranks = stats.rankdata(np.concatenate([first, second]))[: first.size]
    least = first.size * (first.size + 1) / 2
    return float((ranks.sum() - least) / (first.size * second.size))


def dominance_table(
    responses: Responses,
    variants: Sequence[int] | np.ndarray,
    truth: Truth,
    key: jax.Array,
) -> pd.DataFrame:
    """Whether contrasts tell dominant and recessive variants from additive ones.

    Contrasts are divided by their standard deviation over the null variants (real,
    decoy, knockoff, and polygenic, whose effects are additive) of the same network, and
    signed so that an effect with a positive target counts as it is: then a dominant one
    has a positive contrast and a recessive one a negative, whichever allele raises the
    phenotype.

    What this can NOT tell: |contrast| grows with the effect and with what the network
    learned of the variant, so an AUROC of 1 may be one of effect sizes; plant effects
    of equal strength. Null variants are so for the truth, not for the network.

    Args:
      responses: of `dominance_contrasts`, [M, T].
      variants: int [T], the columns asked; planted and null ones, at least 2 null.
      truth: of the V columns.
      key: of the bootstrap over members and variants.

    Returns:
      Table `effect contrast_mean lower upper auroc planted`, a row per effect that is
      there and one for "null": the mean standardised contrast with its bootstrap
      interval; the AUROC of |contrast| against the additive variants, mean over
      members (NaN for them, or without them); and how many variants. Null contrasts
      have no sign to go by and are taken as they are.

    Raises:
      ValueError: shapes disagree, or there are fewer than 2 null variants.
    """
    columns = np.asarray(variants)
    contrast = np.asarray(responses.contrast, np.float64)
    if contrast.ndim != 2 or columns.shape != contrast.shape[1:]:
        raise ValueError(
            f"variants: found shape {columns.shape} for contrasts {contrast.shape}; "
            "expected one column per contrast, [members, variants]"
        )
    kinds = np.asarray(KINDS)[np.asarray(truth.kind)[columns]]
    null = np.isin(kinds, _NULL)
    if null.sum() < 2:
        raise ValueError(
            f"variants: found {null.sum()} null ones; expected 2 or more, whose spread "
            "is the unit of the others"
        )
    spread = contrast[:, null].std(axis=1, ddof=1, keepdims=True)
    unit = np.divide(
        contrast, spread, out=np.full(contrast.shape, np.nan), where=spread > 0
    )
    sign = np.sign(np.asarray(truth.target, np.float64)[columns])
    signed = np.where(null[None], unit, unit * sign[None])
    additive = np.abs(contrast[:, kinds == "additive"])
    rows = []
    for effect in (*PLANTED_KINDS, "null"):
        own = null if effect == "null" else kinds == effect
        if not own.any():
            continue
        ends = mean_interval(signed[:, own], 1, named(key, "faithfulness/dominance"))
        pairs = zip(np.abs(contrast[:, own]), additive, strict=True)
        areas = [area_under_roc(*pair) for pair in pairs]
        auroc = np.nan if effect == "additive" else np.mean(areas)
        rows.append((effect, *map(float, ends), float(auroc), int(own.sum())))
    names = ["effect", "contrast_mean", "lower", "upper", "auroc", "planted"]
    return pd.DataFrame(rows, columns=names)
