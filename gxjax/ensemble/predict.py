"""What networks say of people."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh

from gxjax.ensemble.first_layer import first_product
from gxjax.ensemble.layout import layout_of_blocks
from gxjax.ensemble.mesh import make_mesh, member_axes, replicated
from gxjax.ensemble.placed_networks import placed_networks
from gxjax.ensemble.residency import Batch, Feed, PlacedArm, make_feed, network_inputs
from gxjax.types import Arm, Ensemble

__all__ = ["predict", "predict_all", "predict_batch"]


def predict(
    ensemble: Ensemble,
    arm: Arm,
    people: np.ndarray,
    *,
    batch_size: int = 256,
    mesh: Mesh | None = None,
) -> np.ndarray:
    """Outputs of every member for some people, logits if binary.

    Genotypes are sent a batch at a time, so an arm of any size will do.

    Args:
      ensemble: M networks. Of several processes, process 0's: what `train` gave it,
        the others need not have.
      arm: the input that they were trained on, of N people.
      people: int [n], rows of the arm.
      batch_size: people at a time.
      mesh: devices along member, sample, variant; `make_mesh` if left out. All
        processes of the mesh must call.

    Returns:
      float32 [M, n], or [M, n, P] of P phenotypes. They are of people like those of
      TRAIN; of others, the networks say nothing that was tested.

    Raises:
      ValueError: no people, or rows that the arm does not have.
    """
    people, count = np.asarray(people), len(arm.blocks[0].rows)
    if not len(people) or not 0 <= people.min() <= people.max() < count:
        found = f"{people.min()} to {people.max()}" if len(people) else "none"
        raise ValueError(
            f"people: found {found}; expected rows of the arm, 0 to {count - 1}"
        )
    layout = layout_of_blocks(arm.blocks)
    members = ensemble.parameters["front"]["kernel"].shape[0]
    mesh = mesh or make_mesh(members=members, granules=layout.granules)
    feed = make_feed(arm, ensemble.encoding, layout, mesh, resident=False)
    parameters, statistics = placed_networks(ensemble, layout, mesh)
    model = ensemble.model.clone(front_product=first_product)
    one = jax.jit(
        partial(predict_batch, model, mesh, True), out_shardings=replicated(mesh)
    )
    cut = mesh.shape["sample"]
    size = -(-min(batch_size, len(people)) // cut) * cut
    return predict_all(one, parameters, statistics, feed, people, size)


def predict_batch(
    model: Any,
    mesh: Mesh,
    shared: bool,
    parameters: Any,
    statistics: Any,
    arm: PlacedArm,
    batch: Batch,
) -> jax.Array:
    """Outputs float32 [M, B] or [M, B, P] of a batch, inside a jitted step.

    Args:
      model: Flax module.
      mesh: axes member, sample, variant.
      shared: as of `member_axes`, which says how the parameters lie.
      parameters: of M members.
      statistics: likewise.
      arm: what stays on the devices.
      batch: people int32 [B].
    """
    x = network_inputs(model, arm, batch, mesh)
    one = lambda p, s: model.apply({"params": p, **s}, x, train=False)  # noqa: E731
    if not shared:
        return _in_turn(one, (parameters, statistics), mesh.shape["member"])
    axes = member_axes(parameters, shared), member_axes(statistics, shared)
    return jax.vmap(one, in_axes=axes)(parameters, statistics)


def _in_turn(one: Callable[..., jax.Array], trees: Any, devices: int) -> jax.Array:
    """`one` of every member, on each of `devices` one member after another.

    One product of a shared batch with all first layers [M, D, H] would begin with a
    transposed copy of them; so a device holds a copy of one member's at most.
    """
    cut = lambda leaf: leaf.reshape(devices, -1, *leaf.shape[1:])  # noqa: E731
    trees = jax.tree.map(cut, trees)
    turns = jax.tree.leaves(trees)[0].shape[1]

    def turn(number: jax.Array) -> jax.Array:
        pick = partial(jax.lax.dynamic_index_in_dim, index=number, axis=1)
        return jax.vmap(one)(*jax.tree.map(partial(pick, keepdims=False), trees))

    found = jnp.moveaxis(jax.lax.map(turn, jnp.arange(turns)), 0, 1)
    return found.reshape(devices * turns, *found.shape[2:])


def predict_all(
    one: Callable[..., jax.Array],
    parameters: Any,
    statistics: Any,
    feed: Feed,
    people: np.ndarray,
    batch_size: int,
) -> np.ndarray:
    """Predictions float32 [M, n] or [M, n, P] of `people` int [n], in batches.

    Every batch has one size, people again filling up the last, so one shape compiles.
    `one` is a compiled `predict_batch` without its first three arguments.
    """
    starts = range(0, len(people), batch_size)
    batches = [people[start : start + batch_size] for start in starts]
    filled = [np.resize(batch, batch_size).astype(np.int32) for batch in batches]
    parts = [
        np.asarray(one(parameters, statistics, feed.arm, batch))
        for batch in feed.batches(filled)
    ]
    return np.concatenate(parts, axis=1)[:, : len(people)]
