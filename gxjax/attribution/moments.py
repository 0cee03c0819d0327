"""From multipliers in H dimensions to a tile of attributions, over draws of noise."""

from __future__ import annotations

from collections.abc import Sequence

import jax
import jax.numpy as jnp

from gxjax.attribution.channels import DOSAGE, channel_values, weighted_sum
from gxjax.attribution.draws import Draws, product
from gxjax.attribution.halves import signed_halves
from gxjax.attribution.noise import Parts
from gxjax.attribution.tile import by_channel
from gxjax.types import Channels

__all__ = ["moments"]

_UNROLL = 8
"""Draws summed in one fused loop."""


def moments(
    parts: Parts,
    kernel: jax.Array,
    known: jax.Array,
    draws: Draws,
    centre: Sequence[jax.Array] | None,
    x: jax.Array,
    baseline: jax.Array,
    *,
    channels: Channels = DOSAGE,
    square: bool = True,
) -> tuple[jax.Array, jax.Array]:
    """Mean and mean square over draws of a batch's attributions, at T variants.

    Without noise: W m, times x - x' for times-input. With noise, given a draw, the
    noise of a variant's L inputs has mean c_j = `centre` and covariance
    sigma^2 (I - known_j), so the expectation of an attribution, and of its square, is
    written down, not drawn.

    Args:
      parts: an attribution taken apart by `noise.split`.
      kernel: float [T L, H].
      known: float [L, L, T], the `leverage` of a `NoiseLaw`; 0 to leading order in
        H / V.
      draws: `Draws` with a leading axis B.
      centre: L float [K, B, T]; None without noise, or where c_j is neglected.
      x: float [B, T], dosages.
      baseline: float [K', T], dosages.
      channels: the L that the network sees of a dosage.
      square: whether the mean square is asked for; a mean alone is cheaper.

    Returns:
      Two float [B, T]; the second is not meant to be used without `square`.
    """
    rows = by_channel(kernel, channels)
    if draws.halves is not None:
        now, ends = (channel_values(channels, dosages) for dosages in (x, baseline))
        values = [
            signed_halves(parts.times_input, row, draws, seen, end)
            for row, seen, end in zip(rows, now, ends, strict=True)
        ]
        value = weighted_sum(channels, values, parts.times_input)
        return value, value**2
    if not parts.times_input:
        folded = weighted_sum(channels, rows, times_input=False)
        return _local(folded, draws, square)
    covariance = None
    if parts.noise is not None:
        covariance = [
            [parts.noise.sigma**2 * ((c == d) - known[c, d]) for d in range(len(rows))]
            for c in range(len(rows))
        ]
    return _times_input(rows, draws, centre, covariance, x, baseline, channels)


def _local(kernel, draws: Draws, square: bool) -> tuple[jax.Array, jax.Array]:
    """Of W m, for rows [T, H] that are summed over channels already."""
    multipliers = jnp.swapaxes(draws.multipliers, 0, 1).mean(2)
    if not square:
        multipliers = multipliers.mean(0, keepdims=True)
    slopes = product(multipliers, kernel.T)

    def add(sums, slope):
        return (sums[0] + slope, sums[1] + slope**2), None

    zero = jnp.zeros_like(slopes[0])
    sums, _ = jax.lax.scan(add, (zero, zero), slopes, unroll=_UNROLL)
    return sums[0] / len(slopes), sums[1] / len(slopes)


def _times_input(
    kernels, draws: Draws, centre, covariance, x, baseline, channels: Channels
) -> tuple[jax.Array, jax.Array]:
    """Of (x - x') W m, summed over L kernels [T, H], one per channel."""
    by_draw = jnp.swapaxes(draws.multipliers, 0, 1)  # [K, B, R, H]
    rows = jnp.swapaxes(draws.rows, 0, 1)
    count = by_draw.shape[2]
    pulled = [
        [product(by_draw[:, :, row], kernel.T) / count for kernel in kernels]
        for row in range(count)
    ]
    none = jnp.zeros((len(by_draw), 1, 1), x.dtype)
    shifts = [none] * len(kernels) if centre is None else list(centre)
    now, ends = (channel_values(channels, dosages) for dosages in (x, baseline))
    fixed = baseline.shape[0] == 1

    def add(sums, of_draw):
        parts_of, rows_of, shift = of_draw
        value = jnp.zeros((), x.dtype)
        slopes = [jnp.zeros((), x.dtype)] * len(kernels)
        for row, of_row in enumerate(parts_of):
            for channel, part in enumerate(of_row):
                end = ends[channel]
                reference = end if fixed else end[rows_of[:, row]]
                value = value + (now[channel] - reference) * part
                slopes[channel] = slopes[channel] + part
        for moved, slope in zip(shift, slopes, strict=True):
            value = value + moved * slope
        return (sums[0] + value, sums[1] + value**2 + _spread(covariance, slopes)), None

    zero = jnp.zeros_like(x)
    # Draw by draw: XLA sums a leading axis with a stride, column by column.
    sums, _ = jax.lax.scan(add, (zero, zero), (pulled, rows, shifts), unroll=_UNROLL)
    return sums[0] / len(by_draw), sums[1] / len(by_draw)


def _spread(covariance, slopes):
    """s C s of slopes s, L [B, T], and covariances C [L, L, T]; 0 without noise."""
    if covariance is None:
        return 0
    if len(slopes) == 1:
        return covariance[0][0][None] * slopes[0] ** 2
    total = sum(
        (2 - (c == d)) * covariance[c][d][None] * (slopes[c] * slopes[d])
        for c in range(len(slopes))
        for d in range(c + 1)
    )
    # Never negative but by rounding, of which a root would make NaN.
    return jnp.maximum(total, 0)
