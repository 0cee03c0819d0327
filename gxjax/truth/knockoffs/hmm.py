"""Knockoffs of hard calls that keep LD, by a hidden Markov model of haplotypes."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from gxjax.genotypes.packed import pack
from gxjax.rng import named
from gxjax.truth.knockoffs.chain_knockoffs import (
    Copied,
    copy_chain,
    emit_dosages,
    start_copy,
)
from gxjax.truth.knockoffs.haplotype_fit import fit_haplotype_model
from gxjax.truth.knockoffs.haplotype_model import HaplotypeModel, check_model
from gxjax.truth.knockoffs.paths import draw_paths
from gxjax.truth.knockoffs.segments import (
    PEOPLE,
    cut_codes,
    cut_model,
    in_threads,
    person_uniforms,
    read_codes,
)
from gxjax.types import MISSING, Genotypes, Progress, silent

__all__ = ["hmm_knockoffs"]


def hmm_knockoffs(
    key: jax.Array,
    genotypes: Genotypes,
    *,
    clusters: int = 12,
    iterations: int = 30,
    fit_people: int = 1000,
    model: HaplotypeModel | None = None,
    progress: Progress = silent,
) -> np.ndarray:
    """Draws a knockoff of every genotype, made without a look at any phenotype.

    A knockoff column has the LD of its original with all other columns, originals and
    knockoffs, and given the originals nothing to do with the phenotype: swapping any
    columns with their knockoffs leaves their joint distribution as it is. So a null
    variant in LD with a causal one scores like its knockoff, which it does not with a
    permuted decoy.

    Each person's two haplotypes are drawn, as chains of ancestral clusters, from their
    distribution given the person's genotypes. A knockoff is drawn of each chain, and
    alleles from the knockoff's clusters. This is valid because swapping acts on whole
    pairs of clusters: the two chains are independent in the model and so are their
    knockoffs, each exchangeable under the same swap; given the clusters alleles are
    independent of all else, from one distribution for chain and knockoff, so that those
    drawn afresh and those observed may trade places. A missing call has no influence,
    and its knockoff is missing: right where calls are missing for no reason.

    Person i's knockoff depends on `key`, the model and i, not on N. Beside the result
    it holds about V x (2 K^2 + 300) bytes a core: 0.3 GB at V = 500,000 and K = 12.

    What it can NOT tell: whether the model holds. Knockoffs are as exchangeable as the
    model is right; LD beyond what K clusters follow is lost, so that knockoffs of too
    small a K are too easily told from originals and flatter precision (compare
    `fit_haplotype_model`). Relatives and people of several ancestries break it: one
    person's genotypes then say something of another's, or of far chromosomes. Dosages
    are of two copies: leave X, Y and MT out.

    Args:
      key: of the knockoffs; names every random number.
      genotypes: N people, V variants, 2 bits, in memory or in a store; a chromosome's
        variants together and in their order.
      clusters: K of the model that is fitted.
      iterations: steps of the fit.
      fit_people: how many people it sees.
      model: instead of a fit.
      progress: called with steps of the fit done, then with people done, N.

    Returns:
      uint8 [N, ceil(V / 4)], packed 2-bit codes.

    Raises:
      ValueError: the genotypes have 8 bits, or as of `fit_haplotype_model`; the model
        is of other variants.

    References:
      Sesia, Sabatti & Candes, Gene hunting with hidden Markov model knockoffs,
      Biometrika 106:1-18 (2019), https://doi.org/10.1093/biomet/asy033
    """
    if model is None:
        model = fit_haplotype_model(
            key,
            genotypes,
            clusters=clusters,
            iterations=iterations,
            fit_people=fit_people,
            progress=progress,
        )
    check_model(model, len(genotypes.variants))
    if genotypes.bits != 2:
        raise ValueError(
            f"genotypes: {genotypes.bits} bits a code; expected hard calls, 2 bits; "
            "gaussian_knockoffs takes dosages"
        )
    total = len(genotypes.samples)
    packed = np.empty(genotypes.packed.shape, np.uint8)
    work = partial(_block_knockoffs, key, genotypes, cut_model(model))
    starts = range(0, total, PEOPLE)
    for start, found in zip(starts, in_threads(work, starts), strict=True):
        packed[start : start + PEOPLE] = found
        progress(start + len(found), total, "drawing knockoffs")
    return packed


def _block_knockoffs(
    key: jax.Array, genotypes: Genotypes, segments: list[HaplotypeModel], start: int
) -> np.ndarray:
    """Packed knockoffs of the people from `start` on."""
    codes = read_codes(genotypes, slice(start, start + PEOPLE))
    people = np.arange(start, start + PEOPLE, dtype=np.int32)
    paths, _ = draw_paths(
        named(key, "truth/knockoffs/hmm"), segments, cut_codes(codes), people
    )
    drawn = _knockoffs_of_paths(key, segments, paths, people)
    count = codes.shape[1]
    knockoffs = np.concatenate(drawn)[:count].T[: len(codes)]
    return pack(np.where(codes == MISSING, np.uint8(MISSING), knockoffs))


def _knockoffs_of_paths(
    key: jax.Array,
    segments: list[HaplotypeModel],
    paths: list[jax.Array],
    people: np.ndarray,
) -> list[np.ndarray]:
    """Dosages uint8 [SITES, PEOPLE] per segment, from drawn clusters."""
    carried = start_copy(segments[0], 2 * PEOPLE)
    found = []
    for number, (segment, path) in enumerate(zip(segments, paths, strict=True)):
        # Behind the last variant both chains begin anew: a first variant follows.
        after = (number + 1) % len(segments)
        carried, dosages = _copy_segment(
            key, people, number, carried, segment, segments[after], path, paths[after]
        )
        found.append(np.asarray(dosages))
    return found


@jax.jit
def _copy_segment(
    key: jax.Array,
    people: jax.Array,
    number: int,
    carried: Copied,
    segment: HaplotypeModel,
    after: HaplotypeModel,
    path: jax.Array,
    path_after: jax.Array,
) -> tuple[Copied, jax.Array]:
    """Dosages of a segment's knockoffs; only the first variant behind it is looked at.

    One program a segment: its steps are small, and to start one takes as long.
    """
    uniforms = person_uniforms(key, "truth/knockoffs/copy", people, number, 3)
    following = jax.tree.map(_shift, segment, after)
    chains, next_chains = (
        each.reshape(len(path), -1) for each in (path, _shift(path, path_after))
    )
    draws = uniforms[:, :2].reshape(len(path), -1)
    carried, copies = copy_chain(
        carried, segment, following, chains, next_chains, draws
    )
    return carried, emit_dosages(segment, copies.reshape(path.shape), uniforms[:, 2])


def _shift(here: jax.Array, after: jax.Array) -> jax.Array:
    """Each variant's next one, along the first axis."""
    return jnp.concatenate([here[1:], after[:1]])
