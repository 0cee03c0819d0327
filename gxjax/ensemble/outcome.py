"""What comes out of a training run: scores of an epoch, and the ensemble at its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd

from gxjax.ensemble.loss import LOSSES, validation_score
from gxjax.ensemble.member import Best, MemberState
from gxjax.ensemble.mesh import member_axes
from gxjax.ensemble.network_input import inputs_per_variant
from gxjax.ensemble.pieces import pieces
from gxjax.ensemble.predict import predict_all
from gxjax.ensemble.training_run import Run
from gxjax.ensemble.training_shapes import validation_batch_size
from gxjax.types import Ensemble

__all__ = ["evaluate", "finish"]


def evaluate(run: Run, state: MemberState) -> dict[str, np.ndarray]:
    """How a state does on VALIDATION people: loss [M], score [M] or [M, P]."""
    size = validation_batch_size(run.config)
    networks = state.parameters, state.statistics
    prediction = predict_all(
        run.program.predict, *networks, run.feed, run.held_out, size
    )
    phenotype = run.phenotype[run.held_out]
    weight = jnp.asarray(np.asarray(run.placed.case_weight))
    loss = LOSSES[run.trait]
    losses = [
        loss(jnp.asarray(row), jnp.asarray(phenotype), weight) for row in prediction
    ]
    scores = validation_score(run.trait)[1](prediction, phenotype)
    return {
        "validation_loss": np.asarray(losses),
        "validation_score": scores,
    }


def finish(
    run: Run,
    best: Best,
    history: list[dict[str, Any]],
    warn: Callable[[str], None],
) -> Ensemble:
    """The ensemble of the best epochs, its columns in their order.

    On process 0 its parameters are arrays of the host; the other processes know their
    shapes, as `jax.ShapeDtypeStruct`.
    """
    lost = np.flatnonzero(np.asarray(best.epoch) == 0).tolist()
    if lost:
        warn(
            f"members {lost} never had a finite validation score and are as they "
            "started; lower the learning rate, or clip gradients"
        )
    axes = member_axes(best.parameters, run.config.data_order == "shared")
    inputs = run.layout.inputs(inputs_per_variant(run.model.channels))
    front = dict(best.parameters["front"])
    kernel = _ordered(front.pop("kernel"), axes["front"]["kernel"], inputs)
    others = {**best.parameters, "front": front}
    parameters, statistics = (
        jax.tree.map(_whole, tree) for tree in (others, best.statistics)
    )
    parameters["front"]["kernel"] = kernel
    return Ensemble(
        run.model,
        parameters,
        statistics,
        run.encoding,
        run.trait,
        pd.DataFrame(history),
    )


def _whole(leaf: jax.Array) -> Any:
    """An array of all devices: process 0 gets it, the others its shape."""
    found = _space(leaf.shape, leaf.dtype)
    for index, part in pieces(leaf):
        if isinstance(found, np.ndarray):
            found[index] = part
    return found


def _ordered(kernel: jax.Array, axis: int, inputs: np.ndarray) -> Any:
    """`_whole` of the first layer's weights, as [M, D, H] in the order of the inputs.

    Args:
      kernel: [M, D', H], or [D', M, H] where `axis` is 1.
      axis: of the members.
      inputs: int32 [D'], the input at each place, -1 for padding.
    """
    count = int(inputs.max()) + 1
    found = _space((kernel.shape[axis], count, kernel.shape[2]), kernel.dtype)
    for index, part in pieces(kernel):
        if isinstance(found, np.ndarray):
            at = inputs[index[1 - axis]]
            rows = np.moveaxis(part, axis, 0)[:, at >= 0]
            found[index[axis], at[at >= 0], index[2]] = rows
    return found


def _space(shape: tuple[int, ...], dtype: Any) -> np.ndarray | jax.ShapeDtypeStruct:
    first = jax.process_index() == 0
    return np.empty(shape, dtype) if first else jax.ShapeDtypeStruct(shape, dtype)
