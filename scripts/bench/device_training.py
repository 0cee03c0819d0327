"""Training on an accelerator at the size of a biobank; genotypes made on the device."""

from __future__ import annotations

import functools
import itertools
import statistics
import time
from collections.abc import Iterator
from typing import Any
from unittest import mock

import jax
import jax.numpy as jnp
import numpy as np

from bench.device_arm import TrainingSize, device_arm, random_feed
from bench.fitting import DoesNotFit, refusing
from gxjax.ensemble import MLP, TrainingConfig, training_run
from gxjax.ensemble.loss import mean_score
from gxjax.ensemble.mesh import worthwhile
from gxjax.ensemble.outcome import evaluate
from gxjax.ensemble.peaks import device_peaks, measure_peaks
from gxjax.ensemble.roofline import StepCost, achieved, roofline_seconds
from gxjax.ensemble.training_run import Run, begin, start, step_cost, take_step
from gxjax.genotypes.packed import packed_width

__all__ = ["least_bytes", "measure_training"]


def least_bytes(size: TrainingSize) -> int:
    """Bytes that training can not do without: first layers, moments, genotypes.

    A lower bound, known at once; the plan, which is compiled, knows the rest.
    """
    number = 2 if size.bfloat16 else 4
    weights = size.members * size.columns * size.widths[0]
    # Weights, the best epoch's and the second moment; the first moment, the gradient.
    return weights * (3 * 4 + 2 * number) + size.people * packed_width(size.variants)


def measure_training(
    size: TrainingSize, repeats: int, limit: int | None = None
) -> dict[str, Any]:
    """Seconds of a step and of an epoch, shares of the roofline, memory and its plan.

    Memory is that of the process so far: measure the smallest setting first.

    Args:
      size: what is trained.
      repeats: timed bursts of steps, and timed validations.
      limit: bytes of the device that may be taken; None for all that it has.

    Raises:
      DoesNotFit: the plan, or the device, says that it takes more.
    """
    least = least_bytes(size) // len(worthwhile(jax.devices()))
    if limit is not None and least > limit:
        raise DoesNotFit(f"{least:,} bytes at least, of {limit:,}")
    try:
        found, cost = _measured(size, repeats, limit)
    except jax.errors.JaxRuntimeError as error:
        raise refusing(error) from None
    seconds, device = found["seconds_per_step"], jax.devices()[0]
    # What was trained is gone by now: measuring peaks takes memory of its own.
    measured, published = _peaks(size.dtype), device_peaks(device)
    return found | {
        "roofline_seconds_per_step": roofline_seconds(cost, measured),
        "of_measured_peaks": achieved(cost, seconds, measured),
        "of_published_peaks": achieved(cost, seconds, published) if published else None,
    }


_peaks = functools.cache(measure_peaks)


def _measured(
    size: TrainingSize, repeats: int, limit: int | None
) -> tuple[dict[str, Any], StepCost]:
    run, plan, compile_seconds = _begin(size, limit)
    started = time.perf_counter()
    running, batches = start(run), iter(run.feed.batches(_batches(run)))
    running = jax.block_until_ready(take_step(run, running, next(batches)))
    first_step = time.perf_counter() - started
    running, steps = _step_seconds(run, running, batches, repeats)
    first, validation, keeping = _end_of_epoch(run, running, repeats)
    seconds = statistics.median(steps)
    found = {
        "members": size.members,
        "columns": size.columns,
        "dtype": jnp.dtype(size.dtype).name,
        "seconds_to_compile": compile_seconds + first_step + first,
        "seconds_per_step": seconds,
        "people_x_members_per_second": size.batch_size * size.members / seconds,
        "seconds_per_epoch": seconds * run.order.steps,
        "validation_people": len(run.held_out),
        "seconds_per_validation": validation,
        "seconds_to_keep_best": keeping,
        "plan": plan._asdict() | {"total": plan.total},
        "memory": jax.devices()[0].memory_stats(),
    }
    return found, step_cost(run)


def _begin(size: TrainingSize, limit: int | None) -> tuple[Run, Any, float]:
    """The run with random genotypes, its plan, and seconds that planning took."""
    plans: list[tuple[Any, float]] = []
    arm, phenotype, split = device_arm(size)
    started = time.perf_counter()
    try:
        # There is no host that holds such genotypes.
        with mock.patch.object(training_run, "make_feed", random_feed):
            run = begin(
                jax.random.key(0),
                arm,
                phenotype,
                split,
                model=MLP(size.widths, dtype=size.dtype),
                config=TrainingConfig(
                    batch_size=size.batch_size,
                    bfloat16_moments=size.bfloat16,
                    data_order=size.data_order,
                ),
                members=size.members,
                trait="quantitative",
                mesh=None,
                resident=True,
                max_memory=limit,
                announce=lambda plan: plans.append((plan, time.perf_counter())),
            )
    except ValueError as error:
        # Of a plan that was announced it can only be that it does not fit.
        if not plans:
            raise
        raise DoesNotFit(str(error)) from None
    jax.block_until_ready(run.feed.arm)
    ((plan, planned),) = plans
    return run, plan, planned - started


def _step_seconds(
    run: Run, running: Any, batches: Iterator[Any], repeats: int
) -> tuple[Any, list[float]]:
    """Of `repeats` bursts of steps that are waited for together."""
    started = time.perf_counter()
    running = jax.block_until_ready(take_step(run, running, next(batches)))
    burst = max(1, int(2 / (time.perf_counter() - started)))
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        for _ in range(burst):
            running = take_step(run, running, next(batches))
        jax.block_until_ready(running)
        times.append((time.perf_counter() - started) / burst)
    return running, times


def _end_of_epoch(run: Run, running: Any, repeats: int) -> tuple[float, float, float]:
    """Seconds of the first one, then medians of validation and of keeping the best."""
    validation, keeping, best = [], [], running.best
    for epoch in range(1 + repeats):
        started = time.perf_counter()
        values = evaluate(run, running.state)
        validation.append(time.perf_counter() - started)
        score = jnp.asarray(mean_score(values["validation_score"]), jnp.float32)
        kept = run.program.keep_best(running.state, best, score, epoch + 1)
        best = jax.block_until_ready(kept)
        keeping.append(time.perf_counter() - started - validation[-1])
    first = validation.pop(0) + keeping.pop(0)
    return first, statistics.median(validation), statistics.median(keeping)


def _batches(run: Run) -> Iterator[np.ndarray]:
    return itertools.chain.from_iterable(map(run.order.batches, itertools.count()))
