"""Which columns are fitted where not all of them fit in memory."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gxjax.comparator.columns import teaching
from gxjax.types import Arm

__all__ = ["BYTES", "screen", "spread"]

BYTES = 1 << 30
"""Of the genotypes of TRAIN and VALIDATION people that are fitted, in float32."""


def screen(
    arm: Arm, people: int, most_bytes: int, score: Callable[[], np.ndarray]
) -> np.ndarray:
    """The columns that teach, or those of them with the highest scores.

    A screen by one column at a time loses what has no effect of its own, such as the
    members of an epistatic pair.

    Args:
      arm: V columns.
      people: how many are held in memory.
      most_bytes: for them, 4 bytes a genotype.
      score: gives float64 [V]; called only where not all columns have room.

    Returns:
      int64 [c], increasing.

    Raises:
      ValueError: there is no room for one column.
    """
    room = most_bytes // (4 * people)
    if room < 1:
        raise ValueError(
            f"most_bytes: {most_bytes}; expected at least {4 * people}, of one column "
            f"of {people} people"
        )
    columns = teaching(arm)
    if len(columns) <= room:
        return columns
    best = np.argsort(-score()[columns], kind="stable")[:room]
    return np.sort(columns[best])


def spread(values: np.ndarray, columns: np.ndarray, arm: Arm) -> np.ndarray:
    """float64 [V]: values of some columns; 0 of the others."""
    found = np.zeros(len(arm.truth.kind))
    found[columns] = values
    return found
