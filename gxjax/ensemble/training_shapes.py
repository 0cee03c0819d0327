"""What the functions of a training run are called with, as shapes and shardings."""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from gxjax.ensemble.layout import Layout
from gxjax.ensemble.residency import Batch, PlacedArm
from gxjax.ensemble.training_config import TrainingConfig
from gxjax.types import Arm, Encoding

__all__ = [
    "arm_shapes",
    "batch_shapes",
    "bytes_per_device",
    "described",
    "distinct_bytes",
    "start_shapes",
]


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
    return PlacedArm(packed if resident else None, rows, cut)


def batch_shapes(
    config: TrainingConfig, members: int, layout: Layout, mesh: Mesh, resident: bool
) -> Batch:
    """Of what a step is sent."""
    own = config.data_order == "own"
    axes = ("member", "sample") if own else ("sample",)
    shape = (members, config.batch_size) if own else (config.batch_size,)
    people = _shape(shape, jnp.int32, mesh, *axes)
    if resident:
        return Batch(people, None)
    packed = tuple(
        _shape((*shape, layout.granules, octets), jnp.uint8, mesh, *axes, "variant")
        for octets in layout.octets
    )
    return Batch(people, packed)


def start_shapes(
    members: int, encoding: Encoding, layout: Layout, mesh: Mesh
) -> tuple[Any, Any]:
    """Of what `Program.init` is called with beside the key."""
    inputs = len(encoding.mean) // len(encoding.fill) * len(layout.columns)
    return (
        _shape((inputs,), jnp.int32, mesh, "variant"),
        _shape((members,), jnp.int32, mesh),
    )


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
