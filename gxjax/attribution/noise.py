"""Wrappers: each takes a method and is again called as one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import jax
import jax.numpy as jnp

from gxjax.attribution.method import Attribution, Method
from gxjax.rng import named

__all__ = ["NOISES", "OverBaselines", "SmoothGrad", "TimesInput", "compose", "split"]

NOISES = {
    "none": "none",
    "smoothgrad": "mean",
    "smoothgrad_squared": "mean_square",
    "smoothgrad_root": "root_mean_square",
    "vargrad": "variance",
}
"""What a score column may add to its method: its statistic over noisy draws."""


@dataclass(frozen=True)
class TimesInput:
    """`method` multiplied by x - baseline: global attributions instead of local ones.

    Inside `SmoothGrad` x is the noisy input, as in captum's NoiseTunnel.
    """

    method: Attribution

    def __call__(self, f: Callable, x, *, baseline, key) -> jax.Array:
        return self.method(f, x, baseline=baseline, key=key) * (x - baseline)


@dataclass(frozen=True)
class OverBaselines:
    """The mean of `attribution` over the rows of a baseline [K, D].

    Attributes:
      attribution: an attribution with one baseline.
      draws: None for every row once; or how many rows to draw with replacement.
    """

    attribution: Attribution
    draws: int | None = None

    def __call__(self, f: Callable, x, *, baseline, key) -> jax.Array:
        rows, keys = self.rows(baseline.shape[0], key)

        def one(row, child):
            return self.attribution(f, x, baseline=baseline[row], key=child)

        return jax.vmap(one)(rows, keys).mean(0)

    def rows(self, count: int, key: jax.Array) -> tuple[jax.Array, jax.Array]:
        """The R rows used, int32 [R], and a key for each."""
        total = count if self.draws is None else self.draws
        rows = jnp.arange(total, dtype=jnp.int32)
        if self.draws is not None:
            drawn = named(key, "attribution/baseline")
            rows = jax.random.randint(drawn, (total,), 0, count, jnp.int32)
        return rows, _children(key, "attribution/row", total)


@dataclass(frozen=True)
class SmoothGrad:
    """A statistic of `attribution` over draws of input noise.

    The dense reference: it draws D numbers a draw. With sigma in the units of the
    input, one dosage is a large step; a squared times-input score is then mostly
    sigma^2 times the squared multiplier, whatever the method.

    Attributes:
      attribution: what is drawn.
      draws: K.
      sigma: standard deviation of the noise, in input units.
      statistic: "mean" (SmoothGrad), "mean_square" (SmoothGrad-squared),
        "root_mean_square" (its square root, in the attribution's own units) or
        "variance" (VarGrad: mean square minus squared mean, never negative).

    References:
      Smilkov et al., "SmoothGrad: removing noise by adding noise", 2017,
      https://arxiv.org/abs/1706.03825
      Adebayo et al., "Sanity Checks for Saliency Maps", 2018,
      https://arxiv.org/abs/1810.03292
    """

    attribution: Attribution
    draws: int = 5
    sigma: float = 1.0
    statistic: str = "mean"

    def __post_init__(self):
        known = sorted(set(NOISES.values()) - {"none"})
        if self.statistic not in known or self.draws < 1 or self.sigma < 0:
            raise ValueError(
                f"SmoothGrad: statistic={self.statistic!r}, draws={self.draws}, sigma="
                f"{self.sigma}; expected one of {', '.join(known)}, draws >= 1, "
                "sigma >= 0"
            )

    def __call__(self, f: Callable, x, *, baseline, key) -> jax.Array:
        def one(noise_key, child):
            noise = self.sigma * jax.random.normal(noise_key, x.shape, x.dtype)
            return self.attribution(f, x + noise, baseline=baseline, key=child)

        drawn = jax.vmap(one)(*self.keys(key))
        return summarise(self.statistic, drawn.mean(0), (drawn**2).mean(0))

    def keys(self, key: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Keys [K] of the noise, and keys [K] for the method within each draw."""
        noise = _children(key, "attribution/noise", self.draws)
        return noise, _children(key, "attribution/draw", self.draws)


def summarise(statistic: str, mean: jax.Array, square: jax.Array) -> jax.Array:
    """A statistic from the mean and the mean square over draws, of one shape."""
    if statistic == "mean_square":
        return square
    if statistic == "root_mean_square":
        return jnp.sqrt(square)
    if statistic == "variance":
        return jnp.maximum(square - mean**2, 0)
    return mean


class Parts(NamedTuple):
    """A composed attribution, taken apart."""

    noise: SmoothGrad | None
    over: OverBaselines
    times_input: bool
    method: Attribution


def compose(
    method: Method,
    noise: str,
    *,
    baselines: int,
    multiply_by_inputs: bool = True,
    draws: int = 5,
    sigma: float = 1.0,
) -> Attribution:
    """The attribution of a score column, for a baseline [K, D].

    Args:
      method: a row of `METHODS`.
      noise: one of `NOISES`.
      baselines: K.
      multiply_by_inputs: global attributions, of methods that have them.
      draws: draws of SmoothGrad.
      sigma: its noise, in input units.

    Returns:
      An attribution that `split` can take apart.

    Raises:
      ValueError: for an unknown noise.
    """
    if noise not in NOISES:
        raise ValueError(f"noise: found {noise!r}, expected one of {', '.join(NOISES)}")
    picks = baselines > 1 and method.one_draw is not None
    inner = method.one_draw if picks else method.function
    assert inner is not None
    if multiply_by_inputs and method.times_input:
        inner = TimesInput(inner)
    over = OverBaselines(inner, method.draws if picks else None)
    return over if noise == "none" else SmoothGrad(over, draws, sigma, NOISES[noise])


def split(attribution: Attribution) -> Parts:
    """Takes an attribution apart: noise, over baselines, times input, method.

    Raises:
      ValueError: if wrappers are nested in another order than `compose` nests them.
    """
    noise = attribution if isinstance(attribution, SmoothGrad) else None
    inner = attribution if noise is None else noise.attribution
    over = inner if isinstance(inner, OverBaselines) else OverBaselines(inner)
    inner = over.attribution
    times_input = isinstance(inner, TimesInput)
    method = inner.method if isinstance(inner, TimesInput) else inner
    if isinstance(method, SmoothGrad | OverBaselines | TimesInput):
        raise ValueError(
            f"{type(method).__name__} inside: expected SmoothGrad(OverBaselines("
            "TimesInput(method))), each of them optional"
        )
    return Parts(noise, over, times_input, method)


def _children(key: jax.Array, name: str, count: int) -> jax.Array:
    return jax.vmap(lambda i: named(key, name, i))(jnp.arange(count))
