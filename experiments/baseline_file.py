"""Baselines that a user gives as a table of dosages."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from gxjax.table_text import read_rows
from gxjax.types import VARIANT_COLUMNS

__all__ = ["GivenRows", "align_baselines", "read_baselines"]


class GivenRows(NamedTuple):
    """A file's baselines, in the order of the cohort's variants.

    Attributes:
      rows: float32 [K, V], dosages of our A1.
      description: where they come from.
    """

    rows: np.ndarray
    description: str


def read_baselines(path: str | Path) -> pd.DataFrame:
    """A table of baselines: ID, A1 and A2 if it has them, then columns of dosages.

    Args:
      path: fields separated by tabs, or by white space, with a header that has ID.
        `CHROM`, `POS` and `CM` are passed over.

    Raises:
      ValueError: naming file and line: no header with ID, no column of dosages, lines
        of unequal length, a variant that is there twice, a dosage outside [0, 2].
    """
    text = _read_fields(Path(path))
    names = [name for name in text.columns if name not in VARIANT_COLUMNS]
    if "ID" not in text.columns or not names or text.columns.has_duplicates:
        raise ValueError(
            f"{path}: found the columns {' '.join(text.columns)}; expected ID, A1 if "
            "you will, and one or more columns of dosages, each under a name of its own"
        )
    repeated = text.index[text["ID"].duplicated()]
    if len(repeated):
        raise ValueError(
            f"{path}, line {repeated[0]}: variant {text['ID'][repeated[0]]!r} is there "
            "twice; expected once"
        )
    values = text[names].apply(pd.to_numeric, errors="coerce").astype(np.float64)
    wrong = np.argwhere(~((values >= 0) & (values <= 2)).to_numpy())
    if len(wrong):
        line, name = text.index[wrong[0, 0]], names[wrong[0, 1]]
        raise ValueError(
            f"{path}, line {line}, column {name!r}: found {text.loc[line, name]!r} for "
            f"variant {text.loc[line, 'ID']!r}; expected a dosage in [0, 2]"
        )
    labels = text[[name for name in ("ID", "A1", "A2") if name in text.columns]]
    return pd.concat([labels, values], axis=1)


def _read_fields(path: Path) -> pd.DataFrame:
    """Every field as text under the header's names; the index is the line number."""
    raw = read_rows(path, "a header and a line per variant")
    if len(raw) < 2:
        raise ValueError(f"{path}: one line; expected a header and a line per variant")
    header = [str(name) for name in raw.iloc[0]]
    return raw.iloc[1:].set_axis([header[0].lstrip("#"), *header[1:]], axis=1)


def align_baselines(
    table: pd.DataFrame, variants: pd.DataFrame, path: str | Path
) -> GivenRows:
    """Rows of a table in the order of the cohort's variants, as dosages of our A1.

    Where the table's A1 is our A2 a dosage is turned into 2 - dosage, and the
    description says so. What it can NOT tell: a table without A1 is taken to count
    ours, and of A/T and C/G variants named on the other strand A1 looks like our A2.

    Args:
      table: as `read_baselines` gives it.
      variants: V rows with `VARIANT_COLUMNS`.
      path: of the table, for messages and the description.

    Raises:
      ValueError: naming the variant: its id is not unique in the cohort, it is not in
        the file, or its alleles are not ours.
    """
    ids = variants["ID"]
    twice = ids[ids.duplicated(keep=False)]
    if len(twice):
        raise ValueError(
            f"{path}: can't be aligned, since variants of the cohort share an ID: "
            f"{twice.iloc[0]!r} and more, {len(twice)} in all; give each its own"
        )
    places = pd.Index(table["ID"]).get_indexer(pd.Index(ids))
    if (places < 0).any():
        raise ValueError(
            f"{path}: variant {ids[places < 0].iloc[0]!r} is not there, nor are "
            f"{(places < 0).sum() - 1} more of the cohort's {len(ids)}; add them, or "
            "leave them out with --extract"
        )
    found = table.iloc[places]
    _check_pairs(found, variants, path)
    values = (
        found.drop(columns=["ID", "A1", "A2"], errors="ignore").to_numpy(np.float32).T
    )
    words = f"{len(values)} row{'s' * (len(values) > 1)} of {Path(path).name}"
    if "A1" in found:
        other = _counts_our_a2(found["A1"].to_numpy(), variants, path)
        values = np.where(other[None], 2 - values, values)
        words += f", 2 - dosage where its A1 is our A2 ({other.sum()} variants)"
    else:
        words += ", which has no A1: taken for dosages of our A1"
    return GivenRows(values, words)


def _check_pairs(found: pd.DataFrame, variants: pd.DataFrame, path: str | Path) -> None:
    """Raises ValueError where a table has A1 and A2, which are not our two alleles."""
    if not {"A1", "A2"} <= set(found):
        return
    theirs, ours = found[["A1", "A2"]].to_numpy(), variants[["A1", "A2"]].to_numpy()
    same = (theirs == ours).all(axis=1) | (theirs[:, ::-1] == ours).all(axis=1)
    if not same.all():
        row = int(np.flatnonzero(~same)[0])
        raise ValueError(
            f"{path}: variant {found['ID'].iloc[row]!r}: A1 and A2 are "
            f"{' and '.join(theirs[row])}; expected {' and '.join(ours[row])}, its "
            "alleles in the cohort, in either order. Name them on the same strand"
        )


def _counts_our_a2(
    theirs: np.ndarray, variants: pd.DataFrame, path: str | Path
) -> np.ndarray:
    """bool [V]: whether the file's A1 is our A2."""
    other = theirs != variants["A1"].to_numpy()
    strange = np.flatnonzero(other & (theirs != variants["A2"].to_numpy()))
    if len(strange):
        one = variants.iloc[strange[0]]
        raise ValueError(
            f"{path}: variant {one['ID']!r}: A1 is {theirs[strange[0]]!r}; expected "
            f"{one['A1']!r} or {one['A2']!r}, its alleles in the cohort"
        )
    return other
