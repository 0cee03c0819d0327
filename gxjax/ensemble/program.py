"""The compiled functions of a training run: the vmap of one member's, traced once."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from gxjax.ensemble import member
from gxjax.ensemble.inputs import DeviceArm, encoded_batch
from gxjax.ensemble.member import Best, MemberState, TrainingConfig

__all__ = ["Program", "build_program", "predict_people"]


class Program(NamedTuple):
    """What a run calls; every state has a leading member axis M.

    Attributes:
      init: (key, identities int32 [M]) -> (MemberState, Best).
      step: (state, arrays, y [N], people int32 [B], case_weight, key) -> (state, loss
        [M]); the state's buffers are donated.
      predict: (parameters, statistics, arrays, people int32 [B]) -> float32 [M, B].
      keep_best: (state, best, score [M], epoch) -> Best; best's buffers are donated.
    """

    init: Any
    step: Any
    predict: Any
    keep_best: Any


def build_program(
    model: Any,
    transform: optax.GradientTransformation,
    config: TrainingConfig,
    trait: str,
    counts: tuple[int, ...],
) -> Program:
    """Compiles nothing yet; each function is compiled at its first call.

    Args:
      model: Flax module, `(x [B, V], train=...) -> [B]`.
      transform: optimiser of one member.
      config: for L1, patience and min_delta.
      trait: a key of `LOSSES`.
      counts: width of each block of the arm, summing to V.
    """

    def init(key: jax.Array, identities: jax.Array) -> tuple[MemberState, Best]:
        one = partial(member.init, model, transform, sum(counts), key)
        return jax.vmap(one)(identities)

    def step(
        state: MemberState,
        arrays: DeviceArm,
        y: jax.Array,
        people: jax.Array,
        case_weight: jax.Array,
        key: jax.Array,
    ) -> tuple[MemberState, jax.Array]:
        x = encoded_batch(arrays, counts, people, model.dtype)
        one = partial(member.update, model, transform, trait, config.l1)
        axes = (0, None, None, None, None)
        return jax.vmap(one, in_axes=axes)(state, x, y[people], case_weight, key)

    def keep_best(
        state: MemberState, best: Best, score: jax.Array, epoch: jax.Array
    ) -> Best:
        one = partial(
            member.keep_best, patience=config.patience, min_delta=config.min_delta
        )
        return jax.vmap(one, in_axes=(0, 0, 0, None))(state, best, score, epoch)

    return Program(
        jax.jit(init),
        jax.jit(step, donate_argnums=0),
        build_predict(model, counts),
        jax.jit(keep_best, donate_argnums=1),
    )


def build_predict(model: Any, counts: tuple[int, ...]) -> Any:
    """The jitted `(parameters, statistics, arrays, people [B]) -> float32 [M, B]`."""

    def predict(
        parameters: Any, statistics: Any, arrays: DeviceArm, people: jax.Array
    ) -> jax.Array:
        x = encoded_batch(arrays, counts, people, model.dtype)
        one = lambda p, s: model.apply({"params": p, **s}, x, train=False)  # noqa: E731
        return jax.vmap(one)(parameters, statistics)

    return jax.jit(predict)


def predict_people(
    predict: Any,
    parameters: Any,
    statistics: Any,
    arrays: DeviceArm,
    people: np.ndarray,
    batch_size: int,
) -> np.ndarray:
    """Predictions float32 [M, n] of `people` int32 [n], a batch at a time.

    The last batch is filled up with its own people, so that one shape is compiled.
    """
    parts = []
    for start in range(0, len(people), batch_size):
        batch = people[start : start + batch_size]
        filled = np.resize(batch, batch_size) if len(batch) < batch_size else batch
        found = predict(parameters, statistics, arrays, jnp.asarray(filled, jnp.int32))
        parts.append(np.asarray(found)[:, : len(batch)])
    return np.concatenate(parts, axis=1)
