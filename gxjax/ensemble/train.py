"""Trains an ensemble: the vmap of one member's step, jitted once, buffers donated."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh

from gxjax.ensemble.agreement import anywhere
from gxjax.ensemble.checkpoint import Checkpoints, Restored
from gxjax.ensemble.history import history_rows, learning_rate, progress_note
from gxjax.ensemble.loss import mean_score, validation_score
from gxjax.ensemble.member import Best
from gxjax.ensemble.outcome import evaluate, finish
from gxjax.ensemble.peaks import Peaks
from gxjax.ensemble.roofline import Speed
from gxjax.ensemble.run_description import describe
from gxjax.ensemble.step_timer import StepTimer
from gxjax.ensemble.training_checks import check_training
from gxjax.ensemble.training_config import TrainingConfig
from gxjax.ensemble.training_events import TrainingEvents
from gxjax.ensemble.training_memory import TrainingPlan
from gxjax.ensemble.training_run import (
    Run,
    Running,
    begin,
    no_loss,
    shapes,
    start,
    take_step,
)
from gxjax.types import Arm, Ensemble, Progress, silent

__all__ = ["TrainingStopped", "train"]

_ASKED = 16
"""Steps between two questions whether to stop, where several processes must agree."""


class TrainingStopped(Exception):
    """Training was asked to stop; its state is saved if checkpoints are kept."""

    def __init__(self, step: int) -> None:
        super().__init__(f"stopped after step {step}")
        self.step = step


class Watch(NamedTuple):
    """What is told of a run while it goes on."""

    saver: Checkpoints | None
    events: TrainingEvents
    peaks: Peaks | None
    stop: Callable[[], bool]
    progress: Progress


def never() -> bool:
    """The answer of a run that nothing stops."""
    return False


def train(
    key: jax.Array,
    arm: Arm,
    phenotype: np.ndarray,
    split: np.ndarray,
    *,
    model: Any,
    config: TrainingConfig,
    members: int,
    trait: str = "quantitative",
    mesh: Mesh | None = None,
    resident: bool | None = True,
    max_memory: int | None = None,
    announce: Callable[[TrainingPlan], None] | None = None,
    checkpoints: Path | None = None,
    checkpoint_steps: int = 0,
    checkpoint_minutes: float = 5.0,
    stop: Callable[[], bool] = never,
    warn: Callable[[str], None] = warnings.warn,
    events: Path | None = None,
    peaks: Peaks | None = None,
    progress: Progress = silent,
) -> Ensemble:
    """Fits M networks to TRAIN people and keeps each at its best VALIDATION epoch.

    With `config.data_order` "shared" members differ in their initial weights and
    dropout only, so their spread is less than that of runs with other batches or other
    people. A last batch of an epoch that would be smaller than the others is left out;
    the order of people changes with every epoch. Mesh, residency and checkpoints change
    nothing but speed and memory: the networks are equal to rounding, and bit-identical
    on the same devices.

    Args:
      key: names every random number of the run.
      arm: the input, V columns of N people.
      phenotype: float32 [N]; 0/1 for a binary trait. Or [N, P] of P phenotypes at once,
        for a model of P outputs, NaN where a person's is missing.
      split: int8 [N] of TRAIN, VALIDATION, TEST.
      model: an `MLP`.
      config: how it is fitted.
      members: M.
      trait: "quantitative" (squared error, R^2) or "binary" (logistic loss weighted
        by class, AUROC).
      mesh: devices along member, sample, variant; `make_mesh` if left out.
      resident: whether packed genotypes stay on the devices; else they are sent a batch
        at a time. None: if they fit.
      max_memory: the most bytes to be used of each device; None for all it has.
      announce: told what a device will hold, before it does.
      checkpoints: a directory; a run that finds its own checkpoint there goes on from
        it and ends bit-identical to one that was never interrupted.
      checkpoint_steps, checkpoint_minutes: between checkpoints; 0: not by these.
      stop: asked after every step, or every 16th on several hosts; where it says True
        `TrainingStopped` is raised, after a checkpoint if they are kept.
      warn: told of a damaged checkpoint, and of members without a finite score.
      events: a directory for TensorBoard, or None.
      peaks: of a device, against which the speed is measured; None for no shares.
      progress: called after every step with (steps done, steps in all, note).

    Returns:
      `Ensemble`. A good validation score does not mean that the network found the
      causal variants: that is what the benchmark is for.

    Raises:
      ValueError: if TRAIN has fewer people than one batch, or VALIDATION fewer than 2,
        or a binary trait lacks a class in either; a mesh or memory that does not fit.
      TrainingStopped: `stop` said so.
    """
    check_training(phenotype, split, config, members, model.outputs, trait)
    run = begin(
        key,
        arm,
        phenotype,
        split,
        model=model,
        config=config,
        members=members,
        trait=trait,
        mesh=mesh,
        resident=resident,
        max_memory=max_memory,
        announce=announce,
    )
    with ExitStack() as stack:
        saver, found = None, None
        if checkpoints is not None:
            saver = Checkpoints(
                checkpoints,
                every_steps=checkpoint_steps,
                every_minutes=checkpoint_minutes,
                belongs_to=describe(run, key, arm),
                warn=warn,
            )
            found = stack.enter_context(saver).restore(shapes(run))
        folder = events if jax.process_index() == 0 else None
        done = found.step if found else 0
        told = stack.enter_context(TrainingEvents(folder, members, done=done))
        watch = Watch(saver, told, peaks, stop, progress)
        best, history = _train(run, found, watch)
    # Of a run that had nothing left to do, it is the state.
    del found
    return finish(run, best, history, warn)


def _train(
    run: Run, found: Restored | None, watch: Watch
) -> tuple[Best, list[dict[str, Any]]]:
    """All steps, or those after a checkpoint.

    Only what outlives training is returned: while the best epochs are gathered, the
    state and its moments are there no more.
    """
    step = found.step if found else 0
    running = Running(*found.state) if found else start(run)
    history: list[dict[str, Any]] = found.record["history"] if found else []
    newest: Speed | None = None
    while step < run.steps and not np.all(running.best.stopped):
        timer = StepTimer()
        order = run.order.batches(*divmod(step, run.order.steps))
        for batch in run.feed.batches(order):
            before, running = running.loss, take_step(run, running, batch)
            # One step ahead of the devices: batches sent would fill them else.
            jax.block_until_ready(running.loss if run.one_at_a_time else before)
            step += 1
            timer.count(running)
            watch.progress(step, run.steps, progress_note(history, newest))
            if step % run.order.steps:
                _keep(watch, step, running, history)
        newest = timer.speed(run, running, watch.peaks) or newest
        running, rows = _end_of_epoch(run, step, running)
        if newest:
            watch.events.speed(step, newest)
        watch.events.epoch(step, rows)
        history = history + rows
        _keep(watch, step, running, history)
    return running.best, history


def _end_of_epoch(
    run: Run, step: int, running: Running
) -> tuple[Running, list[dict[str, Any]]]:
    """Compares with the best epoch; the rows of the history."""
    epoch = step // run.order.steps
    values = evaluate(run, running.state)
    values["train_loss"] = np.asarray(running.loss)
    score = jnp.asarray(mean_score(values["validation_score"]), jnp.float32)
    best = run.program.keep_best(running.state, running.best, score, epoch)
    rate = learning_rate(run.config, epoch, run.order.steps)
    name, _ = validation_score(run.trait)
    rows = history_rows(epoch, rate, name, values, best)
    return running._replace(best=best, loss=no_loss(run)), rows


def _keep(
    watch: Watch, step: int, running: Running, history: list[dict[str, Any]]
) -> None:
    """Saves the state where it is time to; raises TrainingStopped where asked to."""
    record = {"history": history}
    if (jax.process_count() == 1 or step % _ASKED == 0) and anywhere(watch.stop()):
        if watch.saver:
            watch.saver.save(step, running, record, wait=True)
        raise TrainingStopped(step)
    if watch.saver:
        watch.saver.maybe_save(step, running, record)
