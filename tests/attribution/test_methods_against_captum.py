"""Stored captum values; scripts/make_attribution_golden.py makes them anew."""

from functools import partial
from pathlib import Path

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gxjax.attribution import METHODS, TimesInput, integrated_gradients, through_front

GOLDEN = Path(__file__).parents[1] / "golden" / "attribution_captum.npz"
IG50 = partial(integrated_gradients, steps=50)
CASES = {
    "saliency": METHODS["saliency"].function,
    "integrated_gradients": TimesInput(IG50),
    "integrated_gradients_local": IG50,
    "deeplift": TimesInput(METHODS["deeplift"].function),
    "deeplift_local": METHODS["deeplift"].function,
}


def _load(dtype):
    with np.load(GOLDEN) as stored:
        arrays = {k: stored[k] for k in stored.files if k != "captum"}
    return {k: jnp.asarray(v, dtype) for k, v in arrays.items() if v.ndim}


def _head(g, h):
    for norm, dense in ((1, 3), (4, 6)):
        variance = g[f"weight.{norm}.running_var"] + 1e-5
        h = (h - g[f"weight.{norm}.running_mean"]) / jnp.sqrt(variance)
        h = nn.relu(h * g[f"weight.{norm}.weight"] + g[f"weight.{norm}.bias"])
        h = g[f"weight.{dense}.weight"] @ h + g[f"weight.{dense}.bias"]
    return h[0]


def _found(g, name, key):
    kernel, bias = g["weight.0.weight"].T, g["weight.0.bias"]

    def both(x):
        common = {"baseline": g["baseline"], "key": key}
        dense = CASES[name](lambda a: _head(g, a @ kernel + bias), x, **common)
        run = partial(through_front, CASES[name], kernel, bias, partial(_head, g))
        return dense, run(x, **common)

    return jax.jit(jax.vmap(both))(g["x"])


@pytest.mark.parametrize("name", sorted(CASES))
def test_method__equals_captum(name, key):
    with jax.enable_x64(True):
        g = _load(jnp.float64)
        # captum rounds its Gauss-Legendre weights to float32.
        tolerance = 1e-8 if name.startswith("integrated") else 1e-12
        for found in _found(g, name, key):
            np.testing.assert_allclose(found, g[name], rtol=0, atol=tolerance)


@pytest.mark.parametrize("name", sorted(CASES))
def test_method__equals_captum_in_float32(name, key):
    g = _load(jnp.float32)
    for found in _found(g, name, key):
        error = jnp.abs(found - g[name]).max() / jnp.abs(g[name]).max()
        assert error < 1e-5
