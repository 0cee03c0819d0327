"""One member: its state, its gradient and update, and the memory of its best epoch.

Everything here is written for ONE member; `program.py` adds the member axis by `vmap`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from gxjax import rng
from gxjax.ensemble.first_layer import initial_kernel
from gxjax.ensemble.loss import LOSSES, l1_penalty
from gxjax.ensemble.training_config import Hyperparameters, TrainingConfig

__all__ = [
    "Best",
    "MemberState",
    "gradient",
    "init",
    "keep_best",
    "optimiser",
    "update",
]


class MemberState(NamedTuple):
    """What a step changes.

    Attributes:
      parameters: the Flax "params" collection.
      statistics: the other collections, `{"batch_stats": ...}` or `{}`.
      moments: optax state.
      step: int32 [], steps taken.
      identity: int32 [], the member's number, which names its random keys.
    """

    parameters: Any
    statistics: Any
    moments: Any
    step: jax.Array
    identity: jax.Array


class Best(NamedTuple):
    """The best epoch so far: parameters, statistics, score [], epoch [], stopped []."""

    parameters: Any
    statistics: Any
    score: jax.Array
    epoch: jax.Array
    stopped: jax.Array


def optimiser(
    config: TrainingConfig, steps: int, own: Hyperparameters
) -> optax.GradientTransformation:
    """Clipping, weight decay and Adam, with the schedule over `steps` in all.

    Args:
      config: what all members share.
      steps: of the whole run.
      own: this member's rate and decay; their presence is decided by `config`, so that
        every member has a state of the same shape.
    """
    schedule: Any = own.learning_rate
    if config.cosine:
        cosine = optax.cosine_decay_schedule(1.0, steps)
        schedule = lambda count: own.learning_rate * cosine(count)  # noqa: E731
    parts = []
    if config.clip_norm:
        parts.append(optax.clip_by_global_norm(config.clip_norm))
    if config.has_l2:
        kernels = lambda tree: jax.tree.map(lambda leaf: leaf.ndim > 1, tree)  # noqa: E731
        parts.append(optax.add_decayed_weights(own.l2, mask=kernels))
    # The second moment stays float32: with b2 = 0.999 its changes are too small for
    # bfloat16, and it would stand still.
    mu_dtype = jnp.bfloat16 if config.bfloat16_moments else None
    return optax.chain(*parts, optax.adam(schedule, mu_dtype=mu_dtype))


def init(
    model: Any,
    config: TrainingConfig,
    inputs: int,
    columns: jax.Array,
    key: jax.Array,
    identity: jax.Array,
) -> tuple[MemberState, Best]:
    """A fresh member.

    Args:
      model: Flax module whose first layer is `front`.
      config: for the shape of the optimiser's state.
      inputs: how many inputs there are, without padding.
      columns: int32 [D], the input that each row of the first layer is for, -1: none.
      key: of the run.
      identity: int32 [].
    """
    start = rng.named(key, "ensemble/init", identity)
    example = jnp.zeros((2, columns.shape[0]), jnp.float32)
    statistics = dict(model.init(start, example, train=False))
    parameters = statistics.pop("params")
    parameters["front"] = {
        **parameters["front"],
        "kernel": _front_kernel(model, parameters, columns, inputs, start),
    }
    some = Hyperparameters(jnp.ones(()), jnp.ones(()), jnp.ones(()))
    state = MemberState(
        parameters,
        statistics,
        optimiser(config, 1, some).init(parameters),
        jnp.zeros((), jnp.int32),
        jnp.asarray(identity, jnp.int32),
    )
    # A copy: the step donates its state's buffers.
    best = Best(
        jax.tree.map(jnp.copy, parameters),
        jax.tree.map(jnp.copy, statistics),
        jnp.asarray(-jnp.inf, jnp.float32),
        jnp.zeros((), jnp.int32),
        jnp.zeros((), bool),
    )
    return state, best


def _front_kernel(
    model: Any, parameters: Any, columns: jax.Array, inputs: int, key: jax.Array
) -> jax.Array:
    """Float32 [D, H]; columns that lead straight to the outputs start at 0."""
    width = parameters["front"]["kernel"].shape[1]
    linear = getattr(model, "linear_columns", 0)
    own = rng.named(key, "front")
    kernel = initial_kernel(own, columns, width - linear, inputs)
    return jnp.pad(kernel, ((0, 0), (0, linear)))


def gradient(
    model: Any,
    trait: str,
    config: TrainingConfig,
    own: Hyperparameters,
    state: MemberState,
    x: jax.Array,
    y: jax.Array,
    case_weight: jax.Array,
    key: jax.Array,
    part: jax.Array,
) -> tuple[Any, jax.Array, Any]:
    """Of the loss on encoded dosages x [B, D] and phenotypes y [B] or [B, P].

    Returns:
      Gradient, loss [] without its penalty, new batch statistics.
    """
    number = state.step * config.accumulate + part
    dropout = rng.named(key, "ensemble/dropout", state.identity, number)

    def objective(parameters: Any) -> tuple[jax.Array, tuple[jax.Array, Any]]:
        prediction, statistics = model.apply(
            {"params": parameters, **state.statistics},
            x,
            train=True,
            rngs={"dropout": dropout},
            mutable=list(state.statistics),
        )
        loss = LOSSES[trait](prediction, y, case_weight)
        penalty = own.l1 * l1_penalty(parameters) if config.has_l1 else 0.0
        return loss + penalty, (loss, statistics)

    found, (loss, statistics) = jax.grad(objective, has_aux=True)(state.parameters)
    return found, loss, statistics


def update(
    config: TrainingConfig,
    steps: int,
    own: Hyperparameters,
    state: MemberState,
    statistics: Any,
    gradient: Any,
    stopped: jax.Array,
) -> MemberState:
    """One optimiser step; a member that has stopped stays as it is.

    But for its moments, which nothing reads any more: to keep them, too, would cost a
    copy of both.
    """
    transform = optimiser(config, steps, own)
    change, moments = transform.update(gradient, state.moments, state.parameters)
    keep = lambda new, old: jnp.where(stopped, old, new)  # noqa: E731
    change = jax.tree.map(lambda leaf: keep(leaf, jnp.zeros_like(leaf)), change)
    return MemberState(
        optax.apply_updates(state.parameters, change),
        jax.tree.map(keep, statistics, state.statistics),
        moments,
        state.step + 1,
        state.identity,
    )


def keep_best(
    state: MemberState,
    best: Best,
    score: jax.Array,
    epoch: jax.Array,
    patience: int,
    min_delta: float,
) -> Best:
    """Remembers the state if its score is better; stops a member out of patience."""
    better = (score > best.score + min_delta) & ~best.stopped
    # A score that is not a number is never better; -inf + delta keeps the first one.
    choose = lambda new, old: jnp.where(better, new, old)  # noqa: E731
    parameters = jax.tree.map(choose, state.parameters, best.parameters)
    statistics = jax.tree.map(choose, state.statistics, best.statistics)
    newest = choose(epoch, best.epoch)
    stopped = best.stopped | (epoch - newest >= patience)
    return Best(parameters, statistics, choose(score, best.score), newest, stopped)
