"""Stored captum values; scripts/make_attribution_golden.py makes them anew."""

from functools import partial
from pathlib import Path

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gxjax.attribution import (
    METHODS,
    OverBaselines,
    SmoothGrad,
    TimesInput,
    integrated_gradients,
    through_front,
)

GOLDEN = Path(__file__).parents[1] / "golden" / "attribution_captum.npz"
ACTIVATIONS = {
    "relu": nn.relu,
    "leaky_relu": nn.leaky_relu,
    "elu": nn.elu,
    "softplus": nn.softplus,
    "sigmoid": nn.sigmoid,
    "tanh": nn.tanh,
}


def _integrated(f, x, *, baseline, key):
    """50 steps with captum's weights, which it rounds to float32."""
    nodes, weights = np.polynomial.legendre.leggauss(50)
    rounded = jnp.asarray((weights / 2).astype(np.float32), x.dtype)

    def tangent(node):
        return jax.grad(f)(baseline + node * (x - baseline))

    tangents = jax.vmap(tangent)(jnp.asarray((nodes + 1) / 2, x.dtype))
    return rounded @ tangents


IG50 = partial(integrated_gradients, steps=50)
RESCALE = METHODS["deeplift"].function
# What is attributed, and how many baselines; None: zeros.
CASES = {
    "saliency": (METHODS["saliency"].function, 1),
    "input_x_gradient": (TimesInput(METHODS["input_x_gradient"].function), None),
    "integrated_gradients": (TimesInput(IG50), 1),
    "integrated_gradients_local": (IG50, 1),
    "deeplift": (TimesInput(RESCALE), 1),
    "deeplift_local": (RESCALE, 1),
    "deeplift_shap": (OverBaselines(TimesInput(RESCALE)), 4),
}
# The same, with captum's rounding, which float64 shows.
ROUNDED = {
    "integrated_gradients/rounded": TimesInput(_integrated),
    "integrated_gradients_local/rounded": _integrated,
}


def _load(dtype):
    with np.load(GOLDEN) as stored:
        arrays = {k: stored[k] for k in stored.files if k != "captum"}
    return {k: jnp.asarray(v, dtype) for k, v in arrays.items()}


def _head(g, activation, h):
    for norm, dense in ((1, 3), (4, 6)):
        variance = g[f"weight.{norm}.running_var"] + 1e-5
        h = (h - g[f"weight.{norm}.running_mean"]) / jnp.sqrt(variance)
        h = activation(h * g[f"weight.{norm}.weight"] + g[f"weight.{norm}.bias"])
        h = g[f"weight.{dense}.weight"] @ h + g[f"weight.{dense}.bias"]
    return h[0]


def _errors(g, activation, key):
    """Largest deviation from captum over the largest value, per method and path."""
    names = CASES if activation == "relu" else ("integrated_gradients", "deeplift")
    cases = {name: CASES[name] for name in names}
    if g["x"].dtype == jnp.float64:
        own = (name for name in ROUNDED if name.split("/")[0] in names)
        cases |= {name: (ROUNDED[name], 1) for name in own}
    kernel, bias = g["weight.0.weight"].T, g["weight.0.bias"]
    head = partial(_head, g, ACTIVATIONS[activation])

    def person(x, attribution, rows):
        run = partial(through_front, attribution, kernel, bias, head, key=key)
        one = rows if isinstance(attribution, OverBaselines) else rows[0]
        f = lambda a: head(a @ kernel + bias)  # noqa: E731
        return attribution(f, x, baseline=one, key=key), run(x, baseline=rows)

    @jax.jit
    def everything(x):
        zeros = jnp.zeros_like(g["baselines"][:1])
        return {
            name: jax.vmap(
                partial(
                    person,
                    attribution=attribution,
                    rows=zeros if count is None else g["baselines"][:count],
                )
            )(x)
            for name, (attribution, count) in cases.items()
        }

    captum = {name: g[f"{activation}.{name.split('/')[0]}"] for name in cases}
    return {
        (name, path): float(jnp.abs(ours - captum[name]).max())
        / float(jnp.abs(captum[name]).max())
        for name, pair in everything(g["x"]).items()
        for path, ours in zip(("dense", "front"), pair, strict=True)
    }


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_method__equals_captum(activation, key):
    with jax.enable_x64(True):
        errors = _errors(_load(jnp.float64), activation, key)
    for (name, path), error in errors.items():
        # The library's weights are float64, captum's are not.
        limit = 1e-7 if f"{name}/rounded" in ROUNDED else 1e-10
        assert error < limit, (name, path)


def test_method__equals_captum_in_float32(key):
    errors = _errors(_load(jnp.float32), "relu", key)
    for case, error in errors.items():
        assert error < 1e-5, case


DRAWN = {
    "gradient_shap": (TimesInput(METHODS["gradient_shap"].one_draw), 1),
    "gradient_shap_many": (
        OverBaselines(TimesInput(METHODS["gradient_shap"].one_draw), draws=1),
        4,
    ),
    "saliency_smoothgrad": (SmoothGrad(METHODS["saliency"].function, 1, 0.5), 1),
    "deeplift_smoothgrad_squared": (
        SmoothGrad(TimesInput(RESCALE), 1, 0.5, "mean_square"),
        1,
    ),
}


@pytest.mark.parametrize("name", DRAWN)
def test_method__has_captums_mean_over_draws(name, key):
    g, (attribution, count) = _load(jnp.float32), DRAWN[name]
    assert g["sigma"] == 0.5
    kernel, bias = g["weight.0.weight"].T, g["weight.0.bias"]
    run = partial(
        through_front, attribution, kernel, bias, partial(_head, g, nn.relu),
        baseline=g["baselines"][:count],
    )  # fmt: skip
    theirs, their_error = g[f"moments.{name}"]
    people = g["x"][: len(theirs)]
    draw = jax.vmap(lambda k: jax.vmap(lambda x: run(x, key=k))(people))
    draws = np.asarray(jax.jit(draw)(jax.random.split(key, 2000)), np.float64)
    theirs, their_error = np.asarray(theirs), np.asarray(their_error)
    error = np.sqrt(their_error**2 + draws.var(0) / len(draws))
    z = (draws.mean(0) - theirs) / np.maximum(error, 1e-6 * np.abs(theirs).max())
    assert np.abs(z).max() < 4.5
    assert 0.4 < np.sqrt((z**2).mean()) < 1.5
    # At equal draws, no less accurate than captum's estimator, up to the sampling
    # error of both variances: ours by a jackknife, captum's taken to be as large.
    own = ((draws - draws.mean(0)[None]) ** 2).sum((1, 2))
    ratio = own.mean() / (2000 * (their_error**2).sum())
    without = np.array([np.delete(own, slice(i, None, 20)).mean() for i in range(20)])
    error = np.sqrt(2 * 19 * (without / own.mean()).var())
    assert error < 0.1
    assert ratio < 1 + 3 * error
