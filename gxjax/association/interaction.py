"""The interaction of named pairs of variants: the comparator of epistatic effects."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gxjax.association.complete_cases import complete_cases
from gxjax.association.student import log10_two_sided
from gxjax.association.variant_strips import VariantStrips
from gxjax.genotypes.bed_source import BedSource
from gxjax.types import Genotypes, Progress, silent

__all__ = ["interaction_test"]

# Of a predictor's sum of squares, what the others leave of it where there is no fit.
_DETERMINED = 1e-10


def interaction_test(
    genotypes: Genotypes | BedSource,
    pairs: np.ndarray,
    phenotype: np.ndarray,
    covariates: pd.DataFrame | None = None,
    *,
    people: np.ndarray | None = None,
    progress: Progress = silent,
) -> pd.DataFrame:
    """Linear regression on g1, g2 and their product: the test of the product.

    Ordinary least squares on the people called at both variants, t with n - k - 3
    degrees of freedom for k columns of intercept and covariates; as statsmodels' `OLS`.
    Of dosages, where the genotypes have them.
    BETA depends on neither variant's mean; it does on the counted alleles, by sign.

    A product says only how far effects are not additive on the scale of the phenotype:
    another scale may have none. Two variants in LD can show it for a third.

    Args:
      genotypes: N people, V variants; the packed matrix may be a store.
      pairs: integers [P, 2], rows of the variant table.
      phenotype: float [N], NaN missing.
      covariates: N rows, a numeric column each, NaN missing.
      people: integers, rows to choose from; None for all.
      progress: called with pairs done, P.

    Returns:
      P rows `ID1 ID2 A1_1 A1_2 TEST OBS_CT BETA SE T_STAT NEG_LOG10_P ERRCODE`, per
      copy of both A1. ERRCODE is "." or, where the numbers are NaN,
      `SAMPLE_CT<=PREDICTOR_CT` or `RANK_DEFICIENT`.

    Raises:
      ValueError: pairs are not two variants each, or what `complete_cases` refuses.
    """
    pairs = np.asarray(pairs)
    total = len(genotypes.variants)
    if pairs.ndim != 2 or pairs.shape[1] != 2 or pairs.dtype.kind not in "iu":
        raise ValueError(
            f"pairs: {pairs.dtype} {pairs.shape}; expected integers [P, 2]"
        )
    if pairs.size and not 0 <= pairs.min() <= pairs.max() < total:
        raise ValueError(
            f"pairs: found {pairs.min()} to {pairs.max()}; expected 0 to {total - 1}"
        )
    cases = complete_cases(phenotype, covariates, people)
    strips = VariantStrips(genotypes, cases.people)
    centre, unit = cases.phenotype.mean(), cases.phenotype.std()
    y = (cases.phenotype - centre) / unit
    rows = []
    for done, pair in enumerate(pairs, 1):
        rows.append(_test(strips.dosages(pair), cases.design, y))
        progress(done, len(pairs), "interactions")
    table = pd.DataFrame(rows, columns=["OBS_CT", "BETA", "SE", "freedom", "ERRCODE"])
    table[["BETA", "SE"]] *= unit
    t = (table["BETA"] / table["SE"]).to_numpy(np.float64)
    freedom = table.pop("freedom").to_numpy(np.float64)
    variants = genotypes.variants.iloc[pairs.reshape(-1)]
    names = variants[["ID", "A1"]].to_numpy(object).reshape(-1, 2, 2)
    table.insert(0, "TEST", "ADDxADD")
    for place, values in enumerate(
        (names[:, 0, 0], names[:, 1, 0], names[:, 0, 1], names[:, 1, 1])
    ):
        table.insert(place, ("ID1", "ID2", "A1_1", "A1_2")[place], values)
    code = table.pop("ERRCODE")
    return table.assign(
        T_STAT=t, NEG_LOG10_P=-log10_two_sided(t, freedom), ERRCODE=code
    )


def _test(
    dosages: np.ndarray, design: np.ndarray, y: np.ndarray
) -> tuple[int, float, float, float, str]:
    """People, slope and standard error of the product, freedom, ERRCODE."""
    called = ~np.isnan(dosages).any(axis=1)
    g = dosages[called]
    x = np.column_stack([design[called], g, g[:, 0] * g[:, 1]])
    freedom = len(x) - x.shape[1]
    if freedom <= 0:
        return len(x), np.nan, np.nan, 1.0, "SAMPLE_CT<=PREDICTOR_CT"
    others, product = x[:, :-1], x[:, -1]
    if np.linalg.matrix_rank(others) < others.shape[1]:
        return len(x), np.nan, np.nan, float(freedom), "RANK_DEFICIENT"
    q = np.linalg.qr(others)[0]
    own, left = (each - q @ (q.T @ each) for each in (product, y[called]))
    square = own @ own
    if square <= _DETERMINED * max(product @ product, 1):
        return len(x), np.nan, np.nan, float(freedom), "RANK_DEFICIENT"
    slope = own @ left / square
    rest = left - slope * own
    return len(x), slope, np.sqrt(rest @ rest / freedom / square), float(freedom), "."
