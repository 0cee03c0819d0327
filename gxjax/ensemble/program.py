"""The compiled functions of a training run: the vmap of one member's, traced once."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding

from gxjax.ensemble import member
from gxjax.ensemble.mesh import member_axes, replicated, state_shardings
from gxjax.ensemble.predict import predict_batch
from gxjax.ensemble.residency import Batch, PlacedArm, network_inputs
from gxjax.ensemble.training_config import Hyperparameters, TrainingConfig

__all__ = ["Program", "build_program"]


class Program(NamedTuple):
    """What a run calls; a state's member axes are those of `member_axes`.

    Attributes:
      shapes: of (MemberState, Best), with their shardings.
      init: (key, inputs int32 [D], identities int32 [M]) -> (MemberState, Best).
      step: (state, loss [M], stopped [M], arm, batch, y, case_weight, own, key) ->
        (state, loss [M]): one launch, which adds its share to the mean loss of an
        epoch. The state's buffers are donated; not the loss, on which the host waits.
      predict: (parameters, statistics, arm, batch) -> float32 [M, B] or [M, B, P].
      keep_best: (state, best, score [M], epoch) -> Best; best's buffers are donated.
    """

    shapes: Any
    init: Callable[..., Any]
    step: Callable[..., Any]
    predict: Callable[..., Any]
    keep_best: Callable[..., Any]


def build_program(
    model: Any,
    config: TrainingConfig,
    trait: str,
    *,
    inputs: np.ndarray,
    members: int,
    steps: int,
    mesh: Mesh,
) -> Program:
    """Compiles nothing yet; each function is compiled at its first call.

    Args:
      model: Flax module, `(x [B, D], train=...) -> [B]` or [B, P].
      config: how it is fitted.
      trait: a key of `LOSSES`.
      inputs: int32 [D], the input at each place, -1 for padding.
      members: M.
      steps: of the whole run, for the schedule; the same in every epoch.
      mesh: axes member, sample, variant.
    """
    shared = config.data_order == "shared"
    count = int(inputs.max()) + 1
    one = partial(member.init, model, config, count)
    key = jax.eval_shape(lambda: jax.random.key(0))
    integers = jax.ShapeDtypeStruct((), jnp.int32)
    places = jax.ShapeDtypeStruct(inputs.shape, jnp.int32)
    axes = member_axes(jax.eval_shape(one, places, key, integers), shared)

    def init(key: jax.Array, places: jax.Array, identities: jax.Array) -> Any:
        of_one = lambda identity: one(places, key, identity)  # noqa: E731
        return jax.vmap(of_one, out_axes=axes)(identities)

    def keep_best(state: Any, best: Any, score: jax.Array, epoch: jax.Array) -> Any:
        of_one = partial(
            member.keep_best, patience=config.patience, min_delta=config.min_delta
        )
        return jax.vmap(of_one, in_axes=(*axes, 0, None), out_axes=axes[1])(
            state, best, score, epoch
        )

    identities = jax.ShapeDtypeStruct((members,), jnp.int32)
    shapes = jax.eval_shape(init, key, places, identities)
    state_at, best_at = state_shardings(mesh, shapes, shared)
    step = _step(model, config, trait, steps, mesh, axes[0])
    predict = partial(predict_batch, model, mesh, shared)
    return Program(
        jax.tree.map(_with_sharding, shapes, (state_at, best_at)),
        jax.jit(init, out_shardings=(state_at, best_at)),
        jax.jit(step, donate_argnums=0, out_shardings=(state_at, replicated(mesh))),
        jax.jit(predict, out_shardings=replicated(mesh)),
        jax.jit(keep_best, donate_argnums=1, out_shardings=best_at),
    )


def _with_sharding(leaf: Any, sharding: NamedSharding) -> jax.ShapeDtypeStruct:
    return jax.ShapeDtypeStruct(leaf.shape, leaf.dtype, sharding=sharding)


def _step(
    model: Any, config: TrainingConfig, trait: str, steps: int, mesh: Mesh, axes: Any
) -> Callable[..., Any]:
    """One optimiser step of all members, whose states have the member axes `axes`."""
    at = axes.parameters

    def gradient(
        own: Hyperparameters,
        state: member.MemberState,
        arm: PlacedArm,
        batch: Batch,
        y: jax.Array,
        case_weight: jax.Array,
        key: jax.Array,
        part: jax.Array,
    ) -> Any:
        x = network_inputs(model, arm, batch, mesh)
        each = 0 if batch.people.ndim == 2 else None
        one = partial(member.gradient, model, trait, config)
        into = (0, axes, each, each, None, None, None)
        return jax.vmap(one, in_axes=into, out_axes=(at, 0, axes.statistics))(
            own, state, x, y[batch.people], case_weight, key, part
        )

    def step(
        state: member.MemberState,
        epoch_loss: jax.Array,
        stopped: jax.Array,
        arm: PlacedArm,
        batch: Batch,
        y: jax.Array,
        case_weight: jax.Array,
        own: Hyperparameters,
        key: jax.Array,
    ) -> tuple[member.MemberState, jax.Array]:
        parts = config.accumulate

        def take(statistics: Any, piece: Batch, part: jax.Array) -> Any:
            current = state._replace(statistics=statistics)
            return gradient(own, current, arm, piece, y, case_weight, key, part)

        def add(carry: Any, piece: Any) -> tuple[Any, None]:
            slope, loss, statistics = carry
            found = take(statistics, *piece)
            total = jax.tree.map(lambda a, b: a + b / parts, (slope, loss), found[:2])
            return (*total, found[2]), None

        if parts == 1:
            slope, loss, statistics = take(state.statistics, batch, jnp.int32(0))
        else:
            zeros = jax.tree.map(jnp.zeros_like, state.parameters)
            start = zeros, jnp.zeros(stopped.shape, jnp.float32), state.statistics
            pieces = _cut(batch, parts), jnp.arange(parts)
            (slope, loss, statistics), _ = jax.lax.scan(add, start, pieces)
        update = partial(member.update, config, steps)
        into = (0, axes, axes.statistics, at, 0)
        moved = jax.vmap(update, in_axes=into, out_axes=axes)(
            own, state, statistics, slope, stopped
        )
        return moved, epoch_loss + loss / (steps // config.epochs)

    return step


def _cut(batch: Batch, parts: int) -> Batch:
    """A batch as `parts` of them, stacked along a new first axis."""
    people_axis = batch.people.ndim - 1

    def cut(array: jax.Array) -> jax.Array:
        shape = array.shape
        size = shape[people_axis] // parts
        split = (*shape[:people_axis], parts, size, *shape[people_axis + 1 :])
        return jnp.moveaxis(array.reshape(split), people_axis, 0)

    return jax.tree.map(cut, batch)
