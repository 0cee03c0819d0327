"""Files that a stage wrote, read with a clear word where they are damaged."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zipfile import BadZipFile

from pyarrow import ArrowException

__all__ = ["reading"]


@contextmanager
def reading(path: Path, stage: str) -> Iterator[Path]:
    """Gives the path; whatever can't be read of it is said with its name and the mend.

    Args:
      path: of a file that a stage wrote.
      stage: which one.

    Raises:
      ValueError: the file is damaged.
      FileNotFoundError: it is not there.
    """
    mend = f"redo the stage '{stage}' and all after it: its launcher with --overwrite"
    try:
        yield path
    except FileNotFoundError as error:
        raise FileNotFoundError(f"{path}: missing; {mend}") from error
    except (ArrowException, BadZipFile, EOFError, KeyError, ValueError) as error:
        what = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ValueError(f"{path}: damaged ({what}); {mend}") from error
