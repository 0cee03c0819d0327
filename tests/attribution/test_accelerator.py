"""JAX_PLATFORMS=cuda,cpu scripts/test.sh -m gpu, on a machine that has one."""

import jax
import numpy as np
import pytest
from jax.sharding import Mesh

from gxjax.attribution import METHODS, score


@pytest.fixture
def accelerator():
    """Skips only where none is asked for: one that fails to start is an error."""
    if jax.config.jax_platforms == "cpu":
        pytest.skip("JAX_PLATFORMS is cpu: no accelerator is asked for")
    return jax.devices("gpu")[0]


@pytest.mark.gpu
def test_score__is_that_of_the_processor(case, key, accelerator):
    """TF32 would show: it keeps ten bits."""
    columns = [
        *((name, "none") for name in METHODS),
        ("deeplift", "smoothgrad_squared"),
        ("saliency", "smoothgrad_squared"),
    ]

    def on(device):
        mesh = Mesh(
            np.asarray([device]).reshape(1, 1, 1), ("member", "sample", "variant")
        )
        return score(*case, columns, key=key, mesh=mesh, batch_size=8)

    here, there = on(jax.devices("cpu")[0]), on(accelerator)
    scale = here.values.max(axis=2, keepdims=True)
    assert (np.abs(there.values - here.values) / scale).max() < 1e-4
    exact = there.completeness["method"].isin(["deeplift", "reveal_cancel"])
    assert there.completeness["delta"][exact].abs().max() < 1e-3
