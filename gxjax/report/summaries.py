"""Tables of the report's page: what to show, as text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from gxjax.report.headline import at_quantile
from gxjax.report.labels import (
    EFFECTS,
    column_label,
    effect_label,
    in_order,
    is_comparator,
    method_label,
    sentence_list,
)
from gxjax.report.tables import by_column

__all__ = [
    "Cell",
    "Grid",
    "clock",
    "methods_sentence",
    "number",
    "plain_grid",
    "planted_grid",
    "quantile_grid",
    "summary",
    "table_grid",
]


class Cell(NamedTuple):
    """One cell.

    Attributes:
      text: what it says.
      heat: how dark it is shaded, 0 to 1.
      best: whether it is the best of its column.
      note: shown when pointed at.
    """

    text: str
    heat: float = 0.0
    best: bool = False
    note: str = ""


class Grid(NamedTuple):
    """A table of the page.

    Attributes:
      heads: column headers, the first one over the row labels.
      rows: (row label, cells).
    """

    heads: list[str]
    rows: list[tuple[str, list[Cell]]]


def plain_grid(
    table: pd.DataFrame, heads: dict[str, str], label: str = "Method"
) -> Grid:
    """A row per (method, noise), and the columns `heads` under their headers.

    Args:
      table: `method noise` and the keys of `heads`.
      heads: header per column of the table, in order.
      label: the header over the row labels.
    """
    rows = [
        (
            column_label(row["method"], row["noise"]),
            [Cell(number(row[name])) for name in heads],
        )
        for row in table.to_dict("records")
    ]
    return Grid([label, *heads.values()], rows)


def quantile_grid(table: pd.DataFrame, by: str, wanted: float | None = None) -> Grid:
    """Values of (method, noise) against another column, shaded by value.

    Args:
      table: `method noise value lower upper` and `by`; with `wanted` also `quantile`.
      by: "effect", "quantile" or "kind".
      wanted: if given, only the rows at the quantile nearest to it.

    Returns:
      The grid, comparators in its last rows, the best attribution of each marked.
    """
    if wanted is not None:
        table, _ = at_quantile(table, wanted)
    names = in_order(table[by], EFFECTS)
    names = sorted(names) if by == "quantile" else names
    rival = is_comparator(table["method"])
    own = table[~rival]
    best = own.groupby(by)["value"].max()
    rows = []
    # Comparators are read last, under the columns that are held against them.
    for part in (own, table[rival]):
        for method, noise, group in by_column(part):
            by_name = group.drop_duplicates(by).set_index(by)
            cells = [
                _value_cell(by_name, name, best if part is own else None)
                for name in names
            ]
            rows.append((column_label(method, noise), cells))
    return Grid(["Method", *(_head(by, name) for name in names)], rows)


def planted_grid(manifest: pd.DataFrame) -> Grid:
    """The planted variants, a row per effect type.

    Args:
      manifest: `effect target achieved maf guards_met`, a row per planted variant.
    """
    heads = ["Effect", "Columns", "|Correlation| asked", "Achieved", "Largest miss"]
    rows = []
    for effect in in_order(manifest["effect"], EFFECTS):
        part = manifest[manifest["effect"] == effect]
        miss = (part["achieved"] - part["target"]).abs().max()
        texts = [
            str(len(part)),
            _span(part["target"].abs()),
            _span(part["achieved"].abs()),
            number(miss),
            _span(part["maf"]),
            f"{int(part['guards_met'].astype(bool).sum())} of {len(part)}",
        ]
        label = "Epistatic" if effect == "epistatic" else effect_label(effect)
        rows.append((label, [Cell(text) for text in texts]))
    return Grid([*heads, "MAF", "Within guards"], rows)


def number(value: Any) -> str:
    """A number with 3 digits or so; text as it is; "–" where there is none."""
    if isinstance(value, str):
        return value
    if value is None or pd.isna(value):
        return "–"
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    if isinstance(value, (int, float, np.number)):
        return _digits(float(value))
    return str(value)


def summary(value: float, lower: float, upper: float) -> str:
    """ "0.62 (0.59 to 0.65)", of two decimals, on one line; or the value alone."""
    if not upper > lower:
        return f"{value:.2f}"
    return f"{value:.2f} ({lower:.2f} to {upper:.2f})".replace(" ", "\u00a0")


def table_grid(table: pd.DataFrame, heads: Sequence[str]) -> Grid:
    """Any table as it is, its first column as row labels."""
    rows = [
        (str(values[0]), [Cell(number(value)) for value in values[1:]])
        for values in table.itertuples(index=False, name=None)
    ]
    return Grid(list(heads), rows)


def methods_sentence(composite: pd.DataFrame) -> str:
    """ "3 methods (A, B and C), 9 columns with their kinds of noise"."""
    names = [method_label(name) for name in in_order(composite["method"], [])]
    listed = sentence_list(names)
    kinds = "one method" if len(names) == 1 else f"{len(names)} methods"
    columns = "one column" if len(composite) == 1 else f"{len(composite)} columns"
    return f"{kinds} ({listed}), {columns} with their kinds of noise"


def clock(seconds: float) -> str:
    """3725 -> "1 h 2 min"."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def _digits(value: float) -> str:
    if value.is_integer():
        return f"{int(value):,}".replace(",", "\u202f")
    return f"{value:.3f}" if abs(value) >= 0.0005 else f"{value:.2g}"


def _value_cell(rows: pd.DataFrame, name: Any, best: pd.Series | None) -> Cell:
    wanted = ["value", "lower", "upper", "least", "greatest"]
    ends = rows.reindex(index=[name], columns=wanted)
    value, lower, upper, least, greatest = ends.to_numpy(float)[0].tolist()
    if value != value:
        return Cell("–")
    return Cell(
        f"{value:.2f}",
        heat=round(min(max(value, 0.0), 1.0), 3),
        best=best is not None and bool(value == best[name]) and value > 0,
        note=f"{lower:.3f} to {upper:.3f}"
        + (f"; members {least:.3f} to {greatest:.3f}" if least == least else ""),
    )


def _head(by: str, name: object) -> str:
    if by == "effect":
        return effect_label(str(name))
    if by == "kind":
        return str(name)
    return f"Top {100 * (1 - float(str(name))):.3g} %"


def _span(values: pd.Series) -> str:
    known = values.dropna()
    return f"{known.min():.3f} – {known.max():.3f}" if len(known) else "–"
