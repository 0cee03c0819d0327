"""Arrays too large for one device, brought to a host and back piece by piece."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import NamedSharding, PartitionSpec

__all__ = ["PIECE", "Index", "from_first", "pieces"]

PIECE = 2**26
"""Bytes of a piece: what a device or a host holds beside what is its own."""

Index = tuple[slice, ...]


def pieces(array: jax.Array) -> Iterator[tuple[Index, np.ndarray]]:
    """The parts of an array of any number of hosts, each with its place in the whole.

    Together they are the whole array, some numbers of it twice. A piece is copied to
    every device of the array, from there to every host, and is gone with the next; of
    an array that this host's own devices have whole, nothing is exchanged. All
    processes must take all pieces, whatever they do with them.

    Args:
      array: of any shape; with a `NamedSharding` if it is of several processes.

    Yields:
      (index, values): `values` are those of `array[index]`, at most `PIECE` bytes or,
      where that is more, one place along the longest axis from each device.
    """
    if array.is_fully_addressable or array.is_fully_replicated:
        yield from _of_this_host(array)
    else:
        yield from _of_all_hosts(array)


def from_first(
    read: Callable[[Any], np.ndarray],
    shape: tuple[int, ...],
    dtype: Any,
    sharding: NamedSharding,
) -> jax.Array:
    """An array that process 0 alone has, cut over the devices of all processes.

    The others are sent every piece and keep their part of it. All processes must call.

    Args:
      read: the values at an `Index` of the whole, called on process 0 only.
      shape: of the whole.
      dtype: of the values, numbers.
      sharding: on a mesh in which process 0 has a device.
    """
    if jax.process_count() == 1:
        return jax.make_array_from_callback(shape, sharding, read)
    mesh, own = sharding.mesh, sharding.shard_shape(shape)
    names = tuple(name for entry in sharding.spec for name in _names(entry))
    counts = [size // part for size, part in zip(shape, own, strict=True)]
    whole = math.prod(own) * math.prod(counts) * np.dtype(dtype).itemsize
    axis, length = _cut(own, whole)

    def keep(shard: jax.Array, parts: jax.Array, start: Any) -> jax.Array:
        sent = jax.lax.psum(parts[0], mesh.axis_names)
        mine = sent[jax.lax.axis_index(names)] if names else sent[0]
        return jax.lax.dynamic_update_slice_in_dim(shard, mine, start, axis)

    each, spec = PartitionSpec(mesh.axis_names), sharding.spec
    kept = jax.jit(
        jax.shard_map(
            keep,
            mesh=mesh,
            in_specs=(spec, each, PartitionSpec()),
            out_specs=spec,
            check_vma=False,
        ),
        donate_argnums=0,
    )
    array = jax.jit(lambda: jnp.zeros(shape, dtype), out_shardings=sharding)()
    size = [length if i == axis else n for i, n in enumerate(own)]
    stack = (math.prod(counts), *size)
    nothing = np.zeros((1, *stack), dtype)
    sender = next(d for d in mesh.devices.flat if d.process_index == 0)
    for start in _starts(own, axis, length):
        parts = nothing
        if jax.process_index() == 0:
            found = [
                read(_index(_corner(place, own), tuple(size), axis, start))
                for place in np.ndindex(*counts)
            ]
            parts = np.stack(found)[None].astype(dtype)
        stacked = jax.make_array_from_single_device_arrays(
            (mesh.size, *stack),
            NamedSharding(mesh, each),
            [
                jax.device_put(parts if device == sender else nothing, device)
                for device in mesh.local_devices
            ],
        )
        array = jax.block_until_ready(kept(array, stacked, np.int32(start)))
    return array


def _of_this_host(array: jax.Array) -> Iterator[tuple[Index, np.ndarray]]:
    distinct: dict[tuple[int, ...], jax.Array] = {}
    for shard in array.addressable_shards:
        corner = tuple(part.start or 0 for part in shard.index)
        distinct.setdefault(corner, shard.data)
    for corner, data in distinct.items():
        axis, length = _cut(data.shape, data.nbytes)
        for start in _starts(data.shape, axis, length):
            # A slice of its own: an array keeps its copy on the host while it lives.
            part = jax.lax.dynamic_slice_in_dim(data, start, length, axis)
            yield _index(corner, part.shape, axis, start), np.asarray(part)


def _of_all_hosts(array: jax.Array) -> Iterator[tuple[Index, np.ndarray]]:
    sharding = array.sharding
    assert isinstance(sharding, NamedSharding)
    mesh, shape = sharding.mesh, sharding.shard_shape(array.shape)
    names = tuple(name for entry in sharding.spec for name in _names(entry))
    axis, length = _cut(shape, array.nbytes)

    def gather(shard: jax.Array, start: Any) -> jax.Array:
        part = jax.lax.dynamic_slice_in_dim(shard, start, length, axis)
        return jax.lax.all_gather(part, names)

    # Not a slice of the whole: the compiler would gather all to take a part.
    gathered = jax.jit(
        jax.shard_map(
            gather,
            mesh=mesh,
            in_specs=(sharding.spec, PartitionSpec()),
            out_specs=PartitionSpec(),
            check_vma=False,
        )
    )
    counts = [size // own for size, own in zip(array.shape, shape, strict=True)]
    for start in _starts(shape, axis, length):
        parts = np.asarray(gathered(array, np.int32(start)).addressable_data(0))
        for place, part in zip(np.ndindex(*counts), parts, strict=True):
            yield _index(_corner(place, shape), part.shape, axis, start), part


def _corner(place: tuple[int, ...], shape: tuple[int, ...]) -> tuple[int, ...]:
    """Where the shard at `place` among those of `shape` begins."""
    return tuple(i * size for i, size in zip(place, shape, strict=True))


def _names(entry: Any) -> tuple[str, ...]:
    """The mesh axes of one entry of a `PartitionSpec`."""
    if entry is None:
        return ()
    return entry if isinstance(entry, tuple) else (entry,)


def _cut(shape: tuple[int, ...], size: int) -> tuple[int, int]:
    """The axis to cut a shard along, and how much of it makes a piece of all shards."""
    axis = int(np.argmax(shape))
    each = max(size // shape[axis], 1)
    return axis, min(max(PIECE // each, 1), shape[axis])


def _starts(shape: tuple[int, ...], axis: int, length: int) -> Iterator[int]:
    for start in range(0, shape[axis], length):
        # All pieces have one shape, so one program: the last overlaps the one before.
        yield min(start, shape[axis] - length)


def _index(
    corner: tuple[int, ...], shape: tuple[int, ...], axis: int, start: int
) -> Index:
    first = [at + start * (i == axis) for i, at in enumerate(corner)]
    return tuple(slice(at, at + n) for at, n in zip(first, shape, strict=True))
