"""Trained networks back on devices, each with what it owns."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh

from gxjax.ensemble.layout import Layout
from gxjax.ensemble.mesh import state_shardings
from gxjax.ensemble.network_input import inputs_per_variant
from gxjax.ensemble.pieces import Index, from_first
from gxjax.types import Ensemble

__all__ = ["placed_networks"]


def placed_networks(ensemble: Ensemble, layout: Layout, mesh: Mesh) -> tuple[Any, Any]:
    """Parameters and statistics of an ensemble, the first layer's as [D', M, H].

    All processes must call. Those of process 0 count: the others send nothing and may
    know the shapes only.

    Args:
      ensemble: M networks.
      layout: of their input's columns, in D' places.
      mesh: axes member, sample, variant.
    """
    front = dict(ensemble.parameters["front"])
    kernel = front.pop("kernel")
    inputs = layout.inputs(inputs_per_variant(ensemble.model.channels))
    members, _, hidden = kernel.shape
    shape = jax.ShapeDtypeStruct((len(inputs), members, hidden), kernel.dtype)

    def rows(index: Index) -> np.ndarray:
        at = inputs[index[0]]
        found = np.asarray(kernel)[index[1], :, index[2]][:, at]
        found[:, at < 0] = 0
        return np.moveaxis(found, 1, 0)

    others = {**ensemble.parameters, "front": front}, ensemble.statistics
    shapes = {**others[0], "front": {**front, "kernel": shape}}, others[1]
    at = state_shardings(mesh, shapes, shared=True)
    kernel_at = at[0]["front"].pop("kernel")
    place = lambda leaf, at: from_first(  # noqa: E731
        lambda index: np.asarray(leaf)[index], leaf.shape, leaf.dtype, at
    )
    parameters, statistics = jax.tree.map(place, others, at)
    placed = from_first(rows, shape.shape, shape.dtype, kernel_at)
    parameters["front"]["kernel"] = placed
    return parameters, statistics
