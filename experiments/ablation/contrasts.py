"""The questions of an ablation, as paired differences of its columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from experiments.ablation.grid import BASELINES, Column
from gxjax.benchmark import Estimate
from gxjax.benchmark.comparison import holm
from gxjax.benchmark.paired_differences import paired_differences

__all__ = ["Contrast", "contrasts_of", "contrasts_table", "paired_difference"]

_NOISES = (
    ("smoothgrad_squared", "none"),
    ("smoothgrad", "none"),
    ("none_squared", "none"),
    ("smoothgrad_squared", "none_squared"),
    ("smoothgrad_squared", "smoothgrad"),
    ("smoothgrad_root", "smoothgrad_squared"),
)

Change = Callable[[Column], Column]


class Contrast(NamedTuple):
    """The mean over pairs of columns of first minus second.

    Attributes:
      question: what differs within each pair.
      column: what the pairs share, "all" or "" where they do not.
      first: C' places of columns.
      second: likewise, pair by pair.
    """

    question: str
    column: dict[str, str]
    first: tuple[int, ...]
    second: tuple[int, ...]


def contrasts_of(columns: Sequence[Column]) -> list[Contrast]:
    """Every question that the columns answer, method by method and over all of them.

    Columns that are not scaled are compared, but where the question says so.
    """
    plain = [column for column in columns if not column.scaled]
    found = []
    for first, second in _NOISES:
        asked = [column for column in plain if column.noise == second]
        found += _ask(
            f"{first} - {second}",
            columns,
            asked,
            partial(_replaced, noise=first),
        )
    found += _ask(
        "smoothgrad_squared - none, per sd",
        columns,
        [column for column in columns if column.scaled and column.noise == "none"],
        partial(_replaced, noise="smoothgrad_squared"),
    )
    found += _ask("per sd - not", columns, plain, partial(_replaced, scaled=True))
    at_mode = [column for column in plain if column.baseline == "mode"]
    found += _ask(
        "local - times input", columns, [c for c in at_mode if c.multiplied], _local
    )
    for name in BASELINES:
        if name != "mode":
            found += _ask(
                f"{name} - mode",
                columns,
                [column for column in at_mode if column.multiplied],
                partial(_replaced, baseline=name),
            )
    return found


def contrasts_table(
    contrasts: Sequence[Contrast], estimates: Mapping[str, Estimate]
) -> pd.DataFrame:
    """Differences with intervals, from draws that are paired.

    P-values are as in `gxjax.benchmark.comparisons_table`; Holm's correction is over
    the rows of one question and metric that are not means over methods.

    Args:
      contrasts: of C columns.
      estimates: by metric, of the same columns.

    Returns:
      Table `question baseline multiplied method noise metric difference lower upper p
      p_holm`; the differences are first minus second, in the metric's own units.
    """
    rows = []
    for metric, one in estimates.items():
        for contrast in contrasts:
            figures = paired_difference(one, contrast.first, contrast.second)
            shared = {"question": contrast.question, **contrast.column}
            rows.append({**shared, "metric": metric, **figures})
    table = pd.DataFrame(rows)
    table["p_holm"] = np.nan
    single = table[table["method"] != "all"]
    for _, family in single.groupby(["question", "metric"], sort=False):
        table.loc[family.index, "p_holm"] = holm(family["p"].to_numpy())
    return table


def paired_difference(
    one: Estimate, first: Sequence[int], second: Sequence[int]
) -> dict[str, float]:
    """Mean of `first - second` over pairs of columns: difference, lower, upper, p."""
    found = paired_differences(one, np.array([first]), np.array([second]))
    return {name: float(value[0]) for name, value in found._asdict().items()}


def _ask(
    question: str, columns: Sequence[Column], asked: Sequence[Column], change: Change
) -> list[Contrast]:
    """One contrast per column that has a changed one, and one per setting and noise."""
    place = {column: number for number, column in enumerate(columns)}
    groups: dict[Column, list[tuple[int, int]]] = {}
    found = []
    for column in asked:
        other = change(column)
        if other == column or other not in place:
            continue
        pair = place[other], place[column]
        found.append(_contrast(question, column, [pair]))
        groups.setdefault(column._replace(method="all"), []).append(pair)
    return found + [_contrast(question, c, pairs) for c, pairs in groups.items()]


def _contrast(
    question: str, column: Column, pairs: Sequence[tuple[int, int]]
) -> Contrast:
    shared = {
        "baseline": column.baseline,
        "multiplied": str(column.multiplied),
        "method": column.method,
        "noise": column.noise,
    }
    first, second = zip(*pairs, strict=True)
    return Contrast(question, shared, first, second)


def _replaced(column: Column, **changes: Any) -> Column:
    return column._replace(**changes)


def _local(column: Column) -> Column:
    """The local form; that of input_x_gradient is saliency."""
    name = column.method
    name = "saliency" if name == "input_x_gradient" else name
    return column._replace(multiplied=False, method=name)
