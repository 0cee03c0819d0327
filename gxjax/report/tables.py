"""Tables of results: tab-separated files with PLINK-like columns, and terminal text."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from gxjax.replacing import replacing
from gxjax.report.labels import method_label, noise_label

__all__ = [
    "by_column",
    "format_composite",
    "read_table",
    "require_columns",
    "write_table",
]

TEXT_COLUMNS = frozenset(
    (
        *("CHROM", "#CHROM", "ID", "A1", "A2", "FID", "IID", "PAT", "MAT"),
        *("partner", "person"),
        *("method", "noise", "effect", "kind", "arm", "score_name", "filter"),
        *("null", "counted", "component", "metric", "measure", "curve", "layer"),
        *("first_method", "first_noise", "second_method", "second_noise"),
        *("beaten", "not_beaten", "phenotype"),
    )
)
"""Columns that are read back as text, so that the id 007 stays 007 and NA stays NA."""

_WIDTH = 88


def write_table(table: pd.DataFrame, path: str | os.PathLike[str]) -> None:
    """Writes a table as TSV, under a temporary name first.

    A first column `CHROM` becomes `#CHROM`. Floats keep 6 significant digits; a missing
    number is `NA`, a missing text is an empty field. Nothing is quoted.

    Args:
      table: any table; its index is not written.
      path: the file to write; its folder exists.

    Raises:
      FileNotFoundError: the folder of `path` does not exist.
      ValueError: a text value holds a tab or a line break.
    """
    out = table.copy()
    for name in out.columns.intersection(list(TEXT_COLUMNS)):
        out[name] = out[name].astype(object).where(out[name].notna(), "")
    if len(out.columns) and out.columns[0] == "CHROM":
        out = out.rename(columns={"CHROM": "#CHROM"})
    with replacing(path) as temporary:
        try:
            out.to_csv(
                temporary,
                sep="\t",
                index=False,
                na_rep="NA",
                float_format="%.6g",
                quoting=csv.QUOTE_NONE,
                lineterminator="\n",
            )
        except csv.Error as error:
            raise ValueError(
                f"{path}: a text value holds a tab or a line break, which a "
                "tab-separated table can not hold; rename it"
            ) from error


def read_table(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Reads what `write_table` wrote; `TEXT_COLUMNS` stay text.

    Args:
      path: a TSV with one header line.

    Returns:
      The table, with `#CHROM` as `CHROM`; a missing number is NaN, a missing text "".

    Raises:
      FileNotFoundError: there is no such file.
      ValueError: the file is empty.
    """
    with open(path, encoding="utf-8") as lines:
        header = lines.readline().rstrip("\r\n")
    if not header:
        raise ValueError(f"{path}: empty file; expected a header line and rows")
    names = header.removeprefix("#").split("\t")
    text: dict[Any, type[str]] = {name: str for name in names if name in TEXT_COLUMNS}
    numbers: dict[str, list[str]] = {n: ["NA"] for n in names if n not in text}
    return pd.read_csv(
        path,
        sep="\t",
        header=0,
        names=names,
        dtype=text,
        keep_default_na=False,
        na_values=numbers,
        quoting=csv.QUOTE_NONE,
        skip_blank_lines=False,
    )


def require_columns(table: pd.DataFrame, name: str, columns: Iterable[str]) -> None:
    """Checks that the table called `name` has `columns`.

    Raises:
      ValueError: a column is missing; the message lists those that there are.
    """
    missing = [column for column in columns if column not in table.columns]
    if missing:
        found = " ".join(map(str, table.columns)) or "none"
        raise ValueError(
            f"{name}: no column {' '.join(missing)}; found the columns {found}"
        )


def by_column(table: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """The rows of each (method, noise), in the order of their first row."""
    for (method, noise), rows in table.groupby(["method", "noise"], sort=False):  # type: ignore[misc]
        yield str(method), str(noise), rows


def format_composite(table: pd.DataFrame) -> str:
    """The composite table as aligned text of at most 88 columns.

    Args:
      table: `method noise value lower upper recall precision stability median_rsd
        rank`, one row per score column.

    Returns:
      Lines in the order of the rank; "-" stands for a missing number, and a long method
      name is cut with "…".

    Raises:
      ValueError: a column is missing.
    """
    numbers = ["recall", "precision", "stability", "median_rsd"]
    require_columns(
        table, "composite", ["method", "noise", "value", "lower", "upper", "rank"]
    )
    require_columns(table, "composite", numbers)
    heads = ["#", "method", "noise", "composite", "recall", "precision", "stability"]
    rows = [[*heads, "RSD"]]
    for row in table.sort_values("rank", na_position="last").to_dict("records"):
        spread = f"[{_number(row['lower'], 3)}, {_number(row['upper'], 3)}]"
        rows.append(
            [
                _number(row["rank"] if pd.notna(row["value"]) else np.nan, 0),
                method_label(str(row["method"])),
                noise_label(str(row["noise"])) or "none",
                f"{_number(row['value'], 3)} {spread}",
                *(_number(row[name], 2) for name in numbers),
            ]
        )
    return _align(rows)


def _align(rows: list[list[str]]) -> str:
    cells = np.array(rows, dtype=object)
    widths = [max(map(len, column)) for column in cells.T]
    room = _WIDTH - (len(widths) - 1)
    for column in (1, 2):
        spare = room - sum(widths) + widths[column]
        widths[column] = min(widths[column], max(spare, 9))
    lines = []
    for row in rows:
        fields = [_cut(cell, width) for cell, width in zip(row, widths, strict=True)]
        left = [f.ljust(w) for f, w in zip(fields[:4], widths[:4], strict=True)]
        right = [f.rjust(w) for f, w in zip(fields[4:], widths[4:], strict=True)]
        lines.append(" ".join(left + right).rstrip())
    return "\n".join(lines)


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def _number(value: float, digits: int) -> str:
    return f"{value:.{digits}f}" if pd.notna(value) else "-"
