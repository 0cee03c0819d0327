"""Where to cut a chromosome so that little LD is cut."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

__all__ = ["cut_where_ld_is_least"]


def cut_where_ld_is_least(
    read: Callable[[int, int], np.ndarray], count: int, most: int
) -> list[tuple[int, int]]:
    """Divides columns into blocks of at most `most`, and half of it at least.

    From one cut on, the next is where r^2 summed over the pairs that it parts is least.
    Pairs further apart than half a block are not looked at.

    Args:
      read: `(left, right) -> float [n, right - left]`, standardised columns.
      count: how many columns there are.
      most: of a block, at least 2.

    Returns:
      (left, right) of every block, in order.
    """
    blocks, start = [], 0
    half = most // 2
    while count - start > most:
        stop = min(start + most + half, count)
        values = read(start, stop)
        cut = start + _least(values, most - half, most, half)
        blocks.append((start, cut))
        start = cut
    return [*blocks, (start, count)]


def _least(values: np.ndarray, first: int, last: int, reach: int) -> int:
    """The cut c in [first, last] that parts columns before c from those at c on."""
    squares = ((values.T @ values) / len(values)) ** 2
    places = np.arange(len(squares))
    near = np.abs(places[:, None] - places[None, :]) <= reach
    squares = np.where(near, squares, 0)
    sums = np.zeros((len(squares) + 1, len(squares) + 1))
    sums[1:, 1:] = squares.cumsum(axis=0).cumsum(axis=1)
    cuts = np.arange(first, min(last, len(squares) - 1) + 1)
    parted = sums[cuts, -1] - sums[cuts, cuts]
    return int(cuts[parted.argmin()])
