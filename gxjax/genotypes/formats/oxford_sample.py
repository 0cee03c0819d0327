"""The `.sample` file that goes with a BGEN file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from gxjax.genotypes.formats.sample_names import NameSamples, check_samples
from gxjax.table_text import read_rows
from gxjax.types import SAMPLE_COLUMNS

__all__ = ["read_oxford_sample"]

_SEXES = {"1": 1, "M": 1, "m": 1, "2": 2, "F": 2, "f": 2}
_OPTIONAL = {"sex": "SEX", "father": "PAT", "mother": "MAT"}


def read_oxford_sample(path: str | Path, name: NameSamples) -> pd.DataFrame:
    """Reads an Oxford `.sample` file.

    Its first two lines are names of columns and their kinds. ID_1 is FID and ID_2 IID,
    as plink2 reads them; other columns than sex, father and mother are not read.

    Args:
      path: the `.sample`.
      name: makes a table of people where there is one column of ids, `sample_table`.

    Returns:
      N rows with `SAMPLE_COLUMNS`; a sex other than 1, 2, M and F becomes 0.

    Raises:
      FileNotFoundError: there is no such file.
      ValueError: the header is another, an id comes twice, or nobody is in it.
    """
    path = Path(path)
    rows = read_rows(path, "an Oxford .sample: ID_1 ID_2 missing sex")
    header = [str(field).lower() for field in rows.iloc[0]]
    kinds = list(rows.iloc[1]) if len(rows) > 1 else []
    if header[0] not in ("id_1", "id") or kinds[:1] != ["0"]:
        raise ValueError(
            f"{path}, line {rows.index[0]}: found {' '.join(map(str, rows.iloc[0]))}; "
            "expected ID_1 ID_2 missing ..., and a second line 0 0 0 ... (an Oxford "
            ".sample)"
        )
    table = rows.iloc[2:].reset_index(drop=True)
    if table.empty:
        raise ValueError(f"{path}: nobody below the two lines of the header")
    people = _people(path, table, header, name)
    for theirs, ours in _OPTIONAL.items():
        if theirs in header:
            people[ours] = table[header.index(theirs)]
    people["SEX"] = people["SEX"].map(_SEXES).fillna(0).astype(np.int8)
    return people[list(SAMPLE_COLUMNS)]


def _people(
    path: Path, table: pd.DataFrame, header: list[str], name: NameSamples
) -> pd.DataFrame:
    if len(header) < 2 or header[1] != "id_2":
        return name(path, list(table[0]))
    people = pd.DataFrame({"FID": table[0], "IID": table[1], "PAT": "0", "MAT": "0"})
    people["SEX"] = "0"
    check_samples(path, people)
    return people
