"""One variant of a VCF, whatever it is stored in, to hard calls and dosages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from gxjax.genotypes.formats.calls import (
    HALF,
    HalfCall,
    allele_codes,
    check_half_call,
    is_haploid,
)
from gxjax.genotypes.formats.vcf_dosages import dosage_fields, field_dosages
from gxjax.genotypes.hard_calls import (
    check_dosages,
    check_threshold,
    hard_calls,
)
from gxjax.types import MISSING

__all__ = ["CallRules", "check_rules", "variant_calls"]


class CallRules(NamedTuple):
    """What the calls of a file mean.

    Attributes:
      dosage: the field that dosages are read from, DS, HDS or GP; None for GT only.
      half_call: what a call with one allele of two is.
      threshold: dosage units; hard calls are made of dosages no further off.
      max_alleles: variants of more alleles are left out; None refuses those of more
        than two.
    """

    dosage: str | None
    half_call: HalfCall
    threshold: float
    max_alleles: int | None


def check_rules(rules: CallRules) -> None:
    """Raises ValueError for rules that are none."""
    check_half_call(rules.half_call)
    check_threshold(rules.threshold)
    if rules.dosage == "":
        raise ValueError("dosage: an empty name; expected a field: DS, HDS or GP")


def variant_calls(
    alleles: np.ndarray | None, fields: Mapping[str, np.ndarray], rules: CallRules
) -> tuple[np.ndarray, np.ndarray | None]:
    """Hard calls and dosages of N people.

    Where a person has no dosage the called genotype serves; hard calls are made of the
    dosages anew, as plink2 makes them with `dosage=`.

    Args:
      alleles: int [N, ploidy], as of `allele_codes`; None where none are called.
      fields: float32 [N, n] by name; one at least if `alleles` is None.
      rules: which field, and how.

    Returns:
      uint8 [N] dosages of ALT, 3 missing; float32 [N], NaN missing, or None if
      `rules.dosage` is.

    Raises:
      ValueError: a half-call that is an error, or what is no call, no dosage.
    """
    if alleles is None:
        people = len(next(iter(fields.values())))
        codes, haploid = np.full(people, MISSING, np.uint8), np.zeros(people, bool)
    else:
        codes, haploid = allele_codes(alleles, rules.half_call), is_haploid(alleles)
    _check_halves(codes)
    if rules.dosage is None:
        return codes, None
    dosages = np.where(codes == MISSING, np.float32(np.nan), codes).astype(np.float32)
    # The last of the fields to look in first, so that the first has the last word.
    for name in reversed(dosage_fields(rules.dosage)):
        if name in fields:
            found = field_dosages(name, fields[name], haploid)
            dosages = np.where(np.isnan(found), dosages, found)
    check_dosages(dosages)
    return hard_calls(dosages, rules.threshold), dosages


def _check_halves(codes: np.ndarray) -> None:
    halves = np.flatnonzero(codes == HALF)
    if halves.size:
        raise ValueError(
            f"person {halves[0] + 1} has a half-call (such as ./1); expected both "
            "alleles or neither. Say what they are: --vcf_half_call=missing, haploid "
            "or reference"
        )
