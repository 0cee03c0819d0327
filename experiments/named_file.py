"""A flag that may say `file`, and the flag that says which."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

__all__ = ["check_named_file"]


def check_named_file(
    flag: str, value: str, path: str | None, read: Callable[[str], object]
) -> None:
    """Raises an error where --flag and --flag_file are at odds or unreadable.

    Args:
      flag: its name, without dashes.
      value: what it says.
      path: what --flag_file says.
      read: raises an error for a wrong content.

    Raises:
      ValueError: one without the other, or as `read`.
      FileNotFoundError: no such file.
    """
    if (value == "file") != (path is not None):
        raise ValueError(
            f"--{flag}={value} with --{flag}_file={path}: the file goes with --{flag} "
            "file; give both or neither"
        )
    if path is not None:
        if not Path(path).is_file():
            raise FileNotFoundError(f"--{flag}_file={path}: no such file")
        read(path)
