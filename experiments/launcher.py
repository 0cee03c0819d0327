"""The edge that every launcher shares: flags in, exit code out.

Exit code 0: done. 2: something that the user can mend, said in one line. 1: our own
fault, with a traceback. 130: interrupted, 143: stopped by SIGTERM; the same command
goes on from there.
"""

from __future__ import annotations

import errno
import os
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from experiments import console, flags, hosts
from experiments.arms import arm_plans
from experiments.configuration import Configuration
from experiments.input_files import check_inputs
from experiments.preemption import EXIT_CODE, Preempted
from experiments.workdir import REPLICATED, Workdir

__all__ = ["Run", "launch", "launch_stage", "run_stage"]

_FULL = os.strerror(errno.ENOSPC)

Run = Callable[[Configuration, Workdir], list[str]]
"""A stage: reads what earlier ones wrote, writes its own folder, returns notes."""


def launch(program: str, summary: str, main: Callable[[list[str]], None]) -> None:
    """Runs `main(argv)` and exits with the code that the module's docstring gives."""
    argv = sys.argv
    if any(word in ("--help", "-h", "-help", "--helpfull") for word in argv[1:]):
        print(flags.help_text(program, summary))
        sys.exit(0)
    try:
        main(argv)
    except KeyboardInterrupt:
        print("\nInterrupted; the same command goes on from here.", file=sys.stderr)
        sys.exit(130)
    except Preempted as stopped:
        print(f"\n{stopped}", file=sys.stderr)
        sys.exit(EXIT_CODE)
    except hosts.OtherFailed:
        # Process 0 says why.
        sys.exit(1)
    except Exception as error:
        if _is_full(error):
            error = OSError(
                "the disk is full; make room, and give the same command again"
            )
        if not _is_the_users(error):
            traceback.print_exc()
            print(
                "This is a fault of gxjax (or of a method given as module:function), "
                "not of your input.",
                file=sys.stderr,
            )
            sys.exit(1)
        print(f"ERROR: {error}", file=sys.stderr)
        sys.exit(2)


def _is_full(error: BaseException | None) -> bool:
    """Whether a full disk is behind the error; orbax tells it in words only."""
    if error is None:
        return False
    full = getattr(error, "errno", None) == errno.ENOSPC or _FULL in str(error)
    return full or _is_full(error.__cause__ or error.__context__)


def _is_the_users(error: Exception) -> bool:
    """Whether our code raised the error on purpose, or the machine refused a file.

    A ValueError that comes out of jax or numpy is a bug of ours, however it reads.
    """
    if isinstance(error, OSError):
        return True
    if not isinstance(error, ValueError):
        return False
    frames = traceback.extract_tb(error.__traceback__)
    folders = {Path(__file__).parent, Path(__file__).parent.parent / "gxjax"}
    return any(folder in Path(frames[-1].filename).parents for folder in folders)


def run_stage(name: str, run: Run, configuration: Configuration, work: Workdir) -> None:
    """Runs one stage of every replicate unless it is done, and marks it.

    All processes train; the other stages are process 0's.
    """
    count = configuration.benchmark.replicates if name in REPLICATED else 1
    for number in range(count):
        title = f"{name}, replicate {number + 1} of {count}" if count > 1 else name
        _run_once(name, title, run, configuration, work.of_replicate(number))


def _run_once(
    name: str, title: str, run: Run, configuration: Configuration, work: Workdir
) -> None:
    if hosts.first_says(is_finished(configuration, work, name)):
        console.say(f"{title}: already done")
        return
    console.say(f"{title}:")
    # What was made from an older state of this stage must not pass for finished.
    hosts.on_first(partial(work.clear_after, name))
    started = time.monotonic()
    stage = partial(run, configuration, work)
    notes = (stage() if name == "ensemble" else hosts.on_first(stage)) or []
    for text in notes:
        console.note(text)
    if name == "cohort":
        hosts.on_first(partial(work.save_flags, configuration))
    seconds = time.monotonic() - started
    hosts.on_first(partial(work.finish, name, seconds, notes))


def is_finished(configuration: Configuration, work: Workdir, name: str) -> bool:
    """Whether a stage was finished, with all the arms that the flags ask for."""
    if name not in ("ensemble", "attribution"):
        return work.is_done(name)
    arms = (plan.name for plan in arm_plans(configuration, work.replicate))
    return work.is_done(name) and all(work.is_done(f"{name}/{arm}") for arm in arms)


def require(configuration: Configuration, work: Workdir, name: str) -> None:
    """Raises ValueError unless a stage was finished, of every replicate and arm."""
    work.require(name)
    count = configuration.benchmark.replicates if name in REPLICATED else 1
    for number in range(count):
        if not is_finished(configuration, work.of_replicate(number), name):
            raise ValueError(
                f"{work.path}: stage '{name}' of replicate {number + 1} of {count} "
                "lacks what these flags ask for; run experiments/benchmark.py with them"
            )


def launch_stage(
    name: str,
    summary: str,
    run: Run,
    needs: str | None,
    check: Callable[[Configuration], None] | None = None,
) -> None:
    """The launcher of one stage over a workdir whose earlier stages are done.

    Flags that the command line does not give are those saved in the workdir. `check`
    raises an error for wrong ones before --overwrite removes anything.
    """

    def main(argv: list[str]) -> None:
        given = flags.parse(argv)
        work = Workdir(given.workdir)
        if work.saved_flags() is not None:
            saved = f"--flagfile={work.path / 'run.flags'}"
            given = flags.parse([argv[0], saved, *argv[1:]])
        configuration = given.configuration

        def prepare() -> None:
            if check is not None:
                check(configuration)
            if needs:
                require(configuration, work, needs)
            stack.enter_context(work.alone())
            work.prepare(configuration, given.overwrite, launcher_of=name)
            if name == "cohort":
                check_inputs(configuration, work)

        with hosts.joined(configuration.running), ExitStack() as stack:
            hosts.on_first(prepare)
            run_stage(name, run, configuration, work)

    launch(f"python -m experiments.{Path(sys.argv[0]).stem}", summary, main)
