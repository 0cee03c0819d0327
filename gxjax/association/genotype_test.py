"""What a regression asks of a variant: how a genotype becomes numbers."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

__all__ = ["GENOTYPE_TESTS", "GenotypeTest", "TestName", "find_test"]

TestName = Literal["additive", "dominant", "recessive", "genotypic"]


class GenotypeTest(NamedTuple):
    """One or two predictors made of a genotype; without the alternate allele all are 0.

    Between whole dosages they are linear, as plink2's: the genotype of dosage x is
    1 - |x - 1| of a heterozygote and max(x - 1, 0) of two copies. So the dominant
    predictor is min(x, 1), the recessive one max(x - 1, 0).

    Attributes:
      labels: plink2's name in column TEST, per predictor.
      het: value for one copy of the allele, per predictor.
      hom: value for two copies.
      joint: plink2's name of the test of all predictors together, or None.
    """

    labels: tuple[str, ...]
    het: tuple[float, ...]
    hom: tuple[float, ...]
    joint: str | None = None

    def squares(self, products: np.ndarray) -> np.ndarray:
        """Sums of products of predictors [v, p, p], from those of shares [v, 2, 2]."""
        values = np.array([self.het, self.hom])
        return np.einsum("vab,ap,bq->vpq", products, values, values)

    def sums(self, het: np.ndarray, hom: np.ndarray) -> np.ndarray:
        """Sums of predictors times columns, [v, p, c], from those of hets and homs."""
        one, two = np.array(self.het), np.array(self.hom)
        return (
            het[:, None, :] * one[None, :, None] + hom[:, None, :] * two[None, :, None]
        )


GENOTYPE_TESTS: dict[str, GenotypeTest] = {
    "additive": GenotypeTest(("ADD",), (1.0,), (2.0,)),
    "dominant": GenotypeTest(("DOM",), (1.0,), (1.0,)),
    "recessive": GenotypeTest(("REC",), (0.0,), (1.0,)),
    "genotypic": GenotypeTest(("ADD", "DOMDEV"), (1.0, 1.0), (2.0, 0.0), "GENO_2DF"),
}
"""By the name that plink2's `--glm` gives them."""


def find_test(name: str) -> GenotypeTest:
    """The test of that name.

    Raises:
      ValueError: there is none.
    """
    if name not in GENOTYPE_TESTS:
        raise ValueError(f"test: {name!r}; expected one of {tuple(GENOTYPE_TESTS)}")
    return GENOTYPE_TESTS[name]
