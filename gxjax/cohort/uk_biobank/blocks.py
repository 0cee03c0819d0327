"""A table of separated values larger than memory, a few megabytes at a time."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gxjax.types import Progress

__all__ = ["read_blocks", "read_header"]

# Text that is parsed at a time; it must hold a line.
_BLOCK = 1 << 20
_PACKED = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}


def read_header(path: Path) -> tuple[list[str], str]:
    """The names of the columns, and what separates them: a comma or a tab.

    Raises:
      FileNotFoundError: no such file.
      ValueError: the file is empty, damaged or no text, or has one column.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file")
    with path.open("rb") as raw, _refusing(path):
        head = b""
        stream = _unpacked(_Counted(raw))
        while b"\n" not in head and len(head) < _BLOCK:
            part = stream.read(1 << 16)
            if not part:
                break
            head += part
    line = head.split(b"\n")[0].decode("utf-8-sig", errors="replace").rstrip("\r")
    delimiter = "\t" if "\t" in line else ","
    names = next(csv.reader([line], delimiter=delimiter), [])
    names = [name.strip() for name in names]
    if len(names) < 2 or "\0" in line:
        raise ValueError(
            f"{path}: begins with {line[:40]!r}; expected a header of names with "
            "commas or tabs between"
        )
    return names, delimiter


def read_blocks(
    path: Path, columns: int, delimiter: str, places: Sequence[int], progress: Progress
) -> Iterator[Any]:
    """Some columns of a table as text, block by block.

    Args:
      path: plain, gzip or zstd, known by the first bytes; a header first. A quoted
        field may hold ends of lines.
      columns: how many it has.
      delimiter: between them.
      places: those wanted, from 0.
      progress: called with bytes read of the file as it is stored, bytes of it.

    Yields:
      `pyarrow.RecordBatch` of at least a row, columns named "0", "7" by their places;
      null where a field is empty or NA.

    Raises:
      ValueError: a row of another number of fields, damaged compression.
    """
    from pyarrow import csv as arrow
    from pyarrow import string

    wanted = [str(place) for place in places]
    size = path.stat().st_size
    with path.open("rb") as raw, _refusing(path):
        counted = _Counted(raw)
        reader = arrow.open_csv(
            _unpacked(counted),
            arrow.ReadOptions(
                use_threads=False,
                block_size=_BLOCK,
                skip_rows=1,
                column_names=[str(place) for place in range(columns)],
            ),
            arrow.ParseOptions(delimiter=delimiter, newlines_in_values=True),
            arrow.ConvertOptions(
                include_columns=wanted,
                column_types=dict.fromkeys(wanted, string()),
                strings_can_be_null=True,
                null_values=["", "NA"],
            ),
        )
        for block in reader:
            progress(counted.bytes, size, "read")
            if len(block):
                yield block


class _Counted:
    """A file that says how much of it was read."""

    closed = False

    def __init__(self, raw: Any) -> None:
        self._raw, self.bytes = raw, 0

    def read(self, size: int = -1) -> bytes:
        found = self._raw.read(size)
        self.bytes += len(found)
        return found

    def close(self) -> None:
        """Nothing: who opened the file closes it."""

    def peek(self, size: int) -> bytes:
        return self._raw.peek(size)[:size]


def _unpacked(counted: _Counted) -> Any:
    import pyarrow

    packed = next(
        (kind for magic, kind in _PACKED.items() if counted.peek(len(magic)) == magic),
        None,
    )
    file = pyarrow.PythonFile(counted, mode="r")
    return pyarrow.CompressedInputStream(file, packed) if packed else file


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    """Names the file where its reader is the one that finds fault."""
    import pyarrow

    try:
        yield
    except (pyarrow.ArrowInvalid, OSError) as error:
        text = str(error).splitlines()[0][:200]
        raise ValueError(f"{path}: not read to its end: {text}") from error
