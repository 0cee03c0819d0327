"""What networks are shown, what is known of it, and the networks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from gxjax.types.cohort import Encoding

__all__ = [
    "COMPARATORS",
    "KINDS",
    "PLANTED_KINDS",
    "Arm",
    "Block",
    "Ensemble",
    "Truth",
]

KINDS = (
    *("real", "additive", "dominant", "recessive", "epistatic", "decoy"),
    *("three_way", "gene_by_sex", "polygenic", "knockoff"),
)
"""What an input column is; `Truth.kind` indexes this tuple."""

PLANTED_KINDS = (
    *("additive", "dominant", "recessive", "epistatic", "three_way", "gene_by_sex"),
)
"""Kinds that recall counts; "polygenic" ones it does not, and never as false."""

COMPARATORS = (
    *("gwas", "gwas_genotypic", "ridge", "elastic_net"),
    *("boosting", "random", "maf", "ld_score"),
)
"""Methods of score columns that are compared with, not judged, in their order."""


class Truth(NamedTuple):
    """What is known of every input column; nothing is ever parsed out of an id.

    Attributes:
      kind: int8 [V], an index into `KINDS`.
      partner: int32 [V]: the column of the next member of an epistatic pair or triple
        (of the last one, the first), or of the real variant that a decoy or knockoff
        was made from; -1 where there is none.
      target: float32 [V], the correlation with the phenotype asked for; NaN if none.
      achieved: float32 [V], that of the drawn genotypes; NaN if none. Both are of the
        coded genotype: dosage (additive, polygenic), 1[g > 0] (dominant), 1[g = 2]
        (recessive), product of the centred dosages of a pair or triple (epistatic,
        three_way, on every row), of centred dosage and sex (gene_by_sex).
      typed: bool [V], whether networks are shown the column; None: all. A causal
        variant that is not typed can be found by its neighbours in LD only.
    """

    kind: np.ndarray
    partner: np.ndarray
    target: np.ndarray
    achieved: np.ndarray
    typed: np.ndarray | None = None

    @property
    def shown(self) -> np.ndarray:
        """bool [V]: `typed`, all True where that is None."""
        return np.ones(len(self.kind), bool) if self.typed is None else self.typed


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

    @property
    def mapped(self) -> pd.DataFrame:
        """`variants`, CHROM missing behind the first block: those have no place.

        The positions of spike-ins are made up, and their chromosome "26" is a real one
        of some species, and of MT; decoys stand where what they copy stands.
        """
        real = np.arange(len(self.variants)) < self.blocks[0].count
        return self.variants.assign(CHROM=self.variants["CHROM"].where(real))


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
