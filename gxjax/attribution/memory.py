"""What a score will take of a device's memory, before it takes it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.sharding import NamedSharding
from jax.sharding import PartitionSpec as P

from gxjax.attribution.allowance import allowed
from gxjax.attribution.dosage_blocks import bytes_read, reader_of
from gxjax.attribution.front import NoiseLaw
from gxjax.attribution.job import Job, members_per_device, padded_width, totals_shapes
from gxjax.attribution.networks import Networks, specs
from gxjax.attribution.step import Block, Sums, block_step, sums_layout

__all__ = ["MemoryPlan", "Step", "fit", "memory_plan"]


class MemoryPlan(NamedTuple):
    """Bytes per device that a score takes beyond what its arguments hold there already.

    Attributes:
      networks: first kernels and what is behind them.
      noise_law: [M, H, H] twice and [M, L, L, V].
      totals: sums over people.
      block: dosages of a batch.
      temporaries: what the compiled step needs besides, by the compiler's own account.
      genotypes: packed: of all whom it scores, or of the blocks under way where they
        are streamed; 0 where nothing is read, since they are there already.
      residency: of the genotypes: "given", "resident" or "streamed".
      batch_size: B.
      tiles: into how many parts a device cuts its variants.
      limit: what it may take; None for no limit.
    """

    networks: int
    noise_law: int
    totals: int
    block: int
    temporaries: int
    genotypes: int
    residency: str
    batch_size: int
    tiles: int
    limit: int | None

    @property
    def total(self) -> int:
        """Bytes per device."""
        return sum(self[:6])

    def __str__(self) -> str:
        rows = zip(self._fields[:5], self[:5], strict=True)
        parts = ", ".join(f"{name.replace('_', ' ')} {_size(n)}" for name, n in rows)
        limit = f" of {_size(self.limit)} allowed" if self.limit is not None else ""
        beyond = " beyond the genotypes" if self.residency == "given" else ""
        if not beyond:
            parts += f", genotypes {self.residency} {_size(self.genotypes)}"
        return (
            f"memory per device{beyond}: {_size(self.total)}{limit} "
            f"({parts}; {self.batch_size} people at a time, {self.tiles} tiles)"
        )


def _size(count: int) -> str:
    for unit, name in ((2**30, "GiB"), (2**20, "MiB")):
        if count >= unit:
            return f"{count / unit:.2f} {name}"
    return f"{count / 2**10:.1f} KiB"


class Step(NamedTuple):
    """`block_step` of one job.

    Attributes:
      run: compiled.
      program: what was compiled, as text.
    """

    run: Callable
    program: str


def fit(
    job: Job, limit: int | None, resident: bool | None = None
) -> tuple[Job, MemoryPlan, Step]:
    """The job with streamed genotypes, more tiles and a smaller batch if it must.

    Args:
      job: with the batch and the tiles wished for.
      limit: bytes per device; None for no limit but the device's own.
      resident: whether genotypes that the job reads may all be there at once; None:
        if they fit. Streaming them is tried before anything is made smaller.

    Returns:
      The job, its plan, and its step, compiled.

    Raises:
      ValueError: not even a few people in the smallest tiles fit, or the mesh does not
        fit the job.
    """
    members_per_device(job)
    most = allowed(job.mesh, limit, job.dosages.arrays)
    choices = (True, False) if resident is None else (resident,)
    for smaller in _smaller(job):
        plan, step = memory_plan(smaller, most)
        for choice in choices:
            chosen = smaller._replace(resident=choice)
            plan = plan._replace(genotypes=bytes_read(chosen), residency=_word(chosen))
            if most is None or plan.total <= most:
                return chosen, plan, step
        if most is not None and sum(plan[:3]) > most:
            break
    raise ValueError(
        f"max_memory: found {most} bytes per device, too few. {plan}. Allow more, "
        "score fewer members at a time, or spread members and variants over devices"
    )


def _word(job: Job) -> str:
    if reader_of(job.dosages) is None:
        return "given"
    return "resident" if job.resident else "streamed"


def _smaller(job: Job) -> Iterator[Job]:
    """The job, then with smaller tiles, then with smaller batches."""
    yield job
    local = job.baseline.shape[1] // job.mesh.shape["variant"]
    while local // job.tiles > 512:
        job = job._replace(tiles=job.tiles * 4)
        yield job
    least = job.mesh.shape["sample"]
    while job.batch_size > least:
        fewer = max(job.batch_size // 2 // least, 1) * least
        job = job._replace(batch_size=fewer, room=job.room // 2)
        yield job


def memory_plan(job: Job, limit: int | None = None) -> tuple[MemoryPlan, Step]:
    """The `MemoryPlan` of a job, and its compiled step; allocates nothing else.

    On several devices a compiler's temporaries are those of one of them. A backend that
    does not say what it needs counts as 0.
    """
    sums, networks, *rest = _shapes(job)
    lowered = block_step.lower(
        sums, networks, *rest,
        plan=job.plan, head=job.front.head, tiles=job.tiles, room=job.room,
        mesh=job.mesh, channels=job.channels,
    )  # fmt: skip
    compiled = lowered.compile()
    stats = compiled.memory_analysis()
    law = _bytes(networks.law)
    plan = MemoryPlan(
        networks=_bytes(networks) - law,
        noise_law=law,
        totals=_bytes(sums),
        # The next is decoded while one is attributed.
        block=2 * _bytes(rest[1]) + _bytes(rest[0]),
        temporaries=int(getattr(stats, "temp_size_in_bytes", 0)),
        genotypes=bytes_read(job),
        residency=_word(job),
        batch_size=job.batch_size,
        tiles=job.tiles,
        limit=limit,
    )
    return plan, Step(compiled, lowered.as_text())


def _shapes(job: Job) -> tuple:
    """The arguments of `block_step`, as shapes laid out over the mesh."""
    members, _, hidden = job.front.kernel.shape
    count = len(job.channels.functions)
    width, people = padded_width(job.baseline.shape[1], job.mesh), job.batch_size
    dtype = job.front.kernel.dtype

    def of(shape, spec, kind=dtype):
        layout = NamedSharding(job.mesh, spec)
        return jax.ShapeDtypeStruct(shape, kind, sharding=layout)

    layout = specs(job.plan.needs_law)
    tail = jax.tree.map(
        lambda leaf: of(jnp.shape(leaf), P("member"), jnp.asarray(leaf).dtype),
        job.front.tail,
    )
    square = (members, hidden, hidden)
    sizes = (square, square, (members, count, count, width))
    law = NoiseLaw(*map(of, sizes, layout.law)) if layout.law else None
    networks = Networks(
        of((members, width * count, hidden), layout.kernel),
        of((members, hidden), layout.bias),
        tail,
        of((members, len(job.baseline), hidden), layout.ends),
        law,
    )
    sums = Sums(*map(of, totals_shapes(job), sums_layout(job.plan)))
    block = Block(
        of((people, width), P("sample", "variant")),
        of((people,), P("sample"), jnp.uint32),
        of((people, job.weights.shape[1]), P("sample"), jnp.float32),
    )
    baseline = of((len(job.baseline), width), P(None, "variant"))
    return sums, networks, baseline, block, job.key, jax.ShapeDtypeStruct((), jnp.int32)


def _bytes(tree: Any) -> int:
    """Bytes per device of shapes with a layout."""
    return sum(
        math.prod(leaf.sharding.shard_shape(leaf.shape)) * leaf.dtype.itemsize
        for leaf in jax.tree.leaves(tree)
    )
