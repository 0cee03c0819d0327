"""START HERE: every record that crosses an arrow of the pipeline.

    genotypes -> cohort -> truth -> ensemble -> attribution -> benchmark -> report

Axis letters, the same in every docstring of the package: N people, V variants (columns
of a network's input), H first hidden width, M members, B batch, K draws or baselines,
S path steps, T effect types, C score columns (a method with its noise).

A *dosage* counts copies of the allele A1 (column 5 of a `.bim`), 0 to 2. A *code* is a
dosage stored: in 2 bits as it is, 3 if missing; in 8, 127 times as much, or 255.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

MISSING = 3
"""The 2-bit code of a missing call, everywhere in the package; the 8-bit one is 255."""

TRAIN, VALIDATION, TEST = 0, 1, 2
"""Values of `Cohort.split`."""

KINDS = ("real", "additive", "dominant", "recessive", "epistatic", "decoy")
"""What an input column is; `Truth.kind` indexes this tuple."""

VARIANT_COLUMNS = ("CHROM", "POS", "ID", "A1", "A2", "CM")
"""Columns of a variant table: text, int64 base pairs, text, text, text, float64 cM."""

SAMPLE_COLUMNS = ("FID", "IID", "PAT", "MAT", "SEX")
"""Columns of a sample table: text x 4, int8 sex (1 male, 2 female, 0 unknown)."""

Progress = Callable[[int, int, str], None]
"""`progress(done, total, note)`: how a long library call says how far it is."""


def silent(done: int, total: int, note: str = "") -> None:
    """The progress callback that says nothing."""


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


class Truth(NamedTuple):
    """What is known of every input column; nothing is ever parsed out of an id.

    Attributes:
      kind: int8 [V], an index into `KINDS`.
      partner: int32 [V]: the column of the other member of an epistatic pair, or of the
        real variant that a decoy was made from; -1 where there is none.
      target: float32 [V], the correlation with the phenotype asked for; NaN if none.
      achieved: float32 [V], that of the drawn genotypes; NaN if none. Both are of the
        coded genotype: dosage (additive), 1[g > 0] (dominant), 1[g = 2] (recessive),
        product of the pair's centred dosages (epistatic, on both rows).
    """

    kind: np.ndarray
    partner: np.ndarray
    target: np.ndarray
    achieved: np.ndarray


@dataclass(frozen=True)
class Block:
    """Adjacent input columns that come from one packed matrix.

    Person i's codes are `packed[rows[i]]`. Decoys are the real matrix with `rows` a
    permutation, so they are never materialised.

    Attributes:
      packed: uint8, N' rows of V_b columns as in `Genotypes.packed`, or a store.
      rows: int32 [N], a row of `packed` per person.
      count: V_b, how many columns the block has.
      bits: of a code.
    """

    packed: np.ndarray
    rows: np.ndarray
    count: int
    bits: int = 2


@dataclass(frozen=True)
class Arm:
    """One experiment's input: real + spike-ins, real + decoys, or real only.

    Attributes:
      name: "spikein", "decoy" or "real".
      blocks: `Block`s whose counts sum to V, in column order.
      variants: table of V rows with `VARIANT_COLUMNS`.
      truth: `Truth` of the V columns.
      encoding: `Encoding` of the V columns.
      counts: int64 [V, 4], as of `Cohort`.
    """

    name: str
    blocks: tuple[Block, ...]
    variants: pd.DataFrame
    truth: Truth
    encoding: Encoding
    counts: np.ndarray


@dataclass(frozen=True)
class Ensemble:
    """M trained networks of one architecture, each at its best validation epoch.

    Attributes:
      model: the Flax module that made them; its field `channels` names the L numbers
        that it sees of a dosage, `gxjax.channels.CHANNELS` (absent: the dosage, L = 1).
      parameters: pytree of float32 arrays with leading axis M. Trained by several
        processes, process 0 has them, and the others `jax.ShapeDtypeStruct`s.
      statistics: `{"batch_stats": ...}`, likewise; `{}` without batch norm.
      encoding: `Encoding` of the V input columns, as trained with: mean and scale
        [L V], one entry per channel, those of a variant beside each other; fill [V],
        which stands for a missing dosage before it is seen as channels.
      trait: "quantitative" or "binary" (the output is then a logit), of all phenotypes.
      history: table of one row per epoch and member: `member epoch learning_rate
        train_loss validation_loss score_name validation_score best_epoch stopped`; the
        score is the mean over phenotypes. `member` is its number in training.
    """

    model: Any
    parameters: Any
    statistics: Any
    encoding: Encoding
    trait: str
    history: pd.DataFrame


class Channels(NamedTuple):
    """What a network sees of a dosage x: L numbers, `functions[c](x)`, elementwise."""

    functions: tuple[Callable[[Any], Any], ...]


class LinearFront(NamedTuple):
    """M trained networks, split behind their first matrix product.

    The output for dosages x [V] is `head(tail[m], x @ kernel[m] + bias[m])`; encoding,
    centring and scaling are folded into kernel and bias.

    Attributes:
      kernel: float32 [M, V, H], per dosage; [M, L V, H] per channel, the L channels of
        a variant beside each other.
      bias: float32 [M, H].
      head: `(tail of one member, h [H]) -> scalar`.
      tail: pytree with leading axis M, whatever `head` needs.
      channels: what stands for x; None for the dosage itself, L = 1.
    """

    kernel: Any
    bias: Any
    head: Callable[[Any, Any], Any]
    tail: Any
    channels: Channels | None = None


class DosageSource(NamedTuple):
    """Where dosages come from, inside a jitted step; missing calls are filled.

    Attributes:
      arrays: pytree of arrays, passed to the step and never closed over.
      fetch: `(arrays, people int32 [B]) -> float [B, V]`, pure: gathers and decodes.
        Use the same function object in every call, or each call compiles anew.
    """

    arrays: Any
    fetch: Callable[[Any, Any], Any]


class Scores(NamedTuple):
    """What is left of the attributions of many people.

    Attributes:
      values: float32 [C, M, V], the mean absolute attribution.
      columns: C pairs (method, noise), for example ("saliency", "smoothgrad_squared").
      completeness: table `method noise member person delta`, one row per person where
        the method claims completeness: `delta` is (sum of attributions - change) /
        max(|change|, 1e-6), change f(x) - f(x').
      reductions: float32 [C, M, V] by (reduction, stratum): reductions "mean_absolute",
        "mean_signed", "mean_square"; stratum "all" or a label.
    """

    values: np.ndarray
    columns: tuple[tuple[str, str], ...]
    completeness: pd.DataFrame
    reductions: Mapping[tuple[str, str], np.ndarray]
