"""Data sets with known effects and small networks, for scripts/calibrate_nulls.py."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from scipy.linalg import toeplitz
from scipy.stats import norm

from gxjax import rng
from gxjax.attribution import saliency
from gxjax.types import KINDS, Neighbours, Truth

__all__ = ["DataSet", "neighbours_of", "score_ensembles", "simulate", "with_knockoffs"]

EPOCHS, WIDTH, LEARNING_RATE = 60, 16, 1e-2
RIDGE = 30.0


class DataSet(NamedTuple):
    """One simulated data set.

    Attributes:
      x: float32 [N, V], standardised inputs.
      y: float32 [N], standardised phenotype.
      truth: of the V columns: additive or real.
    """

    x: np.ndarray
    y: np.ndarray
    truth: Truth


def simulate(
    key: jax.Array,
    number: int,
    *,
    people: int,
    variants: int,
    rho: float,
    causal: int,
    heritability: float,
    dosages: bool,
) -> DataSet:
    """Inputs from an AR(1) Gaussian, cut into dosages or not, and a phenotype.

    Args:
      key: names every random number.
      number: of the data set.
      people: N.
      variants: V.
      rho: correlation of neighbouring latent variables.
      causal: how many variants have an effect, of one size and random sign.
      heritability: share of the phenotype's variance that they explain.
      dosages: cut at Hardy-Weinberg quantiles, MAF 0.05 to 0.5; else left Gaussian.
    """
    draw = rng.generator(key, "calibrate/data", number)
    latent = draw.standard_normal((people, variants))
    for j in range(1, variants):
        latent[:, j] = rho * latent[:, j - 1] + np.sqrt(1 - rho**2) * latent[:, j]
    x = latent
    if dosages:
        maf = draw.uniform(0.05, 0.5, variants)
        x = 0.0 + (latent > norm.ppf(1 - maf**2)) + (latent > norm.ppf((1 - maf) ** 2))
        x = (x - x.mean(axis=0)) / np.maximum(x.std(axis=0), 1e-3)
    chosen = draw.choice(variants, causal, replace=False)
    noise = draw.standard_normal(people)
    y = noise
    if causal:
        signal = x[:, chosen] @ draw.choice([-1.0, 1.0], causal)
        y = signal / signal.std() * np.sqrt(heritability)
        y = y + noise * np.sqrt(1 - heritability)
    kind = np.zeros(variants, np.int8)
    kind[chosen] = KINDS.index("additive")
    y = (y - y.mean()) / y.std()
    return DataSet(x.astype(np.float32), y.astype(np.float32), _truth(kind))


def with_knockoffs(key: jax.Array, number: int, data: DataSet, rho: float) -> DataSet:
    """Gaussian inputs beside exact knockoffs of their known AR(1) model.

    Equicorrelated: Candes, Fan, Janson & Lv (2018), section 3.4.1,
    https://doi.org/10.1111/rssb.12265
    """
    draw = rng.generator(key, "calibrate/knockoffs", number)
    variants = data.x.shape[1]
    covariance = toeplitz(rho ** np.arange(variants))
    least = 0.999 * min(1.0, 2 * np.linalg.eigvalsh(covariance)[0])
    # s Sigma^-1, s a multiple of the identity.
    pull = least * np.linalg.inv(covariance)
    spread = np.linalg.cholesky(2 * least * np.eye(variants) - least * pull)
    copies = data.x - data.x @ pull + draw.standard_normal(data.x.shape) @ spread.T
    kind = np.concatenate(
        [data.truth.kind, np.full(variants, KINDS.index("knockoff"), np.int8)]
    )
    truth = _truth(kind)
    truth.partner[variants:] = np.arange(variants)
    both = np.concatenate([data.x, copies.astype(np.float32)], axis=1)
    return DataSet(both, data.y, truth)


def neighbours_of(x: np.ndarray, r2: float) -> Neighbours:
    """All pairs of columns with a squared sample correlation of `r2` or more."""
    found = np.corrcoef(x.T) ** 2
    np.fill_diagonal(found, 0)
    rows, columns = np.nonzero(found >= r2)
    starts = np.searchsorted(rows, np.arange(len(found) + 1))
    return Neighbours(
        starts.astype(np.int64),
        columns.astype(np.int32),
        found[rows, columns].astype(np.float32),
    )


def score_ensembles(
    network: str,
    key: jax.Array,
    number: int,
    x: np.ndarray,
    ys: np.ndarray,
    members: int,
) -> np.ndarray:
    """Mean scores over members of ensembles of the same people.

    Args:
      network: "ridge" (members on bootstraps of the people, absolute coefficient) or
        "relu" (one hidden layer, the epoch of least validation loss, mean absolute
        saliency over the validation people).
      key: names every random number; ensembles and members have their own.
      number: of the data set.
      x: float32 [N, V].
      ys: float32 [E, N], one phenotype per ensemble.
      members: M.

    Returns:
      float32 [E, V].
    """
    if network == "ridge":
        draw = rng.generator(key, "calibrate/ridge", number)
        people = draw.integers(len(x), size=(len(ys), members, len(x)))
        found = _ridge(x, ys[:, None, :], people)
        return np.abs(found).mean(axis=1)
    if network != "relu":
        raise ValueError(f"network: found {network!r}; expected 'ridge' or 'relu'")
    keys = jax.random.split(
        rng.named(key, "calibrate/relu", number), (len(ys), members)
    )
    return np.asarray(_relu(keys, jnp.asarray(x), jnp.asarray(ys))).mean(axis=1)


def _ridge(x: np.ndarray, ys: np.ndarray, people: np.ndarray) -> np.ndarray:
    """Ridge coefficients [E, M, V] of each member's people [E, M, N]."""
    y = np.take_along_axis(np.broadcast_to(ys, people.shape), people, axis=2)
    rows = x[people]
    gram = rows.swapaxes(-1, -2) @ rows + RIDGE * np.eye(x.shape[1], dtype=np.float32)
    return np.linalg.solve(gram, rows.swapaxes(-1, -2) @ y[..., None])[..., 0]


