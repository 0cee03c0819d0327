"""The `.pvar` and `.psam` tables of PLINK 2."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
import pandas as pd

from gxjax.genotypes.tables import read_bim, read_fam
from gxjax.table_text import read_text, split_fields
from gxjax.types import SAMPLE_COLUMNS, VARIANT_COLUMNS

__all__ = ["read_psam", "read_pvar"]

_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_PVAR = ("CHROM", "POS", "ID", "REF", "ALT")
_WANTED = (*_PVAR, "CM", *SAMPLE_COLUMNS)
_SEXES = {"1": 1, "M": 1, "m": 1, "2": 2, "F": 2, "f": 2}


def read_pvar(path: str | Path) -> pd.DataFrame:
    """Reads a PLINK 2 variant table, plain or compressed by gzip or zstd.

    QUAL, FILTER and INFO are not read. What is not UTF-8 is taken for Latin-1.
    Without a line that begins with #CHROM it is taken for a `.bim`, as PLINK 2 does.

    Args:
      path: the `.pvar` or `.pvar.zst`.

    Returns:
      V rows with `VARIANT_COLUMNS`, A1 the ALT alleles as they stand in the file, with
      commas between where there are several.

    Raises:
      FileNotFoundError: there is no such file.
      ValueError: a column is missing, a line has not all fields, a position is no
        integer, or there are no variants.
    """
    path = Path(path)
    table = _stream_table(path)
    if table is None:
        return read_bim(path)
    lacking = [name for name in _PVAR if name not in table]
    if lacking:
        raise ValueError(
            f"{path}: no column {lacking[0]} in the header; expected #{' '.join(_PVAR)}"
        )
    if table.empty:
        raise ValueError(f"{path}: no variants below the header")
    _check_filled(path, table)
    position = table["POS"].str.fullmatch(r"\d{1,18}")
    if not position.all():
        line = position.idxmin()
        raise ValueError(
            f"{path}, line {line}: POS is {table.loc[line, 'POS']!r}; expected a whole "
            "number of base pairs"
        )
    table = table.rename(columns={"ALT": "A1", "REF": "A2"}).reset_index(drop=True)
    table["POS"] = table["POS"].astype(np.int64)
    centimorgans = table["CM"] if "CM" in table else pd.Series("0", table.index)
    table["CM"] = pd.to_numeric(centimorgans, errors="coerce").fillna(0).astype(float)
    return table[list(VARIANT_COLUMNS)]


def read_psam(path: str | Path) -> pd.DataFrame:
    """Reads a PLINK 2 sample table; phenotypes in it are ignored.

    Without a line that begins with #FID or #IID it is taken for a `.fam`, as PLINK 2
    does. A FID that is missing is 0. The file may be in UTF-8 or Latin-1.

    Args:
      path: the `.psam`.

    Returns:
      N rows with `SAMPLE_COLUMNS`; SEX is 1 for `1` and `M`, 2 for `2` and `F`, else 0.

    Raises:
      FileNotFoundError: there is no such file.
      ValueError: there is no column IID, a line has not all fields, or nobody in it.
    """
    path = Path(path)
    table = _table_of(path, io.StringIO(read_text(path)))
    if table is None:
        return read_fam(path)
    if "IID" not in table:
        raise ValueError(f"{path}: no column IID in the header")
    if table.empty:
        raise ValueError(f"{path}: nobody below the header")
    _check_filled(path, table)
    table = table.reset_index(drop=True)
    for column in ("FID", "PAT", "MAT", "SEX"):
        if column not in table:
            table[column] = "0"
    table["SEX"] = table["SEX"].map(_SEXES).fillna(0).astype(np.int8)
    return table[list(SAMPLE_COLUMNS)]


def _stream_table(path: Path) -> pd.DataFrame | None:
    """`_table_of` of a file that may be too large to be held as text."""
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file")
    try:
        with _opened(path, "utf-8-sig") as file:
            return _table_of(path, file)
    except UnicodeDecodeError:
        # As `gxjax.table_text` has it, so that an id is the same in every table.
        with _opened(path, "latin-1") as file:
            return _table_of(path, file)


def _table_of(path: Path, file: IO[str]) -> pd.DataFrame | None:
    """All lines below the header, by its names; None where there is no header.

    Returns:
      The columns `_WANTED` that are there, as text; the index is the line number.
    """
    lines = enumerate(file, start=1)
    first, header = next(
        (pair for pair in lines if not pair[1].startswith("##")), (0, "")
    )
    if not header:
        raise ValueError(
            f"{path}: no lines but comments; expected a header and a table"
        )
    names = split_fields(header)
    if names[:1] not in (["#CHROM"], ["#FID"], ["#IID"]):
        return None
    tabs = "\t" in header
    names[0] = names[0].lstrip("#")
    places = {name: names.index(name) for name in _WANTED if name in names}
    columns: dict[str, list[str]] = {name: [] for name in places}
    numbers = []
    for number, line in lines:
        fields = line.rstrip("\n").split("\t") if tabs else split_fields(line)
        if len(fields) != len(names):
            if not line.strip():
                continue
            raise ValueError(
                f"{path}, line {number}: {len(fields)} fields; expected "
                f"{len(names)}, as in the header on line {first}"
            )
        numbers.append(number)
        for name, place in places.items():
            columns[name].append(fields[place])
    return pd.DataFrame(columns, index=numbers, dtype=object)


def _check_filled(path: Path, table: pd.DataFrame) -> None:
    wrong = (table == "").any(axis=1)
    if wrong.any():
        raise ValueError(
            f"{path}, line {wrong.idxmax()}: an empty field; expected text in each of "
            f"{', '.join(map(str, table))}"
        )


@contextmanager
def _opened(path: Path, encoding: str) -> Iterator[IO[str]]:
    """The text of a file, unpacked as it is read.

    Raises:
      UnicodeDecodeError: it is of another encoding.
      ValueError: it is UTF-16, or its compression is damaged.
    """
    try:
        with path.open("rb") as raw:
            magic = raw.read(4)
            raw.seek(0)
            if magic.startswith(_UTF16):
                raise ValueError(
                    f"{path}: found UTF-16 text, as Windows programs write it for "
                    "'Unicode'; expected a text table, in UTF-8 or Latin-1"
                )
            unpacked = _unpacked(raw, magic)
            with io.TextIOWrapper(unpacked, encoding=encoding) as file:
                yield file
    except (EOFError, OSError) as error:
        if isinstance(error, FileNotFoundError | PermissionError):
            raise
        raise ValueError(
            f"{path}: damaged or cut short: its compression can not be undone ({error})"
        ) from error


def _unpacked(raw: io.BufferedReader, magic: bytes) -> Any:
    if magic.startswith(_GZIP):
        return gzip.GzipFile(fileobj=raw)
    if magic == _ZSTD:
        # Tables come through pyarrow anyway; Python has no zstd of its own before 3.14.
        import pyarrow

        return io.BufferedReader(pyarrow.CompressedInputStream(raw, "zstd"))
    return raw
