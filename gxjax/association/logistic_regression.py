"""Logistic regression of a binary trait on each variant, as `plink2 --glm` does it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd

from gxjax.association.complete_cases import CompleteCases, complete_cases
from gxjax.association.genotype_sums import threads
from gxjax.association.genotype_test import GenotypeTest, TestName, find_test
from gxjax.association.logistic_fit import (
    Fit,
    Fixed,
    cross_products,
    firth,
    maximum_likelihood,
)
from gxjax.association.predictor_checks import invert_correlations
from gxjax.association.predictors import Coding, predictors
from gxjax.association.regression_table import Fits, make_table
from gxjax.association.variant_strips import VariantStrips
from gxjax.cohort.trait import detect_trait
from gxjax.genotypes.bed_source import BedSource
from gxjax.types import Genotypes, Progress, silent

__all__ = ["logistic_regression"]

# Genotypes that are fitted together: what of them is float32 stays in the cache.
_CELLS = 1 << 19
_LEAST, _MOST = 8, 64


def logistic_regression(
    genotypes: Genotypes | BedSource,
    phenotype: np.ndarray,
    covariates: pd.DataFrame | None = None,
    *,
    people: np.ndarray | None = None,
    test: TestName = "additive",
    progress: Progress = silent,
) -> pd.DataFrame:
    """Maximum likelihood per variant; Firth's estimate where that runs away.

    `plink2 --glm firth-fallback omit-ref hide-covar`, with its names of tests and of
    errors: OR is per copy of A1 = ALT, column 5 of the `.bim`; Wald's test. In float32,
    as plink2 is: a z statistic is good to about 1e-6. Memory: as of
    `linear_regression`, and 4 k (k + 3) / 2 bytes a person for k - 1 covariates.

    Dosages and chromosomes: as of `linear_regression`. Wald's test is weak where
    effects are very large, and Firth's estimate shrinks. It corrects for no
    relatedness.

    Args:
      genotypes: N people, V variants; the packed matrix may be a store.
      phenotype: float [N] of 0 and 1, or 1 control and 2 case; NaN missing.
      covariates: N rows, a numeric column each, NaN missing.
      people: integers, rows to choose from, for example TRAIN; None for all.
      test: as of `linear_regression`.
      progress: called with variants done, V.

    Returns:
      Rows by variant and test: `#CHROM POS ID REF ALT A1 FIRTH? TEST OBS_CT OR
      LOG(OR)_SE Z_STAT NEG_LOG10_P ERRCODE`. With "genotypic" Z_STAT is named
      Z_OR_F_STAT. ERRCODE as of `linear_regression`; besides `FIRTH_CONVERGE_FAIL`,
      and `UNFINISHED` beside estimates that still moved after the last step.

    Raises:
      ValueError: an unknown test, a phenotype that is not binary, or what
        `complete_cases` refuses.
    """
    asked = find_test(test)
    cases = complete_cases(phenotype, covariates, people)
    if detect_trait(cases.phenotype) != "binary":
        raise ValueError(
            f"phenotype: values from {cases.phenotype.min():g} to "
            f"{cases.phenotype.max():g}; expected 0 and 1, or 1 and 2 (case); "
            "linear_regression takes any"
        )
    strips = VariantStrips(genotypes, cases.people)
    job = _Job(_place(cases, strips), Coding(asked, strips.bits))
    parts, done, total = [], 0, len(genotypes.variants)
    for octets in strips:
        parts.append(job.fit(octets))
        done += len(octets)
        progress(done, total, "logistic regression")
    fits = Fits.concatenate(parts)
    return make_table(genotypes.variants, fits, asked, "logistic")


class _Job(NamedTuple):
    """Fits strips of variants, on every local device in turn."""

    fixed: list[Fixed]
    coding: Coding

    def fit(self, octets: np.ndarray) -> Fits:
        """Uint8 [v, width], as `VariantStrips` has them."""
        plain, products, people, varies = self._run(_fit_plain, octets)
        k, tested = self.fixed[0].design.shape[1], len(self.coding.test.labels)
        errors = np.full(len(octets), ".", object)
        lacking = people < int(self.fixed[0].present.sum())
        _check(products.astype(np.float64), lacking, errors, self.coding.test)
        errors[~varies] = "CONST_OMITTED_ALLELE"
        freedom = people - k - tested
        errors[freedom <= 0] = "SAMPLE_CT<=PREDICTOR_CT"
        # plink2's name; Firth's steps might seem to end, at an odds ratio of anything.
        constant = errors == "RANK_DEFICIENT"
        errors[constant] = "FIRTH_CONVERGE_FAIL"
        again = ~plain.converged & (errors == ".")
        beta, covariance, finished = plain.beta, plain.covariance, plain.converged
        if again.any():
            (second,) = self._run(_fit_firth, octets[again])
            beta[again], covariance[again] = second.beta, second.covariance
            finished[again] = second.converged
            errors[again] = np.where(second.failed, "FIRTH_CONVERGE_FAIL", ".")
        errors[(errors == ".") & ~finished] = "UNFINISHED"
        covariance = covariance[:, k:, k:].astype(np.float64)
        with np.errstate(invalid="ignore"):
            error = np.sqrt(np.einsum("vii->vi", covariance))
        return Fits.of(
            beta[:, k:].astype(np.float64),
            error,
            covariance,
            people.astype(np.int64),
            freedom,
            errors,
            again | constant,
        )

    def _run(self, fit: Callable[..., Any], octets: np.ndarray) -> Any:
        """What `fit` gives, of all variants, as NumPy arrays of its own."""
        with ThreadPoolExecutor(threads()) as pool:
            parts = list(pool.map(fit, *zip(*self._cut(octets), strict=True)))
        joined = jax.tree.map(lambda *each: np.concatenate(each), *parts)
        return jax.tree.map(lambda each: each[: len(octets)].copy(), joined)

    def _cut(self, octets: np.ndarray) -> Iterator[tuple[np.ndarray, Fixed, Coding]]:
        people = 8 // self.coding.bits * octets.shape[1]
        step = min(max(_CELLS // people, _LEAST), _MOST)
        for number, start in enumerate(range(0, len(octets), step)):
            part = octets[start : start + step]
            padded = np.pad(part, ((0, step - len(part)), (0, 0)))
            yield padded, self.fixed[number % len(self.fixed)], self.coding


def _place(cases: CompleteCases, strips: VariantStrips) -> list[Fixed]:
    """What all variants share, spread over the places of a strip, on every device."""
    y = (cases.phenotype == cases.phenotype.max()).astype(np.float64)
    left, right = np.triu_indices(cases.design.shape[1])
    pairs = cases.design[:, left] * cases.design[:, right]

    def spread(columns: np.ndarray) -> jax.Array:
        full = np.zeros((strips.codes, *columns.shape[1:]), np.float32)
        full[strips.places] = columns
        return jnp.asarray(full)

    fixed = Fixed(
        spread(cases.design),
        spread(pairs),
        spread(y),
        spread(np.ones(len(y))),
        jnp.zeros(cases.design.shape[1], jnp.float32),
    )
    nothing = jnp.zeros((0, strips.codes), jnp.float32)
    null = jax.jit(maximum_likelihood)(fixed, nothing, fixed.present, jnp.bool_(True))
    if null.converged:
        fixed = fixed._replace(start=null.beta)
    return [jax.device_put(fixed, device) for device in jax.local_devices()]


def _check(
    products: np.ndarray,
    incomplete: np.ndarray,
    errors: np.ndarray,
    test: GenotypeTest,
) -> None:
    """Says which variants' predictors determine each other, from X' X [v, K, K]."""
    k = products.shape[1] - len(test.labels)
    order = [*range(k, products.shape[1]), *range(1, k)]
    sums = products[:, 0, order]
    square = products[:, order][:, :, order]
    called = np.maximum(products[:, :1, :1], 1)
    centred = square - sums[:, :, None] * sums[:, None, :] / called
    invert_correlations(centred, incomplete, errors, test)


@partial(jax.jit, static_argnums=2)
def _plain_block(
    octets: jax.Array, fixed: Fixed, coding: Coding
) -> tuple[Fit, jax.Array, jax.Array, jax.Array]:
    def one(row: jax.Array) -> tuple[Fit, jax.Array, jax.Array, jax.Array]:
        g, called, varies = predictors(row, fixed.present, coding)
        products = cross_products(fixed, g, called)
        fit = maximum_likelihood(fixed, g, called, varies)
        return fit, products, called.sum(), varies

    return jax.vmap(one)(octets)


@partial(jax.jit, static_argnums=2)
def _firth_block(octets: jax.Array, fixed: Fixed, coding: Coding) -> tuple[Fit]:
    def one(row: jax.Array) -> Fit:
        g, called, _ = predictors(row, fixed.present, coding)
        return firth(fixed, g, called)

    return (jax.vmap(one)(octets),)


def _fit_plain(
    octets: np.ndarray, fixed: Fixed, coding: Coding
) -> tuple[Fit, np.ndarray, np.ndarray, np.ndarray]:
    return jax.tree.map(np.asarray, _plain_block(octets, fixed, coding))


def _fit_firth(octets: np.ndarray, fixed: Fixed, coding: Coding) -> tuple[Fit]:
    return jax.tree.map(np.asarray, _firth_block(octets, fixed, coding))
