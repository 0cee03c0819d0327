"""A list of a folder's files, which shows whether one is missing, short or changed."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator

from etils import epath

__all__ = ["check_list", "write_list"]

_NAME = "files.json"

_SMALL = 2**20
"""Bytes below which a file's contents are listed too, not its length alone."""


def write_list(folder: epath.Path) -> None:
    """Writes `files.json`: of all files in subfolders, lengths and some CRC-32."""
    (folder / _NAME).write_text(json.dumps(_listed(folder), indent=1))


def check_list(folder: epath.Path) -> None:
    """Compares the files with the list.

    Raises:
      OSError, ValueError: files or the list are not as they were; names up to three.
    """
    expected, found = json.loads((folder / _NAME).read_text()), _listed(folder)
    other = [
        f"{name}: found {found.get(name, 'none')}, "
        f"expected {expected.get(name, 'none')}"
        for name in sorted({*expected, *found})
        if found.get(name) != expected.get(name)
    ]
    if other:
        raise ValueError("; ".join(other[:3]))


def _listed(folder: epath.Path) -> dict[str, str]:
    listed = {}
    for path in _files(folder):
        text = f"{(size := path.stat().length)} bytes"
        if size < _SMALL:
            text += f" of CRC {zlib.crc32(path.read_bytes()):08x}"
        listed[str(path.relative_to(folder))] = text
    return listed


def _files(folder: epath.Path, depth: int = 0) -> Iterator[epath.Path]:
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            yield from _files(path, depth + 1)
        elif depth:
            yield path
