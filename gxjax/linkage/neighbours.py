"""Which variants are in LD with each variant: once, for whatever scores come."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array, csr_array

from gxjax.genotypes.bed_source import BedSource
from gxjax.genotypes.tables import HUMAN
from gxjax.linkage.correlation import window_r2
from gxjax.linkage.packed_source import PackedSource
from gxjax.linkage.window import Window
from gxjax.types import Genotypes, Neighbours, Progress, silent

__all__ = ["find_neighbours", "join_neighbours", "pad_neighbours"]


def find_neighbours(
    source: BedSource | Genotypes,
    window: Window,
    *,
    r2: float = 0.2,
    people: np.ndarray | None = None,
    chr_set: int = HUMAN,
    progress: Progress = silent,
) -> Neighbours:
    """The neighbours in LD of every variant, within a window on either side.

    r^2 is as of `window_r2`: the squared correlation of hard calls over people called
    at both. All of `people` count, those with parents among the samples, too. Take
    TRAIN people, and some thousands: without any LD r^2 is 1 / people on average, and
    time grows with people times variants times variants of a window.

    What it can NOT tell: LD beyond the window, LD in other people, and LD with variants
    that were not typed. A variant that does not vary has no neighbours.

    Args:
      source: V variants of N people, in files or packed (a matrix or a store).
      window: how far to look on either side.
      r2: the smallest wanted, above 0, at most 1.
      people: rows of the samples, increasing integers or bool [N]; None for all.
      chr_set: autosomes of the species.
      progress: called with variants done, V.

    Returns:
      `Neighbours`; beside it, while it is made, about three times its bytes are held.

    Raises:
      ValueError: r2 or people out of range, a chromosome lies in two places, or
        positions are not sorted (a window in kb).

    References:
      Chang et al., Second-generation PLINK, GigaScience 4:7 (2015),
      https://doi.org/10.1186/s13742-015-0047-8
    """
    if not 0 < r2 <= 1:
        raise ValueError(f"r2: found {r2}; expected above 0, at most 1")
    chosen = _people(people, len(source.samples))
    taken = (
        PackedSource(source, chosen)
        if isinstance(source, Genotypes)
        else source.select(people=chosen)
    )
    rows, columns, values = [], [], []
    blocks = window_r2(
        taken, window, nonfounders=True, chr_set=chr_set, progress=progress
    )
    for block in blocks:
        # NaN, where there is no r^2, is not at least anything.
        row, column = np.nonzero(block.r2 >= r2)
        rows.append((row + block.first_row).astype(np.int32))
        columns.append((column + block.first_column).astype(np.int32))
        values.append(block.r2[row, column].astype(np.float32))
    none = np.empty(0, np.int32)
    place = np.concatenate([none, *rows]), np.concatenate([none, *columns])
    count = len(source.variants)
    found = np.concatenate([none.astype(np.float32), *values])
    upper = coo_array((found, place), shape=(count, count)).tocsr()
    return _neighbours(upper + upper.T)


def pad_neighbours(neighbours: Neighbours, columns: int) -> Neighbours:
    """More columns behind those there are, without neighbours: spike-ins.

    Args:
      neighbours: of V variants.
      columns: of the result, at least V.

    Raises:
      ValueError: fewer columns than there are.
    """
    more = columns - (len(neighbours.starts) - 1)
    if more < 0:
        raise ValueError(
            f"columns: found {columns}; expected at least {columns - more}, as many as "
            "have neighbours"
        )
    starts = np.pad(neighbours.starts, (0, more), mode="edge")
    return neighbours._replace(starts=starts)


def join_neighbours(first: Neighbours, second: Neighbours) -> Neighbours:
    """The columns of one behind those of another, none of either in LD with the other.

    Decoys and knockoffs have the LD of their originals among themselves:
    `join_neighbours(neighbours, neighbours)`.
    """
    count = len(first.starts) - 1
    return Neighbours(
        np.concatenate([first.starts, first.starts[-1] + second.starts[1:]]),
        np.concatenate([first.columns, second.columns + np.int32(count)]),
        np.concatenate([first.r2, second.r2]),
    )


def _neighbours(matrix: csr_array) -> Neighbours:
    matrix.sort_indices()
    return Neighbours(
        matrix.indptr.astype(np.int64),
        matrix.indices.astype(np.int32, copy=False),
        matrix.data.astype(np.float32, copy=False),
    )


def _people(people: np.ndarray | None, total: int) -> np.ndarray:
    if people is None:
        return np.arange(total)
    found = np.asarray(people)
    if found.dtype == bool and found.shape == (total,):
        found = np.flatnonzero(found)
    if found.ndim != 1 or not found.size or found.dtype.kind not in "iu":
        raise ValueError(
            f"people: {found.dtype} {found.shape}; expected a mask of {total}, or "
            "increasing integers, and one at least"
        )
    if found[0] < 0 or found[-1] >= total or (np.diff(found) <= 0).any():
        raise ValueError(f"people: not increasing, or outside 0 to {total - 1}")
    return found.astype(np.int64)
