"""Several processes, on one host or many, that work as one.

All of them train; process 0 alone reads and writes what is not training, and prints:

    with joined(running):
        on_first(lambda: work.prepare(...))
        ensemble = train(...)
        on_first(lambda: save_ensemble(ensemble, folder))
"""

from __future__ import annotations

import contextlib
import glob
import importlib.util
import io
import itertools
import os
from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

import jax
import numpy as np
from jax.experimental import multihost_utils
from orbax.checkpoint import multihost

from experiments.running_flags import RunningFlags
from gxjax.ensemble.agreement import agreed, anywhere

__all__ = ["OtherFailed", "first_says", "is_first", "joined", "on_first"]

Result = TypeVar("Result")

_LONGEST = 30 * 24 * 3600 * 1000
"""Milliseconds that process 0 may take for a stage: it ends, or its loss is noticed."""

_number = itertools.count()


class OtherFailed(Exception):
    """Process 0 failed, and has said why; this process has no more to do."""

    def __init__(self) -> None:
        super().__init__("process 0 failed: see what it says")


@contextlib.contextmanager
def joined(running: RunningFlags) -> Iterator[None]:
    """Joins this process with the others, if there are any, and silences all but one.

    Call it before anything is computed. When one is lost, JAX ends the others within
    --heartbeat_timeout and a little more, most often by SIGABRT; an error that comes
    before is raised. What it can not tell: a process that lives and does nothing.

    Raises:
      ValueError: only some of --coordinator, --num_processes, --process_id.
      ConnectionError: the others did not come within five minutes, or one is gone.
    """
    if running.distributed != "off":
        _join(running)
    silence = contextlib.redirect_stdout(io.StringIO())
    with contextlib.nullcontext() if is_first() else silence:
        try:
            yield
        except (ValueError, jax.errors.JaxRuntimeError) as error:
            if jax.process_count() == 1 or "Gloo" not in str(error):
                raise
            raise ConnectionError(
                "another process is gone: see what it says. The same command on all of "
                f"them goes on from the last checkpoint ({str(error).splitlines()[0]})"
            ) from error


def _join(running: RunningFlags) -> None:
    given = running.coordinator, running.num_processes, running.process_id
    if given.count(None) not in (0, len(given)):
        raise ValueError(
            "--coordinator, --num_processes and --process_id: found only some of them; "
            "expected all three, or none where Slurm, Open MPI or a TPU slice tells"
        )
    told = None not in given
    if not told and not in_cluster(os.environ):
        return
    if told and running.process_id >= running.num_processes:  # type: ignore[operator]
        raise ValueError(
            f"--process_id={running.process_id}: expected less than --num_processes = "
            f"{running.num_processes}"
        )
    # JAX would swallow SIGTERM from here on, for a service of its own.
    jax.config.update("jax_enable_preemption_service", False)
    try:
        how = "deactivate" if told else None
        jax.distributed.initialize(
            *given,
            cluster_detection_method=how,
            heartbeat_timeout_seconds=running.heartbeat_timeout,
        )
    except jax.errors.JaxRuntimeError as error:
        where = running.coordinator or "the cluster's first process"
        first_line = str(error).strip().splitlines()[0]
        raise ConnectionError(
            f"the processes could not be joined at {where}: {first_line}. Start all of "
            "them within five minutes, and let them reach that port"
        ) from error
    if running.num_processes is not None:
        _check_told(running.num_processes)


def _check_told(count: int) -> None:
    """Raises ValueError, on every process, where they were told different counts."""
    every = multihost_utils.process_allgather(np.asarray(count)).reshape(-1).tolist()
    if set(every) != {jax.process_count()}:
        raise ValueError(
            f"--num_processes: the processes were told {every}, in the order of their "
            f"--process_id, and {len(every)} have joined; expected one count for all"
        )


def in_cluster(environment: Mapping[str, str]) -> bool:
    """Whether JAX can find out from the environment what the other processes are.

    Of Slurm, a step of several tasks counts (`srun`); the batch script itself, which
    sees the same job, is one process alone.

    Args:
      environment: as `os.environ`.
    """
    for name in ("SLURM_STEP_NUM_TASKS", "OMPI_COMM_WORLD_SIZE"):
        if int(environment.get(name) or 1) > 1:
            return True
    # A TPU host says nothing of the other hosts of its slice but to JAX; alone, it is
    # joined with no one.
    has_chips = glob.glob("/dev/accel*") or glob.glob("/dev/vfio/[0-9]*")
    return bool(has_chips) and importlib.util.find_spec("libtpu") is not None


def is_first() -> bool:
    """Whether this is process 0, or the only one."""
    return jax.process_index() == 0


def first_says(answer: bool) -> bool:
    """Process 0's answer, on every process; all must ask at the same place.

    A network file system may show others an older state than process 0 sees.
    """
    return bool(agreed(np.asarray(answer)))


def on_first(action: Callable[[], Result]) -> Result | None:
    """Process 0 does something, however long it takes, while the others wait.

    Returns:
      What `action` did on process 0, None on the others.

    Raises:
      OtherFailed: on the others, where it raised an error on process 0.
    """
    if jax.process_count() == 1:
        return action()
    result, failure = None, None
    try:
        if is_first():
            result = action()
    except BaseException as error:
        failure = error
    # Not a collective of devices: those that wait an hour for one give up.
    wait = multihost.get_barrier_sync_fn()
    wait(key=f"gxjax_first_{next(_number)}", timeout_ms=_LONGEST)
    failed = anywhere(failure is not None)
    if failure is not None:
        raise failure
    if failed:
        raise OtherFailed()
    return result
