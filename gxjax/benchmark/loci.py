"""Loci: top variants in LD with a better one are the same finding, and count once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gxjax.benchmark.ranking import ranks
from gxjax.benchmark.reach import entries, linked
from gxjax.types import Neighbours

__all__ = ["Loci", "clump_scores", "index_variants"]

# What so many rounds leave is a long chain, which goes faster one by one.
_ROUNDS = 16


class Loci(NamedTuple):
    """Loci, best first.

    Attributes:
      leads: int64 [L], the index variant of each locus, its best-scored column.
      locus: int32 [V], the number of each column's locus; -1 for none.
    """

    leads: np.ndarray
    locus: np.ndarray


def clump_scores(
    scores: np.ndarray,
    neighbours: Neighbours,
    *,
    top: int | None = None,
    r2: float = 0.5,
) -> Loci:
    """Clumps variants by score as PLINK's `--clump` does by p-value.

    From the best score down, a variant that no locus has yet begins one, and takes its
    neighbours in LD that no locus has yet. The window is that of `neighbours`. A locus
    is a list of correlated columns: two causal variants in LD are one locus, a causal
    haplotype tagged by uncorrelated variants several. So this can NOT count causes.

    Args:
      scores: float [V]; -inf for a variant that takes no part.
      neighbours: of the V columns.
      top: clump the top-scored so many columns only; None for all with a score. The
        loci of fewer are the first of the loci of more.
      r2: the least LD with the index variant, not below what `neighbours` holds.

    Returns:
      `Loci`.

    Raises:
      ValueError: sizes that differ, NaN scores, top or r2 out of range.

    References:
      Purcell et al., PLINK: a tool set for whole-genome association and
      population-based linkage analyses, AJHG 81:559-575 (2007),
      https://doi.org/10.1086/519795
    """
    scores = np.asarray(scores)
    if scores.shape != (len(neighbours.starts) - 1,):
        raise ValueError(
            f"scores: shape {scores.shape}; neighbours are of "
            f"{len(neighbours.starts) - 1} columns"
        )
    if not 0 < r2 <= 1:
        raise ValueError(f"r2: found {r2}; expected above 0, at most 1")
    scored = int((scores > -np.inf).sum())
    if top is not None and top < 1:
        raise ValueError(f"top: found {top}; expected at least 1")
    places = ranks(scores)
    k = scored if top is None else min(top, scored)
    strong = linked(neighbours, r2)
    columns, is_index = index_variants(places, k, strong)
    numbers = np.cumsum(is_index) - 1
    member, better = _better(places, columns, strong)
    open_ = is_index[better] & ~is_index[member]
    member, better = member[open_], better[open_]
    # The best index variant among its neighbours takes a variant.
    by_both = np.lexsort((better, member))
    member, better = member[by_both], better[by_both]
    taken, first = np.unique(member, return_index=True)
    locus = np.full(len(scores), -1, np.int32)
    locus[columns[is_index]] = numbers[is_index]
    locus[columns[taken]] = numbers[better[first]]
    return Loci(columns[is_index], locus)


def index_variants(
    places: np.ndarray, k: int, strong: Neighbours
) -> tuple[np.ndarray, np.ndarray]:
    """Which of the top k columns begin a locus.

    They are the lexicographically first maximal independent set of the graph of LD.
    Rounds decide many at once: who has no better undecided neighbour begins a locus,
    whose neighbours begin none.

    Args:
      places: integers [V], the rank of each column; at least k for those unranked.
      k: how many are clumped.
      strong: of the V columns, the neighbours in LD.

    Returns:
      int64 [k] the top columns, best first (fewer if fewer have a rank), and bool [k]
      whether each begins a locus.

    References:
      Blelloch, Fineman & Shun, Greedy sequential maximal independent set and matching
      are parallel on average, SPAA (2012), https://doi.org/10.1145/2312005.2312058
    """
    columns = _top(places, k)
    k = len(columns)
    worse, better = _better(places, columns, strong)
    claimed = np.zeros(k, bool)
    for _ in range(_ROUNDS):
        if not len(worse):
            return columns, ~claimed
        blocked = np.zeros(k, bool)
        blocked[worse] = True
        claimed[worse[~(blocked | claimed)[better]]] = True
        open_ = ~(claimed[worse] | claimed[better])
        worse, better = worse[open_], better[open_]
    is_index = (~claimed).tolist()
    for one, other in zip(worse.tolist(), better.tolist(), strict=True):
        # Edges are in order of the worse end, so the better end is settled.
        if is_index[other]:
            is_index[one] = False
    return columns, np.array(is_index, bool)


def _top(places: np.ndarray, k: int) -> np.ndarray:
    columns = np.flatnonzero(places < k)
    return columns[np.argsort(places[columns])]


def _better(
    places: np.ndarray, columns: np.ndarray, strong: Neighbours
) -> tuple[np.ndarray, np.ndarray]:
    """Edges from each of the top columns to its better neighbours, both as ranks.

    Args:
      places: integers [V].
      columns: int64 [k], best first.
      strong: `Neighbours`.

    Returns:
      Two integers [edges], the first ascending.
    """
    entry, worse = entries(strong.starts, columns)
    better = places[strong.columns[entry]]
    up = better < worse
    return worse[up], better[up]
