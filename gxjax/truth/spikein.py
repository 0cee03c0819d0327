"""Spike-ins: synthetic variants drawn given the phenotype, for recall."""

from __future__ import annotations

from typing import NamedTuple

import jax
import numpy as np
import pandas as pd

from gxjax import rng
from gxjax.truth.additive import draw_additive
from gxjax.truth.dominance import draw_dominant, draw_recessive
from gxjax.truth.epistatic import draw_epistatic_pair
from gxjax.truth.latent import Draft
from gxjax.truth.manifest import manifest_of
from gxjax.truth.train_only import beside_others, train_mask
from gxjax.types import KINDS, Progress, Truth, silent

__all__ = ["SpikeinCounts", "Spikeins", "plant_spikeins"]

PUBLISHED_PEOPLE = 320_000
MINIMUM_PEOPLE = 150

RANGES = {
    "additive": (0.025, 0.055),
    "dominant": (0.018, 0.030),
    "recessive": (0.035, 0.065),
    "epistatic": (0.045, 0.070),
}
"""Published ranges of |rho|, for `PUBLISHED_PEOPLE`."""

CAPS = {"additive": 0.5, "dominant": 0.5, "recessive": 0.5, "epistatic": 0.3}
"""Largest |rho| after scaling: latent, and of the pair's product for epistatic."""


class SpikeinCounts(NamedTuple):
    """How many spike-ins of each type; a pair is two columns."""

    additive: int = 100
    dominant: int = 100
    recessive: int = 100
    epistatic_pairs: int = 50


PUBLISHED_COUNTS = SpikeinCounts()


class Spikeins(NamedTuple):
    """Planted variants and what is known of them.

    Attributes:
      codes: uint8 [N, T], dosage of A1, none missing.
      truth: `Truth` of the T columns; partners count from this block's first column.
      manifest: table of T rows, `manifest.MANIFEST_COLUMNS`.
    """

    codes: np.ndarray
    truth: Truth
    manifest: pd.DataFrame


def plant_spikeins(
    key: jax.Array,
    phenotype: np.ndarray,
    *,
    counts: SpikeinCounts = PUBLISHED_COUNTS,
    frequencies: np.ndarray,
    strength: str | float = "scaled",
    split: np.ndarray | None = None,
    progress: Progress = silent,
) -> Spikeins:
    """Draws spike-ins given the phenotype, each with its own |rho|, sign and noise.

    The ranges of |rho| are set for 320,000 people. Signal goes as N rho^2, so "scaled"
    multiplies them by `sqrt(320000 / N)`, lowered where the top of a range would pass
    its cap (0.5 latent; 0.3 for the product of a pair), which keeps the spread within
    a type. A target that the phenotype can not carry (a rare class of a case-control
    trait) is lowered to 80 % of what can be attained.

    Achieved correlations lie within 0.004 of their targets, or 2 / (N sd) with sd that
    of the coded genotype where exchanging two people moves them by more. Where a guard
    stays unmet after all tries (small N, rare cases) the best candidate is kept and the
    manifest says `guards_met` False.

    Without `split` spike-ins are drawn from the phenotype of ALL people given, TEST
    included: a network that has them predicts TEST better than it could predict new
    people, and in a small cohort, scaled up, they may explain more of the phenotype
    than its heritability. With `split` they are drawn from TRAIN people's phenotype, as
    if there were nobody else; the others' genotypes are drawn by Hardy-Weinberg
    proportions at the frequency in TRAIN, independent of the phenotype. That costs
    what spike-ins gave: none of their effects carries over, so a network that relies on
    them predicts VALIDATION and TEST worse, early stopping favours networks that
    rely on them less, and recall falls.

    Given the phenotype they are independent of everything. So they have no neighbours
    in LD, and recall of them says nothing of fine-mapping; but two of them, or one and
    a causal variant, correlate as the product of their correlations with the phenotype.

    Args:
      key: of the truth; each variant has a named child, so counts of one type never
        shift another's.
      phenotype: [N], quantitative or two-valued; standardised here.
      counts: spike-ins per type.
      frequencies: float [F], TRAIN allele frequencies of the real variants, folded to
        MAFs; additive spike-ins draw from those with at least 1,500 expected
        homozygotes per 320,000 people.
      strength: "scaled", "published", or a multiplier of the published |rho|, with the
        same caps; 0 plants variants independent of the phenotype.
      split: int8 [N] of TRAIN, VALIDATION, TEST, to draw for TRAIN only; N above is
        then TRAIN people. None draws for everybody.
      progress: called once a variant or pair.

    Returns:
      The spike-ins, in the order additive, dominant, recessive, pairs A B A B. Targets,
      achieved correlations and guards are of the people drawn for; `maf n0 n1 n2` are
      of everybody.

    Raises:
      ValueError: too few people, a constant or non-finite phenotype, a negative count,
        an unknown strength, no frequency fit for an additive spike-in, or a split of
        another number of people.

    References:
      Reynolds & Pan, PLOS Comput Biol 21(12): e1013784 (2025),
      https://doi.org/10.1371/journal.pcbi.1013784
    """
    _check_counts(counts)
    train = train_mask(split, len(phenotype))
    y = _standardise(np.asarray(phenotype)[train])
    spectrum = _eligible(frequencies, len(y)) if counts.additive else np.empty(0)
    kinds: list[str] = []
    drafts: list[Draft] = []
    columns: list[np.ndarray] = []
    uses = [
        (kind, index)
        for kind, count in zip(RANGES, counts, strict=True)
        for index in range(count)
    ]
    for done, (kind, index) in enumerate(uses, start=1):
        generator = rng.generator(key, f"truth/{kind}", index)
        rho = _draw_rho(generator, kind, strength, len(y))
        drawn = _draw(generator, kind, y, rho, spectrum)
        drafts += drawn
        columns += [beside_others(generator, draft.codes, train) for draft in drawn]
        kinds += [kind] * len(drawn)
        progress(done, len(uses), f"{kind} spike-ins")
    codes = np.stack(columns, axis=1)
    truth = _truth_of(kinds, drafts)
    return Spikeins(codes, truth, manifest_of(codes, truth, drafts))


