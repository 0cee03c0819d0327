"""What a network sees of a dosage, and how that becomes one score per variant.

A network may see L numbers of a dosage x, phi_0(x) .. phi_{L-1}(x), its *inputs*. What
a method finds for them is added up: times x - x', a variant's attribution is the sum of
(phi_c(x) - phi_c(x')) m_c, so that completeness holds; a local one is the sum of
omega_c m_c with omega_c = (phi_c(2) - phi_c(0)) / 2, per dosage over the whole range
of a genotype: a channel with the same value at 0 and 2, as one for heterozygotes
alone, has no part in it. An absolute value or a square is of the sum. Noise is of each
input on its own, as it would be for the network.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from gxjax.channels import DOSAGE, INDICATORS, channel_values, expand
from gxjax.types import Channels

__all__ = [
    "DOSAGE",
    "INDICATORS",
    "channel_values",
    "expand",
    "fold",
    "per_dosage",
    "weighted_sum",
]


def per_dosage(channels: Channels) -> tuple[float, ...]:
    """omega_c, by how much a channel rises per dosage from 0 to 2."""
    with jax.ensure_compile_time_eval():
        ends = [function(jnp.asarray([0.0, 2.0])) for function in channels.functions]
        return tuple(float(end[1] - end[0]) / 2 for end in ends)


def fold(channels: Channels, found: jax.Array, times_input: bool) -> jax.Array:
    """What was found for inputs [.., T L], as one number per variant [.., T]."""
    by_input = found.reshape(*found.shape[:-1], -1, len(channels.functions))
    values = [by_input[..., c] for c in range(len(channels.functions))]
    return weighted_sum(channels, values, times_input)


def weighted_sum(channels: Channels, values: Sequence, times_input: bool) -> Any:
    """The sum of L arrays: as they are if times input, else each times omega_c."""
    weights = (1.0,) * len(values) if times_input else per_dosage(channels)
    terms = [
        value if weight == 1 else weight * value
        for weight, value in zip(weights, values, strict=True)
    ]
    return sum(terms[1:], start=terms[0])
