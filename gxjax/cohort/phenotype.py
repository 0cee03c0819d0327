"""Phenotype and covariate files, checked value by value and aligned with samples."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from gxjax.cohort.person_file import read_ids, read_person_file

__all__ = ["align", "read_covariates", "read_phenotype"]

_MISSING_TEXT = {"na", "nan", ".", ""}
_MISSING_NUMBER = -9


def read_phenotype(path: str | Path, name: str | None = None) -> pd.DataFrame:
    """One column of a PLINK phenotype file.

    Missing are NA, nan, a dot, an empty field and, as in PLINK, every number equal to
    -9, in a quantitative phenotype too.

    Args:
      path: whitespace- or tab-separated; header `#FID IID x y`, `FID IID`, `#IID x` or
        `IID x`, or none: then FID, IID and columns PHENO1, PHENO2, ...
      name: of the column; may be left out where there is only one.

    Returns:
      Table with text FID (unless the file lacks it) and IID, and a float64 column under
      its own name, NaN missing; rows as in the file.

    Raises:
      FileNotFoundError: no such file.
      ValueError: names file, and line, value or column, where a person is there twice,
        a value is text or infinite, or the column is not there or not chosen.
    """
    table = read_person_file(path)
    columns = _value_columns(path, table)
    if name is None and len(columns) > 1:
        raise ValueError(
            f"{path}: phenotypes {columns}; expected the name of one (--pheno_name)"
        )
    return _numeric(path, table, _choose(path, columns, [name] if name else None))


def read_covariates(
    path: str | Path, names: Sequence[str] | None = None
) -> pd.DataFrame:
    """Columns of a PLINK covariate file; the rules of `read_phenotype`.

    Args:
      path: as in `read_phenotype`.
      names: of the columns; None for all.

    Returns:
      Table with FID (unless the file lacks it), IID and a float64 column per name.

    Raises:
      FileNotFoundError: no such file.
      ValueError: as `read_phenotype`. A category as text is an error: give it as
        columns of 0 and 1.
    """
    table = read_person_file(path)
    return _numeric(path, table, _choose(path, _value_columns(path, table), names))


def align(samples: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """The table's values in the order of the samples.

    Args:
      samples: N rows with FID and IID.
      table: with IID, FID if it has one, and value columns. Without FID people are
        matched by IID alone.

    Returns:
      N rows of the value columns, NaN for a person whom the table lacks.

    Raises:
      ValueError: nobody is in both; a person is in the table twice; or, without FID,
        an IID of the table is in two families of the samples.
    """
    ids = read_ids(table)
    keys = pd.MultiIndex.from_frame(table[ids].astype(str))
    wanted = pd.MultiIndex.from_frame(samples[ids].astype(str))
    source = table.attrs.get("file", "table")
    if keys.has_duplicates:
        person = keys[keys.duplicated()][0]
        raise ValueError(f"{source}: person {person} is there twice")
    matched = wanted[wanted.isin(keys)]
    if matched.has_duplicates:
        raise ValueError(
            f"{source}: has no FID, and IID {matched[matched.duplicated()][0][0]!r} is "
            "in two families of the samples; add an FID column"
        )
    if matched.empty:
        theirs, ours = (" ".join(map(str, pairs[0])) for pairs in (keys, wanted))
        raise ValueError(
            f"{source}: nobody in it has genotypes; its {' '.join(ids)} are such as "
            f"{theirs}, those of the genotypes {ours}"
        )
    values = table.drop(columns=ids).set_axis(keys, axis=0)
    return values.reindex(wanted).reset_index(drop=True)


def _value_columns(path: str | Path, table: pd.DataFrame) -> list[str]:
    columns = [name for name in table.columns if name not in ("FID", "IID")]
    if not columns:
        raise ValueError(
            f"{path}: only columns {list(table.columns)}, no value column; a file of "
            "IID and values without FID needs a header that begins with IID"
        )
    return columns


def _choose(
    path: str | Path, columns: list[str], names: Sequence[str] | None
) -> list[str]:
    chosen = list(columns if names is None else names)
    absent = [name for name in chosen if name not in columns]
    if absent:
        raise ValueError(f"{path}: no column {absent[0]!r}; there are {columns}")
    return chosen


def _numeric(path: str | Path, table: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """The id columns and the named ones as float64, checked."""
    ids = read_ids(table)
    repeated = table.index[table.duplicated(ids)]
    if len(repeated):
        person = tuple(table.loc[repeated[0], ids])
        lines = table.index[(table[ids] == person).all(axis=1)][:2]
        raise ValueError(
            f"{path}: person {person} is on line {lines[0]} and line {lines[1]}; "
            "expected once"
        )
    values = {name: _column(path, table[name]) for name in names}
    # One concat: assigning hundreds of columns one by one is slow.
    found = pd.concat([table[ids], pd.DataFrame(values)], axis=1)
    found = found.reset_index(drop=True)
    found.attrs["file"] = str(path)
    return found


def _column(path: str | Path, text: pd.Series) -> pd.Series:
    number = pd.to_numeric(text, errors="coerce").astype(np.float64)
    missing = text.str.lower().isin(_MISSING_TEXT)
    wrong = text[~missing & ~np.isfinite(number)]
    if len(wrong):
        first = wrong.index[0] == 1
        raise ValueError(
            f"{path}, line {wrong.index[0]}, column {text.name!r}: found "
            f"{wrong.iloc[0]!r}; expected a finite number, or NA where it is missing"
            + (" (a header begins with FID IID, or IID)" if first else "")
        )
    return number.mask(missing | (number == _MISSING_NUMBER))
