"""PLINK's whitespace-separated files that begin with FID and IID, or with IID."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from gxjax.table_text import read_rows

__all__ = ["read_ids", "read_person_file"]

_HEADERS = {"#FID", "FID", "#IID", "IID"}


def read_person_file(path: str | Path) -> pd.DataFrame:
    """Every field as text; the index is the line number, from 1.

    Blank lines are skipped and Windows newlines accepted. A file whose first line has
    tabs and no spaces is split at every tab, so an empty field is a field; any other at
    runs of whitespace.

    Args:
      path: with a header that begins with `#FID IID`, `FID IID`, `#IID` or `IID`, and
        perhaps `SID`, an id of a sample, which is passed over; or
        without one, when the columns are FID, IID, PHENO1, PHENO2, ... (a single column
        is IID).

    Returns:
      Table with IID, FID unless the file lacks it, then the file's other columns;
      `attrs["file"]` is the path, for messages.

    Raises:
      FileNotFoundError: no such file.
      ValueError: no person, unequal numbers of fields, two columns of one name, or
        commas in place of white space.
    """
    raw = read_rows(path, "a line per person")
    first = [str(field) for field in raw.iloc[0]]
    if first[0] in _HEADERS:
        names, body = [first[0].lstrip("#"), *first[1:]], raw.iloc[1:]
    else:
        _check_no_header(path, first)
        names, body = _default_names(len(first)), raw
    if names[0] == "FID" and names[1:2] != ["IID"]:
        raise ValueError(f"{path}: header begins with {first[:2]}; expected FID, IID")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"{path}: column {twice[0]!r} is there twice; rename one")
    if body.empty:
        raise ValueError(f"{path}: a header and no person; expected a line per person")
    table = body.set_axis(names, axis=1)
    place = len(read_ids(table))
    if first[0] in _HEADERS and names[place : place + 1] == ["SID"]:
        table = table.drop(columns="SID")
    table.attrs["file"] = str(path)
    return table


def read_ids(table: pd.DataFrame) -> list[str]:
    """The names of the id columns that the table has: FID and IID, or IID."""
    return [name for name in ("FID", "IID") if name in table.columns]


def _check_no_header(path: str | Path, first: list[str]) -> None:
    """Raises ValueError for a header that PLINK would take for a person."""
    bare = first[0].strip("\"'")
    if bare != first[0] and bare.lower() in {name.lower() for name in _HEADERS}:
        raise ValueError(
            f"{path}, line 1: begins with {first[0]}, in quotes; PLINK's files have "
            "none: write names and values without (R: quote = FALSE)"
        )
    if first[0].lower() in {name.lower() for name in _HEADERS}:
        raise ValueError(
            f"{path}, line 1: begins with {first[0]!r}; a header begins with FID IID, "
            "or IID, in capitals"
        )


def _default_names(width: int) -> list[str]:
    if width == 1:
        return ["IID"]
    return ["FID", "IID", *(f"PHENO{i}" for i in range(1, width - 1))]
