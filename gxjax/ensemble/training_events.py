"""Training as TensorBoard sees it: event files, written so that a crash costs nothing.

Records go straight to the file, and to the disk at the end of every epoch: a full disk
is an error at the call that met it, not a thread that died behind a queue.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from gxjax.ensemble.roofline import Speed

__all__ = ["TrainingEvents"]

_COLUMNS = ("learning_rate", "train_loss", "validation_loss")


class TrainingEvents:
    """Writes what `tensorboard --logdir <folder>` shows; a context manager.

    Every member is a run of its own below the folder (`member_0`, ...), so that one
    chart has a line per member: `learning_rate`, `train_loss`, `validation_loss` and
    the score by its name (`validation_r2`; of several phenotypes their mean, and
    `validation_r2_1` to `validation_r2_P`). The folder itself is the run of what all
    members share: `speed/people_per_second`, `speed/people_members_per_second` and the
    shares of `roofline.achieved`. The horizontal axis is optimiser steps.

    A run that goes on after a crash writes a new file, which hides what the old ones
    have of steps that are taken again. Files of an unrelated run in the same folder are
    not told from those of this one. Of several processes only one may write.

    Args:
      folder: made if it is not there; None to write nothing, whatever is called.
      members: M.
      done: steps taken before, those of the checkpoint that training goes on from.

    Raises:
      ValueError: tensorboardX is not installed.
      OSError: the folder can't be written.
    """

    def __init__(self, folder: Path | str | None, members: int, done: int = 0) -> None:
        self._runs: list[_EventFile] = []
        if folder is None:
            return
        folder = Path(folder)
        try:
            for path in (folder, *(folder / f"member_{m}" for m in range(members))):
                self._runs.append(_EventFile(path, done + 1))
        except BaseException:
            self.close()
            raise

    def epoch(self, step: int, rows: Iterable[Mapping[str, Any]]) -> None:
        """Writes an epoch's rows of the history, and all before it, to the disk.

        Call it before the checkpoint that holds these rows is saved: what a checkpoint
        knows is then in the files too.

        Args:
          step: steps taken.
          rows: as of `history_rows`, of this epoch.
        """
        if not self._runs:
            return
        for row in rows:
            self._runs[1 + row["member"]].write(step, _scalars(row))
        for run in self._runs:
            run.flush()

    def speed(self, step: int, speed: Speed) -> None:
        """Writes how fast training was up to this step."""
        if not self._runs:
            return
        values = {
            "people_per_second": speed.people_per_second,
            "people_members_per_second": speed.people_members_per_second,
            **speed.shares,
        }
        scalars = {f"speed/{name}": value for name, value in values.items()}
        self._runs[0].write(step, scalars)

    def close(self) -> None:
        """Closes the files; what is called later writes nothing."""
        runs, self._runs = self._runs, []
        for run in runs:
            run.close()

    def __enter__(self) -> TrainingEvents:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _scalars(row: Mapping[str, Any]) -> dict[str, float]:
    """What of a row of the history is drawn, by its name in TensorBoard."""
    scalars = {name: row[name] for name in _COLUMNS if name in row}
    for name, value in row.items():
        if name.startswith("validation_score"):
            named = name.replace("validation_score", f"validation_{row['score_name']}")
            scalars[named] = value
    return scalars


class _EventFile:
    """One file of events; steps from `first` on replace those of older files."""

    def __init__(self, folder: Path, first: int) -> None:
        try:
            from tensorboardX import RecordWriter
            from tensorboardX.proto import event_pb2, summary_pb2
        except ImportError as error:
            raise ValueError(
                "TensorBoard events were asked for, and tensorboardX is not "
                "installed; expected it: pip install 'gxjax[tensorboard]'"
            ) from error
        self._event, self._summary = event_pb2.Event, summary_pb2.Summary
        folder.mkdir(parents=True, exist_ok=True)
        # TensorBoard reads files in the order of their names: by second, then by count.
        count = len(list(folder.glob("events.out.tfevents.*")))
        name = f"events.out.tfevents.{int(time.time()):010d}.{count:04d}"
        self._file = RecordWriter(str(folder / f"{name}.{socket.gethostname()}"))
        self._put(self._event(file_version="brain.Event:2"))
        start = event_pb2.SessionLog(status=event_pb2.SessionLog.START)
        self._put(self._event(step=first, session_log=start))
        self.flush()

    def write(self, step: int, scalars: Mapping[str, float]) -> None:
        values = [
            self._summary.Value(tag=tag, simple_value=value)
            for tag, value in scalars.items()
        ]
        self._put(self._event(step=step, summary=self._summary(value=values)))

    def _put(self, event: Any) -> None:
        event.wall_time = time.time()
        self._file.write(event.SerializeToString())

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        self._file.close()
