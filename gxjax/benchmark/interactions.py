"""Recall of planted pairs by a score of pairs: does it find the interaction itself?"""

from __future__ import annotations

from collections.abc import Sequence

import jax
import numpy as np
import pandas as pd

from gxjax.benchmark.cuts import cuts_at, estimate_cuts, summary
from gxjax.benchmark.places import Places, planted_units, units_of
from gxjax.benchmark.ranking import scored_ranks
from gxjax.benchmark.reach import find_reach
from gxjax.benchmark.recall import recall_ratio
from gxjax.benchmark.resampling import DRAWS, SHARE
from gxjax.types import Neighbours, Progress, Truth, silent

__all__ = ["INTERACTION_KS", "find_pairs", "interaction_table"]

INTERACTION_KS = (10, 25, 50, 100, 200, 500, 1000)

_EFFECT = "epistatic_pair"
_TABLE_COLUMNS = [
    *("score", "effect", "quantile", "k", "value", "lower", "upper", "planted"),
]


def find_pairs(
    pairs: np.ndarray,
    scores: np.ndarray,
    truth: Truth,
    *,
    neighbours: Neighbours | None = None,
    r2: float = 0.5,
    variants: pd.DataFrame | None = None,
    window_kb: float = 0.0,
    progress: Progress = silent,
) -> Places:
    """The rank among scored pairs at which each planted pair is found.

    A scored pair finds a planted one where one member is, tags or lies near the one
    planted variant, and the other member the other. A planted pair that no scored pair
    finds has no place, and is never found: choosing candidate pairs is part of a
    method. A pair of neighbours in LD of ONE planted variant finds nothing.

    Args:
      pairs: integers [P, 2], column numbers of the candidates, each pair once.
      scores: float [C, M, P], larger is more important; -inf for a pair without one.
      truth: of the V columns.
      neighbours, r2, variants, window_kb: as of `find_places`.
      progress: called with planted pairs looked for.

    Returns:
      `Places` of the epistatic pairs among P candidates.

    Raises:
      ValueError: no candidate, shapes that do not fit, a column out of range, a pair of
        a column with itself, a NaN score.
    """
    pairs = _checked(np.asarray(pairs), np.asarray(scores), len(truth.kind))
    units = planted_units(truth)
    units = units.iloc[units_of(units, _EFFECT)].reset_index(drop=True)
    planted = np.array(list(units["columns"]), np.int64).reshape(-1, 2)
    reach = find_reach(
        planted.ravel(),
        truth,
        neighbours,
        r2=r2,
        variants=variants,
        window_kb=window_kb,
    )
    places = np.empty(np.shape(scores), np.int32)
    for at in np.ndindex(places.shape[:2]):
        places[at] = scored_ranks(np.asarray(scores)[at])
    found = np.full((*places.shape[:2], len(planted)), len(pairs), np.int32)
    for unit in range(len(planted)):
        near = np.zeros((2, len(truth.kind)), bool)
        for side in range(2):
            start, stop = reach.starts[2 * unit + side : 2 * unit + side + 2]
            near[side, reach.columns[start:stop]] = True
        one, other = near[:, pairs[:, 0]], near[:, pairs[:, 1]]
        finds = np.flatnonzero((one[0] & other[1]) | (one[1] & other[0]))
        if len(finds):
            found[:, :, unit] = places[:, :, finds].min(axis=2)
        progress(unit + 1, len(planted), "pairs")
    return Places(units, found, len(pairs))


def interaction_table(
    replicates: Sequence[Places],
    names: Sequence[str],
    key: jax.Array,
    *,
    ks: Sequence[int] = INTERACTION_KS,
    draws: int = DRAWS,
) -> pd.DataFrame:
    """The share of planted pairs among the top-scored K pairs.

    A random score has about K / P, times the scored pairs that find a planted one. It
    can NOT tell whether the score is of the right size or sign, and a score that is
    large for any two strong variants finds pairs without an interaction having been
    learnt: give the product of the main scores as a row of its own.

    Args:
      replicates: `Places` of `find_pairs`, of the same C score columns.
      names: of the C scores.
      key: a JAX key.
      ks: cuts, at K pairs; those above the number of candidates are left out.
      draws: bootstrap draws, B.

    Returns:
      Table `score effect quantile k value lower upper planted`, no row where no pair is
      planted; intervals as of `recall_table`, over planted pairs.

    Raises:
      ValueError: no replicate, names that do not fit, a K out of range.
    """
    found = [len(places.places) for places in replicates]
    if not found or set(found) != {len(names)}:
        raise ValueError(
            f"replicates: {found} scores; expected {len(names)} in each, and one "
            "replicate at least"
        )
    planted = sum(len(places.units) for places in replicates)
    cuts = cuts_at((), ks, [places.typed for places in replicates])
    if not planted:
        return pd.DataFrame(columns=_TABLE_COLUMNS)
    ratios = [
        [
            recall_ratio(places, _EFFECT, k)
            for places, k in zip(replicates, cut.ks, strict=True)
        ]
        for cut in cuts
    ]
    estimates = estimate_cuts(ratios, key, draws=draws, bounds=SHARE)
    rows: list[tuple] = []
    for c, name in enumerate(names):
        for cut, one in zip(cuts, estimates, strict=True):
            figures = summary(one, c)
            shown = (figures[each] for each in ("value", "lower", "upper"))
            rows.append((name, _EFFECT, cut.quantile, cut.ks[0], *shown, planted))
    return pd.DataFrame(rows, columns=_TABLE_COLUMNS)


def _checked(pairs: np.ndarray, scores: np.ndarray, count: int) -> np.ndarray:
    if pairs.ndim != 2 or pairs.shape[1:] != (2,) or not len(pairs):
        raise ValueError(f"pairs: shape {pairs.shape}; expected [P, 2], one at least")
    if pairs.min() < 0 or pairs.max() >= count or (pairs[:, 0] == pairs[:, 1]).any():
        raise ValueError(
            f"pairs: found {pairs.min()} to {pairs.max()}; expected two different "
            f"columns of 0 to {count - 1} each"
        )
    if scores.ndim != 3 or scores.shape[2] != len(pairs):
        raise ValueError(
            f"scores: shape {scores.shape}; expected [scores, members, {len(pairs)}]"
        )
    return pairs
