"""The linear front: run a method on H activations, pull the result back to V variants.

Multipliers obey the chain rule through h = x W + b, so whatever a method does, it does
to the head, in H dimensions, and one product with W carries it to all variants. Input
noise reaches the head only as eps W ~ N(0, sigma^2 G) with G = W^T W, and is drawn as
that; what it means for a variant is then known in expectation, given the draw.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import chex
import jax
import jax.numpy as jnp

from gxjax.attribution.draws import Draws, product
from gxjax.attribution.halves import signed_halves
from gxjax.attribution.method import Attribution
from gxjax.attribution.noise import Parts, split, summarise

__all__ = [
    "NoiseLaw",
    "draw",
    "factors",
    "leverage",
    "moments",
    "noise_law",
    "through_front",
]

_UNROLL = 8
"""Draws summed in one fused loop."""


class NoiseLaw(NamedTuple):
    """The law of input noise behind a kernel W [V, H], for sigma = 1.

    With z ~ N(0, I) [H], the activations move by `root z`, and given that, the noise of
    variant j has mean w_j `whiten z` and variance 1 - `leverage`_j.

    Attributes:
      root: float [H, H], root root^T = G.
      whiten: float [H, H], G^-1 root; pseudo-inverse where G is singular.
      leverage: float [V], w_j G^-1 w_j in [0, 1].
    """

    root: Any
    whiten: Any
    leverage: Any


def noise_law(kernel: jax.Array) -> NoiseLaw:
    """The `NoiseLaw` of a kernel [V, H]."""
    chex.assert_rank(kernel, 2)
    root, whiten = factors(product(kernel.T, kernel))
    return NoiseLaw(root, whiten, leverage(kernel, whiten))


def factors(gram: jax.Array) -> tuple[jax.Array, jax.Array]:
    """`root` and `whiten` of a `NoiseLaw`, of G [H, H].

    By Cholesky, or by eigenvalues where G is singular (V < H is legal): directions
    below H machine epsilons of the largest eigenvalue then get no noise and count as
    unknown to the activations.
    """
    lower = jnp.linalg.cholesky(gram)
    pivots = jnp.diagonal(lower) ** 2
    tiny = gram.shape[0] * jnp.finfo(gram.dtype).eps
    regular = jnp.isfinite(lower).all() & (pivots.min() > tiny * pivots.max())
    return jax.lax.cond(regular, _by_cholesky, _by_eigenvalues, gram)


def leverage(rows: jax.Array, whiten: jax.Array) -> jax.Array:
    """w_j G^-1 w_j of rows [T, H] of a kernel; float [T] in [0, 1]."""
    return jnp.clip(jnp.sum(product(rows, whiten) ** 2, axis=1), 0, 1)


def _by_cholesky(gram: jax.Array) -> tuple[jax.Array, jax.Array]:
    lower = jnp.linalg.cholesky(gram)
    identity = jnp.eye(gram.shape[0], dtype=gram.dtype)
    inverse = jax.scipy.linalg.solve_triangular(lower, identity, lower=True)
    return lower, inverse.T


def _by_eigenvalues(gram: jax.Array) -> tuple[jax.Array, jax.Array]:
    values, vectors = jnp.linalg.eigh(gram)
    floor = values[-1] * values.shape[0] * jnp.finfo(gram.dtype).eps
    kept = values > jnp.maximum(floor, 0)
    safe = jnp.sqrt(jnp.where(kept, values, 1))
    scale, whiten = jnp.where(kept, safe, 0), jnp.where(kept, 1 / safe, 0)
    return vectors * scale[None, :], vectors * whiten[None, :]


def draw(
    parts: Parts,
    head: Callable,
    h: jax.Array,
    baseline: jax.Array,
    key: jax.Array,
    shift: jax.Array | None,
) -> Draws:
    """Runs the method of `parts` on the head of one person, at highest precision.

    Args:
      parts: an attribution taken apart by `noise.split`.
      head: float [H] -> scalar.
      h: float [H], the person's activations.
      baseline: float [K', H], the activations of the baselines.
      key: the person's key for this method.
      shift: float [K, H], what each draw of noise adds to h; None without noise.
    """

    def over(point, child):
        rows, keys = parts.over.rows(baseline.shape[0], child)

        def one(row, row_key):
            return parts.method(head, point, baseline=baseline[row], key=row_key)

        return jax.vmap(one)(rows, keys), rows

    with jax.default_matmul_precision("highest"):
        if parts.noise is None or shift is None:
            multipliers, rows = over(h, key)
            return Draws(multipliers[None], rows[None])
        _, children = parts.noise.keys(key)
        return Draws(*jax.vmap(over)(h[None] + shift, children))


def moments(
    parts: Parts,
    kernel: jax.Array,
    known: jax.Array,
    draws: Draws,
    centre: jax.Array | None,
    x: jax.Array,
    baseline: jax.Array,
    *,
    square: bool = True,
) -> tuple[jax.Array, jax.Array]:
    """Mean and mean square over draws of a batch's attributions, at T variants.

    Without noise: W m, times x - x' for times-input. With noise, given a draw, eps_j
    has mean c_j = `centre` and variance sigma^2 (1 - known_j), so the expectation of
    an attribution, and of its square, is written down, not drawn.

    Args:
      parts: an attribution taken apart by `noise.split`.
      kernel: float [T, H].
      known: float [T], the `leverage` of a `NoiseLaw`; 0 to leading order in H / V.
      draws: `Draws` with a leading axis B.
      centre: float [K, B, T]; None without noise, or where c_j is neglected.
      x: float [B, T], dosages.
      baseline: float [K', T], dosages.
      square: whether the mean square is asked for; a mean alone is cheaper.

    Returns:
      Two float [B, T]; the second is not meant to be used without `square`.
    """
    by_draw = jnp.swapaxes(draws.multipliers, 0, 1)  # [K, B, R, H]
    if draws.halves is not None:
        value = signed_halves(parts.times_input, kernel, draws, x, baseline)
        return value, value**2
    if not parts.times_input:
        multipliers = by_draw.mean(2)
        if not square:
            multipliers = multipliers.mean(0, keepdims=True)
        slopes = product(multipliers, kernel.T)
        zero = jnp.zeros_like(slopes[0])
        sums, _ = jax.lax.scan(_add_slope, (zero, zero), slopes, unroll=_UNROLL)
        return sums[0] / len(slopes), sums[1] / len(slopes)
    rows = jnp.swapaxes(draws.rows, 0, 1)
    count = by_draw.shape[2]
    pulled = [product(by_draw[:, :, row], kernel.T) / count for row in range(count)]
    shifts = jnp.zeros((len(by_draw), 1, 1), x.dtype) if centre is None else centre
    unknown = parts.noise.sigma**2 * (1 - known) if parts.noise else None

    def add(sums, of_draw):
        parts_of, rows_of, shift = of_draw
        value = slope = jnp.zeros((), x.dtype)
        for row, part in enumerate(parts_of):
            fixed = baseline.shape[0] == 1
            reference = baseline if fixed else baseline[rows_of[:, row]]
            value, slope = value + (x - reference) * part, slope + part
        value = value + shift * slope
        spread = 0 if unknown is None else unknown[None] * slope**2
        return (sums[0] + value, sums[1] + value**2 + spread), None

    zero = jnp.zeros_like(x)
    # Draw by draw: XLA sums a leading axis with a stride, column by column.
    sums, _ = jax.lax.scan(add, (zero, zero), (pulled, rows, shifts), unroll=_UNROLL)
    return sums[0] / len(by_draw), sums[1] / len(by_draw)


def _add_slope(sums, slope):
    return (sums[0] + slope, sums[1] + slope**2), None


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
    parts, rows = split(attribution), jnp.atleast_2d(baseline)
    ends = product(rows, kernel) + bias[None]
    h = product(x[None], kernel)[0] + bias
    shift, centre, known = None, None, jnp.zeros_like(x)
    if parts.noise is not None:
        law, (keys, _) = noise_law(kernel), parts.noise.keys(key)
        normal = jax.vmap(lambda k: jax.random.normal(k, h.shape, h.dtype))(keys)
        shift = parts.noise.sigma * product(normal, law.root.T)
        whitened = parts.noise.sigma * product(normal, law.whiten.T)
        centre, known = product(whitened, kernel.T)[:, None], law.leverage
    found = draw(parts, head, h, ends, key, shift)
    batch = jax.tree.map(lambda a: a[None], found)
    pair = moments(parts, kernel, known, batch, centre, x[None], rows)
    return summarise(parts.noise.statistic if parts.noise else "mean", *pair)[0]
