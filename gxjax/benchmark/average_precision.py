"""Average precision: how pure the list is down to each planted effect that it finds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import jax
import numpy as np
import pandas as pd

from gxjax.benchmark.cuts import SUMMARY, summary
from gxjax.benchmark.estimates import Estimate
from gxjax.benchmark.locus_precision import causal_columns
from gxjax.benchmark.places import EFFECTS, Places, units_of
from gxjax.benchmark.ranking import Ranking
from gxjax.benchmark.reach import find_reach
from gxjax.benchmark.resampling import DRAWS, SHARE, Ratio, estimate
from gxjax.types import Neighbours, Truth

__all__ = [
    "FalseAbove",
    "average_precision_estimate",
    "average_precision_table",
    "count_false",
]

_EFFECTS = [effect for effect in EFFECTS if effect != "gwas_significant"]


class FalseAbove(NamedTuple):
    """How many wrong columns are ranked above each planted unit of one replicate.

    Attributes:
      places: `Places` of U units.
      false: int32 [C, M, U].
      negatives: how many wrong columns there are.
    """

    places: Places
    false: np.ndarray
    negatives: int


def count_false(
    ranking: Ranking,
    places: Places,
    truth: Truth,
    *,
    neighbours: Neighbours | None = None,
    r2: float = 0.5,
    variants: pd.DataFrame | None = None,
    window_kb: float = 0.0,
) -> FalseAbove:
    """Counts the wrong columns above the place at which each unit is found.

    Wrong is a typed column without an effect of its own that neither tags nor lies near
    one with an effect, planted or polygenic. What tags a causal variant is neither
    right a second time nor wrong. Of spike-ins among real variants, the real ones count
    as wrong, though some have an effect: figures of columns can be compared all the
    same.

    Args:
      ranking: of `rank_columns`, V columns.
      places: of `find_places`, with the same neighbours, r2 and window.
      truth: of the V columns.
      neighbours, r2, variants, window_kb: as of `find_places`.

    Raises:
      ValueError: sizes that do not fit, r2 or window out of range.
    """
    shape = ranking.ranks.shape[:2]
    if shape != places.places.shape[:2] or ranking.typed != places.typed:
        raise ValueError(
            f"places: of {places.places.shape[:2]} score columns and members; the "
            f"ranking has {shape}: give the places of this ranking"
        )
    reach = find_reach(
        causal_columns(truth),
        truth,
        neighbours,
        r2=r2,
        variants=variants,
        window_kb=window_kb,
    )
    right = np.unique(reach.columns)
    if truth.typed is not None:
        right = right[truth.typed[right]]
    false = np.empty(places.places.shape, np.int32)
    for at in np.ndindex(shape):
        above = np.minimum(places.places[at], ranking.typed)
        taken = np.sort(ranking.ranks[at][right])
        false[at] = above - np.searchsorted(taken, above)
    return FalseAbove(places, false, ranking.typed - len(right))


def average_precision_estimate(
    replicates: Sequence[FalseAbove],
    effect: str,
    key: jax.Array,
    *,
    draws: int = DRAWS,
) -> Estimate:
    """Average precision of an effect, with the draws that comparisons need.

    Args:
      replicates: `FalseAbove` of each, of the same C score columns.
      effect: of `EFFECTS`; replicates without it are left out.
      key: a JAX key; that of `average_precision_table` for the same interval.
      draws: bootstrap draws, B.

    Raises:
      ValueError: the effect is unknown or planted nowhere.
    """
    ratios = [_ratios(counts, effect)[0] for counts in replicates]
    if not any(ratio.numerator.shape[2] for ratio in ratios):
        raise ValueError(f"effect: no {effect} unit is planted in any replicate")
    return estimate(ratios, key, unit=effect, draws=draws, bounds=SHARE)


def average_precision_table(
    replicates: Sequence[FalseAbove],
    columns: Sequence[tuple[str, str]],
    key: jax.Array,
    *,
    draws: int = DRAWS,
) -> pd.DataFrame:
    """Average precision of every score column and effect, over all cuts at once.

    At the place of each planted unit of an effect, precision is the share of the units
    found so far among them and the wrong columns above; the mean over units is the
    average precision, a sum over steps of recall. `auprc` is the area under the curve
    that joins all adjacent cuts by straight lines: a little less, for its steps begin
    at the precision before a unit is found. A unit that can not be found counts 0.
    Units of other effects are neither right nor wrong.

    It weighs the top most: two lists with the same average precision may differ much at
    the cut that you use. And it falls as negatives grow: compare within one data set,
    and with `chance`. Intervals hold the precision at each unit's place fixed.

    Args:
      replicates: `FalseAbove` of each, of the same C score columns.
      columns: C pairs (method, noise).
      key: a JAX key.
      draws: bootstrap draws, B.

    Returns:
      Table `method noise effect value lower upper least greatest planted chance auprc`;
      chance is positives / (positives + negatives), of a random score without LD.

    Raises:
      ValueError: no replicate, or columns that do not fit.

    References:
      Davis & Goadrich, The relationship between Precision-Recall and ROC curves, ICML
      (2006), https://doi.org/10.1145/1143844.1143874
    """
    found = [len(counts.false) for counts in replicates]
    if not found or set(found) != {len(columns)}:
        raise ValueError(
            f"replicates: {found} score columns; expected {len(columns)} in each, and "
            "one replicate at least"
        )
    rows: list[dict] = []
    for effect in _EFFECTS:
        pairs = [_ratios(counts, effect) for counts in replicates]
        planted = [pair[0].numerator.shape[2] for pair in pairs]
        if not any(planted):
            continue
        one = estimate(
            [pair[0] for pair in pairs],
            key,
            unit=effect,
            draws=draws,
            bounds=SHARE,
        )
        areas = [pair[1].numerator.mean(axis=(1, 2)) for pair in pairs if _units(pair)]
        chance = [
            n / (n + counts.negatives)
            for n, counts in zip(planted, replicates, strict=True)
            if n
        ]
        more = {"planted": sum(planted), "chance": float(np.mean(chance))}
        for c, (method, noise) in enumerate(columns):
            name = {"method": method, "noise": noise, "effect": effect}
            area = {"auprc": float(np.mean([area[c] for area in areas]))}
            rows.append(name | summary(one, c) | more | area)
    names = ["method", "noise", "effect", *SUMMARY, "planted", "chance", "auprc"]
    return pd.DataFrame(rows, columns=names)


def _ratios(counts: FalseAbove, effect: str) -> tuple[Ratio, Ratio]:
    """Precision at each unit's place, and its mean over the step that leads there."""
    wanted = units_of(counts.places.units, effect)
    places = counts.places.places[:, :, wanted]
    false = counts.false[:, :, wanted]
    found = places < counts.places.typed
    at, before = np.zeros(places.shape, np.float32), np.zeros(places.shape, np.float32)
    for here in np.ndindex(places.shape[:2]):
        ordered = np.sort(places[here])
        up_to = np.searchsorted(ordered, places[here], side="right")
        until = np.searchsorted(ordered, places[here], side="left")
        at[here] = up_to / (up_to + false[here])
        # Of an empty list precision is 1; of one that holds wrong columns only, 0.
        listed = until + false[here]
        before[here] = np.where(listed > 0, until / np.maximum(listed, 1), 1)
    at, before = at * found, before * found
    ones = np.ones((1, 1, len(wanted)), np.float32)
    return Ratio(at, ones), Ratio((at + before) / 2, ones)


def _units(pair: tuple[Ratio, Ratio]) -> int:
    return pair[0].numerator.shape[2]
