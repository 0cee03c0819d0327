"""Where the spread of scores comes from: the seed, the order of data, the people."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from gxjax.benchmark.jackknife import Jackknife, difference, t_interval
from gxjax.benchmark.stability import median_deviation

__all__ = ["COMPONENTS", "spread_table"]

COMPONENTS = ("seed", "data_order", "bootstrap")
"""What members differ in: initial weights, order of batches too, people drawn too."""

_TABLE_COLUMNS = [
    *("method", "noise", "component", "value", "lower", "upper", "share"),
]


def spread_table(
    seed: np.ndarray,
    data_order: np.ndarray,
    bootstrap: np.ndarray,
    columns: Sequence[tuple[str, str]],
    *,
    level: float = 0.95,
) -> pd.DataFrame:
    """Relative variance of a typical variant's score, split by its source.

    Three ensembles of the same data are nested: members differ in the seed only; in
    their seed and order of batches; in both and in a bootstrap of the people. The
    relative variance of each is the squared median over variants of the relative
    standard deviation; a component is that of its ensemble less that of the one before.
    A difference below 0, which chance makes of a small component, is set to 0, so that
    small components are too large on average.

    What it can NOT tell: the sources need not add up, and what they do together falls
    to the later one; their order is a convention. The median is of a typical variant,
    which has no effect. A bootstrap sample holds 63 % of the people, so its networks
    learn less, and part of its component is that. With few members all medians are too
    small, alike (0.84 of the variance with 5 members of normal scores, 0.93 with 10).

    Args:
      seed: float [C, M, V], scores of members that differ in the seed only.
      data_order: float [C, M, V], of members with their own order of batches too.
      bootstrap: float [C, M, V], of members with their own bootstrap of people too.
      columns: C pairs (method, noise).
      level: of the intervals.

    Returns:
      Table `method noise component value lower upper share`, components in the order of
      `COMPONENTS`; value in squared RSD; the interval is the jackknife's over members
      of the ensembles concerned, cut at 0 (NaN for fewer than three members); share of
      the sum of the three, NaN where that is 0.

    Raises:
      ValueError: ensembles of different shapes, fewer than two members.
    """
    shapes = [np.shape(values) for values in (seed, data_order, bootstrap)]
    if len(set(shapes)) > 1 or len(shapes[0]) != 3 or shapes[0][0] != len(columns):
        raise ValueError(
            f"seed, data_order, bootstrap: shapes {shapes}; expected one shape "
            f"[{len(columns)}, members, variants]: the medians of ensembles of other "
            "sizes differ by that alone"
        )
    if shapes[0][1] < 2:
        raise ValueError("members: found 1; expected at least 2 in every ensemble")
    own, ordered, resampled = map(_relative_variance, (seed, data_order, bootstrap))
    parts = own, difference(ordered, own), difference(resampled, ordered)
    values = np.maximum([part.value for part in parts], 0)
    total = values.sum(axis=0)
    shares = np.full(values.shape, np.nan)
    np.divide(values, total[None], out=shares, where=total[None] > 0)
    ends = np.maximum([t_interval(part, level) for part in parts], 0)
    rows = [
        (method, noise, component, values[k, c], *ends[k, :, c], shares[k, c])
        for c, (method, noise) in enumerate(columns)
        for k, component in enumerate(COMPONENTS)
    ]
    return pd.DataFrame(rows, columns=_TABLE_COLUMNS)


def _relative_variance(values: np.ndarray) -> Jackknife:
    """Squared median RSD, of every column."""
    figures = median_deviation(values)
    # The square's slope carries the covariance along (delta method).
    root = figures.root * (2 * figures.value)[None]
    return Jackknife(figures.value**2, root, figures.degrees)