@jax.jit
def _relu(keys: jax.Array, x: jax.Array, ys: jax.Array) -> jax.Array:
    """Scores [E, M, V] of networks [E, M] on x [N, V] and phenotypes [E, N]."""
    of_member = jax.vmap(partial(_relu_scores, x=x), in_axes=(0, None))
    return jax.vmap(of_member)(keys, ys)


def _relu_scores(key: jax.Array, y: jax.Array, *, x: jax.Array) -> jax.Array:
    """One network: trained with Adam, kept at its best epoch, attributed."""
    people, variants = x.shape
    fitted = people * 3 // 4
    first, last = jax.random.split(key)
    start = {
        "kernel": jax.random.normal(first, (variants, WIDTH)) * (2 / variants) ** 0.5,
        "bias": jnp.zeros(WIDTH),
        "output": jax.random.normal(last, (WIDTH,)) * WIDTH**-0.5,
    }

    def predict(weights: dict, inputs: jax.Array) -> jax.Array:
        return (
            jax.nn.relu(inputs @ weights["kernel"] + weights["bias"][None])
            @ (weights["output"])
        )

    def loss(weights: dict, inputs: jax.Array, target: jax.Array) -> jax.Array:
        return jnp.mean((predict(weights, inputs) - target) ** 2)

    optimiser = optax.adam(LEARNING_RATE)

    def epoch(state: tuple, _: None) -> tuple[tuple, None]:
        weights, moments, best, least = state
        gradient = jax.grad(loss)(weights, x[:fitted], y[:fitted])
        updates, moments = optimiser.update(gradient, moments)
        weights = optax.apply_updates(weights, updates)
        found = loss(weights, x[fitted:], y[fitted:])
        best = jax.tree.map(
            lambda new, old: jnp.where(found < least, new, old), weights, best
        )
        return (weights, moments, best, jnp.minimum(found, least)), None

    state = (start, optimiser.init(start), start, loss(start, x[fitted:], y[fitted:]))
    (_, _, best, _), _ = jax.lax.scan(epoch, state, None, length=EPOCHS)

    def of_one(person: jax.Array) -> jax.Array:
        single = lambda one: predict(best, one[None])[0]  # noqa: E731
        return saliency(single, person, baseline=person, key=key)

    return jnp.abs(jax.vmap(of_one)(x[fitted:])).mean(axis=0)


def _truth(kind: np.ndarray) -> Truth:
    nothing = np.full(len(kind), np.nan, np.float32)
    return Truth(kind, np.full(len(kind), -1, np.int32), nothing, nothing)
