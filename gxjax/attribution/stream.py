"""The loop of a score: blocks of people, members in turn, totals kept and resumed."""

from __future__ import annotations

import time
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding
from jax.sharding import PartitionSpec as P

from gxjax.attribution.dosage_blocks import dosage_blocks
from gxjax.attribution.fingerprint import fingerprint
from gxjax.attribution.job import (
    Job,
    blocks_of_people,
    members_per_device,
    padded_width,
    totals_shapes,
)
from gxjax.attribution.memory import Step
from gxjax.attribution.networks import Networks, prepare, quadratic_forms, specs
from gxjax.attribution.resume import Saved, load, save
from gxjax.attribution.step import Block, Sums, sums_layout
from gxjax.simulated_devices import settled
from gxjax.types import Progress

__all__ = ["Notes", "Totals", "stream"]


class Notes(NamedTuple):
    """What was noted of people.

    Attributes:
      gap: float [M, .., N], sum of attributions minus change of output, per complete
        group.
      change: float [M, .., N], that change.
      checks: float [M, 1 + groups, N], the output, then 1 per group, or NaN where its
        multipliers are not finite.
    """

    gap: np.ndarray
    change: np.ndarray
    checks: np.ndarray


class Totals(NamedTuple):
    """Sums over people: tiled [M, C', L, G, V], and quadratic as [M, Q, G, V]."""

    tiled: np.ndarray
    quadratic: np.ndarray


def stream(
    job: Job,
    step: Step,
    checkpoint: Path | None,
    checkpoint_seconds: float,
    progress: Progress,
) -> tuple[Totals, Notes]:
    """Runs all blocks through all members, from the checkpoint on if there is one.

    Args:
      job: what `memory.fit` made of it.
      step: what `memory.fit` compiled.
      checkpoint: a file or None.
      checkpoint_seconds: how often it is written.
      progress: called after every block of every member.

    Raises:
      ValueError: the checkpoint is of another job.
      What a `DosageReader` raises.
    """
    local, place = members_per_device(job), partial(_place, job.mesh)
    shards = job.mesh.shape["member"]
    padding = padded_width(job.baseline.shape[1], job.mesh) - job.baseline.shape[1]
    baseline = place(np.pad(job.baseline, ((0, 0), (0, padding))), P(None, "variant"))
    networks = _networks(job, baseline)
    # It reads every kernel: only where a state is kept.
    print_of_job = fingerprint(job, step.program, networks) if checkpoint else ""
    saved = load(checkpoint, print_of_job) if checkpoint else None
    dtype = job.front.kernel.dtype
    start = saved.sums if saved else [np.zeros(s, dtype) for s in totals_shapes(job)]
    sums = Sums(*map(place, start, sums_layout(job.plan)))
    notes = list(saved.notes) if saved else []
    waiting: list[list] = []
    blocks, written = blocks_of_people(job), time.monotonic()
    begin = saved.blocks if saved else 0
    with closing(dosage_blocks(job, [rows for rows, *_ in blocks[begin:]])) as dosages:
        for number, x in enumerate(dosages, begin):
            _, ids, weights = blocks[number]
            x = settled(x, job.mesh)
            block = Block(x, place(ids, P("sample")), place(weights, P("sample")))
            parts = []
            for index in range(local):
                where = jnp.int32(index)
                given = sums, networks, baseline, block, job.key, where
                sums, *part = settled(step.run(*given), job.mesh)
                parts.append(part)
                done = number * local + index + 1
                words = f"attribution, block {number + 1} of {len(blocks)}"
                progress(done, len(blocks) * local, words)
            # One block behind, so that the device never waits for the host.
            notes += [_in_member_order(each, shards) for each in waiting]
            waiting = [parts]
            if checkpoint and time.monotonic() - written > checkpoint_seconds:
                notes.append(_in_member_order(parts, shards))
                waiting = []
                host = Sums(*map(np.asarray, sums))
                save(checkpoint, print_of_job, Saved(number + 1, host, notes))
                written = time.monotonic()
    notes += [_in_member_order(each, shards) for each in waiting]
    return _finish(job, sums, networks), _joined(notes, len(job.people))


def _networks(job: Job, baseline: jax.Array) -> Networks:
    """The ensemble on its mesh; a kernel that is there already is not copied."""
    noisy, front = job.plan.needs_law, job.front
    layout, place = specs(noisy), partial(_place, job.mesh)
    kernel, count = front.kernel, len(job.channels.functions)
    padding = baseline.shape[1] * count - kernel.shape[1]
    if padding:
        kernel = jnp.pad(kernel, ((0, 0), (0, padding), (0, 0)))
    kernel, bias = place(kernel, layout.kernel), place(front.bias, layout.bias)
    tail = jax.tree.map(lambda a: place(a, P("member")), front.tail)
    ends, law = settled(
        prepare(
            kernel, bias, baseline, noisy=noisy, tiles=job.tiles, mesh=job.mesh,
            channels=job.channels,
        ),
        job.mesh,
    )  # fmt: skip
    return Networks(kernel, bias, tail, ends, law)


def _place(mesh: Mesh, array: Any, spec: Any) -> jax.Array:
    return jax.device_put(array, NamedSharding(mesh, spec))


def _in_member_order(parts: list, shards: int) -> Notes:
    """Step `index` gave member `shard * local + index` of every shard; undo that."""
    local = len(parts)
    order = [
        index * shards + shard for shard in range(shards) for index in range(local)
    ]
    fields = (
        np.concatenate([np.asarray(a) for a in each])
        for each in zip(*parts, strict=True)
    )
    return Notes(*(field[order] for field in fields))


def _joined(notes: list[Notes], count: int) -> Notes:
    return Notes(
        *(
            np.concatenate(each, axis=-1)[..., :count]
            for each in zip(*notes, strict=True)
        )
    )


def _finish(job: Job, sums: Sums, networks: Networks) -> Totals:
    width = job.baseline.shape[1]
    grams = settled(sums.quadratic[0].sum(0), job.mesh)
    forms = quadratic_forms(
        networks.kernel, grams, tiles=job.tiles, mesh=job.mesh, channels=job.channels
    )
    forms = settled(forms, job.mesh)
    tiled = np.asarray(sums.tiled[0].sum(0))
    return Totals(tiled[..., :width], np.asarray(forms)[..., :width])
