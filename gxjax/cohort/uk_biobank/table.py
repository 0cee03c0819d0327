"""Some fields of UK Biobank's main data set, from a table larger than memory."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from gxjax.cohort.uk_biobank.blocks import read_blocks, read_header
from gxjax.cohort.uk_biobank.fields import UkbColumn, find_eid, find_fields
from gxjax.types import Progress, silent

__all__ = ["Instance", "UkbField", "UkbTable", "read_ukb"]

Instance = int | Literal["first", "mean"]
"""Which visit: its number, the first with a value, or the mean of all."""


class UkbField(NamedTuple):
    """A field that is wanted, and how its entries become a number.

    Attributes:
      field: its number in the Showcase.
      kind: "number", the mean of an instance's array entries; "code", the first entry
        that there is, which is no mean of codes; or "array", each entry a column.
      entries: of an array, from 1 to this.
      missing: codes that stand for no answer, such as -1 and -3.
      asked_once: where instance 0 is all there is, as of sex, it serves whatever
        instance is asked for. Leave it false for what is to be of one visit.
    """

    field: int
    kind: Literal["number", "code", "array"] = "number"
    entries: int = 1
    missing: tuple[float, ...] = ()
    asked_once: bool = False


class UkbTable(NamedTuple):
    """What `read_ukb` finds, in rows as in the file; the index of both is int64 `eid`.

    Attributes:
      values: float64 columns named by the field, of arrays `22009.1`, `22009.2` ...;
        NaN missing; `attrs["file"]` is the path, for messages.
      no_answer: bool columns of the same names: who gave a code of `missing` only.
    """

    values: pd.DataFrame
    no_answer: pd.DataFrame


def read_ukb(
    path: str | Path,
    wanted: Sequence[UkbField],
    instance: Instance = "first",
    progress: Progress = silent,
) -> UkbTable:
    """Streams through the data set and keeps a number per person and field.

    Memory: 9 bytes per person and column of the result, twice at the end, and the text
    of the moment, however wide and long the file is.

    Args:
      path: .csv or tab-separated, plain, gzip or zstd; fields may be quoted; columns in
        any order, named as in `find_fields`; empty and NA are missing.
      wanted: the fields; a field at most once.
      instance: of fields that are numbers; codes are of that number or the first.
      progress: called with bytes read of the file as it is stored, bytes of it.

    Returns:
      `UkbTable`.

    Raises:
      FileNotFoundError: no such file.
      ValueError: naming the file, and row (the header is row 1) or column: an eid that
        is no whole number or comes twice, a value that is text, a field, an instance or
        an array entry that is not there, rows of unequal length, damaged compression.
    """
    path = Path(path)
    names, delimiter = read_header(path)
    eid = find_eid(path, names)
    fields = find_fields(path, names, [each.field for each in wanted])
    plan = [
        column
        for each in wanted
        for column in _plan(path, each, fields[each.field], instance)
    ]
    places = sorted({eid, *(c.place for part in plan for c in part.columns)})
    ids, values, lost = [], [], []
    row = 2
    for block in read_blocks(path, len(names), delimiter, places, progress):
        numbers = _Numbers(path, names, block, row, eid)
        ids.append(numbers.ids())
        reduced = [part.reduce(numbers) for part in plan]
        values.append(np.column_stack([each for each, _ in reduced]))
        lost.append(np.column_stack([each for _, each in reduced]))
        row += len(block)
    labels = [part.label for part in plan]
    if not ids:
        raise ValueError(f"{path}: a header and nobody; expected a row per person")
    index = pd.Index(np.concatenate(ids), name="eid")
    _check_people(path, index)
    found = pd.DataFrame(np.concatenate(values), index, labels)
    found.attrs["file"] = str(path)
    return UkbTable(found, pd.DataFrame(np.concatenate(lost), index, labels))


class _Part(NamedTuple):
    """A column of the result, and the columns of the file that it is made of."""

    label: str
    columns: list[UkbColumn]
    kind: str
    instance: Instance
    missing: tuple[float, ...]

    def reduce(self, numbers: _Numbers) -> tuple[np.ndarray, np.ndarray]:
        """float64 [n], and bool [n], who gave only answers that are none."""
        table = np.column_stack([numbers.column(c.place) for c in self.columns])
        refused = np.isin(table, self.missing)
        lost = refused.any(axis=1)
        table[refused] = np.nan
        if self.kind != "number":
            found = _first(table)
        else:
            visits = np.array([column.instance for column in self.columns])
            means = [_mean(table[:, visits == each]) for each in np.unique(visits)]
            joined = np.column_stack(means)
            found = _mean(joined) if self.instance == "mean" else _first(joined)
        return found, lost & np.isnan(found)


def _plan(
    path: Path, wanted: UkbField, columns: list[UkbColumn], instance: Instance
) -> list[_Part]:
    if isinstance(instance, int) and wanted.kind != "array":
        visits = sorted({column.instance for column in columns})
        if not (wanted.asked_once and visits == [0]):
            columns = [column for column in columns if column.instance == instance]
        if not columns:
            raise ValueError(
                f"{path}: field {wanted.field} has instances {visits}; expected "
                f"{instance}"
            )
    label = str(wanted.field)
    if wanted.kind != "array":
        return [_Part(label, columns, wanted.kind, instance, wanted.missing)]
    there = {column.entry: column for column in reversed(columns)}
    absent = [n for n in range(1, wanted.entries + 1) if n not in there]
    if absent:
        raise ValueError(
            f"{path}: field {label} has {len(there)} array entries; expected 1 to "
            f"{wanted.entries}"
        )
    return [
        _Part(f"{label}.{n}", [there[n]], "array", instance, wanted.missing)
        for n in range(1, wanted.entries + 1)
    ]


class _Numbers:
    """Columns of a block of the file as numbers."""

    def __init__(
        self, path: Path, names: Sequence[str], block: Any, row: int, eid: int
    ) -> None:
        self._path, self._names, self._block = path, names, block
        self._row, self._eid = row, eid

    def ids(self) -> np.ndarray:
        """int64 [n] of encoded ids."""
        numbers = self.column(self._eid)
        wrong = np.flatnonzero(np.isnan(numbers) | (numbers != np.round(numbers)))
        if wrong.size:
            self._refuse(self._eid, int(wrong[0]), "a whole number")
        return numbers.astype(np.int64)

    def column(self, place: int) -> np.ndarray:
        """float64 [n], NaN where it is missing."""
        import pyarrow

        text = self._block.column(str(place))
        try:
            found = text.cast(pyarrow.float64()).to_numpy(zero_copy_only=False)
            if not np.isinf(found).any():
                return found
        except pyarrow.ArrowInvalid:
            pass
        # Slower, but it knows white space, and what is wrong where.
        series = text.to_pandas().str.strip()
        numbers = pd.to_numeric(series, errors="coerce").to_numpy(np.float64)
        blank = (series.isna() | series.isin(["", "NA"])).to_numpy(bool)
        wrong = np.flatnonzero(~np.isfinite(numbers) & ~blank)
        if wrong.size:
            expected = "a finite number, or nothing where it is missing"
            self._refuse(place, int(wrong[0]), expected)
        return numbers

    def _refuse(self, place: int, row: int, expected: str) -> None:
        found = self._block.column(str(place))[row].as_py()
        raise ValueError(
            f"{self._path}, row {self._row + row}, column {self._names[place]!r}: "
            f"found {'' if found is None else found!r}; expected {expected}"
        )


def _first(table: np.ndarray) -> np.ndarray:
    """The first value of each row that there is, [n, k] to [n]."""
    place = np.argmax(~np.isnan(table), axis=1)
    return table[np.arange(len(table)), place]


def _mean(table: np.ndarray) -> np.ndarray:
    """The mean of each row's values that there are, [n, k] to [n]."""
    there = ~np.isnan(table)
    with np.errstate(invalid="ignore"):
        return np.where(there, table, 0).sum(axis=1) / np.where(
            there.any(axis=1), there.sum(axis=1), np.nan
        )


def _check_people(path: Path, index: pd.Index) -> None:
    twice = index[index.duplicated() & (index > 0)]
    if len(twice):
        raise ValueError(
            f"{path}: eid {twice[0]} is there {int((index == twice[0]).sum())} times; "
            "expected once"
        )
