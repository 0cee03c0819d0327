"""Real and null columns among the top-scored: what precision is made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from gxjax.benchmark.blocks import BLOCKS, count_above, genome_blocks
from gxjax.benchmark.loci import index_variants
from gxjax.benchmark.ranking import Ranking, count_at
from gxjax.benchmark.reach import is_of_kind, linked
from gxjax.types import Neighbours, Progress, Truth, silent

__all__ = ["PRECISION_QUANTILES", "NullCounts", "count_nulls"]

PRECISION_QUANTILES = (0.80, 0.90, 0.95, 0.97, 0.98, 0.99)


class NullCounts(NamedTuple):
    """Real and null columns among the top of one replicate, by block of the genome.

    Attributes:
      real: float32 [Q, C, M, blocks], real columns (or loci of real columns).
      nulls: float32 [Q, C, M, blocks], decoys or knockoffs likewise.
      quantiles: Q cuts.
      ks: how many columns are above each.
      null: "permuted" (decoys) or "knockoff".
      counted: "variant", or "locus": each clumped locus once.
    """

    real: np.ndarray
    nulls: np.ndarray
    quantiles: tuple[float, ...]
    ks: tuple[int, ...]
    null: Literal["permuted", "knockoff"]
    counted: Literal["variant", "locus"]


def count_nulls(
    ranking: Ranking,
    truth: Truth,
    *,
    quantiles: Sequence[float] = PRECISION_QUANTILES,
    neighbours: Neighbours | None = None,
    r2: float = 0.5,
    blocks: int = BLOCKS,
    progress: Progress = silent,
) -> NullCounts:
    """Counts real and null columns among the top, of every score column and member.

    With neighbours each clumped locus counts once, where its index variant is: real, or
    null. Loci of a smaller K are the first of those of a larger one.

    Args:
      ranking: of `rank_columns`, V columns.
      truth: of the V columns; with decoys, or with knockoffs.
      quantiles: each in [0, 1).
      neighbours: of the V columns, nulls in LD among themselves as their originals are
        (`gxjax.linkage.join_neighbours`); None to count variants.
      r2: the least LD with an index variant.
      blocks: how many blocks of the genome, the units of the bootstrap.
      progress: called with rankings done, C M.

    Raises:
      ValueError: no null column, or both kinds; sizes that differ; a quantile out of
        range.
    """
    null = _null_of(truth)
    kinds: tuple[str, ...] = ("knockoff",) if null == "knockoff" else ("decoy",)
    if ranking.ranks.shape[2] != len(truth.kind):
        raise ValueError(
            f"ranking: {ranking.ranks.shape[2]} columns; the truth has "
            f"{len(truth.kind)}"
        )
    ks = tuple(count_at(quantile, ranking.typed) for quantile in quantiles)
    labels = 2 * genome_blocks(truth, blocks) + is_of_kind(truth, kinds)
    strong = None if neighbours is None else linked(neighbours, r2)
    shape = ranking.ranks.shape[:2]
    found = np.empty((len(ks), *shape, blocks, 2), np.float32)
    for done, at in enumerate(np.ndindex(shape), start=1):
        places = ranking.ranks[at]
        if strong is None:
            columns = np.flatnonzero(places < max(ks))
        else:
            ordered, is_index = index_variants(places, max(ks), strong)
            columns = ordered[is_index]
        counts = count_above(places[columns], labels[columns], 2 * blocks, ks)
        found[(slice(None), *at)] = counts.reshape(len(ks), blocks, 2)
        progress(done, shape[0] * shape[1], "precision")
    counted: Literal["variant", "locus"] = "variant" if strong is None else "locus"
    real, nulls = found[..., 0], found[..., 1]
    return NullCounts(real, nulls, tuple(quantiles), ks, null, counted)


def _null_of(truth: Truth) -> Literal["permuted", "knockoff"]:
    permuted, knockoff = (is_of_kind(truth, (k,)).any() for k in ("decoy", "knockoff"))
    if permuted == knockoff:
        found = "decoys and knockoffs" if permuted else "no decoy and no knockoff"
        raise ValueError(
            f"truth: {found} among its columns; expected one of them: give the decoy "
            "or the knockoff arm's"
        )
    return "knockoff" if knockoff else "permuted"
