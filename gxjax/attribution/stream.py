"""The loop of a score: blocks of people, members in turn, totals kept and resumed."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding
from jax.sharding import PartitionSpec as P

from gxjax.attribution.networks import prepare, specs
from gxjax.attribution.plan import Plan
from gxjax.attribution.resume import Saved, fingerprint, load, save
from gxjax.attribution.step import SUMS, Block, Sums, block_step
from gxjax.types import DosageSource, LinearFront, Progress

__all__ = ["Job", "Notes", "Totals", "one_device", "stream"]

AXES = ("member", "sample", "variant")


class Job(NamedTuple):
    """A checked score to be computed; `score` says what the fields mean.

    Attributes:
      weights: float32 [N, G], 1 where a person is of a stratum; the first is everybody.
    """

    front: LinearFront
    dosages: DosageSource
    people: np.ndarray
    person_ids: np.ndarray
    weights: np.ndarray
    baseline: np.ndarray
    plan: Plan
    key: jax.Array
    batch_size: int
    mesh: Mesh
    tiles: int


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


def one_device() -> Mesh:
    """The mesh of the first device alone."""
    return Mesh(np.asarray(jax.devices()[:1]).reshape(1, 1, 1), AXES)


def stream(
    job: Job, checkpoint: Path | None, checkpoint_seconds: float, progress: Progress
) -> tuple[Totals, Notes]:
    """Runs all blocks through all members, from the checkpoint on if there is one.

    Raises:
      ValueError: the checkpoint is of another job, or the mesh does not fit.
    """
    local = _members_per_device(job)
    place = partial(_place, job.mesh)
    width = job.baseline.shape[1]
    padding = -width % (job.mesh.shape["variant"] * job.tiles)
    wide = ((0, 0), (0, padding))
    baseline = place(np.pad(job.baseline, wide), P(None, "variant"))
    networks = _networks(job, baseline, padding)
    print_of_job = fingerprint(job)
    saved = load(checkpoint, print_of_job) if checkpoint else None
    sums = Sums(*saved.sums) if saved else _zeros(job, width + padding)
    sums = Sums(*map(place, sums, SUMS))
    notes = list(saved.notes) if saved else []
    blocks, written = _blocks(job), time.monotonic()
    for number in range(saved.blocks if saved else 0, len(blocks)):
        rows, ids, weights = blocks[number]
        x = _decode(job.dosages, rows, padding, baseline.dtype, job.mesh)
        block = Block(x, place(ids, P("sample")), place(weights, P("sample")))
        parts = []
        for index in range(local):
            sums, *part = block_step(
                sums, networks, baseline, block, job.key, jnp.int32(index),
                plan=job.plan, head=job.front.head, tiles=job.tiles, mesh=job.mesh,
            )  # fmt: skip
            parts.append(part)
            done = number * local + index + 1
            words = f"attribution, block {number + 1} of {len(blocks)}"
            progress(done, len(blocks) * local, words)
        notes.append(_in_member_order(parts, job.mesh.shape["member"]))
        if checkpoint and time.monotonic() - written > checkpoint_seconds:
            host = Sums(*map(np.asarray, sums))
            save(checkpoint, print_of_job, Saved(number + 1, host, notes))
            written = time.monotonic()
    return _finish(job, sums, networks), _joined(notes, len(job.people))


def _members_per_device(job: Job) -> int:
    shape = job.mesh.shape
    members = job.front.kernel.shape[0]
    if tuple(job.mesh.axis_names) != AXES:
        raise ValueError(f"mesh: axes {job.mesh.axis_names}; expected {AXES}")
    if members % shape["member"] or job.batch_size % shape["sample"]:
        raise ValueError(
            f"mesh {dict(shape)}: {members} members or batch_size={job.batch_size} is "
            "no multiple of its axis member or sample; choose another mesh"
        )
    return members // shape["member"]


def _place(mesh: Mesh, array: Any, spec: Any) -> jax.Array:
    return jax.device_put(array, NamedSharding(mesh, spec))


def _networks(job: Job, baseline: jax.Array, padding: int) -> Any:
    layout, front = specs(False), job.front
    kernel = front.kernel
    if padding:
        kernel = jnp.pad(kernel, ((0, 0), (0, padding), (0, 0)))
    tail = jax.tree.map(lambda a: _place(job.mesh, a, P("member")), front.tail)
    return prepare(
        _place(job.mesh, kernel, layout.kernel),
        _place(job.mesh, front.bias, layout.bias),
        tail,
        baseline,
        noisy=job.plan.noise is not None,
        mesh=job.mesh,
    )


def _zeros(job: Job, width: int) -> Sums:
    members, hidden = job.front.bias.shape
    shards, strata = job.mesh.shape["sample"], job.weights.shape[1]
    columns = sum(len(group.columns) for group in job.plan.tiled)
    quadratic = len(job.plan.quadratic)
    reductions, dtype = len(job.plan.reductions), job.front.kernel.dtype
    start = (2, shards, members)
    return Sums(
        np.zeros((*start, columns, reductions, strata, width), dtype),
        np.zeros((*start, quadratic, strata, hidden, hidden), dtype),
    )


def _blocks(job: Job) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Equal blocks of rows, ids and weights; the last is filled up with weight 0."""
    count, size = len(job.people), job.batch_size
    blocks = []
    for start in range(0, count, size):
        places = np.arange(start, start + size)
        inside = (places < count)[:, None]
        places = np.minimum(places, count - 1)
        weights = np.where(inside, job.weights[places], 0).astype(np.float32)
        rows = job.people[places].astype(np.int32)
        blocks.append((rows, job.person_ids[places].astype(np.uint32), weights))
    return blocks


def _decode(source: DosageSource, rows, padding: int, dtype, mesh: Mesh) -> jax.Array:
    layout = NamedSharding(mesh, P("sample", "variant"))
    return _fetch(source.arrays, rows, source.fetch, padding, dtype, layout)


@partial(jax.jit, static_argnums=(2, 3, 4, 5))
def _fetch(arrays, rows, fetch, padding, dtype, layout):
    x = jnp.pad(fetch(arrays, rows).astype(dtype), ((0, 0), (0, padding)))
    return jax.lax.with_sharding_constraint(x, layout)


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


def _finish(job: Job, sums: Sums, networks: Any) -> Totals:
    width = job.baseline.shape[1]
    tiled = np.asarray(sums.tiled[0].sum(0))[..., :width]
    grams = sums.quadratic[0].sum(0)
    return Totals(
        tiled, np.asarray(_quadratic_forms(networks.kernel, grams))[..., :width]
    )


@jax.jit
def _quadratic_forms(kernel: jax.Array, grams: jax.Array) -> jax.Array:
    """w_j S w_j for every variant; kernel [M, V, H], grams [M, Q, G, H, H]."""

    def one(pair):
        rows, inner = pair
        spread = jnp.einsum("vh,qghk->qgvk", rows, inner, precision="highest")
        return jnp.einsum("qgvk,vk->qgv", spread, rows, precision="highest")

    return jax.lax.map(one, (kernel, grams))
