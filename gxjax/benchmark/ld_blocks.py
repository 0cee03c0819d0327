"""Blocks of LD: stretches of the genome that no strong correlation crosses."""

from __future__ import annotations

import numpy as np

from gxjax.types import Neighbours

__all__ = ["ld_blocks"]


def ld_blocks(neighbours: Neighbours, r2: float = 0.5) -> np.ndarray:
    """Cuts the columns wherever no pair with LD of `r2` or more lies across.

    The blocks depend on genotypes only, never on scores, so that tests of loci stay
    valid. They are connected stretches: a chain of pairs makes one block of variants
    that are not in LD with each other, and a low `r2` may make one block of a
    chromosome.

    Args:
      neighbours: of V columns, in the order of the genome.
      r2: above 0, at most 1; pairs below it do not bind.

    Returns:
      int64 [V], 0 to L - 1, ascending.

    Raises:
      ValueError: r2 out of range.
    """
    if not 0 < r2 <= 1:
        raise ValueError(f"r2: found {r2}; expected above 0, at most 1")
    count = len(neighbours.starts) - 1
    if count == 0:
        return np.zeros(0, np.int64)
    rows = np.repeat(np.arange(count), np.diff(neighbours.starts))
    bound = neighbours.r2 >= r2
    reach = np.arange(count)
    np.maximum.at(reach, rows[bound], neighbours.columns[bound].astype(np.int64))
    furthest = np.maximum.accumulate(reach)
    starts = np.concatenate([[True], furthest[:-1] < np.arange(1, count)])
    return np.cumsum(starts) - 1
