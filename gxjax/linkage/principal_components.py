"""Principal components of standardised genotypes, by randomised block Krylov."""

from __future__ import annotations

import re
from typing import NamedTuple

import jax
import numpy as np
import pandas as pd

from gxjax.genotypes.bed_source import BedSource
from gxjax.linkage.allele_frequency import allele_frequency
from gxjax.linkage.block_krylov import block_krylov
from gxjax.linkage.copy_groups import founders
from gxjax.linkage.prune import prune
from gxjax.linkage.relationship import Relationship
from gxjax.linkage.window import Window, chromosome_runs
from gxjax.rng import generator
from gxjax.types import Progress, silent

__all__ = ["PrincipalComponents", "principal_components", "pruned_components"]

_MORE = 10
_AUTOSOME = re.compile(r"[1-9]|1\d|2[0-2]")


class PrincipalComponents(NamedTuple):
    """The K directions along which people differ most.

    Attributes:
      table: N rows `FID IID PC1 ... PCK`: eigenvectors of length 1 over the people.
      eigenvalues: float64 [K], decreasing, of the relationship matrix.
      residuals: float64 [K]: an eigenvalue is off by less than this. A component whose
        residual is not small beside the distance to its neighbours' eigenvalues is
        mixed with them.
      variants: how many entered.
    """

    table: pd.DataFrame
    eigenvalues: np.ndarray
    residuals: np.ndarray
    variants: int


def principal_components(
    source: BedSource,
    count: int = 10,
    *,
    key: jax.Array | None = None,
    nonfounders: bool = False,
    progress: Progress = silent,
) -> PrincipalComponents:
    """Eigenvectors of the relationship matrix of all people, on their autosomes.

    That of `plink2 --pca meanimpute`: genotypes (x - 2 p) / sqrt(2 p (1 - p)), a
    missing call at the mean, p the frequency among founders; variants that do not vary
    among founders add nothing, but count in the mean over variants. The matrix is never
    made: `block_krylov` reads the files once per product, about ten times.

    It can not tell ancestry from anything else that makes people alike: families,
    batches, and long stretches of LD (of inversions, of the HLA region) have components
    of their own, so prune first (`pruned_components`), leave such regions and close
    relatives out, and drop very rare variants. Signs are arbitrary: the entry of
    largest size is positive here.

    Args:
      source: N people, V variants; read strip by strip. Some N x (count + 10) x 20
        numbers of 4 bytes are held.
      count: K, below N.
      key: names the random start, on which the result depends only within the
        residuals; None for `jax.random.key(0)`.
      nonfounders: p is of everybody.
      progress: called with products done, and the most there may be.

    Raises:
      ValueError: fewer than 2 people, count is out of range, or there is no variant
        to use.
    """
    people = len(source.samples)
    if people < 2:
        raise ValueError(f"samples: {people}; expected 2 people at least")
    if not 1 <= count < people:
        raise ValueError(
            f"count: {count}; expected 1 to {people - 1}, below the people"
        )
    counted = np.ones(people, bool) if nonfounders else founders(source.samples)
    frequency, varies = allele_frequency(source, counted)
    autosomal = np.zeros(len(varies), bool)
    for run in chromosome_runs(source.variants):
        autosomal[run.start : run.stop] = _AUTOSOME.fullmatch(run.name) is not None
    used = autosomal & varies
    if not used.any():
        raise ValueError(
            "variants: none on chromosomes 1 to 22 varies among founders; expected one "
            "at least (nonfounders counts everybody)"
        )
    chosen, count_all = source.select(variants=used), int(autosomal.sum())
    relationship = Relationship(chosen, frequency[used], count_all)
    random = generator(jax.random.key(0) if key is None else key, "linkage/pca")
    start = random.normal(size=(people, min(count + _MORE, people)))
    most, products = 20, 0

    def operator(vectors: np.ndarray) -> np.ndarray:
        nonlocal products
        found = relationship(vectors)
        products += 1
        progress(products, most, "principal components")
        return found

    found = block_krylov(operator, start, count, most)
    largest = np.abs(found.vectors).argmax(axis=0)
    signs = np.sign(found.vectors[largest, np.arange(count)])
    names = [f"PC{number}" for number in range(1, count + 1)]
    table = pd.DataFrame(found.vectors * signs[None, :], columns=names)
    for place, name in enumerate(("FID", "IID")):
        table.insert(place, name, source.samples[name].to_numpy())
    return PrincipalComponents(table, found.values, found.residuals, int(used.sum()))


def pruned_components(
    source: BedSource,
    count: int = 10,
    *,
    window: Window | None = None,
    r2: float = 0.2,
    key: jax.Array | None = None,
    nonfounders: bool = False,
    bad_ld: bool = False,
    progress: Progress = silent,
) -> PrincipalComponents:
    """`principal_components` of the variants that `prune` keeps.

    Args:
      source: N people, V variants.
      count: K.
      window: of `prune`, with step 1; None for 200 kb.
      r2: of `prune`.
      key: as of `principal_components`.
      nonfounders: LD and frequencies are of everybody.
      bad_ld: prune by fewer than 50 people, too.
      progress: called while pruning with variants done, V; then as of
        `principal_components`.

    Raises:
      ValueError: as of both.
    """
    near = Window(kb=200) if window is None else window
    kept = prune(
        source,
        near,
        1,
        r2,
        nonfounders=nonfounders,
        bad_ld=bad_ld,
        progress=progress,
    ).kept
    if not kept.size:
        raise ValueError("variants: pruning leaves none; expected some that vary")
    chosen = source.select(variants=kept)
    return principal_components(
        chosen, count, key=key, nonfounders=nonfounders, progress=progress
    )
