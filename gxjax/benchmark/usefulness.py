"""Is a method of any use: does it beat what needs no network?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from gxjax.benchmark.estimates import LEVEL, Estimate
from gxjax.benchmark.paired_differences import paired_differences
from gxjax.types import COMPARATORS

__all__ = ["COMPARATORS", "usefulness_table"]

_TABLE_COLUMNS = [
    *("method", "noise", "effect", "value", "beaten", "not_beaten", "useful"),
]


def usefulness_table(
    estimates: Mapping[str, Estimate | Sequence[Estimate]],
    columns: Sequence[tuple[str, str]],
    *,
    comparators: Sequence[str] = COMPARATORS,
    level: float = LEVEL,
) -> pd.DataFrame:
    """Whether each column beats every comparator, effect by effect.

    A comparator is beaten where the interval of the paired difference lies above 0, in
    each figure if there are several (recall among variants and among loci, say);
    at level 0.95, none is unless six planted units or more differ
    (`paired_differences`). To be useful is to beat all that are there: as every one
    must be beaten, no correction for their number is needed (Berger). Columns and
    effects are judged one at a time: of many useless ones a few will seem useful.

    What it can NOT tell: a method that is not useful may still be right where the
    comparators are wrong; with fewer than six planted units nothing is useful, with
    two replicates little is, as they must agree closely; with ONE replicate what is
    useful may owe it to the luck of its truth and training, of which nothing is known;
    and what was not compared with was not beaten. Without any comparator no column is
    called useful.

    Args:
      estimates: by effect, one or more figures of the same C columns, comparators
        among them (`estimates.concatenate`): recall at one quantile, average precision.
      columns: C pairs (method, noise).
      comparators: methods to be beaten, those of them that are among the columns. One
        with a NaN is not beaten.
      level: of the interval of each difference.

    Returns:
      Table `method noise effect value beaten not_beaten useful`, a row per effect and
      column that is no comparator; value is that of the first figure, beaten and
      not_beaten are names joined by commas.

    Raises:
      ValueError: estimates of other columns.

    References:
      Berger, Multiparameter hypothesis testing and acceptance sampling, Technometrics
      24: 295-300 (1982), https://doi.org/10.2307/1267823
    """
    against = [c for c, (method, _) in enumerate(columns) if method in comparators]
    judged = [c for c in range(len(columns)) if c not in against]
    rivals = np.array(against, np.int64).reshape(-1, 1)
    names = np.array([method for method, _ in columns], dtype=object)[against]
    rows = []
    for effect, given in estimates.items():
        figures = [given] if isinstance(given, Estimate) else given
        wrong = {one.samples.shape[1] for one in figures} - {len(columns)}
        if wrong:
            raise ValueError(
                f"estimates: {effect} has {wrong.pop()} columns; "
                f"expected {len(columns)}, one per column"
            )
        for column in judged:
            own = np.full_like(rivals, column)
            beaten = np.all(
                [
                    paired_differences(one, own, rivals, level=level).lower > 0
                    for one in figures
                ],
                axis=0,
            )
            rows.append(
                (
                    *columns[column],
                    effect,
                    figures[0].value[column],
                    ",".join(names[beaten]),
                    ",".join(names[~beaten]),
                    bool(against) and bool(beaten.all()),
                )
            )
    return pd.DataFrame(rows, columns=_TABLE_COLUMNS)
