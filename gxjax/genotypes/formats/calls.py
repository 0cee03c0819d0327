"""Called alleles, as VCF has them, to dosages."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from gxjax.types import MISSING

__all__ = ["HALF", "HalfCall", "allele_codes", "check_half_call", "is_haploid"]

HalfCall = Literal["error", "haploid", "missing", "reference"]
"""What a call with one allele of two (`./1`) is, as PLINK 2's --vcf-half-call."""

HALF = 4
"""The code of a half-call where it is an error."""

_ABSENT, _UNKNOWN = -2, -1


def allele_codes(alleles: np.ndarray, half_call: HalfCall = "error") -> np.ndarray:
    """The dosage of allele 1 in calls of one or two alleles.

    A call of one allele counts double, on every chromosome, as `plink2 --make-bed`
    stores it.

    Args:
      alleles: int [..., ploidy] of 0 and 1, -1 for a missing allele, and -2 behind the
        last one of a call that has fewer than the others.
      half_call: "error" gives them the code `HALF`; "missing"; "reference" takes 0 for
        the missing allele; "haploid" takes the call for one of a single allele.

    Returns:
      uint8 [...] of 0, 1, 2, or 3 where the call is missing.

    Raises:
      ValueError: a call of three alleles or more, or an allele other than 0 and 1.
    """
    first = alleles[..., 0]
    second = alleles[..., 1] if alleles.shape[-1] > 1 else np.full_like(first, _ABSENT)
    if (alleles[..., 2:] != _ABSENT).any():
        raise ValueError(
            f"a call of {alleles.shape[-1]} alleles; expected one or two (the "
            "polyploid are not supported)"
        )
    if first.size and max(first.max(), second.max()) > 1:
        raise ValueError(
            f"allele {max(first.max(), second.max())} of a variant with two; expected "
            "0 or 1"
        )
    table = _table(half_call)
    return table[first - _ABSENT, second - _ABSENT]


def is_haploid(alleles: np.ndarray) -> np.ndarray:
    """bool [...]: which calls, as of `allele_codes`, are of one allele."""
    if alleles.shape[-1] == 1:
        return np.ones(alleles.shape[:-1], bool)
    return alleles[..., 1] == _ABSENT


def check_half_call(half_call: str) -> None:
    """Raises ValueError for what is no `HalfCall`."""
    if half_call not in get_args(HalfCall):
        raise ValueError(
            f"half_call: {half_call!r}; expected {', '.join(get_args(HalfCall))}"
        )


def _table(half_call: HalfCall) -> np.ndarray:
    """uint8 [4, 4]: the code by first and second allele, each plus 2."""
    table = np.full((4, 4), MISSING, np.uint8)
    for allele in (0, 1):
        half = {"error": HALF, "missing": MISSING, "reference": allele}
        code = half.get(half_call, 2 * allele)
        table[allele - _ABSENT, 0] = 2 * allele
        table[allele - _ABSENT, _UNKNOWN - _ABSENT] = code
        table[_UNKNOWN - _ABSENT, allele - _ABSENT] = code
        for other in (0, 1):
            table[allele - _ABSENT, other - _ABSENT] = allele + other
    return table
