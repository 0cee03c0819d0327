"""Which columns of a table a list of names and ranges means, as in PLINK 2."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path

__all__ = ["choose_columns"]


def choose_columns(
    path: str | Path, columns: Sequence[str], names: Sequence[str] | None
) -> list[str]:
    """The columns that `--covar-name age,PC1-PC10` would choose.

    A range goes by the places of its ends in the file, not by numbers in names. A name
    that is a column is that column, even if it holds a hyphen.

    Args:
      path: of the file, for messages.
      columns: those to choose from, in the order of the file.
      names: names and ranges `first-last`; None for all.

    Returns:
      Names of columns, in the order asked for.

    Raises:
      ValueError: a column is not there (the likeliest ones are named), comes twice, or
        a range ends before it begins.
    """
    if names is None:
        return list(columns)
    chosen: list[str] = []
    for name in names:
        for each in _range(path, columns, name):
            if each in chosen:
                raise ValueError(f"{path}: column {each!r} is chosen twice")
            chosen.append(each)
    return chosen


def _range(path: str | Path, columns: Sequence[str], name: str) -> list[str]:
    if name in columns:
        return [name]
    for place, letter in enumerate(name):
        first, last = name[:place], name[place + 1 :]
        if letter != "-" or first not in columns or last not in columns:
            continue
        start, stop = columns.index(first), columns.index(last)
        if stop < start:
            raise ValueError(
                f"{path}: the range {name} begins with column {first!r}, which comes "
                f"after {last!r} in the file"
            )
        return list(columns[start : stop + 1])
    raise ValueError(f"{path}: no column {name!r}; there are {_likely(name, columns)}")


def _likely(name: str, columns: Sequence[str], most: int = 20) -> str:
    if len(columns) <= most:
        return str(list(columns))
    plain = {column.lower(): column for column in columns}
    found = difflib.get_close_matches(name.lower(), plain, 5, 0.5)
    near = [plain[text] for text in found] or list(columns[:5])
    return f"{len(columns)}, such as {near}"
