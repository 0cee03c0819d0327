"""One regression per column: the additive GWAS, and the one that sees dominance."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gxjax.association import linear_association, linear_regression
from gxjax.comparator.columns import hide
from gxjax.types import Arm, Block, Genotypes, Progress, silent

__all__ = ["gwas_genotypic_score", "gwas_score"]


def gwas_score(
    arm: Arm, phenotype: np.ndarray, people: np.ndarray, progress: Progress = silent
) -> np.ndarray:
    """-log10 p of the additive test of each column, as `plink2 --glm` has it.

    A 0/1 phenotype is regressed on as a number: p-values are those of the linear
    probability model, whose order is nearly the logistic one's for common cases.

    It sees no epistasis without main effects, and only part of a recessive effect. A
    column that merely is in LD with a causal one scores nearly as high.

    Args:
      arm: V columns.
      phenotype: float [N], adjusted for covariates.
      people: int [n], TRAIN.
      progress: called with columns done, V.

    Returns:
      float64 [V], finite where p underflows; -inf where the column does not vary or is
      not typed.

    Raises:
      ValueError: the phenotype of these people is not finite or constant.
    """
    table = linear_association(arm.blocks, arm.variants, phenotype, people, progress)
    return hide(table["NEG_LOG10_P"].to_numpy(), arm)


def gwas_genotypic_score(
    arm: Arm, phenotype: np.ndarray, people: np.ndarray, progress: Progress = silent
) -> np.ndarray:
    """-log10 p of the test with 2 degrees of freedom: do the three genotypes differ?

    The F-test of additive effect and heterozygote deviation at once, `plink2 --glm
    genotypic`; on hard calls the one-way analysis of variance. A dosage x counts as
    1 - |x - 1| of a heterozygote and max(x - 1, 0) of two copies. It sees dominant and
    recessive effects whole, at the price of a degree of freedom where an effect is
    additive; epistasis without main effects it does not see. Where plink2 can not tell
    the two predictors apart (two genotypes only, or a MAF below about 0.01) the score
    is the additive test's.

    Args:
      arm: V columns.
      phenotype: float [N], adjusted for covariates; 0/1 as of `gwas_score`.
      people: int [n], TRAIN, everybody once.
      progress: called with columns done, V.

    Returns:
      float64 [V]; finite where p underflows; -inf where the column does not vary or is
      not typed.

    Raises:
      ValueError: the phenotype of these people is not finite or constant; a block has
        one row for two of them; fewer than 4 people.
    """
    additive = gwas_score(arm, phenotype, people)
    parts, start, total = [], 0, len(arm.variants)
    for block in arm.blocks:

        def said(done: int, _: int, note: str, before: int = start) -> None:
            progress(before + done, total, note)

        variants = arm.variants.iloc[start : start + block.count]
        parts.append(_genotypic(block, variants, phenotype, people, said))
        start += block.count
    joint = np.concatenate(parts)
    return hide(np.where(np.isnan(joint), additive, joint), arm)


def _genotypic(
    block: Block,
    variants: pd.DataFrame,
    phenotype: np.ndarray,
    people: np.ndarray,
    progress: Progress,
) -> np.ndarray:
    """float64 [V_b], NaN where both predictors can not be fitted."""
    rows = np.asarray(block.rows)[people]
    if (own := len(np.unique(rows))) < len(rows):
        raise ValueError(
            f"people: {len(rows)} of them have {own} rows of a block; the genotypic "
            "test needs one each: name everybody once"
        )
    # The regression knows no permuted rows: so the phenotype goes to the rows.
    beside = np.full(len(block.packed), np.nan)
    beside[rows] = np.asarray(phenotype, np.float64)[people]
    samples = pd.DataFrame(index=range(len(beside)))
    genotypes = Genotypes(
        block.packed, variants.reset_index(drop=True), samples, block.bits
    )
    table = linear_regression(
        genotypes, beside, people=rows, test="genotypic", progress=progress
    )
    joint = table["TEST"] == "GENO_2DF"
    return table.loc[joint, "NEG_LOG10_P"].to_numpy()
