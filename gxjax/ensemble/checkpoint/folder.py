"""The folder of a run's checkpoints: `save_1`, `save_2`, ..., the newest two kept."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

import jax
import numpy as np
import orbax.checkpoint as ocp
from etils import epath

from gxjax.ensemble.agreement import agreed

__all__ = ["CheckpointFolder"]

KEPT = 2
"""Finished checkpoints that stay."""

_LISTED = 16


class CheckpointFolder:
    """Finds, removes and moves checkpoints; of several processes, process 0 does.

    A checkpoint's number says only which is newer: the steps of a run that went back to
    an older one come again.
    """

    def __init__(self, directory: str | os.PathLike[str]) -> None:
        """Makes the folder if it is missing."""
        text = os.fspath(directory)
        # orbax takes absolute paths only; an address of a bucket is one already.
        self.path = epath.Path(text if "://" in text else os.path.abspath(text))
        self._first = jax.process_index() == 0
        if self._first:
            self.path.mkdir(parents=True, exist_ok=True)

    def checkpoint(self, number: int) -> epath.Path:
        """The path of a checkpoint."""
        return self.path / f"save_{number}"

    def numbers(self) -> list[int]:
        """Finished checkpoints, newest first, the same list on every process.

        A network file system may show others an older listing than process 0's.
        """
        listed = np.zeros(_LISTED, np.int32)
        found = self._finished("save_")[:_LISTED]
        listed[: len(found)] = found
        return [number for number in agreed(listed).tolist() if number]

    def unfinished(self, number: int) -> epath.Path:
        """The path under which a checkpoint lies while it is written."""
        name = self.checkpoint(number).name
        found = [p for p in self.path.iterdir() if p.name.split(".")[0] == name]
        return found[0]

    def newest(self) -> int:
        """The highest number there is, damaged or not; 0 in an empty folder."""
        found = [*self._finished("save_"), *self._finished("damaged_save_"), 0]
        return int(agreed(np.asarray(max(found), np.int32)))

    def sweep(self) -> None:
        """Removes what a killed or failed save left; nothing may be being written."""
        if self._first:
            for path in self.path.iterdir():
                if path.name.startswith("save_") and ocp.utils.is_tmp_checkpoint(path):
                    path.rmtree(missing_ok=True)

    def remove_old(self) -> None:
        """Removes all but the newest two, and what was moved aside before those."""
        if not self._first:
            return
        finished = self._finished("save_")
        if len(finished) < KEPT:
            return
        for prefix in ("save_", "damaged_save_"):
            for number in self._finished(prefix):
                if number < finished[KEPT - 1]:
                    (self.path / f"{prefix}{number}").rmtree(missing_ok=True)

    def move_aside(self, numbers: Sequence[int]) -> None:
        """Renames checkpoints to `damaged_save_<number>`."""
        if self._first:
            for number in numbers:
                aside = self.path / f"damaged_save_{number}"
                self.checkpoint(number).rename(aside)

    def _finished(self, prefix: str) -> list[int]:
        # Another process may come before the folder does.
        names = [path.name for path in self.path.iterdir()] if self._first else []
        found = [re.fullmatch(rf"{prefix}(\d+)", name) for name in names]
        numbers = sorted((int(match[1]) for match in found if match), reverse=True)
        return [
            number
            for number in numbers
            if not ocp.utils.is_tmp_checkpoint(self.path / f"{prefix}{number}")
        ]
