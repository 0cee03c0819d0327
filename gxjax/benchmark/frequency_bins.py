"""Recall by minor allele frequency: rare causes are missed first."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import jax
import numpy as np
import pandas as pd

from gxjax.benchmark.cuts import cuts_at, estimate_cuts, summary
from gxjax.benchmark.places import EFFECTS, Places, units_of
from gxjax.benchmark.resampling import DRAWS, SHARE, Ratio

__all__ = ["FREQUENCY_EDGES", "FREQUENCY_QUANTILES", "frequency_table"]

FREQUENCY_EDGES = (0.0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5)
"""Edges of bins of minor allele frequency; the last bin holds its upper edge."""

FREQUENCY_QUANTILES = (0.95, 0.98, 0.99)

_GROUPS = ("epistatic_pair", "three_way_group", "gwas_significant")
_TABLE_COLUMNS = [
    *("method", "noise", "effect", "maf_low", "maf_high", "quantile"),
    *("value", "lower", "upper", "planted"),
]


def frequency_table(
    replicates: Sequence[Places],
    columns: Sequence[tuple[str, str]],
    maf: Sequence[np.ndarray],
    key: jax.Array,
    *,
    edges: Sequence[float] = FREQUENCY_EDGES,
    quantiles: Sequence[float] = FREQUENCY_QUANTILES,
    draws: int = DRAWS,
) -> pd.DataFrame:
    """Recall of every score column and effect among planted variants alike in MAF.

    A difference between bins is no effect of frequency alone: planted effect sizes may
    differ with it, and a score may follow frequency whatever the phenotype.

    Args:
      replicates: `Places` of each, of the same C score columns.
      columns: C pairs (method, noise).
      maf: per replicate float [V], minor allele frequency in TRAIN, 0 to 0.5.
      key: a JAX key.
      edges: ascending, in [0, 0.5]; a bin holds its lower edge, the last both.
      quantiles: each in [0, 1).
      draws: bootstrap draws, B.

    Returns:
      Table `method noise effect maf_low maf_high quantile value lower upper planted` of
      the bins that hold a planted variant; pairs and triples are left out. Intervals as
      of `recall_table`.

    Raises:
      ValueError: no replicate, columns or maf that do not fit, edges that are not
        ascending.
    """
    _check(replicates, columns, maf, edges)
    cuts = cuts_at(quantiles, (), [places.typed for places in replicates])
    rows: list[tuple] = []
    effects = [effect for effect in EFFECTS if effect not in _GROUPS]
    bins = list(itertools.pairwise(edges))
    for effect, (number, bin_) in itertools.product(effects, enumerate(bins)):
        units = [
            _units_in(places, effect, of, bin_, edges[-1])
            for places, of in zip(replicates, maf, strict=True)
        ]
        planted = sum(map(len, units))
        if not planted:
            continue
        ratios = [_ratios(replicates, units, cut.ks) for cut in cuts]
        unit = f"{effect}/bin/{number}"
        estimates = estimate_cuts(ratios, key, unit=unit, draws=draws, bounds=SHARE)
        for c, (method, noise) in enumerate(columns):
            for cut, one in zip(cuts, estimates, strict=True):
                figures = summary(one, c)
                shown = (figures[name] for name in ("value", "lower", "upper"))
                name = (method, noise, effect, *bin_, cut.quantile)
                rows.append((*name, *shown, planted))
    return pd.DataFrame(rows, columns=_TABLE_COLUMNS)


def _units_in(
    places: Places,
    effect: str,
    maf: np.ndarray,
    bin_: tuple[float, float],
    last: float,
) -> np.ndarray:
    """Rows of the units of an effect whose variant's MAF lies in a bin."""
    rows = units_of(places.units, effect)
    column = np.array([c for (c,) in places.units["columns"].iloc[rows]], np.int64)
    low, high = bin_
    found = maf[column]
    inside = (found >= low) & ((found < high) | ((high == last) & (found == last)))
    return rows[inside]


def _ratios(
    replicates: Sequence[Places], units: Sequence[np.ndarray], ks: Sequence[int]
) -> list[Ratio]:
    found = []
    for places, rows, k in zip(replicates, units, ks, strict=True):
        hit = (places.places[:, :, rows] < k).astype(np.float32)
        found.append(Ratio(hit, np.ones((1, 1, len(rows)), np.float32)))
    return found


def _check(
    replicates: Sequence[Places],
    columns: Sequence[tuple[str, str]],
    maf: Sequence[np.ndarray],
    edges: Sequence[float],
) -> None:
    found = [len(places.places) for places in replicates]
    if not found or set(found) != {len(columns)} or len(maf) != len(found):
        raise ValueError(
            f"replicates: {found} score columns, and {len(maf)} maf; expected "
            f"{len(columns)} in each replicate, and a maf for each"
        )
    if len(edges) < 2 or (np.diff(edges) <= 0).any():
        raise ValueError(f"edges: found {list(edges)}; expected two or more, ascending")
