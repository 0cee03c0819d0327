"""Packed genotypes on their way to the devices.

A process reads only what its own devices hold, and that once, however many of them hold
the same.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from gxjax.genotypes.packed import packed_width
from gxjax.types import Block

__all__ = ["place_matrix", "place_rows"]

_PIECE, _ROWS = 2**28, 1024
"""Bytes of a matrix that are read at a time, in some times as many rows, which is how
high the shards of a store are."""


def place_matrix(block: Block, granules: int, octets: int, mesh: Mesh) -> jax.Array:
    """A block's matrix on the devices, uint8 [N', G, octets], cut along G.

    The host holds two pieces of it at a time, the one being read and the one being
    sent, and each device one beside its part.

    Args:
      block: N' rows.
      granules: G, of the layout.
      octets: bytes of the block in a granule; those beyond its width are 0.
      mesh: axes member, sample, variant.

    Raises:
      OSError: a store can not be read; the message names the chunk.
    """
    count = block.packed.shape[0]
    shape = (count, granules, octets)
    sharding = NamedSharding(mesh, PartitionSpec(None, "variant"))
    spans = _spans(sharding, shape)
    arrays = {
        device: jnp.zeros((count, len(span), octets), jnp.uint8, device=device)
        for device, span in spans.items()
    }
    for run in _runs(spans):
        devices = [device for device, span in spans.items() if span.start in run]
        step = max(_PIECE // (len(run) * octets) // _ROWS, 1) * _ROWS
        for start in range(0, count, step):
            piece = _read(block, octets, slice(start, start + step), run)
            # Until here the piece before was on its way.
            jax.block_until_ready([arrays[device] for device in devices])
            for device in devices:
                own = jax.device_put(_part(piece, run, spans[device]), device)
                arrays[device] = _written(arrays[device], own, start)
    return jax.make_array_from_single_device_arrays(
        shape, sharding, list(arrays.values())
    )


def place_rows(
    block: Block,
    granules: int,
    octets: int,
    people: np.ndarray,
    mesh: Mesh,
    axes: tuple[str, ...],
) -> jax.Array:
    """A batch's rows of a block on the devices, uint8 [*people.shape, G, octets].

    The host holds what this process reads of them until they are sent.

    Args:
      block: of the arm.
      granules: G, of the layout.
      octets: bytes of the block in a granule.
      people: int [B] or [M, B], rows of the arm.
      mesh: axes member, sample, variant.
      axes: those that `people` is cut along.

    Raises:
      IndexError: no such person.
      OSError: a store can not be read; the message names the chunk.
    """
    rows = np.asarray(block.rows)[people]
    shape = (*people.shape, granules, octets)
    sharding = NamedSharding(mesh, PartitionSpec(*axes, "variant"))
    runs = _runs(_spans(sharding, shape))
    read: dict[tuple[str, int], np.ndarray] = {}

    def part(index: Any) -> np.ndarray:
        *chosen, along, _ = index
        span = range(*along.indices(granules))
        (run,) = (run for run in runs if span.start in run)
        key = str(chosen), run.start
        if key not in read:
            wanted = rows[tuple(chosen)]
            found = _read(block, octets, wanted.reshape(-1), run)
            read[key] = found.reshape(*wanted.shape, *found.shape[1:])
        return _part(read[key], run, span)

    return jax.make_array_from_callback(shape, sharding, part)


def _spans(sharding: NamedSharding, shape: tuple[int, ...]) -> dict[Any, range]:
    """The granules, next to last of `shape`, of each device of this process."""
    found = sharding.addressable_devices_indices_map(shape)
    return {
        device: range(*index[-2].indices(shape[-2]))
        for device, index in found.items()
        if index is not None
    }


def _runs(spans: dict[Any, range]) -> list[range]:
    """The granules of all devices, adjacent ones as one: chunks may lie across."""
    runs: list[range] = []
    for first, last in sorted({(span.start, span.stop) for span in spans.values()}):
        if runs and runs[-1].stop == first:
            runs[-1] = range(runs[-1].start, last)
        else:
            runs.append(range(first, last))
    return runs


def _part(read: np.ndarray, run: range, span: range) -> np.ndarray:
    """Of granules `run`, next to last in `read`, those of `span`."""
    first = span.start - run.start
    return read[..., first : first + len(span), :]


@partial(jax.jit, donate_argnums=0)
def _written(matrix: jax.Array, rows: jax.Array, start: jax.Array) -> jax.Array:
    """A matrix with some of its rows, from `start`, replaced."""
    return jax.lax.dynamic_update_slice_in_dim(matrix, rows, start, 0)


def _read(block: Block, octets: int, rows: Any, granules: range) -> np.ndarray:
    """Some rows' bytes of some granules, uint8 [rows, granules, octets], 0 beyond."""
    width = packed_width(block.count, block.bits)
    left, right = (min(end * octets, width) for end in (granules.start, granules.stop))
    read = np.asarray(block.packed[rows, left:right])
    missing = len(granules) * octets - read.shape[1]
    if missing:
        read = np.pad(read, ((0, 0), (0, missing)))
    return read.reshape(len(read), len(granules), octets)
