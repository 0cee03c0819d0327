"""The `.bim` and `.fam` tables, checked line by line."""

from __future__ import annotations

import io
import math
import re
from pathlib import Path

import numpy as np
import pandas as pd

from gxjax.replacing import replacing
from gxjax.table_text import read_lines, read_text, split_fields
from gxjax.types import SAMPLE_COLUMNS, VARIANT_COLUMNS

__all__ = [
    "HUMAN",
    "normalise_chromosome",
    "read_bim",
    "read_fam",
    "table_beside",
    "write_bim",
    "write_fam",
]

HUMAN = 22
"""Autosomes of a human."""

_BIM = ("CHROM", "ID", "CM", "POS", "A1", "A2")
_FAM = ("FID", "IID", "PAT", "MAT", "SEX", "PHENOTYPE")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_CHROMOSOMES = {"M": "MT", "PAR1": "XY", "PAR2": "XY"}
_BEHIND_AUTOSOMES = ("X", "Y", "XY", "MT")


def read_bim(path: str | Path) -> pd.DataFrame:
    """Reads a PLINK 1 variant table.

    The file may be compressed, and in UTF-8 or Latin-1 (`gxjax.table_text`). Ids and
    chromosomes stay text as they stand in it (`01`, `NA` and `chr1` too). Duplicated
    ids and negative positions are legal in PLINK and kept.

    Args:
      path: the `.bim`: chromosome, id, cM, base pair, A1, A2, without a header.

    Returns:
      V rows with `VARIANT_COLUMNS`.

    Raises:
      FileNotFoundError: there is no such file.
      ValueError: a line has not 6 fields, a position is no integer, a cM no number, A1
        equals A2, the first is a header, the file is empty, or is no text.
    """
    table = _read_fields(path, _BIM)
    if table["CHROM"].iloc[0].startswith("#"):
        raise ValueError(
            f"{path}, line {_line_number(path, 0)}: a header, found "
            f"{table['CHROM'].iloc[0]!r}; expected the first variant. Remove the line"
        )
    position = table["POS"].str.fullmatch(r"[+-]?[0-9]{1,18}")
    _refuse(path, table, "POS", ~position, "a whole number of base pairs")
    # Of a million variants most have the same cM, 0.
    numbers = [text for text in table["CM"].unique() if _is_number(text)]
    _refuse(path, table, "CM", ~table["CM"].isin(numbers), "a number of centimorgans")
    unknown = table["A1"].isin(["0", "."])
    same = (table["A1"] == table["A2"]) & ~unknown
    _refuse(path, table, "A2", same, "an allele other than A1 (column 5)")
    table["POS"] = table["POS"].astype(np.int64)
    table["CM"] = table["CM"].astype(np.float64)
    return table[list(VARIANT_COLUMNS)]


def read_fam(path: str | Path) -> pd.DataFrame:
    """Reads a PLINK 1 sample table; its phenotype (column 6) is ignored.

    The file may be compressed, and in UTF-8 or Latin-1 (`gxjax.table_text`). Ids stay
    text, leading zeros included. The same IID in two families is legal.

    Args:
      path: the `.fam`: FID, IID, father, mother, sex, phenotype, without a header.

    Returns:
      N rows with `SAMPLE_COLUMNS`; a sex other than 1 or 2 becomes 0.

    Raises:
      FileNotFoundError: there is no such file.
      ValueError: a line has not 6 fields, the first is a header, a (FID, IID) pair
        comes twice, the file is empty, or is no text.
    """
    table = _read_fields(path, _FAM)
    if table["FID"].iloc[0] == "#FID" or table["IID"].iloc[0] == "IID":
        raise ValueError(
            f"{path}, line 1: a header, which would be read as a person; expected the "
            "first person. Remove the line."
        )
    repeated = table.duplicated(["FID", "IID"])
    if repeated.any():
        family, person = table.loc[repeated, ["FID", "IID"]].to_numpy()[0]
        same = (table["FID"] == family) & (table["IID"] == person)
        lines = [_line_number(path, int(row)) for row in np.flatnonzero(same)]
        raise ValueError(
            f"{path}: person FID {family} IID {person} is on lines "
            f"{', '.join(map(str, lines))}; expected every (FID, IID) pair once. "
            "Remove or rename the repeats."
        )
    sex = table["SEX"].map({"1": 1, "2": 2}).fillna(0)
    table["SEX"] = sex.astype(np.int8)
    return table[list(SAMPLE_COLUMNS)]


def table_beside(prefix: str | Path, ending: str) -> Path:
    """The `.bim` or `.fam` of a fileset: as it is, or as `.zst` or `.gz`.

    Args:
      prefix: path without the ending.
      ending: `.bim` or `.fam`; of a `.bed` only the plain file counts.

    Returns:
      The first of these that is a file; the plain one where none is.
    """
    plain = Path(f"{prefix}{ending}")
    packed = () if ending == ".bed" else (".zst", ".gz")
    found = [plain, *(Path(f"{plain}{each}") for each in packed)]
    return next((path for path in found if path.is_file()), plain)


