"""Which columns to trust for which effect: the benchmark's answer as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from gxjax.benchmark.estimates import Estimate

__all__ = ["trusted_columns"]

_TABLE_COLUMNS = [
    *("effect", "method", "noise", "value", "lower", "upper"),
    *("best", "within_noise_of_best", "useful"),
]

_KEYS = ["method", "noise"]


def trusted_columns(
    estimates: Mapping[str, Estimate],
    columns: Sequence[tuple[str, str]],
    comparisons: pd.DataFrame,
    usefulness: pd.DataFrame,
    *,
    alpha: float = 0.05,
) -> pd.DataFrame:
    """Per effect: the best column, those not worse than it, and which are useful.

    The best is chosen by the same figures that it is then compared with; Holm's
    correction over ALL pairs covers that choice, so give comparisons without reference.

    What it can NOT tell: a column within noise of the best is not shown to be as good.
    With too few draws for the number of columns (`comparison.least_draws`) every column
    is within noise.

    Args:
      estimates: by effect, of the C columns; those of one metric.
      columns: C pairs (method, noise).
      comparisons: `comparison.comparisons_table` of all pairs, of the same metric.
      usefulness: `usefulness.usefulness_table`; its (method, noise) are the columns
        that can be trusted, so comparators have no row here.
      alpha: a column whose corrected p against the best is below is not within noise.

    Returns:
      Table `effect method noise value lower upper best within_noise_of_best useful`, a
      row per effect and column, highest value first, ties by name. best is true for all
      that share the highest value; a column that is significantly worse than any of
      them, or has a NaN, is not within noise.

    Raises:
      ValueError: comparisons of several metrics, or without a pair that is needed.
    """
    metrics = comparisons["metric"].unique()
    if len(metrics) > 1:
        raise ValueError(
            f"comparisons: found the metrics {', '.join(metrics)}; expected one, that "
            "of the estimates"
        )
    places = {tuple(column): place for place, column in enumerate(columns)}
    tables = []
    for effect, estimate in estimates.items():
        rows = usefulness[usefulness["effect"] == effect]
        order = [places[key] for key in rows[_KEYS].itertuples(index=False, name=None)]
        pairs = comparisons[comparisons["effect"] == effect]
        table = rows[["effect", *_KEYS]].assign(
            value=estimate.value[order],
            lower=estimate.lower[order],
            upper=estimate.upper[order],
            useful=rows["useful"].astype(bool),
        )
        table["best"] = table["value"] == table["value"].max()
        table["within_noise_of_best"] = _within_noise(table, pairs, alpha)
        tables.append(
            table.sort_values(["value", *_KEYS], ascending=[False, True, True])
        )
    if not tables:
        return pd.DataFrame(columns=_TABLE_COLUMNS)
    return pd.concat(tables, ignore_index=True)[_TABLE_COLUMNS]


def _within_noise(table: pd.DataFrame, pairs: pd.DataFrame, alpha: float) -> np.ndarray:
    """Whether each row is best, or significantly worse than none of the best.

    Were it one of the tied, which one would be chance, or the order of the columns.
    """
    result = table["best"].to_numpy(bool).copy()
    keys = list(table[_KEYS].itertuples(index=False, name=None))
    best = [key for key, first in zip(keys, result, strict=True) if first]
    p = _p_values(pairs)
    for row, key in enumerate(keys):
        if best and key not in best and not np.isnan(table["value"].iloc[row]):
            missing = [other for other in best if (key, other) not in p]
            if missing:
                raise ValueError(
                    f"comparisons: no pair of {key} and {missing[0]} for the effect "
                    f"{table['effect'].iloc[0]}; expected all pairs, no reference"
                )
            result[row] = not any(p[key, other] < alpha for other in best)
    return result


def _p_values(pairs: pd.DataFrame) -> dict[tuple, float]:
    """Corrected p by pair of columns, in both orders."""
    first = zip(pairs["first_method"], pairs["first_noise"], strict=True)
    second = zip(pairs["second_method"], pairs["second_noise"], strict=True)
    p = dict(zip(zip(first, second, strict=True), pairs["p_holm"], strict=True))
    return p | {(b, a): value for (a, b), value in p.items()}
