"""Recall: how many of the planted variants a score puts on top."""

from __future__ import annotations

from collections.abc import Sequence

import jax
import numpy as np
import pandas as pd

from gxjax.benchmark.cuts import KS, SUMMARY, cuts_at, estimate_cuts, summary
from gxjax.benchmark.estimates import Estimate
from gxjax.benchmark.places import (
    EFFECTS,
    Places,
    find_places,
    units_of,
)
from gxjax.benchmark.ranking import count_at, rank_columns
from gxjax.benchmark.resampling import DRAWS, SHARE, Ratio, estimate
from gxjax.types import Truth

__all__ = [
    "RECALL_QUANTILES",
    "pair_recall",
    "recall",
    "recall_estimate",
    "recall_ratio",
    "recall_table",
]

RECALL_QUANTILES = tuple(q / 100 for q in range(80, 100))

_TABLE_COLUMNS = ["method", "noise", "effect", "quantile", "k", *SUMMARY, "planted"]


def recall(scores: np.ndarray, truth: Truth, quantile: float, kind: str) -> float:
    """Share of the planted variants of one kind among the top-scored K.

    K is `count_at(quantile, V)`, of all real and synthetic variants together; a random
    score has recall 1 - quantile. A score of a network that learned nothing may have
    less or more: it follows the allele frequency, and spike-ins are neither rare nor
    very common. A run with a shuffled phenotype shows how much. Only the planted column
    itself counts as found (`find_places` has LD); and a real variant on top is not an
    error, since what real variants do is unknown.

    Args:
      scores: float [V], larger is more important.
      truth: of the V columns; those not typed take no part.
      quantile: in [0, 1).
      kind: of `EFFECTS`: "additive", "dominant", "recessive", "epistatic" (single
        members), "nonadditive", "all", ...

    Returns:
      0 to 1; NaN where none of the kind is planted.

    Raises:
      ValueError: an unknown kind, a quantile out of range, NaN scores.

    References:
      Reynolds & Pan, PLOS Comput Biol 21(12): e1013784 (2025),
      https://doi.org/10.1371/journal.pcbi.1013784
    """
    if np.shape(scores) != np.shape(truth.kind):
        raise ValueError(
            f"scores: shape {np.shape(scores)}; the truth has {np.shape(truth.kind)}"
        )
    values = np.asarray(scores)[None, None, :]
    places = find_places(rank_columns(values, (("", ""),), truth), truth)
    ratio = recall_ratio(places, kind, count_at(quantile, places.typed))
    hit = ratio.numerator[0, 0]
    return float(hit.mean()) if len(hit) else float("nan")


def pair_recall(scores: np.ndarray, truth: Truth, quantile: float) -> float:
    """Share of epistatic pairs with BOTH members among the top-scored K.

    A random score has about (1 - quantile)^2. Both members may be on top without the
    network having learnt their product: this says nothing of interactions as such.

    Args:
      scores: float [V].
      truth: of the V columns.
      quantile: in [0, 1).

    Returns:
      0 to 1; NaN where no pair is planted.

    References:
      Reynolds & Pan, PLOS Comput Biol 21(12): e1013784 (2025),
      https://doi.org/10.1371/journal.pcbi.1013784
    """
    return recall(scores, truth, quantile, "epistatic_pair")


def recall_ratio(places: Places, effect: str, k: int) -> Ratio:
    """Recall of one replicate among the top k, as a `Ratio` over planted units.

    Args:
      places: of `find_places`.
      effect: of `EFFECTS`.
      k: how many ranked columns count as the top.

    Raises:
      ValueError: an unknown effect.
    """
    found = places.places[:, :, units_of(places.units, effect)] < k
    return Ratio(found.astype(np.float32), np.ones((1, 1, found.shape[2]), np.float32))


def recall_estimate(
    replicates: Sequence[Places],
    effect: str,
    quantile: float,
    key: jax.Array,
    *,
    draws: int = DRAWS,
) -> Estimate:
    """Recall of an effect at a quantile, with the draws that comparisons need.

    Args:
      replicates: `Places` of each, of the same C score columns.
      effect: of `EFFECTS`; replicates without it are left out.
      quantile: in [0, 1).
      key: a JAX key; that of `recall_table` for the same interval.
      draws: bootstrap draws, B.

    Raises:
      ValueError: the effect is unknown or planted nowhere, a quantile out of range.
    """
    ratios = [
        recall_ratio(places, effect, count_at(quantile, places.typed))
        for places in replicates
    ]
    if not any(ratio.numerator.shape[2] for ratio in ratios):
        raise ValueError(f"effect: no {effect} unit is planted in any replicate")
    return estimate(ratios, key, unit=effect, draws=draws, bounds=SHARE)


def recall_table(
    replicates: Sequence[Places],
    columns: Sequence[tuple[str, str]],
    key: jax.Array,
    *,
    quantiles: Sequence[float] = RECALL_QUANTILES,
    ks: Sequence[int] = KS,
    draws: int = DRAWS,
) -> pd.DataFrame:
    """Recall of every score column, effect and cut.

    A GWAS is scored the same way: C = M = 1, columns `(("gwas", "none"),)`.

    Args:
      replicates: `Places` of each, of the same C score columns.
      columns: C pairs (method, noise).
      key: a JAX key.
      quantiles: each in [0, 1).
      ks: more cuts, at K columns; those that a quantile cuts at are not repeated.
      draws: bootstrap draws, B.

    Returns:
      Table `method noise effect quantile k value lower upper least greatest planted`:
      value is the mean over replicates and members, lower and upper its bootstrap
      interval (`resampling.estimate`: over replicates, members and planted units),
      least and greatest the range over members. An effect with nothing planted has no
      row; k is of the first replicate, `planted` counts units (pairs for
      "epistatic_pair") over all replicates.

    Raises:
      ValueError: no replicate, columns that do not fit, a cut out of range.
    """
    _check(replicates, columns)
    cuts = cuts_at(quantiles, ks, [places.typed for places in replicates])
    rows: list[dict] = []
    for effect in EFFECTS:
        planted = sum(len(units_of(p.units, effect)) for p in replicates)
        if not planted:
            continue
        ratios = [_ratios(replicates, effect, cut.ks) for cut in cuts]
        estimates = estimate_cuts(ratios, key, unit=effect, draws=draws, bounds=SHARE)
        for c, (method, noise) in enumerate(columns):
            name = {"method": method, "noise": noise, "effect": effect}
            for cut, one in zip(cuts, estimates, strict=True):
                where = {"quantile": cut.quantile, "k": cut.ks[0]}
                rows.append(name | where | summary(one, c) | {"planted": planted})
    table = pd.DataFrame(rows, columns=_TABLE_COLUMNS)
    order = {column: place for place, column in enumerate(columns)}
    place = [order[pair] for pair in zip(table["method"], table["noise"], strict=True)]
    return table.iloc[np.argsort(place, kind="stable")].reset_index(drop=True)


def _ratios(
    replicates: Sequence[Places], effect: str, ks: Sequence[int]
) -> list[Ratio]:
    return [recall_ratio(p, effect, k) for p, k in zip(replicates, ks, strict=True)]


def _check(replicates: Sequence[Places], columns: Sequence[tuple[str, str]]) -> None:
    found = [len(places.places) for places in replicates]
    if not found or set(found) != {len(columns)}:
        raise ValueError(
            f"replicates: {found} score columns; expected {len(columns)} in each, and "
            "one replicate at least"
        )
