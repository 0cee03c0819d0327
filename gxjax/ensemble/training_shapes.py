"""What the functions of a training run are called with, as shapes and shardings."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from gxjax.ensemble.layout import Layout
from gxjax.ensemble.program import Program
from gxjax.ensemble.residency import Batch, PlacedArm
from gxjax.ensemble.training_config import TrainingConfig
from gxjax.genotypes.packed import Bits
from gxjax.types import Arm, Encoding

__all__ = [
    "Calls",
    "arm_shapes",
    "batch_shapes",
    "bytes_per_device",
    "call_shapes",
    "described",
    "distinct_bytes",
    "validation_batch_size",
    "validation_shapes",
]

_EVALUATED = 256
"""People of a batch whose outputs alone are wanted."""


class Calls(NamedTuple):
    """What each function of a `Program` is called with, in its order."""

    init: tuple[Any, ...]
    step: tuple[Any, ...]
    predict: tuple[Any, ...]
    keep_best: tuple[Any, ...]


def call_shapes(
    program: Program,
    arm: Arm,
    encoding: Encoding,
    tables: Any,
    layout: Layout,
    mesh: Mesh,
    config: TrainingConfig,
    resident: bool,
) -> Calls:
    """The `Calls` of a run; arguments as of `training_plan`."""
    state, best = program.shapes
    members = best.stopped.shape[0]
    placed = arm_shapes(arm, encoding, layout, mesh, resident)
    key, *others = jax.tree.map(described, tuple(tables))
    inputs = len(encoding.mean) // len(encoding.fill) * len(layout.columns)
    places = _shape((inputs,), jnp.int32, mesh, "variant")
    batch = batch_shapes(config, members, layout, mesh, resident)
    held_out = validation_shapes(config, layout, mesh, resident)
    # As the host hands them over: on no device yet, and a Python number.
    score, epoch = jax.ShapeDtypeStruct((members,), jnp.float32), 1
    return Calls(
        init=(key, places, _shape((members,), jnp.int32, mesh)),
        step=(
            state,
            _shape((members,), jnp.float32, mesh),
            best.stopped,
            placed,
            batch,
            *others,
            key,
        ),
        predict=(state.parameters, state.statistics, placed, held_out),
        keep_best=(state, best, score, epoch),
    )


def arm_shapes(
    arm: Arm, encoding: Encoding, layout: Layout, mesh: Mesh, resident: bool
) -> PlacedArm:
    """Of what `make_feed` places; a matrix that two blocks share is one object."""
    matrices: dict[int, Any] = {}
    for block, octets in zip(arm.blocks, layout.octets, strict=True):
        shape = (block.packed.shape[0], layout.granules, octets)
        matrix = _shape(shape, jnp.uint8, mesh, None, "variant")
        matrices.setdefault(id(block.packed), matrix)
    rows = tuple(_shape(b.rows.shape, b.rows.dtype, mesh) for b in arm.blocks)
    columns, places = len(encoding.fill), len(layout.columns)
    cut = jax.tree.map(
        lambda v: _shape((len(v) // columns * places,), v.dtype, mesh, "variant"),
        encoding,
    )
    packed = tuple(matrices[id(block.packed)] for block in arm.blocks)
    bits = tuple(Bits(block.bits) for block in arm.blocks)
    return PlacedArm(packed if resident else None, rows, cut, bits)


def batch_shapes(
    config: TrainingConfig, members: int, layout: Layout, mesh: Mesh, resident: bool
) -> Batch:
    """Of what a step is sent."""
    own = config.data_order == "own"
    shape = (members, config.batch_size) if own else (config.batch_size,)
    return _batch(shape, layout, mesh, resident)


def validation_shapes(
    config: TrainingConfig, layout: Layout, mesh: Mesh, resident: bool
) -> Batch:
    """Of the people whom all members predict at once, whatever the data order."""
    return _batch((validation_batch_size(config),), layout, mesh, resident)


def validation_batch_size(config: TrainingConfig) -> int:
    """People who are predicted at a time after an epoch; a mesh divides them, too."""
    size = config.batch_size // config.accumulate
    return max(size, _EVALUATED // size * size)


def _batch(shape: tuple[int, ...], layout: Layout, mesh: Mesh, resident: bool) -> Batch:
    axes = ("member", "sample") if len(shape) == 2 else ("sample",)
    people = _shape(shape, jnp.int32, mesh, *axes)
    if resident:
        return Batch(people, None)
    packed = tuple(
        _shape((*shape, layout.granules, octets), jnp.uint8, mesh, *axes, "variant")
        for octets in layout.octets
    )
    return Batch(people, packed)


def described(array: jax.Array) -> jax.ShapeDtypeStruct:
    """An array's shape, dtype and sharding."""
    return jax.ShapeDtypeStruct(array.shape, array.dtype, sharding=array.sharding)


def bytes_per_device(tree: Any) -> int:
    """Of arrays, or of shapes with shardings, on one device of their mesh."""
    return sum(
        math.prod(leaf.sharding.shard_shape(leaf.shape)) * leaf.dtype.itemsize
        for leaf in jax.tree.leaves(tree)
    )


def distinct_bytes(leaves: Any) -> int:
    """`bytes_per_device` of a sequence in which an object may come twice."""
    return bytes_per_device(list({id(leaf): leaf for leaf in leaves}.values()))


def _shape(shape: tuple[int, ...], dtype: Any, mesh: Mesh, *axes: str | None) -> Any:
    # Of a host's 64-bit numbers a device holds 32.
    kept = jax.dtypes.canonicalize_dtype(dtype)
    sharding = NamedSharding(mesh, PartitionSpec(*axes))
    return jax.ShapeDtypeStruct(shape, kept, sharding=sharding)
