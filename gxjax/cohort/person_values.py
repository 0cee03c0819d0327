"""The values of a file of people: numbers and categories, and what is missing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from gxjax.cohort.person_file import read_ids

__all__ = ["category_column", "is_text", "number_column", "value_columns", "with_ids"]

_MISSING_TEXT = {"na", "nan", ".", ""}
_MISSING_CATEGORY = "NONE"
_MISSING_NUMBER = -9
# What PLINK 2 takes for the beginning of a number: no category begins so.
_NUMBER_LIKE = r"^[+-]?\.?\d"


def value_columns(path: str | Path, table: pd.DataFrame) -> list[str]:
    """The columns that are no ids; raises ValueError where there is none."""
    columns = [name for name in table.columns if name not in ("FID", "IID")]
    if not columns:
        raise ValueError(
            f"{path}: only columns {list(table.columns)}, no value column; a file of "
            "IID and values without FID needs a header that begins with IID"
        )
    return columns


def with_ids(
    path: str | Path, table: pd.DataFrame, values: dict[str, pd.Series]
) -> pd.DataFrame:
    """The id columns and the values; raises ValueError for a person twice."""
    ids = read_ids(table)
    repeated = table.index[table.duplicated(ids)]
    if len(repeated):
        person = tuple(table.loc[repeated[0], ids])
        lines = table.index[(table[ids] == person).all(axis=1)][:2]
        raise ValueError(
            f"{path}: person {person} is on line {lines[0]} and line {lines[1]}; "
            "expected once"
        )
    # One concat: assigning hundreds of columns one by one is slow.
    found = pd.concat([table[ids], pd.DataFrame(values)], axis=1)
    found = found.reset_index(drop=True)
    found.attrs["file"] = str(path)
    return found


def number_column(path: str | Path, text: pd.Series, hint: str = "") -> pd.Series:
    """Text as float64, NaN missing.

    Args:
      path: of the file, for messages.
      text: a column of `read_person_file`, whose index is the line.
      hint: further words for the error.

    Raises:
      ValueError: a value is text or infinite.
    """
    number = pd.to_numeric(text, errors="coerce").astype(np.float64)
    unread = text[~np.isfinite(number)]
    wrong = unread[~_is_missing(unread)]
    if len(wrong):
        if wrong.index[0] == 1:
            hint += " (a header begins with FID IID, or IID)"
        raise ValueError(
            f"{path}, line {wrong.index[0]}, column {text.name!r}: found "
            f"{wrong.iloc[0]!r}; expected a finite number, or NA where it is missing"
            + hint
        )
    return number.mask(number == _MISSING_NUMBER)


def category_column(text: pd.Series) -> pd.Series:
    """Text as names of categories (object), NaN missing."""
    number = pd.to_numeric(text, errors="coerce")
    missing = _is_missing(text) | (text == _MISSING_CATEGORY)
    return text.astype(object).mask(missing | (number == _MISSING_NUMBER))


def _is_missing(text: pd.Series) -> pd.Series:
    return text.str.lower().isin(_MISSING_TEXT)


def is_text(text: pd.Series) -> bool:
    """Whether all values that are not missing are what PLINK 2 takes for a category."""
    # Most columns are numbers, and their first value says so.
    first = next((value for value in text if value.lower() not in _MISSING_TEXT), None)
    if first is None or _is_number_like(pd.Series([first])).any():
        return False
    return not _is_number_like(text[~_is_missing(text)]).any()


def _is_number_like(text: pd.Series) -> pd.Series:
    infinite = pd.to_numeric(text, errors="coerce").notna()
    return text.str.match(_NUMBER_LIKE) | infinite
