"""Phenotype files, checked value by value and aligned with samples."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from gxjax.cohort.column_names import choose_columns
from gxjax.cohort.person_file import read_ids, read_person_file
from gxjax.cohort.person_values import number_column, value_columns, with_ids

__all__ = [
    "align",
    "read_fam_phenotype",
    "read_phenotype",
    "read_phenotypes",
]

_FAM_COLUMNS = 6


def read_phenotype(path: str | Path, name: str | None = None) -> pd.DataFrame:
    """One column of a PLINK phenotype file; see `read_phenotypes`.

    Args:
      path: as in `read_phenotypes`.
      name: of the column; may be left out where there is only one.

    Raises:
      FileNotFoundError: no such file.
      ValueError: as `read_phenotypes`; or the column is not chosen.
    """
    table = read_person_file(path)
    columns = value_columns(path, table)
    if name is None and len(columns) > 1:
        raise ValueError(
            f"{path}: phenotypes {columns}; expected the name of one (--pheno_name)"
        )
    names = choose_columns(path, columns, [name] if name else None)
    if len(names) > 1:
        raise ValueError(
            f"{path}: {name!r} is {len(names)} phenotypes, {names}; expected one"
        )
    return _phenotypes(path, table, names)


def read_phenotypes(
    path: str | Path, names: Sequence[str] | None = None
) -> pd.DataFrame:
    """Columns of a PLINK phenotype file.

    Missing are NA, nan, a dot, an empty field and, as in PLINK, every number equal to
    -9, in a quantitative phenotype too. A column of 0, 1 and 2, or of 0 and 2, is read
    as PLINK reads it: 1 control, 2 case, 0 missing. One of 0 and 1 is left as it is.

    Args:
      path: whitespace- or tab-separated; header `#FID IID x y`, `FID IID`, `#IID x` or
        `IID x`, or none: then FID, IID and columns PHENO1, PHENO2, ...
      names: of columns, and ranges `first-last`; None for all.

    Returns:
      Table with text FID (unless the file lacks it) and IID, and a float64 column each
      under its own name, NaN missing; rows as in the file. `attrs["notes"]`: sentences
      on what was read in a special way.

    Raises:
      FileNotFoundError: no such file.
      ValueError: names file, and line, value or column, where a person is there twice,
        a value is text or infinite, or the column is not there.
    """
    table = read_person_file(path)
    columns = value_columns(path, table)
    return _phenotypes(path, table, choose_columns(path, columns, names))


def read_fam_phenotype(path: str | Path) -> pd.DataFrame:
    """Column 6 of a `.fam`, as PHENO1; the rules of `read_phenotypes`.

    Raises:
      FileNotFoundError: no such file.
      ValueError: as `read_phenotypes`; or there are not 6 columns.
    """
    table = read_person_file(path)
    if len(table.columns) != _FAM_COLUMNS:
        raise ValueError(
            f"{path}: {len(table.columns)} columns; expected {_FAM_COLUMNS}"
        )
    ids = table.iloc[:, :2].set_axis(["FID", "IID"], axis=1)
    ids.attrs["file"] = str(path)
    return _phenotypes(path, ids.assign(PHENO1=table.iloc[:, -1]), ["PHENO1"])


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


def _phenotypes(
    path: str | Path, table: pd.DataFrame, names: Sequence[str]
) -> pd.DataFrame:
    """The id columns and the named ones as float64, checked, 0/1/2 as PLINK has it."""
    values, notes = {}, []
    others = len(table.columns) > len(read_ids(table)) + 1
    hint = "; --pheno_name chooses other columns" if others else ""
    for name in names:
        values[name] = column = number_column(path, table[name], hint)
        if {0, 2} <= set(column.dropna().unique()) <= {0, 1, 2}:
            values[name] = column.mask(column == 0)
            notes.append(
                f"{name}: read as PLINK does, 1 control, 2 case and 0 missing "
                f"({int((column == 0).sum())} people). If it is quantitative, add 10 "
                "to all of its values."
            )
    found = with_ids(path, table, values)
    found.attrs["notes"] = notes
    return found
