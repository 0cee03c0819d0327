"""People of files that name them by one word, and people listed in another file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from gxjax.genotypes.formats.plink2_tables import read_psam
from gxjax.types import SAMPLE_COLUMNS

__all__ = ["NameSamples", "check_samples", "sample_table", "samples_of_psam"]

NameSamples = Callable[[Path, Sequence[str]], pd.DataFrame]
"""`name(path, ids)` makes the table of people out of the ids in a file."""


def sample_table(
    path: Path,
    ids: Sequence[str],
    *,
    double_id: bool = False,
    const_fid: str = "0",
    id_delim: str | None = None,
) -> pd.DataFrame:
    """The table of people of a file that has one id for each, such as a VCF.

    Args:
      path: the file, for messages.
      ids: text [N].
      double_id: FID is the id too, as plink2's --double-id.
      const_fid: else everybody's FID; 0, PLINK's word for none, as plink2's default.
      id_delim: else what divides an id into FID and IID, as plink2's --id-delim.

    Returns:
      Table of N rows with `SAMPLE_COLUMNS`; parents 0 and sex 0, which such files do
      not say.

    Raises:
      ValueError: an id is empty, has white space, comes twice, or is not divided into
        two by `id_delim`.
    """
    names = pd.Series(list(ids), dtype=object)
    families: pd.Series = names if double_id else pd.Series(const_fid, names.index)
    if id_delim is not None:
        parts = names.str.split(id_delim, expand=False, regex=False)
        wrong = (parts.str.len() != 2).to_numpy(bool)
        if wrong.any():
            raise ValueError(
                f"{path}: the id {names[wrong].iloc[0]!r} is not FID{id_delim}IID; "
                f"expected one {id_delim!r} in each id (--id_delim)"
            )
        families, names = parts.str[0], parts.str[1]
    table = pd.DataFrame({"FID": families, "IID": names, "PAT": "0", "MAT": "0"})
    table["SEX"] = np.int8(0)
    check_samples(path, table)
    return table[list(SAMPLE_COLUMNS)]


def samples_of_psam(psam: str | Path) -> NameSamples:
    """What takes people, parents and sex from a `.psam` or `.fam`, as plink2 --psam.

    Args:
      psam: of the same people in the same order; the ids of the other file must be its
        IIDs, or FID_IID, as `plink2 --export` joins them.
    """
    return partial(_listed, Path(psam))


def check_samples(path: Path, table: pd.DataFrame) -> None:
    """Raises ValueError where an id can not be written to a `.fam`, or comes twice."""
    for column in ("FID", "IID"):
        text = table[column].astype(str)
        wrong = ~text.str.fullmatch(r"\S+").to_numpy(bool)
        if column == "IID":
            wrong |= (text == "0").to_numpy()
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            raise ValueError(
                f"{path}: {column} {table[column].iloc[row]!r} of person {row + 1}; "
                "expected text without white space, not empty, and no IID 0"
            )
    repeated = table.duplicated(["FID", "IID"]).to_numpy()
    if repeated.any():
        family, person = table.loc[repeated, ["FID", "IID"]].to_numpy()[0]
        raise ValueError(
            f"{path}: person FID {family} IID {person} comes twice; expected every "
            "person once. Remove or rename the repeats"
        )


def _listed(psam: Path, path: Path, ids: Sequence[str]) -> pd.DataFrame:
    table = read_psam(psam)
    check_samples(psam, table)
    if len(table) != len(ids):
        raise ValueError(
            f"{psam}: {len(table)} people, but {path} has {len(ids)}; expected the "
            "same people in the same order"
        )
    found = np.asarray(ids, object)
    joined = (table["FID"] + "_" + table["IID"]).to_numpy(object)
    wrong = (found != table["IID"].to_numpy(object)) & (found != joined)
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise ValueError(
            f"{psam}: person {row + 1} is {' '.join(table.iloc[row, :2])}, but "
            f"{found[row]!r} in {path}; expected the same people in the same order"
        )
    return table
