"""The state of an unfinished score as a file: whole blocks, whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple
from zipfile import BadZipFile

import numpy as np

from gxjax.replacing import replacing

__all__ = ["Saved", "load", "save"]


class Saved(NamedTuple):
    """Blocks done, the sums over them, and the notes of each."""

    blocks: int
    sums: tuple[Any, ...]
    notes: list[Any]


def save(path: Path, job: str, state: Saved) -> None:
    """Writes the state; a kill leaves the one before."""
    names = ("gap", "change", "checks")
    columns = zip(*state.notes, strict=True)
    notes: dict[str, Any] = {
        n: np.concatenate(c, axis=-1) for n, c in zip(names, columns, strict=True)
    }
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez(
            file, job=job, blocks=state.blocks, tiled=state.sums[0],
            quadratic=state.sums[1], **notes,
        )  # fmt: skip


def load(path: Path, job: str) -> Saved | None:
    """The state at `path`, or None where there is none.

    Raises:
      ValueError: it is the state of another job, or damaged.
    """
    path = Path(path)
    if not path.exists():
        return None
    try:
        with path.open("rb") as file, np.load(file) as arrays:
            found = dict(arrays)
        notes = [tuple(found[name] for name in ("gap", "change", "checks"))]
        sums = found["tiled"], found["quadratic"]
        saved, owner = Saved(int(found["blocks"]), sums, notes), str(found["job"])
    except (BadZipFile, EOFError, KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f"{path}: no state of a score, or a damaged one ({error}); delete it to "
            "begin anew"
        ) from error
    if owner != job:
        raise ValueError(
            f"{path}: the state of another score (other columns, people, networks, "
            "block size or devices); delete it to begin anew"
        )
    return saved
