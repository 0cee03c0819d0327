"""Dosages in the fields DS, HDS and GP of a VCF."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

__all__ = ["check_field", "dosage_fields", "field_dosages"]


def dosage_fields(wanted: str) -> tuple[str, ...]:
    """The fields to look in, in order: where HDS is missing, DS, as plink2 does."""
    return ("HDS", "DS") if wanted == "HDS" else (wanted,)


def check_field(path: Path, wanted: str, present: Sequence[str]) -> None:
    """Raises ValueError where a file has none of the fields that are to be read.

    Args:
      path: the file, for the message.
      wanted: the field that dosages are read from.
      present: the fields that the file says it has.
    """
    if not set(dosage_fields(wanted)) & set(present):
        raise ValueError(
            f"{path}: has no field {' or '.join(dosage_fields(wanted))} "
            f"(--vcf_dosage={wanted}); it has {', '.join(sorted(present)) or 'none'}. "
            "Name one of them that holds dosages, or leave the flag out to read GT"
        )


def field_dosages(field: str, values: np.ndarray, haploid: np.ndarray) -> np.ndarray:
    """Copies of ALT, by what a field of a variant says.

    GP holds one probability per genotype, HDS one dosage per haplotype, and any other
    field (DS) the copies of ALT. A call of one allele counts double.

    Args:
      field: its name.
      values: float32 [N, n], NaN where missing, and behind the last value of a person.
      haploid: bool [N], whose called genotype is of one allele.

    Returns:
      float32 [N], NaN where missing.

    Raises:
      ValueError: the field has another number of values than it should.
    """
    if values.shape[1] == 1 and np.isnan(values).all():
        # A field that nobody has is a single dot, whatever number it should have.
        return values[:, 0]
    if field == "GP":
        return _of_probabilities(values)
    if field == "HDS":
        return _of_haplotypes(values)
    if values.shape[1] != 1:
        raise ValueError(f"{field} has {values.shape[1]} values; expected one")
    return np.where(haploid, 2 * values[:, 0], values[:, 0])


def _of_probabilities(values: np.ndarray) -> np.ndarray:
    """Of p(0/0), p(0/1), p(1/1), or of p(0), p(1); they need not sum to 1."""
    _check_count("GP", values, (2, 3))
    outside = (values < 0) | (values > 1)
    if outside.any():
        raise ValueError(
            f"GP is {values[outside][0]:g}; expected probabilities, 0 to 1 (VCF 4.3)"
        )
    first, second = values[:, 0], values[:, 1]
    third = values[:, 2] if values.shape[1] == 3 else np.full_like(first, np.nan)
    total = first + second + np.nan_to_num(third)
    total[total == 0] = np.nan
    alone = 2 * second / total
    return np.where(np.isnan(third), alone, np.minimum((second + 2 * third) / total, 2))


def _of_haplotypes(values: np.ndarray) -> np.ndarray:
    _check_count("HDS", values, (1, 2))
    first = values[:, 0]
    if values.shape[1] == 1:
        return 2 * first
    return np.where(np.isnan(values[:, 1]), 2 * first, first + values[:, 1])


def _check_count(field: str, values: np.ndarray, expected: tuple[int, ...]) -> None:
    if values.shape[1] not in expected:
        raise ValueError(
            f"{field} has {values.shape[1]} values; expected {expected[0]} or "
            f"{expected[1]}"
        )
