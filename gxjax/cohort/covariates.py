"""Covariate files: numbers and categories, checked value by value."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from gxjax.cohort.column_names import choose_columns
from gxjax.cohort.person_file import read_person_file
from gxjax.cohort.person_values import (
    category_column,
    is_text,
    number_column,
    value_columns,
    with_ids,
)

__all__ = ["read_covariates"]

_MIXED = (
    "; a category does not begin with a digit, unless --covar_categorical names its "
    "column"
)


def read_covariates(
    path: str | Path,
    names: Sequence[str] | None = None,
    categorical: Sequence[str] = (),
) -> pd.DataFrame:
    """Columns of a PLINK covariate file: numbers, and categories.

    A column of text, of which no value begins with a digit, holds categories; there
    `NONE` is missing too. `split_categories` makes columns of 0 and 1 of them.

    Args:
      path: as in `read_phenotypes`; so are missing values.
      names: of columns, and ranges such as `PC1-PC10`; None for all.
      categorical: columns of codes that are categories though they are numbers.

    Returns:
      Table with FID (unless the file lacks it), IID and a column per name: float64, or
      text (object) of categories; NaN missing.

    Raises:
      FileNotFoundError: no such file.
      ValueError: as `read_phenotypes`; a column of both numbers and text; or one of
        `categorical` that is not there.
    """
    table = read_person_file(path)
    chosen = choose_columns(path, value_columns(path, table), names)
    coded = choose_columns(path, chosen, categorical)
    values = {
        name: category_column(table[name])
        if name in coded or is_text(table[name])
        else number_column(path, table[name], _MIXED)
        for name in chosen
    }
    return with_ids(path, table, values)
