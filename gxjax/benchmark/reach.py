"""Which columns count as having found a causal one: itself, those in LD, those near."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from gxjax.types import KINDS, Neighbours, Truth

__all__ = ["NULL_KINDS", "Reach", "entries", "find_reach", "is_of_kind", "linked"]

NULL_KINDS = ("decoy", "knockoff")

# Above any position of a genome.
_CHROMOSOME = 1 << 40


class Reach(NamedTuple):
    """The columns that find each of U causal columns.

    Attributes:
      starts: int64 [U + 1]; those of column u are entries starts[u] to starts[u + 1].
      columns: int32 [E]; the first of each is the causal column itself.
    """

    starts: np.ndarray
    columns: np.ndarray


def find_reach(
    causal: np.ndarray,
    truth: Truth,
    neighbours: Neighbours | None = None,
    *,
    r2: float = 0.5,
    variants: pd.DataFrame | None = None,
    window_kb: float = 0.0,
) -> Reach:
    """Columns that are, tag or lie near each of some causal columns.

    A decoy or knockoff finds nothing, whatever its position. A column without CHROM has
    no place, so no window, and lies in none; nor has a chromosome of planted columns
    alone, whose positions mean nothing. Where spike-ins share the name of a chromosome
    with real variants, nothing else can tell them: give `Arm.mapped`.

    Args:
      causal: integers [U], column numbers.
      truth: of the V columns.
      neighbours: of the V columns; None: LD finds nothing.
      r2: the least that counts, above 0; not below what `neighbours` holds.
      variants: table of V rows with CHROM, which may be missing, and POS; needed for a
        window. Of an arm, `Arm.mapped`.
      window_kb: columns at most so many kilobases away on the same chromosome count
        too, in LD or not; 0 for none.

    Raises:
      ValueError: r2 or window out of range, sizes that differ, a window without
        positions.
    """
    _check(truth, neighbours, r2, variants, window_kb)
    causal = np.asarray(causal, np.int64)
    owners, found = [np.arange(len(causal))], [causal]
    if neighbours is not None:
        entry, owner = entries(neighbours.starts, causal)
        strong = neighbours.r2[entry] >= r2
        owners.append(owner[strong])
        found.append(neighbours.columns[entry[strong]].astype(np.int64))
    if window_kb > 0 and variants is not None:
        near, owner = _near(causal, truth, variants, window_kb)
        owners.append(owner)
        found.append(near)
    column, owner = np.concatenate(found), np.concatenate(owners)
    kept = ~is_of_kind(truth, NULL_KINDS)[column]
    # A stable sort leaves the causal column first.
    column, owner = column[kept], owner[kept]
    by_owner = np.argsort(owner, kind="stable")
    starts = np.searchsorted(owner[by_owner], np.arange(len(causal) + 1))
    return Reach(starts, column[by_owner].astype(np.int32))


def linked(neighbours: Neighbours, r2: float) -> Neighbours:
    """Only the neighbours with an r^2 of at least `r2`."""
    strong = neighbours.r2 >= r2
    if strong.all():
        return neighbours
    before = np.concatenate([[0], np.cumsum(strong)])
    return Neighbours(
        before[neighbours.starts], neighbours.columns[strong], neighbours.r2[strong]
    )


def entries(starts: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Entries of some rows of a sparse matrix, and the place of each one's row."""
    sizes = starts[rows + 1] - starts[rows]
    first = np.cumsum(sizes) - sizes
    owner = np.repeat(np.arange(len(rows)), sizes)
    return np.arange(len(owner)) + (starts[rows] - first)[owner], owner


def is_of_kind(truth: Truth, kinds: tuple[str, ...]) -> np.ndarray:
    """bool [V]: which columns are of some of `KINDS`."""
    return np.isin(truth.kind, [KINDS.index(kind) for kind in kinds])


def _near(
    causal: np.ndarray, truth: Truth, variants: pd.DataFrame, window_kb: float
) -> tuple[np.ndarray, np.ndarray]:
    """Columns within the window of each causal one, and its place in `causal`."""
    found, names = pd.factorize(variants["CHROM"])
    placed = found >= 0
    chromosome = np.where(placed, found, len(names))
    place = chromosome * _CHROMOSOME + variants["POS"].to_numpy(np.int64)
    order = np.argsort(place, kind="stable")
    is_real = is_of_kind(truth, ("real", "polygenic")) & placed
    known = np.bincount(chromosome, is_real, len(names) + 1)[chromosome[causal]] > 0
    reach = np.where(known, int(window_kb * 1000), -1)
    low = np.searchsorted(place[order], place[causal] - reach, side="left")
    high = np.searchsorted(place[order], place[causal] + reach, side="right")
    sizes = np.maximum(high - low, 0)
    owner = np.repeat(np.arange(len(causal)), sizes)
    first = np.cumsum(sizes) - sizes
    return order[np.arange(len(owner)) + (low - first)[owner]], owner


def _check(
    truth: Truth,
    neighbours: Neighbours | None,
    r2: float,
    variants: pd.DataFrame | None,
    window_kb: float,
) -> None:
    count = len(truth.kind)
    if not 0 < r2 <= 1:
        raise ValueError(f"r2: found {r2}; expected above 0, at most 1")
    if not 0 <= window_kb < np.inf:
        raise ValueError(f"window_kb: found {window_kb}; expected 0 or more kilobases")
    if neighbours is not None and len(neighbours.starts) != count + 1:
        raise ValueError(
            f"neighbours: of {len(neighbours.starts) - 1} columns; the truth has "
            f"{count}. Pad or join them (gxjax.linkage.pad_neighbours, join_neighbours)"
        )
    if window_kb > 0 and (variants is None or len(variants) != count):
        found = "none" if variants is None else f"{len(variants)} rows"
        raise ValueError(
            f"variants: {found}; expected CHROM and POS of {count} columns, which "
            f"window_kb={window_kb:g} needs"
        )
