"""Decoys: real genotype rows of other people, for precision."""

from __future__ import annotations

import jax
import numpy as np

from gxjax import rng

__all__ = ["permute_within_split", "shuffle_phenotype"]


def permute_within_split(key: jax.Array, split: np.ndarray) -> np.ndarray:
    """A permutation of people that keeps everyone's split.

    The decoy columns of person i are the real row of person `permutation[i]`: every
    allele frequency, all LD among decoys and all missingness stay, and nothing of the
    phenotype. A decoy has no LD with a causal variant though, while a null real
    variant may: precision counted with decoys is optimistic.

    Args:
      key: of the truth. The permutation depends on it and on `split` only.
      split: int8 [N] of TRAIN, VALIDATION, TEST.

    Returns:
      int32 [N]; `split[permutation] == split`. By chance about one person a part stays.
    """
    return _permute(key, "truth/decoy", split)


def shuffle_phenotype(
    key: jax.Array, phenotype: np.ndarray, split: np.ndarray
) -> np.ndarray:
    """The phenotype dealt anew among the people of each split, the null experiment.

    Args:
      key: of the truth; the permutation is not the decoys'.
      phenotype: [N].
      split: int8 [N] of TRAIN, VALIDATION, TEST.

    Returns:
      [N], of the phenotype's dtype. Covariates and population structure are torn from
      the phenotype too, so this null is stricter than "no causal variant".
    """
    return phenotype[_permute(key, "truth/null", split)]


def _permute(key: jax.Array, name: str, split: np.ndarray) -> np.ndarray:
    permutation = np.empty(len(split), np.int32)
    for part in np.unique(split):
        people = np.flatnonzero(split == part)
        generator = rng.generator(key, name, int(part))
        permutation[people] = generator.permutation(people)
    return permutation
