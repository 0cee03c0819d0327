"""What a checkpoint belongs to."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from typing import Any

import jax
import numpy as np

from gxjax.ensemble.training_run import Run
from gxjax.types import Arm

__all__ = ["describe"]


def describe(run: Run, key: jax.Array, arm: Arm) -> dict[str, Any]:
    """What a checkpoint belongs to, so that no other run goes on from it."""
    data = hashlib.sha256()
    for array in (run.order.people, run.held_out, run.phenotype, arm.counts):
        data.update(np.ascontiguousarray(array).tobytes())
    for block in arm.blocks:
        data.update(np.ascontiguousarray(block.rows).tobytes())
    if any(block.bits == 8 for block in arm.blocks):
        # Counts of hard calls do not tell dosages from them.
        data.update(np.ascontiguousarray(arm.encoding.mean).tobytes())
        data.update(bytes(block.bits for block in arm.blocks))
    return {
        "model": repr(run.model.clone(front_product=None)),
        "config": {name: str(value) for name, value in asdict(run.config).items()},
        "members": run.members,
        "trait": run.trait,
        "key": np.asarray(jax.random.key_data(key)).tolist(),
        "granules": run.layout.granules,
        "data": data.hexdigest(),
    }
