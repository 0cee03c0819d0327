"""START HERE: every record that crosses an arrow of the pipeline.

    genotypes -> cohort -> truth -> ensemble -> attribution -> benchmark -> report

Axis letters, the same in every docstring of the package: N people, V variants (columns
of a network's input), H first hidden width, M members, B batch, K draws or baselines,
S path steps, T effect types, C score columns (a method with its noise).

A *dosage* counts copies of the allele A1 (column 5 of a `.bim`), 0 to 2. A *code* is a
dosage stored: in 2 bits as it is, 3 if missing; in 8, 127 times as much, or 255.
"""

from gxjax.types.cohort import (
    MISSING,
    SAMPLE_COLUMNS,
    TEST,
    TRAIN,
    VALIDATION,
    VARIANT_COLUMNS,
    Cohort,
    Encoding,
    Genotypes,
    Neighbours,
)
from gxjax.types.experiment import (
    COMPARATORS,
    KINDS,
    PLANTED_KINDS,
    Arm,
    Block,
    Ensemble,
    Truth,
)
from gxjax.types.progress import Progress, silent
from gxjax.types.scores import Channels, DosageSource, LinearFront, Scores

__all__ = [
    "COMPARATORS",
    "KINDS",
    "MISSING",
    "PLANTED_KINDS",
    "SAMPLE_COLUMNS",
    "TEST",
    "TRAIN",
    "VALIDATION",
    "VARIANT_COLUMNS",
    "Arm",
    "Block",
    "Channels",
    "Cohort",
    "DosageSource",
    "Encoding",
    "Ensemble",
    "Genotypes",
    "LinearFront",
    "Neighbours",
    "Progress",
    "Scores",
    "Truth",
    "silent",
]