def write_bim(variants: pd.DataFrame, path: str | Path) -> None:
    """Writes `VARIANT_COLUMNS` as a `.bim`, tab-separated.

    Raises:
      ValueError: a text is empty or has white space, which a `.bim` can not hold.
    """
    _check_text(path, variants, ("CHROM", "ID", "A1", "A2"))
    table = variants[list(_BIM)].copy()
    table["CM"] = [np.format_float_positional(x, trim="-") for x in table["CM"]]
    _write_fields(table, path)


def write_fam(samples: pd.DataFrame, path: str | Path) -> None:
    """Writes `SAMPLE_COLUMNS` as a `.fam`, tab-separated, phenotype -9 (missing).

    Raises:
      ValueError: an id is empty or has white space, which a `.fam` can not hold.
    """
    _check_text(path, samples, ("FID", "IID", "PAT", "MAT"))
    _write_fields(samples[list(SAMPLE_COLUMNS)].assign(PHENOTYPE="-9"), path)


def normalise_chromosome(chromosomes: pd.Series, chr_set: int = HUMAN) -> pd.Series:
    """One spelling per chromosome: `1` to `22`, `X`, `Y`, `XY`, `MT`, `0`.

    Drops a `chr` prefix and leading zeros, and turns PLINK's 23 to 26 into letters; the
    pseudo-autosomal names become `XY`. What it does not know it leaves, in capitals.

    Args:
      chromosomes: text [V], as in the `.bim`.
      chr_set: autosomes of the species; the four numbers behind are the letters.

    Returns:
      text [V] with the same index.
    """
    names = chromosomes.astype(str).str.upper().str.replace(r"^CHR", "", regex=True)
    names = names.str.replace(r"^0+(?=\d)", "", regex=True)
    numbered = {str(chr_set + i): n for i, n in enumerate(_BEHIND_AUTOSOMES, 1)}
    return names.replace(_CHROMOSOMES | numbered)


def _read_fields(path: str | Path, columns: tuple[str, ...]) -> pd.DataFrame:
    """All fields as text; lines that are blank are skipped, as PLINK does."""
    text = read_text(path)
    if not text.strip(" \t\n"):
        raise ValueError(f"{path}: no lines; expected fields {' '.join(columns)}")
    try:
        table = pd.read_csv(
            io.StringIO(text),
            sep=r"\s+",
            header=None,
            names=[*columns, "surplus"],
            dtype=str,
            keep_default_na=False,
            quoting=3,
        )
    except pd.errors.ParserError:
        table = None
    if table is None or _is_ragged(table):
        raise ValueError(_wrong_line(path, columns))
    return table.drop(columns="surplus")


def _is_number(text: str) -> bool:
    return _NUMBER.fullmatch(text) is not None and math.isfinite(float(text))


def _is_ragged(table: pd.DataFrame) -> bool:
    # pandas fills a short line with empty text, which no white-space file can hold, and
    # takes the first fields of long ones for an index.
    if not isinstance(table.index, pd.RangeIndex):
        return True
    return bool((table.iloc[:, -1] != "").any() or (table.iloc[:, -2] == "").any())


def _wrong_line(path: str | Path, columns: tuple[str, ...]) -> str:
    for number, line in enumerate(read_lines(path), start=1):
        found = len(split_fields(line))
        if found not in (0, len(columns)):
            return (
                f"{path}, line {number}: {found} fields, expected {len(columns)} "
                f"({' '.join(columns)}, separated by tabs or spaces)"
            )
    return f"{path}: unreadable; expected {len(columns)} fields on every line"


def _line_number(path: str | Path, row: int) -> int:
    """The line, from 1, of the table's row: blank lines hold no row."""
    lines = enumerate(read_lines(path), start=1)
    return [number for number, line in lines if split_fields(line)][row]


def _refuse(
    path: str | Path, table: pd.DataFrame, column: str, wrong: pd.Series, expected: str
) -> None:
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise ValueError(
            f"{path}, line {_line_number(path, row)}: {column} is "
            f"{table[column].iloc[row]!r}, expected {expected}"
        )


def _check_text(
    path: str | Path, table: pd.DataFrame, columns: tuple[str, ...]
) -> None:
    for column in columns:
        wrong = ~table[column].astype(str).str.fullmatch(r"[^ \t\r\n]+")
        if wrong.any():
            raise ValueError(
                f"{path}: {column} {table.loc[wrong, column].iloc[0]!r} can not be "
                "written; expected text without white space, and not empty"
            )


def _write_fields(table: pd.DataFrame, path: str | Path) -> None:
    with replacing(path) as temporary:
        table.to_csv(
            temporary, sep="\t", header=False, index=False, lineterminator="\n"
        )
