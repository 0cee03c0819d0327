"""PLINK's whitespace-separated files that begin with FID and IID, or with IID."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

__all__ = ["read_ids", "read_person_file"]

_HEADERS = {"#FID", "FID", "#IID", "IID"}


def read_person_file(path: str | Path) -> pd.DataFrame:
    """Every field as text; the index is the line number, from 1.

    Blank lines are skipped and Windows newlines accepted. A file whose first line has
    tabs and no spaces is split at every tab, so an empty field is a field; any other at
    runs of whitespace.

    Args:
      path: with a header that begins with `#FID IID`, `FID IID`, `#IID` or `IID`; or
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
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file")
    raw = _read_fields(path)
    first = [str(field) for field in raw.iloc[0]]
    if first[0] in _HEADERS:
        names, body = [first[0].lstrip("#"), *first[1:]], raw.iloc[1:]
    else:
        names, body = _default_names(len(first)), raw
    if names[0] == "FID" and names[1:2] != ["IID"]:
        raise ValueError(f"{path}: header begins with {first[:2]}; expected FID, IID")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"{path}: column {twice[0]!r} is there twice; rename one")
    if body.empty:
        raise ValueError(f"{path}: a header and no person; expected a line per person")
    table = body.set_axis(names, axis=1)
    table.attrs["file"] = str(path)
    return table


def read_ids(table: pd.DataFrame) -> list[str]:
    """The names of the id columns that the table has: FID and IID, or IID."""
    return [name for name in ("FID", "IID") if name in table.columns]


def _default_names(width: int) -> list[str]:
    if width == 1:
        return ["IID"]
    return ["FID", "IID", *(f"PHENO{i}" for i in range(1, width - 1))]


def _read_fields(path: Path) -> pd.DataFrame:
    """The fields as text, one row a line that is not blank, rectangular."""
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: not UTF-8 text ({error})") from error
    filled = {i: line for i, line in enumerate(lines, 1) if line.strip()}
    if not filled:
        raise ValueError(f"{path}: the file is empty; expected a line per person")
    head = next(iter(filled.values()))
    if "," in head and len(head.split()) == 1:
        raise ValueError(
            f"{path}: the first line has commas, and no tab or space; expected fields "
            "separated by tabs or spaces"
        )
    tabs = "\t" in head and " " not in head.strip()
    rows = {i: line.split("\t" if tabs else None) for i, line in filled.items()}
    width = len(next(iter(rows.values())))
    for number, row in rows.items():
        if len(row) != width:
            raise ValueError(
                f"{path}, line {number}: {len(row)} fields; expected {width} as in "
                "the first line (write NA where a value is missing)"
            )
    return pd.DataFrame.from_dict(rows, orient="index").map(str.strip)
