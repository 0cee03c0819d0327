"""Files that appear under their name only when they are complete."""

from __future__ import annotations

import glob
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["remove_abandoned", "replacing"]


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary name beside `path`, renamed to it when the block ends well.

    What was written is on the disk before it has its name: a power cut can leave the
    older file, or none, but not half of one. What a process that was killed left of the
    same target is removed, if the process was of this host: of another host's, on a
    shared folder, nothing tells whether it still runs.

    Args:
      path: the name that the file shall have; an older file is replaced.

    Yields:
      The path to write to. After an exception it is removed, and `path` is untouched.

    Raises:
      FileNotFoundError: the folder of `path` does not exist.
    """
    target = Path(path)
    if not target.parent.is_dir():
        raise FileNotFoundError(f"{target.parent}: no such folder; create it first")
    remove_abandoned(target.parent, glob.escape(target.name))
    name = f".{target.name}.{socket.gethostname()}.{os.getpid()}.tmp"
    temporary = target.with_name(name)
    try:
        yield temporary
        _to_disk(temporary)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def remove_abandoned(folder: Path, pattern: str) -> None:
    """Removes what killed processes of this host left of files that are not needed.

    `replacing` does so for the file it writes. Call it where a file that a killed
    process was writing will not be written again.

    Args:
      folder: of the targets.
      pattern: a glob pattern of their names.
    """
    host = glob.escape(socket.gethostname())
    for left in folder.glob(f".{pattern}.{host}.*.tmp"):
        if _is_abandoned(left.suffixes[-2].removeprefix(".")):
            left.unlink(missing_ok=True)


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _is_abandoned(process: str) -> bool:
    """Whether text is the number of a process of this host that is gone."""
    if not process.isdecimal():
        return False
    try:
        os.kill(int(process), 0)
    except (ProcessLookupError, OverflowError):
        return True
    except PermissionError:
        return False
    return False
