"""Training on an accelerator at the size of a biobank; genotypes made on the device."""

from __future__ import annotations

import statistics
import time
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
from jax.sharding import NamedSharding, PartitionSpec

from gxjax.cohort.encoding import fit_encoding
from gxjax.ensemble import MLP, TrainingConfig
from gxjax.ensemble.peaks import device_peaks, measure_peaks
from gxjax.ensemble.roofline import achieved, roofline_seconds
from gxjax.ensemble.training_memory import training_plan
from gxjax.ensemble.training_run import Run, begin, start, step_cost, take_step
from gxjax.genotypes.packed import packed_width
from gxjax.types import TRAIN, VALIDATION, VARIANT_COLUMNS, Arm, Block, Truth

__all__ = ["measure_training"]

_ROWS = 512
"""People whose random bytes are drawn at a time."""


class _Nowhere:
    """Stands for a packed matrix that is on the device alone."""

    dtype = np.dtype(np.uint8)

    def __init__(self, shape: tuple[int, int]) -> None:
        self.shape = shape


def measure_training(
    people: int,
    variants: int,
    members: int,
    widths: tuple[int, ...],
    batch_size: int,
    repeats: int,
    *,
    bfloat16: bool,
) -> dict[str, Any]:
    """Seconds of a step and of an epoch, shares of the roofline, memory and its plan.

    Memory is that of the process so far: measure the smallest setting first.
    """
    people = -(-people // _ROWS) * _ROWS
    arm, phenotype, split = _arm(people, variants)
    dtype = jnp.bfloat16 if bfloat16 else jnp.float32
    config = TrainingConfig(batch_size=batch_size, bfloat16_moments=bfloat16)
    run = begin(
        jax.random.key(0),
        arm,
        phenotype,
        split,
        model=MLP(widths, dtype=dtype),
        config=config,
        members=members,
        trait="quantitative",
        mesh=None,
        resident=False,
    )
    mesh, layout = run.feed.mesh, run.layout
    plan = training_plan(
        run.program, arm, run.encoding, run.placed, layout, mesh, config, True
    )
    run = run._replace(feed=run.feed._replace(arm=_with_genotypes(run, people)))
    seconds = statistics.median(_step_seconds(run, repeats))
    cost, device = step_cost(run), jax.devices()[0]
    measured = measure_peaks(dtype)
    published = device_peaks(device)
    return {
        "members": members,
        "dtype": jnp.dtype(dtype).name,
        "seconds_per_step": seconds,
        "people_x_members_per_second": batch_size * members / seconds,
        "seconds_per_epoch": seconds * run.order.steps,
        "roofline_seconds_per_step": roofline_seconds(cost, measured),
        "of_measured_peaks": achieved(cost, seconds, measured),
        "of_published_peaks": achieved(cost, seconds, published) if published else None,
        "plan": plan._asdict() | {"total": plan.total},
        "memory": device.memory_stats(),
    }


def _arm(people: int, variants: int) -> tuple[Arm, np.ndarray, np.ndarray]:
    split = np.full(people, TRAIN, np.int8)
    split[-256:] = VALIDATION
    counts = np.full((variants, 4), people // 4, np.int64)
    packed: Any = _Nowhere((people, packed_width(variants)))
    none = np.full(variants, np.nan, np.float32)
    truth = Truth(np.zeros(variants, np.int8), np.full(variants, -1), none, none)
    table = pd.DataFrame({name: [] for name in VARIANT_COLUMNS})
    blocks = (Block(packed, np.arange(people, dtype=np.int32), variants),)
    arm = Arm("real", blocks, table, truth, fit_encoding(counts), counts)
    phenotype = np.random.default_rng(0).normal(size=people)
    return arm, phenotype.astype(np.float32), split


def _with_genotypes(run: Run, people: int) -> Any:
    """The placed arm with random bytes, any code equally likely."""
    (octets,) = run.layout.octets
    sharding = NamedSharding(run.feed.mesh, PartitionSpec(None, "variant"))

    def make(key: jax.Array) -> jax.Array:
        def rows(number: jax.Array) -> jax.Array:
            own = jax.random.fold_in(key, number)
            return jax.random.bits(own, (_ROWS, run.layout.granules, octets), jnp.uint8)

        drawn = jax.lax.map(rows, jnp.arange(people // _ROWS))
        return drawn.reshape(people, run.layout.granules, octets)

    packed = jax.jit(make, out_shardings=sharding)(jax.random.key(1))
    return run.feed.arm._replace(packed=(packed,))


def _step_seconds(run: Run, repeats: int) -> list[float]:
    """Of `repeats` bursts of steps that are waited for together."""
    running, batches = start(run), iter(run.feed.batches(_batches(run)))
    running = jax.block_until_ready(take_step(run, running, next(batches)))
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
    return times


def _batches(run: Run) -> Any:
    epoch = 0
    while True:
        yield from run.order.batches(epoch)
        epoch += 1
