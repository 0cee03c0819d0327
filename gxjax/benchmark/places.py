"""At which place of a ranking each planted effect is found, LD taken into account."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from gxjax.benchmark.ranking import Ranking
from gxjax.benchmark.reach import find_reach
from gxjax.types import KINDS, PLANTED_KINDS, Neighbours, Truth

__all__ = [
    "EFFECTS",
    "PLANTED_KINDS",
    "Places",
    "find_places",
    "planted_units",
    "units_of",
]

EFFECTS: dict[str, tuple[str, ...]] = {
    **{kind: (kind,) for kind in PLANTED_KINDS[:4]},
    "epistatic_pair": ("epistatic_pair",),
    "three_way": ("three_way",),
    "three_way_group": ("three_way_group",),
    "gene_by_sex": ("gene_by_sex",),
    "nonadditive": PLANTED_KINDS[1:],
    "all": PLANTED_KINDS,
    "gwas_significant": ("gwas_significant",),
}
"""The effects of all tables, in their order, and the units that each of them counts."""

_GROUPS = {"epistatic_pair": ("epistatic", 2), "three_way_group": ("three_way", 3)}


class Places(NamedTuple):
    """Where the planted units of one replicate are found, per score column and member.

    Attributes:
      units: table of U rows `effect columns`; columns is a tuple of one column number,
        of two (a pair) or of three (a triple).
      places: int32 [C, M, U], 0 the top; V where a unit can not be found.
      typed: how many columns are ranked.
    """

    units: pd.DataFrame
    places: np.ndarray
    typed: int


def find_places(
    ranking: Ranking,
    truth: Truth,
    *,
    neighbours: Neighbours | None = None,
    r2: float = 0.5,
    variants: pd.DataFrame | None = None,
    window_kb: float = 0.0,
    significant: np.ndarray | None = None,
) -> Places:
    """The rank at which every planted variant, pair and triple is found.

    A variant is found by itself, by any typed column that is in LD with it or within a
    window: the best rank among them counts. A pair or triple is found where the last
    of its members is; they may well be found without the network having learnt their
    product. Without neighbours and window, only the planted columns themselves count,
    as in the published benchmark.

    What it can NOT tell: chance. A variant with 20 neighbours has 21 tickets, so the
    more LD, the more a random score finds; compare with the rows of `random` scores.
    Nor does it tell whether a network "meant" the causal variant or its neighbour.

    Args:
      ranking: of `rank_columns`, V columns.
      truth: of the V columns.
      neighbours: of the V columns; None: none are in LD.
      r2: the least that counts as found.
      variants: table of V rows with CHROM and POS, needed for a window.
      window_kb: kilobases that count as found; 0 for none.
      significant: bool [V], columns that a GWAS calls, as units "gwas_significant":
        agreement with the GWAS, found by themselves only.

    Returns:
      `Places`.

    Raises:
      ValueError: sizes that do not fit, r2 or window out of range.
    """
    count = ranking.ranks.shape[2]
    if count != len(truth.kind):
        raise ValueError(f"ranking: {count} columns; the truth has {len(truth.kind)}")
    units = planted_units(truth)
    causal = np.unique(_flat(units)).astype(np.int64)
    reach = find_reach(
        causal, truth, neighbours, r2=r2, variants=variants, window_kb=window_kb
    )
    best = _least(ranking.ranks[:, :, reach.columns], reach.starts)
    members = np.searchsorted(causal, _flat(units))
    sizes = np.array([len(columns) for columns in units["columns"]], np.int64)
    starts = np.concatenate([[0], np.cumsum(sizes)])
    # The least of the negatives is the greatest place.
    places = -_least(-best[:, :, members], starts)
    if significant is not None:
        if np.shape(significant) != (count,):
            raise ValueError(
                f"significant: shape {np.shape(significant)}; expected ({count},)"
            )
        called = np.flatnonzero(significant)
        more = _units({"gwas_significant": called[:, None]})
        units = pd.concat([units, more], ignore_index=True)
        places = np.concatenate([places, ranking.ranks[:, :, called]], axis=2)
    return Places(units, places, ranking.typed)


def planted_units(truth: Truth) -> pd.DataFrame:
    """Table `effect columns` of the planted variants, pairs and triples of a truth."""
    found = {
        kind: np.flatnonzero(truth.kind == KINDS.index(kind))[:, None]
        for kind in PLANTED_KINDS
    }
    for effect, (kind, size) in _GROUPS.items():
        chain = [found[kind][:, 0]]
        for _ in range(size - 1):
            chain.append(truth.partner[chain[-1]])
        groups = np.stack(chain, axis=1)
        # Partners go round: each group begins once at its least column.
        found[effect] = groups[groups[:, 0] == groups.min(axis=1)]
    return _units(found)


def units_of(units: pd.DataFrame, effect: str) -> np.ndarray:
    """Rows of `units` that count for an effect.

    Raises:
      ValueError: an unknown effect.
    """
    if effect not in EFFECTS:
        raise ValueError(
            f"effect: found {effect!r}; expected one of {', '.join(EFFECTS)}"
        )
    return np.flatnonzero(units["effect"].isin(EFFECTS[effect]))


def _units(columns: dict[str, np.ndarray]) -> pd.DataFrame:
    """The table of units, from integers [units, 1 to 3] per effect."""
    effects = [effect for effect, rows in columns.items() for _ in rows]
    tuples = [tuple(row) for rows in columns.values() for row in rows.tolist()]
    kept = pd.Series(tuples, dtype=object)
    return pd.DataFrame({"effect": pd.Series(effects, dtype=object), "columns": kept})


def _flat(units: pd.DataFrame) -> np.ndarray:
    return np.array([c for columns in units["columns"] for c in columns], np.int64)


def _least(values: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """[C, M, U]: the least of each run of [C, M, E]; no run is empty."""
    if len(starts) == 1:
        return np.empty((*values.shape[:2], 0), values.dtype)
    return np.minimum.reduceat(values, starts[:-1], axis=2)
