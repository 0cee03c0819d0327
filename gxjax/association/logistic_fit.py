"""Logistic regression of ONE variant, by iterated least squares, and Firth's."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

__all__ = ["Fit", "Fixed", "cross_products", "firth", "maximum_likelihood"]

_STEPS, _FIRTH_STEPS, _HALVINGS = 15, 100, 5
_TOLERANCE = 1e-4
# In standard errors: the steps shrink by a factor only, so the rest is longer.
_FIRTH_TOLERANCE = 1e-5
_LONGEST = 5.0
_RUNAWAY = 6e4
# A log-likelihood in float32 is no better than this share of itself.
_ROUNDING = 1e-6


class Fixed(NamedTuple):
    """What all variants share, float32; rows of 0 for whoever does not take part.

    Attributes:
      design: [n, k].
      pairs: [n, k (k + 1) / 2], products of the design's columns, upper triangle.
      y: [n], 1 for a case.
      present: [n], 1 for who takes part.
      start: [k], the coefficients without any variant.
    """

    design: jax.Array
    pairs: jax.Array
    y: jax.Array
    present: jax.Array
    start: jax.Array


class Fit(NamedTuple):
    """Estimates of k + p coefficients, the variant's last.

    Attributes:
      beta: float32 [k + p].
      covariance: float32 [k + p, k + p], the inverse of Fisher's information.
      steps: int32, how many were taken.
      converged: bool.
      failed: bool, whether the estimate ran away or the information is singular.
    """

    beta: jax.Array
    covariance: jax.Array
    steps: jax.Array
    converged: jax.Array
    failed: jax.Array


def cross_products(fixed: Fixed, g: jax.Array, weight: jax.Array) -> jax.Array:
    """X' diag(weight) X of the design and the variant.

    Args:
      fixed: of n people.
      g: float32 [p, n], the variant's predictors.
      weight: float32 [n].

    Returns:
      float32 [k + p, k + p].
    """
    k = fixed.design.shape[1]
    corner = _square(weight @ fixed.pairs, k)
    weighted = g * weight[None, :]
    beside = weighted @ fixed.design
    return jnp.block([[corner, beside.T], [beside, weighted @ g.T]])


def maximum_likelihood(
    fixed: Fixed, g: jax.Array, called: jax.Array, wanted: jax.Array
) -> Fit:
    """Newton's method from the fit without the variant, 15 steps at most.

    It has failed where the steps do not shrink, as when the genotype separates cases
    from controls: a coefficient then grows by 1 in every step, for ever.

    Args:
      fixed: of n people.
      g: float32 [p, n], 0 where the call is missing.
      called: float32 [n], 1 where it is not.
      wanted: bool; if not, nothing is done, and it has failed.

    Returns:
      `Fit`; the covariance is of the coefficients before the last step.
    """

    def go_on(state: tuple[Fit, jax.Array]) -> jax.Array:
        fit, _ = state
        return ~fit.converged & ~fit.failed & (fit.steps < _STEPS)

    def step(state: tuple[Fit, jax.Array]) -> tuple[Fit, jax.Array]:
        fit, least = state
        p = jax.nn.sigmoid(_predict(fixed, g, fit.beta))
        covariance = _inverse(cross_products(fixed, g, called * p * (1 - p)))
        move = covariance @ _project(fixed, g, called * (fixed.y - p))
        beta, length, steps = fit.beta + move, jnp.abs(move).sum(), fit.steps + 1
        wild = (length > 20) & (length > 2 * least) & (steps > 3)
        constant = (steps >= 8) & (jnp.abs(1 - length) < 1e-3)
        failed = ~jnp.isfinite(length) | wild | constant
        converged = length < _TOLERANCE
        failed |= converged & (jnp.abs(beta).max() > _RUNAWAY)
        return Fit(beta, covariance, steps, converged, failed), jnp.minimum(
            least, length
        )

    start = _start(fixed, g)._replace(failed=~wanted)
    return jax.lax.while_loop(go_on, step, (start, jnp.float32(jnp.inf)))[0]


def firth(fixed: Fixed, g: jax.Array, called: jax.Array) -> Fit:
    """Firth's penalised likelihood, finite where cases and controls are separated.

    Newton's steps on the modified score, at most 5 in any coefficient, halved up to 5
    times where the penalised likelihood falls, and 100 in all.

    Args:
      fixed: of n people.
      g: float32 [p, n], 0 where the call is missing.
      called: float32 [n], 1 where it is not.

    Returns:
      `Fit`.

    References:
      Heinze and Schemper, A solution to the problem of separation in logistic
      regression, 2002, https://doi.org/10.1002/sim.1047.
    """

    def likelihood(beta: jax.Array) -> jax.Array:
        eta = _predict(fixed, g, beta)
        p = jax.nn.sigmoid(eta)
        each = called * (fixed.y * eta - jax.nn.softplus(eta))
        information = cross_products(fixed, g, called * p * (1 - p))
        return each.sum() + jnp.linalg.slogdet(information)[1] / 2

    def step(state: tuple[Fit, jax.Array]) -> tuple[Fit, jax.Array]:
        fit, before = state
        p = jax.nn.sigmoid(_predict(fixed, g, fit.beta))
        weight = called * p * (1 - p)
        covariance = _inverse(cross_products(fixed, g, weight))
        leverage = weight * _quadratic(fixed, g, covariance)
        score = called * (fixed.y - p) + leverage * (0.5 - p)
        # The score of data in which everyone counts 1 + leverage times falls as fast:
        # without, the steps of a singleton would overshoot for ever.
        steepness = _inverse(cross_products(fixed, g, weight * (1 + leverage)))
        move = steepness @ _project(fixed, g, score)
        longest = jnp.abs(move).max()
        move = move * jnp.minimum(1, _LONGEST / longest)
        enough = before - _ROUNDING * jnp.abs(before)

        def halve(
            state: tuple[jax.Array, jax.Array, jax.Array],
        ) -> tuple[jax.Array, jax.Array, jax.Array]:
            shorter = state[0] / 2
            return shorter, likelihood(fit.beta + shorter), state[2] + 1

        move, after, _ = jax.lax.while_loop(
            lambda state: (state[1] < enough) & (state[2] < _HALVINGS),
            halve,
            (move, likelihood(fit.beta + move), jnp.int32(0)),
        )
        failed = ~jnp.isfinite(after)
        found = Fit(
            fit.beta + move,
            covariance,
            fit.steps + 1,
            jnp.all(jnp.abs(move) < _FIRTH_TOLERANCE * jnp.sqrt(jnp.diag(covariance))),
            failed,
        )
        return found, after

    start = _start(fixed, g)
    return jax.lax.while_loop(
        lambda state: (
            ~state[0].converged & ~state[0].failed & (state[0].steps < _FIRTH_STEPS)
        ),
        step,
        (start, likelihood(start.beta)),
    )[0]


def _start(fixed: Fixed, g: jax.Array) -> Fit:
    beta = jnp.concatenate([fixed.start, jnp.zeros(len(g), jnp.float32)])
    nothing = jnp.full((len(beta), len(beta)), jnp.nan, jnp.float32)
    return Fit(beta, nothing, jnp.int32(0), jnp.bool_(False), jnp.bool_(False))


def _predict(fixed: Fixed, g: jax.Array, beta: jax.Array) -> jax.Array:
    k = fixed.design.shape[1]
    return fixed.design @ beta[:k] + beta[k:] @ g


def _project(fixed: Fixed, g: jax.Array, residual: jax.Array) -> jax.Array:
    return jnp.concatenate([residual @ fixed.design, g @ residual])


def _quadratic(fixed: Fixed, g: jax.Array, matrix: jax.Array) -> jax.Array:
    """x' matrix x of every person, [n]."""
    k = fixed.design.shape[1]
    left, right = np.triu_indices(k)
    twice = np.where(left == right, 1, 2).astype(np.float32)
    shared = fixed.pairs @ (matrix[left, right] * twice)
    beside = (g * (fixed.design @ matrix[:k, k:]).T).sum(axis=0)
    return shared + 2 * beside + (g * (matrix[k:, k:] @ g)).sum(axis=0)


def _square(pairs: jax.Array, k: int) -> jax.Array:
    """The symmetric [k, k] whose upper triangle is given."""
    left, right = np.triu_indices(k)
    place = np.zeros((k, k), np.int32)
    place[left, right] = place[right, left] = np.arange(len(left))
    return pairs[place]


def _inverse(matrix: jax.Array) -> jax.Array:
    """Scaled to a diagonal of ones first, since a rare variant's entry is small."""
    scale = jax.lax.rsqrt(jnp.diag(matrix))
    both = scale[:, None] * scale[None, :]
    return jnp.linalg.inv(matrix * both) * both