def _draw(generator, kind: str, y, rho: float, spectrum) -> tuple[Draft, ...]:
    if kind == "additive":
        return (draw_additive(generator, y, rho, spectrum),)
    if kind == "dominant":
        return (draw_dominant(generator, y, rho),)
    if kind == "recessive":
        return (draw_recessive(generator, y, rho),)
    return draw_epistatic_pair(generator, y, rho)


def _truth_of(kinds: list[str], drafts: list[Draft]) -> Truth:
    kind = np.array([KINDS.index(name) for name in kinds], np.int8)
    partner = np.full(len(kinds), -1, np.int32)
    pairs = np.flatnonzero(kind == KINDS.index("epistatic"))
    partner[pairs[::2]], partner[pairs[1::2]] = pairs[1::2], pairs[::2]
    target = np.array([draft.target for draft in drafts], np.float32)
    achieved = np.array([draft.achieved for draft in drafts], np.float32)
    return Truth(kind, partner, target, achieved)


def _draw_rho(generator, kind: str, strength: str | float, people: int) -> float:
    low, high = RANGES[kind]
    factor = _multiplier(strength, people)
    rho = generator.uniform(low, high) * min(factor, CAPS[kind] / high)
    return float(rho * generator.choice([-1.0, 1.0]))


def _multiplier(strength: str | float, people: int) -> float:
    if strength == "scaled":
        return float(np.sqrt(PUBLISHED_PEOPLE / people))
    if strength == "published":
        return 1.0
    if isinstance(strength, str) or not 0 <= strength < np.inf:
        raise ValueError(
            f"strength: found {strength!r}; expected 'scaled', 'published' or a "
            "multiplier of at least 0"
        )
    return float(strength)


def _check_counts(counts: SpikeinCounts) -> None:
    for name, value in counts._asdict().items():
        if value < 0:
            raise ValueError(f"counts.{name}: found {value}; expected at least 0")
    if sum(counts) == 0:
        raise ValueError("counts: all are 0; expected at least one spike-in")


def _standardise(phenotype: np.ndarray) -> np.ndarray:
    y = np.asarray(phenotype, np.float64)
    if len(y) < MINIMUM_PEOPLE:
        raise ValueError(
            f"phenotype: {len(y)} people; expected at least {MINIMUM_PEOPLE}, else a "
            "recessive spike-in has fewer than two homozygotes"
        )
    bad = int((~np.isfinite(y)).sum())
    if bad:
        raise ValueError(
            f"phenotype: {bad} of {len(y)} values are not finite; drop those people"
        )
    spread = y.std()
    if spread <= 1e-12 * max(1.0, float(np.abs(y).max())):
        raise ValueError(f"phenotype: constant ({y[0]:g}); expected two or more values")
    return (y - y.mean()) / spread


def _eligible(frequencies: np.ndarray, people: int) -> np.ndarray:
    values = np.asarray(frequencies, np.float64)
    if ((values < 0) | (values > 1)).any():
        raise ValueError("frequencies: found values outside 0 to 1")
    maf = np.minimum(values, 1 - values)
    lowest = np.sqrt(max(1500 / PUBLISHED_PEOPLE, 2 / people))
    kept = maf[maf >= lowest]
    if len(kept) == 0:
        raise ValueError(
            f"frequencies: none of {len(values)} gives a MAF of {lowest:.3f} or more, "
            "which an additive spike-in needs; add common variants or ask for none"
        )
    return kept
