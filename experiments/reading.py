"""Files that a stage wrote, read with a clear word where they are damaged."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zipfile import BadZipFile

from pyarrow import ArrowException

__all__ = ["reading"]

_DAMAGE = (
    *(ArrowException, BadZipFile, EOFError, LookupError, NotImplementedError),
    *(OverflowError, TypeError, ValueError, struct.error, zlib.error),
)
"""What numpy, zipfile, pandas, pyarrow and json make of bytes that are not theirs."""


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
    except (OSError, *_DAMAGE) as error:
        # One of opening names the file itself; one of what is read from it does not.
        if isinstance(error, OSError) and error.filename is not None:
            raise
        what = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ValueError(f"{path}: damaged ({what}); {mend}") from error
