"""The linear front: run a method on H activations, pull the result back to V variants.

Multipliers obey the chain rule through h = x W + b, so whatever a method does, it does
to the head, in H dimensions, and one product with W carries it to all variants. Input
noise reaches the head only as eps W ~ N(0, sigma^2 G) with G = W^T W, and is drawn as
that; what it means for a variant is then known in expectation, given the draw.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import chex
import jax
import jax.numpy as jnp

from gxjax.attribution.method import Attribution
from gxjax.attribution.noise import Parts, split

__all__ = ["Draws", "NoiseLaw", "draw", "noise_law", "pull_back", "through_front"]


class NoiseLaw(NamedTuple):
    """The law of input noise behind a kernel W [V, H], for sigma = 1.

    Attributes:
      root: float [H, H], L with L L^T = G.
      inverse: float [H, H], the pseudo-inverse of G.
      leverage: float [V], w_j G^-1 w_j in [0, 1]: the share of the variance of variant
        j's noise that the activations know.
    """

    root: jax.Array
    inverse: jax.Array
    leverage: jax.Array


class Draws(NamedTuple):
    """What a method found for one person, in H dimensions.

    Attributes:
      multipliers: float [K, R, H], of K noise draws and R baselines.
      rows: int32 [K, R], the baseline of each.
      shift: float [K, H], what the noise added to h; 0 without noise.
    """

    multipliers: jax.Array
    rows: jax.Array
    shift: jax.Array


def noise_law(kernel: jax.Array) -> NoiseLaw:
    """The `NoiseLaw` of a kernel [V, H], by eigenvalues, so that V < H is legal.

    Directions below H machine epsilons of the largest eigenvalue get no noise and count
    as unknown to the activations.
    """
    chex.assert_rank(kernel, 2)
    gram = _product(kernel.T, kernel)
    values, vectors = jnp.linalg.eigh(gram)
    floor = values[-1] * values.shape[0] * jnp.finfo(kernel.dtype).eps
    kept = values > jnp.maximum(floor, 0)
    values = jnp.where(kept, values, 1)
    scale = jnp.where(kept, jnp.sqrt(values), 0)
    whiten = jnp.where(kept, 1 / jnp.sqrt(values), 0)
    half = vectors * whiten[None, :]
    leverage = jnp.sum(_product(kernel, half) ** 2, axis=1)
    inverse = _product(half, half.T)
    return NoiseLaw(vectors * scale[None, :], inverse, jnp.clip(leverage, 0, 1))


def draw(
    parts: Parts,
    head: Callable,
    h: jax.Array,
    baseline: jax.Array,
    key: jax.Array,
    law: NoiseLaw,
) -> Draws:
    """Runs the method of `parts` on the head of one person, at highest precision.

    Args:
      parts: an attribution taken apart by `noise.split`.
      head: float [H] -> scalar.
      h: float [H], the person's activations.
      baseline: float [K', H], the activations of the baselines.
      key: the person's key.
      law: of the kernel.

    Returns:
      `Draws`.
    """

    def over(point, child):
        rows, keys = parts.over.rows(baseline.shape[0], child)

        def one(row, row_key):
            return parts.method(head, point, baseline=baseline[row], key=row_key)

        return jax.vmap(one)(rows, keys), rows

    with jax.default_matmul_precision("highest"):
        if parts.noise is None:
            multipliers, rows = over(h, key)
            return Draws(multipliers[None], rows[None], jnp.zeros_like(h)[None])
        noise_keys, children = parts.noise.keys(key)
        normal = jax.vmap(lambda k: jax.random.normal(k, h.shape, h.dtype))(noise_keys)
        shift = parts.noise.sigma * _product(normal, law.root.T)
        multipliers, rows = jax.vmap(over)(h[None] + shift, children)
    return Draws(multipliers, rows, shift)


def pull_back(
    parts: Parts,
    kernel: jax.Array,
    law: NoiseLaw,
    draws: Draws,
    x: jax.Array,
    baseline: jax.Array,
) -> jax.Array:
    """Carries the draws of a batch to all variants.

    Without noise: W m, times x - x' for times-input. With noise, given its shift
    delta, eps_j has mean c_j = w_j G^-1 delta and variance sigma^2 (1 - leverage_j), so
    the expectation of an attribution, or of its square, is written down, not drawn.

    Args:
      parts: an attribution taken apart by `noise.split`.
      kernel: float [V, H].
      law: of the kernel.
      draws: `Draws` with a leading axis B.
      x: float [B, V], dosages.
      baseline: float [K', V], dosages.

    Returns:
      float [B, V]; for moment 2 the mean square.
    """
    moment = 1 if parts.noise is None else parts.noise.moment
    if not parts.times_input:
        multipliers = draws.multipliers.mean(2)
        if moment == 1:
            return _product(multipliers.mean(1), kernel.T)
        return _mean_over_draws(
            lambda m: _product(m, kernel.T) ** 2, multipliers, x.shape
        )

    def expected(given: Draws) -> jax.Array:
        value, slope = _over_baselines(kernel, given, x, baseline)
        if parts.noise is None:
            return value
        centre = _product(_product(given.shift, law.inverse), kernel.T)
        value = value + centre * slope
        if moment == 1:
            return value
        unknown = parts.noise.sigma**2 * (1 - law.leverage)
        return value**2 + unknown[None] * slope**2

    return _mean_over_draws(expected, draws, x.shape)


def through_front(
    attribution: Attribution,
    kernel: jax.Array,
    bias: jax.Array,
    head: Callable,
    x: jax.Array,
    *,
    baseline: jax.Array,
    key: jax.Array,
) -> jax.Array:
    """One person's attribution for f(x) = head(x @ kernel + bias), through the front.

    Equal to `attribution(f, x, ...)` where nothing is random, and of the same mean and
    no larger variance where noise is.

    Args:
      attribution: a method, or one inside `TimesInput`, `OverBaselines`, `SmoothGrad`.
      kernel: float [V, H].
      bias: float [H].
      head: float [H] -> scalar.
      x: float [V].
      baseline: float [V], or [K, V] to average over K rows.
      key: the person's key.

    Returns:
      float [V].

    Raises:
      ValueError: if the wrappers are nested in an order that has no short cut.
    """
    chex.assert_shape(kernel, (x.shape[-1], bias.shape[-1]))
    parts, law = split(attribution), noise_law(kernel)
    rows = jnp.atleast_2d(baseline)
    ends = _product(rows, kernel) + bias[None]
    h = _product(x[None], kernel)[0] + bias
    found = draw(parts, head, h, ends, key, law)
    batch = jax.tree.map(lambda a: a[None], found)
    return pull_back(parts, kernel, law, batch, x[None], rows)[0]


def _over_baselines(kernel, given: Draws, x, baseline):
    """Mean over baselines of (x - x') (W m), and of W m alone; each [B, V]."""
    count = given.rows.shape[1]

    def one(multipliers, rows):
        slope = _product(multipliers, kernel.T)
        reference = baseline if baseline.shape[0] == 1 else baseline[rows]
        return (x - reference) * slope, slope

    if count == 1:
        return one(given.multipliers[:, 0], given.rows[:, 0])

    def add(total, row):
        return jax.tree.map(lambda t, new: t + new / count, total, one(*row)), None

    by_row = jnp.swapaxes(given.multipliers, 0, 1), given.rows.T
    start = jnp.zeros_like(x), jnp.zeros_like(x)
    return jax.lax.scan(add, start, by_row)[0]


def _mean_over_draws(function: Callable, batch, shape) -> jax.Array:
    """Mean of `function` over the second axis of a pytree [B, K, ...], one by one."""
    by_draw = jax.tree.map(lambda a: jnp.swapaxes(a, 0, 1), batch)
    count = jax.tree.leaves(by_draw)[0].shape[0]
    if count == 1:
        return function(jax.tree.map(lambda a: a[0], by_draw))

    def add(total, one):
        return total + function(one) / count, None

    start = jnp.zeros(shape, jax.tree.leaves(batch)[0].dtype)
    return jax.lax.scan(add, start, by_draw)[0]


def _product(a: jax.Array, b: jax.Array) -> jax.Array:
    return jnp.matmul(a, b, precision=jax.lax.Precision.HIGHEST)
