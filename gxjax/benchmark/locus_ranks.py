"""Rankings of loci: a variant in LD with a better one takes up no place of its own."""

from __future__ import annotations

import numpy as np

from gxjax.benchmark.loci import index_variants
from gxjax.benchmark.ranking import Ranking
from gxjax.benchmark.reach import linked
from gxjax.types import Neighbours, Progress, silent

__all__ = ["rank_loci"]


def rank_loci(
    ranking: Ranking,
    neighbours: Neighbours,
    *,
    k: int,
    r2: float = 0.5,
    progress: Progress = silent,
) -> Ranking:
    """Ranks the index variants of clumped loci, by score column and member.

    Among the top K variants a score that has one strong effect with many neighbours
    shows that effect many times and little else. Spike-ins have no neighbours and must
    compete with these tails, so recall at K punishes a score for being right about
    LD. Among the top K loci each effect takes one place. Give the result to
    `find_places`: a causal variant in LD with an index variant is found there.

    What it can NOT tell: a locus is a list of correlated columns; one causal haplotype
    may make several, and two causal variants in LD are one. A causal variant that is
    not typed is not found where its tags are in LD with a better variant that is not
    in LD with it.

    Args:
      ranking: of `rank_columns`, V columns.
      neighbours: of the V columns.
      k: how many loci get a rank, at most.
      r2: the least LD with an index variant.
      progress: called with rankings done, C M.

    Returns:
      `Ranking` of the same typed columns: 0 for the best index variant, V for variants
      that are none or come behind the k-th.

    Raises:
      ValueError: neighbours of other columns, k or r2 out of range.
    """
    count = ranking.ranks.shape[2]
    if len(neighbours.starts) - 1 != count:
        raise ValueError(
            f"neighbours: of {len(neighbours.starts) - 1} columns; the ranking has "
            f"{count}"
        )
    if not 0 < r2 <= 1 or k < 1:
        raise ValueError(
            f"k, r2: found {k}, {r2}; expected at least 1, and above 0, at most 1"
        )
    strong = linked(neighbours, r2)
    shape = ranking.ranks.shape[:2]
    found = np.full_like(ranking.ranks, count)
    for done, at in enumerate(np.ndindex(shape), start=1):
        leads = _leads(ranking.ranks[at], min(k, ranking.typed), strong, ranking.typed)
        found[at][leads] = np.arange(len(leads))
        progress(done, shape[0] * shape[1], "loci")
    return Ranking(found, ranking.typed)


def _leads(places: np.ndarray, k: int, strong: Neighbours, typed: int) -> np.ndarray:
    """Columns of the first k index variants, best first; fewer if there are fewer."""
    clumped = k
    while True:
        clumped = min(2 * clumped, typed)
        columns, is_index = index_variants(places, clumped, strong)
        # The loci of fewer columns are the first of the loci of more.
        if clumped == typed or is_index.sum() >= k:
            return columns[is_index][:k]
