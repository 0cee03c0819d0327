"""One member: its state, one optimiser step, and the memory of its best epoch.

Everything here is written for ONE member; `train.py` adds the member axis by `vmap`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from gxjax import rng
from gxjax.ensemble.loss import LOSSES, l1_penalty

__all__ = ["Best", "MemberState", "TrainingConfig", "init", "optimiser", "update"]


@dataclass(frozen=True)
class TrainingConfig:
    """How a network is fitted; the defaults are the published ones.

    Attributes:
      epochs: the most passes over TRAIN.
      batch_size: people per step.
      learning_rate: Adam's, at the start.
      cosine: whether the rate falls to 0 as a half cosine over all epochs.
      l1: weight of the sum of absolute weights in the loss.
      l2: weight decay, added to the gradient before Adam as torch's Adam does, but of
        weight matrices only.
      clip_norm: the gradient of a member is scaled down to this norm; 0 for never.
      patience: epochs without a better validation score before a member stops.
      min_delta: by how much a score must be better to count.
    """

    epochs: int = 100
    batch_size: int = 128
    learning_rate: float = 1e-4
    cosine: bool = True
    l1: float = 0.0
    l2: float = 0.0
    clip_norm: float = 0.0
    patience: int = 10
    min_delta: float = 0.0


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


def optimiser(config: TrainingConfig, steps: int) -> optax.GradientTransformation:
    """Clipping, weight decay and Adam, with the schedule over `steps` in all."""
    rate = config.learning_rate
    schedule = optax.cosine_decay_schedule(rate, steps) if config.cosine else rate
    parts = []
    if config.clip_norm:
        parts.append(optax.clip_by_global_norm(config.clip_norm))
    if config.l2:
        kernels = lambda tree: jax.tree.map(lambda leaf: leaf.ndim > 1, tree)  # noqa: E731
        parts.append(optax.add_decayed_weights(config.l2, mask=kernels))
    return optax.chain(*parts, optax.adam(schedule))


def init(
    model: Any,
    transform: optax.GradientTransformation,
    variants: int,
    key: jax.Array,
    identity: jax.Array,
) -> tuple[MemberState, Best]:
    """A fresh member for inputs of width V = `variants`."""
    start = rng.named(key, "ensemble/init", identity)
    example = jnp.zeros((2, variants), jnp.float32)
    statistics = dict(model.init(start, example, train=False))
    parameters = statistics.pop("params")
    state = MemberState(
        parameters,
        statistics,
        transform.init(parameters),
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


def update(
    model: Any,
    transform: optax.GradientTransformation,
    trait: str,
    l1: float,
    state: MemberState,
    x: jax.Array,
    y: jax.Array,
    case_weight: jax.Array,
    key: jax.Array,
) -> tuple[MemberState, jax.Array]:
    """One step on encoded dosages x [B, V] and phenotypes y [B]; new state and loss."""
    dropout = rng.named(key, "ensemble/dropout", state.identity, state.step)

    def objective(parameters: Any) -> tuple[jax.Array, tuple[jax.Array, Any]]:
        prediction, statistics = model.apply(
            {"params": parameters, **state.statistics},
            x,
            train=True,
            rngs={"dropout": dropout},
            mutable=list(state.statistics),
        )
        loss = LOSSES[trait](prediction, y, case_weight)
        penalty = l1 * l1_penalty(parameters) if l1 else 0.0
        return loss + penalty, (loss, statistics)

    gradient, (loss, statistics) = jax.grad(objective, has_aux=True)(state.parameters)
    change, moments = transform.update(gradient, state.moments, state.parameters)
    parameters = optax.apply_updates(state.parameters, change)
    new = MemberState(parameters, statistics, moments, state.step + 1, state.identity)
    return new, loss


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
