"""What comes out of a training run: scores of an epoch, and the ensemble at its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
from jax.experimental import multihost_utils

from gxjax.ensemble.loss import LOSSES, validation_score
from gxjax.ensemble.member import Best, MemberState
from gxjax.ensemble.mesh import member_axes
from gxjax.ensemble.predict import predict_all
from gxjax.ensemble.training_run import Run
from gxjax.types import Ensemble

__all__ = ["evaluate", "finish"]

_EVALUATED = 256
"""People of a batch whose outputs alone are wanted."""


def evaluate(run: Run, state: MemberState) -> dict[str, np.ndarray]:
    """How a state does on VALIDATION people: loss [M], score [M] or [M, P]."""
    batch_size = run.config.batch_size // run.config.accumulate
    size = max(batch_size, _EVALUATED // batch_size * batch_size)
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


def _whole(leaf: jax.Array) -> np.ndarray:
    """An array of all devices, on this host."""
    if leaf.is_fully_addressable:
        return np.asarray(leaf)
    return np.asarray(multihost_utils.process_allgather(leaf, tiled=True))


def finish(
    run: Run,
    best: Best,
    history: list[dict[str, Any]],
    warn: Callable[[str], None],
) -> Ensemble:
    """The ensemble of the best epochs, on the host, its columns in their order."""
    lost = np.flatnonzero(np.asarray(best.epoch) == 0).tolist()
    if lost:
        warn(
            f"members {lost} never had a finite validation score and are as they "
            "started; lower the learning rate, or clip gradients"
        )
    parameters, statistics = (
        jax.tree.map(_whole, tree) for tree in (best.parameters, best.statistics)
    )
    axes = member_axes(parameters, run.config.data_order == "shared")
    axis = axes["front"]["kernel"]
    kernel = np.moveaxis(parameters["front"]["kernel"], axis, 0)
    ordered = np.ascontiguousarray(run.layout.gather(kernel, 1))
    parameters["front"] = {**parameters["front"], "kernel": ordered}
    return Ensemble(
        run.model,
        parameters,
        statistics,
        run.encoding,
        run.trait,
        pd.DataFrame(history),
    )
