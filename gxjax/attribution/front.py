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

from gxjax.attribution.channels import DOSAGE, expand
from gxjax.attribution.draws import Draws, product
from gxjax.attribution.method import METHODS, Attribution
from gxjax.attribution.moments import moments
from gxjax.attribution.noise import Parts, split, summarise
from gxjax.attribution.tile import by_channel
from gxjax.types import Channels

__all__ = [
    "NoiseLaw",
    "draw",
    "factors",
    "leverage",
    "noise_law",
    "through_front",
]


class NoiseLaw(NamedTuple):
    """The law of input noise behind a kernel W [V L, H], for sigma = 1.

    With z ~ N(0, I) [H], the activations move by `root z`, and given that, the noise of
    the L inputs w_j [L, H] of variant j has mean w_j `whiten z` and covariance
    I - `leverage`_j.

    Attributes:
      root: float [H, H], root root^T = G.
      whiten: float [H, H], G^-1 root; pseudo-inverse where G is singular.
      leverage: float [L, L, V], w_j G^-1 w_j, eigenvalues in [0, 1].
    """

    root: Any
    whiten: Any
    leverage: Any


def noise_law(kernel: jax.Array, channels: Channels = DOSAGE) -> NoiseLaw:
    """The `NoiseLaw` of a kernel [V L, H]."""
    chex.assert_rank(kernel, 2)
    root, whiten = factors(product(kernel.T, kernel))
    return NoiseLaw(root, whiten, leverage(kernel, whiten, channels))


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


def leverage(
    rows: jax.Array, whiten: jax.Array, channels: Channels = DOSAGE
) -> jax.Array:
    """w_j G^-1 w_j of rows [T L, H] of a kernel; float [L, L, T], in [-1, 1]."""
    parts = by_channel(product(rows, whiten), channels)
    found = [[jnp.sum(a * b, axis=1) for b in parts] for a in parts]
    return jnp.clip(jnp.stack([jnp.stack(row) for row in found]), -1, 1)


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
    # The symmetric root: it does not follow the signs and turns of eigenvectors, which
    # rounding decides.
    root = product(vectors * scale[None], vectors.T)
    return root, product(vectors * whiten[None], vectors.T)


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


def through_front(
    attribution: Attribution,
    kernel: jax.Array,
    bias: jax.Array,
    head: Callable,
    x: jax.Array,
    *,
    baseline: jax.Array,
    key: jax.Array,
    channels: Channels | None = None,
) -> jax.Array:
    """One person's attribution for f(x) = head(x @ kernel + bias), through the front.

    Equal to `attribution(f, x, ...)` where nothing is random. Under noise, means and
    mean squares have the same expectation and no larger variance; VarGrad and the root
    are made of them, and differ from the dense ones at few draws.

    Args:
      attribution: a method, or one inside `TimesInput`, `OverBaselines`, `SmoothGrad`.
      kernel: float [V, H]; [V L, H] if the network sees L channels of x.
      bias: float [H].
      head: float [H] -> scalar.
      x: float [V].
      baseline: float [V], or [K, V] to average over K rows.
      key: the person's key.
      channels: what stands for x in the network; None for x itself.

    Returns:
      float [V].

    Raises:
      ValueError: if the wrappers are nested in an order that has no short cut, or the
        method tells rises from falls (`Method.parts`), which takes more than a head.
    """
    channels = channels or DOSAGE
    inputs = expand(channels, x)
    chex.assert_shape(kernel, (inputs.shape[-1], bias.shape[-1]))
    parts, rows = split(attribution), jnp.atleast_2d(baseline)
    for method in METHODS.values():
        if method.parts is not None and method.function is parts.method:
            raise ValueError(
                f"attribution: {method.name} needs more of the first layer than the "
                "head sees; call it on the whole network, or use score"
            )
    ends = product(expand(channels, rows), kernel) + bias[None]
    h = product(inputs[None], kernel)[0] + bias
    shift, centre = None, None
    count = len(channels.functions)
    known = jnp.zeros((count, count, len(x)), x.dtype)
    if parts.noise is not None:
        law, (keys, _) = noise_law(kernel, channels), parts.noise.keys(key)
        normal = jax.vmap(lambda k: jax.random.normal(k, h.shape, h.dtype))(keys)
        shift = parts.noise.sigma * product(normal, law.root.T)
        whitened = parts.noise.sigma * product(normal, law.whiten.T)
        kernels, known = by_channel(kernel, channels), law.leverage
        centre = [product(whitened, each.T)[:, None] for each in kernels]
    found = draw(parts, head, h, ends, key, shift)
    batch = jax.tree.map(lambda a: a[None], found)
    pair = moments(
        parts, kernel, known, batch, centre, x[None], rows, channels=channels
    )
    return summarise(parts.noise.statistic if parts.noise else "mean", *pair)[0]
