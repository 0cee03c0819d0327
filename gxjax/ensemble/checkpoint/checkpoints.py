"""Checkpoints of a training run: written beside it, checked when read."""

from __future__ import annotations

import errno
import os
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple

import jax
import numpy as np
import orbax.checkpoint as ocp
from etils import epath

from gxjax.ensemble.agreement import agreed, attempt
from gxjax.ensemble.checkpoint import unit
from gxjax.ensemble.checkpoint.file_list import write_list
from gxjax.ensemble.checkpoint.folder import CheckpointFolder

__all__ = ["Checkpoints", "Record", "Restored"]

CLOCK_CALLS = 64
"""With several processes, at every how many calls process 0's clock is asked."""

Record = Mapping[str, Any] | Callable[[], Mapping[str, Any]]
"""What belongs to a state beside arrays, as JSON can write it, or what gives it."""


class Restored(NamedTuple):
    """What a checkpoint held.

    Attributes:
      step: as given to `save`.
      state: the pytree, with the shapes, dtypes and shardings that were asked for.
      record: what JSON makes of the record given: its tuples are lists.
    """

    step: int
    state: Any
    record: dict[str, Any]


class Checkpoints:
    """The newest states of one training run, saved while it goes on.

    A checkpoint is one folder, `save_<number>`, which has this name only when all of it
    is written: the arrays (`state`, by orbax), `record/record.json` (step,
    configuration, the caller's record, a checksum of every array as it lay on the
    devices) and a list of the files. The newest two finished ones stay; a third until
    the next save begins. A process may be killed at any moment and loses no more than
    the save it was writing.

    A context manager; leaving it waits for the last save. Several processes make the
    same calls in the same order and see the same folder.
    """

    def __init__(
        self,
        directory: str | os.PathLike[str],
        *,
        every_steps: int = 0,
        every_minutes: float = 0.0,
        belongs_to: Mapping[str, Any] | None = None,
        warn: Callable[[str], Any] = warnings.warn,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Makes `directory` and removes what a killed run left half written there.

        Args:
          directory: of this run alone.
          every_steps: `maybe_save` saves when the steps pass a multiple of it; 0 for
            never.
          every_minutes: `maybe_save` saves so long after the last save; 0 for never.
            With several processes that is by process 0's clock, asked at every 64th
            call, because all must save at the same step.
          belongs_to: what JSON can write of the run's configuration; a checkpoint of
            another configuration is refused.
          warn: called with a text about every damaged checkpoint.
          clock: seconds, never going back.
        """
        self._folder = CheckpointFolder(directory)
        self._folder.sweep()
        self._number = self._folder.newest()
        self._every_steps, self._every_minutes = every_steps, every_minutes
        self._belongs_to = unit.as_json(belongs_to or {})
        self._warn, self._clock = warn, clock
        self._calls, self._step, self._time = 0, 0, clock()
        # Made in the background, a folder that can not be made is noticed much later.
        options = ocp.options.AsyncOptions(
            create_directories_asynchronously=False,
            post_finalization_callback=self._list_files,
        )
        self._writer = ocp.AsyncCheckpointer(unit.handler(), async_options=options)

    def __enter__(self) -> Checkpoints:
        return self

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        try:
            self.wait()
        except OSError as failure:
            if error is None:
                raise
            self._warn(str(failure))
        finally:
            self._writer.close()
            # What could not be written must not fill the disk.
            with suppress(OSError):
                self._folder.sweep()
                self._folder.remove_old()

    def maybe_save(self, step: int, state: Any, record: Record) -> bool:
        """`save`s if that is due by steps or minutes, and says whether it did."""
        with self._naming():
            self._writer.check_for_errors()
        self._calls += 1
        due = self._is_due_by_steps(step) or self._is_due_by_clock()
        if due:
            self.save(step, state, record)
        return due

    def save(
        self, step: int, state: Any, record: Record, *, wait: bool = False
    ) -> None:
        """Saves now; waits first for the save before, if that is still being written.

        When it returns, files are still being written, but the arrays may be donated or
        overwritten: until then the memory of the host holds them once more.

        Args:
          step: steps taken; of several saves of one step the last one counts.
          state: pytree of jax or numpy arrays; of a PRNG key, its `key_data`.
          record: called only here, if it is a function.
          wait: whether to return only when all is written.

        Raises:
          OSError: this save or the one before can not be written; names the folder.
            What was finished earlier is untouched.
          TypeError: a leaf is not an array, or JSON can not write the record.
        """
        self.wait()
        with self._naming(OSError):
            self._folder.sweep()
            self._folder.remove_old()
        leaves = unit.named_leaves(state)
        words = record() if callable(record) else record
        content = unit.make_content(step, self._belongs_to, words, leaves)
        arguments = unit.save_arguments(content, leaves)
        self._number += 1
        self._step = step
        with self._naming(OSError):
            self._writer.save(self._folder.checkpoint(self._number), args=arguments)
        self._time = self._clock()
        if wait:
            self.wait()

    def wait(self) -> None:
        """Returns when nothing is being written any more; OSError if that failed."""
        with self._naming():
            self._writer.wait_until_finished()

    def restore(self, like: Any) -> Restored | None:
        """The newest checkpoint that is whole, or None.

        A damaged one is named through `warn`, and the one before it is tried. When a
        whole one is found, damaged newer ones become `damaged_save_<number>`, which are
        removed when two newer ones are finished.

        Args:
          like: pytree of arrays or `ShapeDtypeStruct`s, whose structure, shapes, dtypes
            and shardings the state shall have, on the saver's devices or any others; no
            sharding means the first device.

        Raises:
          ValueError: a checkpoint of another configuration (`belongs_to`), or of other
            names, shapes or dtypes.
        """
        self.wait()
        wanted = unit.named_leaves(like)
        damaged: list[int] = []
        for number in self._folder.numbers():
            folder = self._folder.checkpoint(number)
            content, leaves, why = self._read(folder, wanted)
            if not why:
                self._folder.move_aside(damaged)
                self._step, self._time = content["step"], self._clock()
                state = jax.tree.unflatten(jax.tree.structure(like), leaves.values())
                return Restored(content["step"], state, content["record"])
            self._warn(f"{folder}: this checkpoint is damaged and not used: {why}")
            damaged.append(number)
        if damaged:
            self._warn(f"{self._folder.path}: none of the checkpoints is whole")
        return None

    def _list_files(self) -> None:
        # Called where all is written but the name, so the list comes with the rest.
        write_list(self._folder.unfinished(self._number))

    def _read(self, folder: epath.Path, wanted: dict[str, Any]) -> tuple[Any, Any, str]:
        """A checkpoint's content and arrays, and in words what is damaged, or ""."""
        content, why = attempt(lambda: unit.load_content(folder))
        if why:
            return content, None, why
        unit.check_fits(folder, content, self._belongs_to, wanted)
        leaves, why = attempt(lambda: unit.load_arrays(folder, wanted))
        if not why and (other := unit.changed(leaves, content)):
            why = f"other numbers than were saved in {', '.join(other[:3])}"
        return content, leaves, why

    def _is_due_by_steps(self, step: int) -> bool:
        every = self._every_steps
        return every > 0 and step // every > self._step // every

    def _is_due_by_clock(self) -> bool:
        if self._every_minutes <= 0:
            return False
        late = self._clock() - self._time >= 60 * self._every_minutes
        if jax.process_count() == 1:
            return late
        asked = self._calls % CLOCK_CALLS == 0
        return asked and bool(agreed(np.asarray(late)))

    @contextmanager
    def _naming(self, kind: type[Exception] = Exception) -> Iterator[None]:
        """Turns errors of writing into an OSError that names the folder."""
        try:
            yield
        except kind as error:
            raise _failure(self._folder.path, self._step, error) from error


def _failure(folder: epath.Path, step: int, error: Exception) -> OSError:
    """Orbax and tensorstore tell in words only what the system refused."""
    codes = errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES
    told = [code for code in codes if os.strerror(code) in str(error)]
    code = getattr(error, "errno", None) or (told or [errno.EIO])[0]
    words = os.strerror(code) if told or isinstance(error, OSError) else repr(error)
    return OSError(
        code,
        f"{folder}: the checkpoint of step {step} can not be written: {words}; those "
        "finished before are untouched",
    )
