"""The dosages of block after block of people, on the devices that attribute them."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any, Protocol, runtime_checkable

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding
from jax.sharding import PartitionSpec as P

from gxjax.attribution.job import Job, padded_width
from gxjax.types import DosageSource

__all__ = ["DosageReader", "bytes_read", "dosage_blocks", "reader_of"]

_STREAMED = 3
"""Blocks on the devices at once: attributed, next, and being read."""


@runtime_checkable
class DosageReader(Protocol):
    """A `DosageSource.fetch` that can also put people on the devices that need them.

    For genotypes that are on no device, or too many for one: a score then takes what
    it reads, and `fetch` as such only serves those who want a few people's dosages.
    """

    def read(self, people: np.ndarray, mesh: Mesh) -> Any:
        """What is known of people int32 [B], in their order, on the devices of a mesh.

        A pytree of arrays. Called by another thread, a block of people at a time; the
        axes of the mesh are `member`, `sample` and `variant`.
        """

    def decode(self, arrays: Any) -> jax.Array:
        """Dosages float [B, V] of what was read, missing calls filled; pure, jitted.

        Columns of 0 may follow, up to a multiple of the devices along `variant`.
        """

    def size(self, people: int, mesh: Mesh) -> int:
        """Bytes that the arrays of so many people take of each device."""


def reader_of(source: DosageSource) -> DosageReader | None:
    """The source's `fetch` if it is a `DosageReader`."""
    return source.fetch if isinstance(source.fetch, DosageReader) else None


def dosage_blocks(
    job: Job, blocks: Sequence[np.ndarray]
) -> Generator[jax.Array, None, None]:
    """Dosages float [B, V and padding], cut over the mesh, of each block int32 [B].

    Close it to end its thread.

    Raises:
      What a reader's `read` raises, at the block that it was asked for.
    """
    width = padded_width(job.baseline.shape[1], job.mesh)
    layout = NamedSharding(job.mesh, P("sample", "variant"))
    end = width, job.front.kernel.dtype, layout
    source, reader = job.dosages, reader_of(job.dosages)
    if reader is None:
        for people in blocks:
            yield _fetch(source.arrays, people, source.fetch, *end)
        return
    thread, waiting = ThreadPoolExecutor(1), deque[Future[Any]]()
    ahead = len(blocks) if job.resident else 1
    try:
        for people in blocks:
            waiting.append(thread.submit(reader.read, people, job.mesh))
            if len(waiting) > ahead:
                yield _decode(waiting.popleft().result(), reader.decode, *end)
        while waiting:
            yield _decode(waiting.popleft().result(), reader.decode, *end)
    finally:
        thread.shutdown(cancel_futures=True)


def bytes_read(job: Job) -> int:
    """Bytes per device of what a `DosageReader` has read and is not yet done with.

    The most that it can be; 0 where nothing is read.
    """
    reader = reader_of(job.dosages)
    if reader is None:
        return 0
    blocks = -(-len(job.people) // job.batch_size)
    held = blocks if job.resident else min(blocks, _STREAMED)
    return reader.size(held * job.batch_size, job.mesh)


@partial(jax.jit, static_argnums=(2, 3, 4, 5))
def _fetch(arrays, people, fetch, width, dtype, layout):
    return _laid_out(fetch(arrays, people), width, dtype, layout)


@partial(jax.jit, static_argnums=(1, 2, 3, 4))
def _decode(arrays, decode, width, dtype, layout):
    return _laid_out(decode(arrays), width, dtype, layout)


def _laid_out(x, width, dtype, layout):
    x = jnp.pad(x.astype(dtype), ((0, 0), (0, width - x.shape[1])))
    return jax.lax.with_sharding_constraint(x, layout)
