"""What to ask of a generated phenotype: how many variants, how strong, which ones."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gxjax.genotypes.tables import HUMAN
from gxjax.types import Neighbours

__all__ = [
    "UNIT_SIZES",
    "CausalCounts",
    "CausalRules",
    "Heritability",
    "check_counts",
    "check_rules",
    "check_shares",
]

UNIT_SIZES = {
    "additive": 1,
    "dominant": 1,
    "recessive": 1,
    "epistatic": 2,
    "three_way": 3,
    "gene_by_sex": 1,
    "polygenic": 1,
}
"""Variants of one unit of each kind, in the order in which kinds choose theirs."""

# A table of neighbours that says nothing of r^2 below this much above what is asked.
_GAP, _ENOUGH = 0.05, 1000


class CausalCounts(NamedTuple):
    """How many units of each kind; a pair is two variants, a triple three."""

    additive: int = 50
    dominant: int = 50
    recessive: int = 50
    epistatic_pairs: int = 25
    three_way: int = 0
    gene_by_sex: int = 0
    polygenic: int = 0


class Heritability(NamedTuple):
    """Shares of the phenotype's variance, in [0, 1]; noise has what is left of 1."""

    additive: float = 0.15
    dominant: float = 0.1
    recessive: float = 0.1
    epistatic: float = 0.1
    three_way: float = 0.0
    gene_by_sex: float = 0.0
    polygenic: float = 0.0
    covariates: float = 0.0


class CausalRules(NamedTuple):
    """Which variants may be causal; ranges include their ends.

    Attributes:
      maf: range of the minor allele frequency of additive and gene-by-sex variants.
      dominant_maf, recessive_maf: of dominant and recessive ones, whose A1 must be the
        minor allele. Of a dominant variant's variance a share 2 q / (1 + q) is additive
        (q = 1 - MAF; 0.97 at MAF 0.05, 0.67 at 0.5), of a recessive one's 2 p / (1 + p)
        (p = MAF; 0.18 at 0.1, 0.67 at 0.5): a common recessive or a rare dominant
        variant is found as easily by who looks for additive effects.
      interaction_maf: of members of epistatic pairs and triples.
      polygenic_maf: of the background.
      causal_r2: largest r^2 between two causal variants, 1 for no rule. Background
        variants keep it to the others, not among themselves.
      apart_kb: least distance of two causal variants of one chromosome, kilobases,
        likewise.
      tag_r2: r^2 from which on a neighbour is a tag of a variant.
      least_tags: fewest tags of a causal variant; 1 asks for well tagged ones.
      most_tags: most of them; 0 asks for untagged ones, None for any.
      class_people: fewest TRAIN people, of hard calls, on either side of what is coded:
        carriers of the minor allele, or homozygotes of A1 (recessive), and the others.
      chr_set: autosomes of the species.
    """

    maf: tuple[float, float] = (0.05, 0.5)
    dominant_maf: tuple[float, float] = (0.05, 0.5)
    recessive_maf: tuple[float, float] = (0.1, 0.5)
    interaction_maf: tuple[float, float] = (0.1, 0.5)
    polygenic_maf: tuple[float, float] = (0.01, 0.5)
    causal_r2: float = 0.1
    apart_kb: float = 0.0
    tag_r2: float = 0.8
    least_tags: int = 0
    most_tags: int | None = None
    class_people: int = 5
    chr_set: int = HUMAN

    def range_of(self, kind: str) -> tuple[float, float]:
        """The MAF range of a kind."""
        return {
            "dominant": self.dominant_maf,
            "recessive": self.recessive_maf,
            "epistatic": self.interaction_maf,
            "three_way": self.interaction_maf,
            "polygenic": self.polygenic_maf,
        }.get(kind, self.maf)

    @property
    def asks_tags(self) -> bool:
        """Whether tags have to be counted."""
        return self.least_tags > 0 or self.most_tags is not None


def check_counts(counts: CausalCounts) -> None:
    """Raises ValueError for a negative count, or where all are 0."""
    for name, value in counts._asdict().items():
        if value < 0:
            raise ValueError(f"counts.{name}: found {value}; expected at least 0")
    if not any(counts):
        raise ValueError("counts: all are 0; expected at least one causal variant")


def check_shares(counts: CausalCounts, heritability: Heritability) -> None:
    """Raises ValueError for shares that can not be, or not of these counts."""
    shares = heritability._asdict()
    for name, share in shares.items():
        if not 0 <= share <= 1:
            raise ValueError(f"heritability.{name}: found {share}; expected [0, 1]")
    total = sum(shares.values())
    if total > 1 + 1e-9:
        raise ValueError(
            f"heritability: the shares sum to {total:g}; expected at most 1, the rest "
            "is noise"
        )
    genetic = any(shares[kind] > 0 for kind in UNIT_SIZES)
    for name, kind, count in zip(counts._fields, UNIT_SIZES, counts, strict=True):
        if shares[kind] > 0 and count == 0:
            raise ValueError(
                f"heritability.{kind}: {shares[kind]:g}, but counts.{name} is 0; ask "
                "for variants that can have the share, or for a share of 0"
            )
        if count > 0 and shares[kind] == 0 and genetic:
            raise ValueError(
                f"counts.{name}: {count}, but heritability.{kind} is 0: they would "
                "have no effect; give them a share (for a null, make every share 0)"
            )


def check_rules(
    rules: CausalRules,
    neighbours: Neighbours | None,
    variants: int,
    twin_r2: float | None,
) -> None:
    """Raises ValueError for rules that can not be kept, or not by this table of LD."""
    for name in (field for field in rules._fields if field.endswith("maf")):
        low, high = getattr(rules, name)
        if not 0 <= low <= high <= 0.5:
            raise ValueError(
                f"rules.{name}: found ({low:g}, {high:g}); expected 0 <= low <= high "
                "<= 0.5"
            )
    needed = {
        "rules.causal_r2": rules.causal_r2 if rules.causal_r2 < 1 else None,
        "rules.tag_r2": rules.tag_r2 if rules.asks_tags else None,
        "twin_r2": twin_r2,
    }
    for name, r2 in needed.items():
        if r2 is not None:
            _check_neighbours(name, r2, neighbours, variants)


def _check_neighbours(
    name: str, r2: float, neighbours: Neighbours | None, variants: int
) -> None:
    if not 0 < r2 <= 1:
        raise ValueError(f"{name}: found {r2:g}; expected more than 0, at most 1")
    if neighbours is None:
        raise ValueError(
            f"{name}: {r2:g}, but no neighbours are given to keep it by; make them "
            "with find_neighbours, or ask for no such rule (causal_r2=1, least_tags=0, "
            "most_tags=None, twin_r2=None)"
        )
    if len(neighbours.starts) != variants + 1:
        raise ValueError(
            f"neighbours: of {len(neighbours.starts) - 1} variants; the genotypes have "
            f"{variants}"
        )
    least = float(np.min(neighbours.r2, initial=1))
    if len(neighbours.r2) >= _ENOUGH and least > r2 + _GAP:
        raise ValueError(
            f"{name}: {r2:g}, but the least r^2 among the neighbours is {least:.3f}; "
            f"make them with r2={r2:g} or less"
        )
