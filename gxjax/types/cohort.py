"""People, genotypes, phenotype: what everything begins with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

__all__ = [
    "MISSING",
    "SAMPLE_COLUMNS",
    "TEST",
    "TRAIN",
    "VALIDATION",
    "VARIANT_COLUMNS",
    "Cohort",
    "Encoding",
    "Genotypes",
    "Neighbours",
]

MISSING = 3
"""The 2-bit code of a missing call, everywhere in the package; the 8-bit one is 255."""

TRAIN, VALIDATION, TEST = 0, 1, 2
"""Values of `Cohort.split`."""

VARIANT_COLUMNS = ("CHROM", "POS", "ID", "A1", "A2", "CM")
"""Columns of a variant table: text, int64 base pairs, text, text, text, float64 cM."""

SAMPLE_COLUMNS = ("FID", "IID", "PAT", "MAT", "SEX")
"""Columns of a sample table: text x 4, int8 sex (1 male, 2 female, 0 unknown)."""


class Genotypes(NamedTuple):
    """Genotypes of N people at V variants, 2 or 8 bits each.

    Attributes:
      packed: uint8, sample-major, or a `gxjax.genotypes.Store`, which reads like one.
        2 bits: [N, ceil(V / 4)]; variant 4 j + r is bits 2 r and 2 r + 1 of byte j; the
        unused bits of a last byte are 0. 8 bits: [N, V].
      variants: table of V rows with `VARIANT_COLUMNS`.
      samples: table of N rows with `SAMPLE_COLUMNS`.
      bits: of a code: 2 (hard calls) or 8 (dosages).
    """

    packed: np.ndarray
    variants: pd.DataFrame
    samples: pd.DataFrame
    bits: int = 2


class Encoding(NamedTuple):
    """How a dosage enters a network: `(where(missing, fill, dosage) - mean) * scale`.

    Fitted on TRAIN people only and saved with the ensemble, so that training and
    attribution can not disagree.

    Attributes:
      mean: float32 [V], dosage units.
      scale: float32 [V], 1 / dosage; 0 where TRAIN has one value and teaches nothing.
      fill: float32 [V], the dosage that stands for a missing call.
    """

    mean: np.ndarray
    scale: np.ndarray
    fill: np.ndarray


@dataclass(frozen=True)
class Cohort:
    """People, their genotypes after QC, and the phenotype to be explained.

    Attributes:
      genotypes: `Genotypes` of the N people and V variants kept.
      phenotype: float32 [N]. Quantitative: residual on covariates in TRAIN standard
        deviations; binary: 0 (control) or 1 (case).
      covariates: table of N rows, one numeric column per covariate.
      split: int8 [N] of TRAIN, VALIDATION, TEST.
      encoding: `Encoding` of the V variants.
      counts: int64 [V, 4], TRAIN people with hard call 0, 1, 2 and missing.
      trait: "quantitative" or "binary".
      name: the phenotype's name.
    """

    genotypes: Genotypes
    phenotype: np.ndarray
    covariates: pd.DataFrame
    split: np.ndarray
    encoding: Encoding
    counts: np.ndarray
    trait: str
    name: str


class Neighbours(NamedTuple):
    """Variants in LD with each variant: a sparse symmetric matrix, row by row.

    Attributes:
      starts: int64 [V + 1]; the neighbours of variant j are entries starts[j] up to
        starts[j + 1], in ascending order, j itself not among them.
      columns: int32 [E], the number of the neighbour.
      r2: float32 [E], squared correlation of dosages, of a stated least value on and
        within a stated distance; pairs below or beyond are not there.
    """

    starts: np.ndarray
    columns: np.ndarray
    r2: np.ndarray
