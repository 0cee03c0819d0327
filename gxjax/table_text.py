"""Text tables as people have them: packed or not, of either encoding and newline."""

from __future__ import annotations

import gzip
import io
import re
import zlib
from pathlib import Path

import pandas as pd

__all__ = ["read_lines", "read_rows", "read_text", "split_fields"]

_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_OTHERS = {
    b"PK\x03\x04": "a zip archive, as Excel's .xlsx",
    b"BZh": "a bzip2 file",
    b"\xfd7zXZ\x00": "an xz file",
    b"\x6c\x1b\x01": "a PLINK 1 .bed",
    b"\x6c\x1b\x10": "a PLINK 2 .pgen",
}
# All control characters but tab, newline and carriage return: no text has them.
_CONTROLS = bytes(sorted({*range(32), 127} - {9, 10, 13}))


def read_text(path: str | Path) -> str:
    r"""The text of a file, whatever it is packed in; lines end in `\n`.

    Gzip, bgzip and zstd are known by their first bytes, whatever the name. A byte order
    mark is dropped, and Windows newlines become `\n`.

    Bytes that are UTF-8 are read so. Any other file is taken for Latin-1 as a whole,
    where each byte is a letter of its own: no id is lost and no two ids become one. So
    the same id in a UTF-8 and a Latin-1 file is the same person. What it can NOT tell
    is another 8-bit encoding (its ids match none of a UTF-8 file) and a file that mixes
    two (its UTF-8 ids are read as Latin-1 too).

    Args:
      path: of a text file, which is held in memory.

    Raises:
      FileNotFoundError: no such file.
      ValueError: naming the file and where it can the line: cut or damaged compression,
        a binary file, UTF-16, or old Mac newlines (carriage returns alone).
    """
    raw = _unpacked(Path(path))
    _check_text(path, raw)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    if "\r" not in text:
        return text
    text = text.replace("\r\n", "\n")
    if "\r" in text:
        line = text.count("\n", 0, text.index("\r")) + 1
        raise ValueError(
            f"{path}, line {line}: a carriage return with no newline behind it, as old "
            "Macs end a line; expected lines that end in a newline. Convert it: "
            "tr '\\r' '\\n'"
        )
    return text


def read_lines(path: str | Path) -> list[str]:
    """The lines of a file, without their newlines; raises as `read_text`."""
    return read_text(path).split("\n")


def split_fields(line: str) -> list[str]:
    """The fields of a line at runs of tabs and spaces.

    Other white space (a no-break space, a Latin-1 0x85) is part of a field, as it is
    for PLINK.
    """
    return line.split() if line.isascii() else re.findall(r"[^ \t\n]+", line)


def read_rows(path: str | Path, expected: str) -> pd.DataFrame:
    """The fields of a file as text, rectangular; blank lines are skipped.

    A file whose first line has tabs and no spaces is split at every tab, so an empty
    field is a field; any other at runs of tabs and spaces. Tabs behind the last field
    of all lines are passed over.

    Args:
      path: as of `read_text`.
      expected: what the file should hold, for the message about an empty one.

    Returns:
      A row a line, its number (from 1) in the index; columns 0, 1, ...

    Raises:
      FileNotFoundError, ValueError: as `read_text`; or the file is empty, has commas or
        semicolons in place of white space, or lines of unequal numbers of fields.
    """
    filled = {
        n: text for n, text in enumerate(read_lines(path), 1) if text.strip(" \t")
    }
    if not filled:
        raise ValueError(f"{path}: the file is empty; expected {expected}")
    head = next(iter(filled.values()))
    for mark, name in ((",", "commas"), (";", "semicolons")):
        if mark in head and len(split_fields(head)) == 1:
            raise ValueError(
                f"{path}: the first line has {name}, and no tab or space; expected "
                "fields separated by tabs or spaces"
            )
    if "\t" in head and " " not in head.strip(" \t"):
        rows = {n: _split_at_tabs(text) for n, text in filled.items()}
    else:
        rows = {n: split_fields(text) for n, text in filled.items()}
    width = len(rows[next(iter(rows))])
    for number, row in rows.items():
        if len(row) != width:
            raise ValueError(
                f"{path}, line {number}: {len(row)} fields; expected {width} as in "
                "the first line (write NA where a value is missing)"
            )
    while width > 1 and not any(row[width - 1] for row in rows.values()):
        width -= 1
    table = pd.DataFrame(list(rows.values()), index=list(rows), dtype=object)
    return table.iloc[:, :width]


def _split_at_tabs(line: str) -> list[str]:
    fields = line.split("\t")
    return [field.strip(" ") for field in fields] if " " in line else fields


def _unpacked(path: Path) -> bytes:
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file")
    raw = path.read_bytes()
    try:
        if raw.startswith(_GZIP):
            return gzip.decompress(raw)
        if raw.startswith(_ZSTD):
            return _unzstd(raw)
    except (EOFError, OSError, zlib.error) as error:
        raise ValueError(
            f"{path}: damaged or cut short: it does not unpack ({error}); "
            "expected a whole gzip or zstd file. Fetch or make it anew"
        ) from error
    return raw


def _unzstd(raw: bytes) -> bytes:
    # Tables come through pyarrow anyway; Python has no zstd of its own before 3.14.
    import pyarrow

    stream = pyarrow.CompressedInputStream(pyarrow.BufferReader(raw), "zstd")
    with stream, io.BufferedReader(stream) as whole:
        return whole.read()


def _check_text(path: str | Path, raw: bytes) -> None:
    """Raises ValueError where the bytes are no text of one byte a letter, or UTF-8."""
    found = None
    if raw.startswith(_UTF16):
        found = "UTF-16 text, as Windows programs write it for 'Unicode'"
    for magic, kind in _OTHERS.items():
        if raw.startswith(magic):
            found = kind
    if found is None and len(raw.translate(None, _CONTROLS)) < len(raw):
        match = re.search(b"[" + re.escape(_CONTROLS) + b"]", raw)
        assert match is not None
        line = raw.count(b"\n", 0, match.start()) + 1
        found = f"the byte {match.group()[0]:#04x} on line {line}, which no text has"
    if found is not None:
        raise ValueError(
            f"{path}: found {found}; expected a text table, in UTF-8 or Latin-1, plain "
            "or compressed by gzip or zstd"
        )
