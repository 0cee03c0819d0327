"""Linear regression of a phenotype on each variant, as `plink2 --glm` does it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gxjax.association.complete_cases import CompleteCases, complete_cases
from gxjax.association.genotype_sums import GenotypeSums, SumJob
from gxjax.association.genotype_test import GenotypeTest, TestName, find_test
from gxjax.association.predictor_checks import invert_correlations
from gxjax.association.regression_table import Fits, make_table
from gxjax.association.variant_strips import VariantStrips
from gxjax.genotypes.bed_source import BedSource
from gxjax.types import Genotypes, Progress, silent

__all__ = ["linear_regression", "unexplained"]

# Of a sum of squares, what is left where predictors determine a column.
_NOTHING_LEFT = 1e-9
_PERFECT = 1e-13


def linear_regression(
    genotypes: Genotypes | BedSource,
    phenotype: np.ndarray,
    covariates: pd.DataFrame | None = None,
    *,
    people: np.ndarray | None = None,
    test: TestName = "additive",
    progress: Progress = silent,
) -> pd.DataFrame:
    """Ordinary least squares per variant, on the people who lack nothing there.

    `plink2 --glm omit-ref hide-covar`, with its names of tests and of errors: BETA is
    per copy of A1 = ALT, column 5 of the `.bim`; t with n - k degrees of freedom. A
    missing call leaves the person out of that variant only. Where the genotypes have
    dosages, these are tested, at their 8 bits. Memory: some strips of variants, and
    4 (k + 5) + 8 k bytes a person for k - 1 covariates.

    On X, Y and MT the dosages of the file are tested on everybody as on autosomes;
    `regress_by_ploidy` tests them as plink2 does.

    It corrects for no relatedness, and for structure only by the covariates given. On
    a binary phenotype it is the linear probability model: see `logistic_regression`.

    Args:
      genotypes: N people, V variants; the packed matrix may be a store.
      phenotype: float [N], NaN missing.
      covariates: N rows, a numeric column each, NaN missing.
      people: integers, rows to choose from, for example TRAIN; None for all.
      test: "additive", "dominant" (min(x, 1) of dosage x), "recessive"
        (max(x - 1, 0)), or "genotypic": additive and heterozygote deviation
        (1 - |x - 1|) at once, and an F-test of both.
      progress: called with variants done, V.

    Returns:
      Rows by variant and test: `#CHROM POS ID REF ALT A1 TEST OBS_CT BETA SE T_STAT
      NEG_LOG10_P ERRCODE`. With "genotypic" T_STAT is named T_OR_F_STAT. ERRCODE is "."
      where all was well; else the numbers are NaN and it is `SAMPLE_CT<=PREDICTOR_CT`,
      `CONST_OMITTED_ALLELE`, `CORR_TOO_HIGH`, `VIF_TOO_HIGH`, `VIF_INFINITE` or
      `RANK_DEFICIENT`.

    Raises:
      ValueError: an unknown test, or what `complete_cases` or `unexplained` refuses.
    """
    coding = find_test(test)
    cases = complete_cases(phenotype, covariates, people)
    strips = VariantStrips(genotypes, cases.people)
    rest = unexplained(cases)
    unit = float(np.sqrt(rest @ rest / len(rest)))
    job = SumJob(cases.design, rest / unit, strips)
    parts, done, total = [], 0, len(genotypes.variants)
    for octets in strips:
        parts.append(_fit(job(octets), cases.design, coding))
        done += len(octets)
        progress(done, total, "linear regression")
    fits = Fits.concatenate(parts)
    scaled = fits._replace(beta=fits.beta * unit, error=fits.error * unit)
    return make_table(genotypes.variants, scaled, coding, "linear")


def unexplained(cases: CompleteCases) -> np.ndarray:
    """What the covariates leave of a phenotype, by least squares.

    Returns:
      float64 [n], in units of the phenotype.

    Raises:
      ValueError: they leave nothing.
    """
    slopes = np.linalg.lstsq(cases.design, cases.phenotype, rcond=None)[0]
    rest = cases.phenotype - cases.design @ slopes
    if rest.std() <= _NOTHING_LEFT * cases.phenotype.std():
        raise ValueError(
            "covariates: explain the phenotype entirely; remove the one that is the "
            "phenotype in disguise"
        )
    return rest


def _fit(sums: GenotypeSums, design: np.ndarray, coding: GenotypeTest) -> Fits:
    """Least squares from sums, y of mean 0, mean square 1, orthogonal to the design."""
    n_all, predictors = len(design), len(coding.labels)
    products = (design.T @ design)[None] - sums.lost_products
    n = products[:, 0, 0]
    called = np.maximum(n, 1)
    cross = coding.sums(sums.het, sums.hom)
    # Everything about means over the people called, which eliminates the intercept.
    means = products[:, 0, 1:] / called[:, None]
    y_sum, g_sum = -sums.lost_y[:, 0], cross[:, :, 0]
    c_c = products[:, 1:, 1:] - products[:, 1:, :1] * means[:, None, :]
    g_c = cross[:, :, 1:-1] - g_sum[:, :, None] * means[:, None, :]
    g_g = coding.squares(sums.products) - (
        g_sum[:, :, None] * g_sum[:, None, :] / called[:, None, None]
    )
    c_y = -sums.lost_y[:, 1:] - means * y_sum[:, None]
    g_y = cross[:, :, -1] - g_sum * (y_sum / called)[:, None]
    y_y = n_all - sums.lost_square - y_sum**2 / called
    square = np.concatenate(
        [
            np.concatenate([g_g, g_c], axis=2),
            np.concatenate([g_c.swapaxes(1, 2), c_c], axis=2),
        ],
        axis=1,
    )
    freedom = n - 1 - square.shape[1]
    errors = np.full(len(n), ".", object)
    inverse, scale = invert_correlations(square, n < n_all, errors, coding)
    errors[sums.constant] = "CONST_OMITTED_ALLELE"
    errors[freedom <= 0] = "SAMPLE_CT<=PREDICTOR_CT"
    x_y = np.concatenate([g_y, c_y], axis=1) / scale
    slopes = np.einsum("vij,vj->vi", inverse, x_y)
    rest = np.maximum(y_y - (slopes * x_y).sum(axis=1), _PERFECT * y_y)
    bad = (errors != ".") | (y_y <= _PERFECT * n)
    errors[bad & (errors == ".")] = "RANK_DEFICIENT"
    variance = np.where(bad, np.nan, rest / np.where(freedom > 0, freedom, 1))
    here = slice(0, predictors)
    covariance = inverse[:, here, here] * variance[:, None, None]
    error = np.sqrt(np.einsum("vii->vi", covariance))
    return Fits.of(
        slopes[:, here] / scale[:, here],
        error / scale[:, here],
        covariance / (scale[:, here, None] * scale[:, None, here]),
        np.round(n).astype(np.int64),
        freedom,
        errors,
    )
