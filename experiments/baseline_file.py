"""Baselines that a user gives as a table of dosages."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

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
    """A table of baselines: ID, A1 if it has one, then float columns of dosages.

    Args:
      path: fields separated by tabs, or by white space, with a header that has ID.
        `CHROM`, `POS`, `A2` and `CM` are passed over.

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
    labels = text[[name for name in ("ID", "A1") if name in text.columns]]
    return pd.concat([labels, values], axis=1)


def _read_fields(path: Path) -> pd.DataFrame:
    """Every field as text under the header's names; the index is the line number."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: not UTF-8 text ({error})") from error
    filled = {number: line for number, line in enumerate(lines, 1) if line.strip()}
    if len(filled) < 2:
        raise ValueError(f"{path}: expected a header and a line per variant")
    mark = "\t" if "\t" in next(iter(filled.values())) else None
    fields = {number: line.split(mark) for number, line in filled.items()}
    start = next(iter(fields))
    header = fields.pop(start)
    for number, row in fields.items():
        if len(row) != len(header):
            raise ValueError(
                f"{path}, line {number}: {len(row)} fields; expected {len(header)} as "
                "in the header"
            )
    header[0] = header[0].lstrip("#")
    table = pd.DataFrame(list(fields.values()), columns=header, index=list(fields))
    return table.map(str.strip)


def align_baselines(
    table: pd.DataFrame, variants: pd.DataFrame, path: str | Path
) -> GivenRows:
    """Rows of a table in the order of the cohort's variants, as dosages of our A1.

    Args:
      table: as `read_baselines` gives it.
      variants: V rows with `VARIANT_COLUMNS`.
      path: of the table, for messages and the description.

    Raises:
      ValueError: naming the variant: its id is not unique in the cohort, it is not in
        the file, or its A1 is neither of our alleles.
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
    values = found.drop(columns=["ID", "A1"], errors="ignore").to_numpy(np.float32).T
    words = f"{len(values)} row{'s' * (len(values) > 1)} of {Path(path).name}"
    if "A1" in found:
        other = _counts_our_a2(found["A1"].to_numpy(), variants, path)
        values = np.where(other[None], 2 - values, values)
        words += f", 2 - dosage where its A1 is our A2 ({other.sum()} variants)"
    return GivenRows(values, words)


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
