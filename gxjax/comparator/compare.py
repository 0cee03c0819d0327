"""The table of comparators, and the call that runs some of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from gxjax.comparator.blind import ld_score, maf_score, random_score
from gxjax.comparator.boosting import boosting_score
from gxjax.comparator.columns import hide
from gxjax.comparator.elastic_net import elastic_net_score
from gxjax.comparator.gwas import gwas_genotypic_score, gwas_score
from gxjax.comparator.inputs import Inputs, train_people
from gxjax.comparator.ridge import ridge_score
from gxjax.types import KINDS, Progress, silent

__all__ = ["COMPARATORS", "compare"]


def _gwas(inputs: Inputs) -> np.ndarray:
    people = train_people(inputs)
    return gwas_score(inputs.arm, inputs.phenotype, people, inputs.progress)


def _gwas_genotypic(inputs: Inputs) -> np.ndarray:
    people = train_people(inputs)
    return gwas_genotypic_score(inputs.arm, inputs.phenotype, people, inputs.progress)


def _random(inputs: Inputs) -> np.ndarray:
    return hide(random_score(inputs.key, len(inputs.arm.variants)), inputs.arm)


def _maf(inputs: Inputs) -> np.ndarray:
    return hide(maf_score(inputs.arm.counts), inputs.arm)


def _ld_score(inputs: Inputs) -> np.ndarray:
    """A decoy or knockoff of which `neighbours` has no pair has its original's."""
    if inputs.neighbours is None:
        raise ValueError(
            "neighbours: None; ld_score needs the LD between the arm's columns, or "
            "leave it out of the names"
        )
    arm = inputs.arm
    scores = ld_score(inputs.neighbours, len(arm.variants))
    partner = np.asarray(arm.truth.partner)
    copies = np.flatnonzero((scores == 1) & _is_null(inputs) & (partner >= 0))
    scores[copies] = scores[partner[copies]]
    return hide(scores, arm)


def _is_null(inputs: Inputs) -> np.ndarray:
    nulls = [KINDS.index(name) for name in ("decoy", "knockoff")]
    return np.isin(inputs.arm.truth.kind, nulls)


COMPARATORS: dict[str, Callable[[Inputs], np.ndarray]] = {
    "gwas": _gwas,
    "gwas_genotypic": _gwas_genotypic,
    "ridge": ridge_score,
    "elastic_net": elastic_net_score,
    "boosting": boosting_score,
    "random": _random,
    "maf": _maf,
    "ld_score": _ld_score,
}
"""By name: `Inputs` -> float64 [V], larger is more important, -inf for no score."""


def compare(
    names: Sequence[str], inputs: Inputs, progress: Progress = silent
) -> dict[str, np.ndarray]:
    """What a method of attribution must beat: scores of the same columns.

    From TRAIN people; VALIDATION people choose a penalty or an end. None of them is
    given the truth, or a TEST person.

    Args:
      names: keys of `COMPARATORS`. "elastic_net" needs scikit-learn, "boosting"
        LightGBM, "ld_score" `inputs.neighbours`.
      inputs: `Inputs`.
      progress: called with comparators done; `inputs.progress` says the rest.

    Returns:
      float64 [V] by name, in the order asked for; -inf where a column has no score or
      is not typed. Ties are left to `benchmark.ranking`.

    Raises:
      ValueError: an unknown name, or what a comparator refuses.
    """
    unknown = [name for name in names if name not in COMPARATORS]
    if unknown:
        raise ValueError(f"names: {unknown}; expected some of {tuple(COMPARATORS)}")
    found = {}
    for done, name in enumerate(names):
        progress(done, len(names), name)
        found[name] = COMPARATORS[name](inputs)
    progress(len(names), len(names), "comparators")
    return found
