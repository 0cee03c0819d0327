"""Diploid genotypes as Li-Stephens mosaics of the founder panel."""

from __future__ import annotations

import itertools

import jax
import numpy as np
import pandas as pd

from gxjax.genotypes.founder_panel import FounderPanel, founder_panel
from gxjax.genotypes.packed import pack, packed_width
from gxjax.rng import generator
from gxjax.types import MISSING, Genotypes, Progress, silent

__all__ = ["simulate_genotypes"]

# Always drawn as a whole, so that no person's genotype depends on how many there are.
_PEOPLE_PER_BLOCK = 256


def simulate_genotypes(
    key: jax.Array,
    people: int,
    variants: int,
    *,
    segment_length: float = 1e6,
    missing_rate: float = 0.002,
    progress: Progress = silent,
) -> Genotypes:
    """Unrelated-looking people with realistic LD and allele frequencies.

    Each of the 2 N haplotypes copies the panel's founders in segments of exponential
    length, without error (the copying model of Li and Stephens, "Modeling linkage
    disequilibrium and identifying recombination hotspots using single-nucleotide
    polymorphism data", 2003, https://doi.org/10.1093/genetics/165.4.2213). Person i
    depends on `key`, `variants`, `segment_length` and `missing_rate`, not on N.

    What it does not model: there are 1,000 founder haplotypes, so any two people, and
    so training and test people, share long identical segments, more than in a biobank,
    and a network can profit from them; no families, no ancestry groups or assortative
    mating, no selection, no variants below MAF 0.01 in the panel, no X, Y or MT, no
    indels, no recombination hotspots, no genotyping error, and missing calls that fall
    evenly on people and variants. Beyond a segment's length there is no LD at all.

    Args:
      key: JAX key.
      people: N, at least 1.
      variants: V, 1 to 20,000: adjacent ones of the panel, shared out evenly over its
        chromosomes, from the start of each.
      segment_length: mean length of a copied segment, base pairs (1e6 is about 1 cM).
      missing_rate: expected proportion of missing calls, in [0, 1).
      progress: called with people done, N.

    Returns:
      `Genotypes`; ids like `rs10000137` and `1000001` (FID = IID), sex 1 or 2, no
      parents, positions in base pairs.

    Raises:
      ValueError: an argument is out of its range.
    """
    panel = founder_panel()
    _check_arguments(people, variants, len(panel.positions), segment_length)
    if not 0 <= missing_rate < 1:
        raise ValueError(f"missing_rate: found {missing_rate}, expected [0, 1)")
    columns = _spread(panel.chromosomes, variants)
    runs = _chromosome_runs(panel.chromosomes[columns])
    positions = panel.positions[columns]
    founders = np.ascontiguousarray(panel.haplotypes[:, columns])
    packed = np.empty((people, packed_width(variants)), np.uint8)
    sexes = np.empty(people, np.int8)
    for block, start in enumerate(range(0, people, _PEOPLE_PER_BLOCK)):
        random = generator(key, "genotypes/simulate", block)
        codes, sex = _simulate_block(
            random, founders, positions, runs, segment_length, missing_rate
        )
        kept = min(_PEOPLE_PER_BLOCK, people - start)
        packed[start : start + kept] = pack(codes[:kept])
        sexes[start : start + kept] = sex[:kept]
        progress(start + kept, people, "simulating genotypes")
    return Genotypes(packed, _variant_table(panel, columns), _sample_table(sexes))


def _check_arguments(people: int, variants: int, most: int, length: float) -> None:
    if people < 1:
        raise ValueError(f"people: found {people}, expected at least 1")
    if not 1 <= variants <= most:
        raise ValueError(
            f"variants: found {variants}, expected 1 to {most}, what the panel has"
        )
    if not length > 0:
        raise ValueError(f"segment_length: found {length}, expected base pairs > 0")


def _spread(chromosomes: np.ndarray, count: int) -> np.ndarray:
    """The first panel columns of every chromosome, as evenly as they can be."""
    runs = _chromosome_runs(chromosomes)
    share, rest = divmod(count, len(runs))
    wanted = [share + (number < rest) for number in range(len(runs))]
    return np.concatenate(
        [
            np.arange(run.start, run.start + n)
            for run, n in zip(runs, wanted, strict=True)
        ]
    )


def _chromosome_runs(chromosomes: np.ndarray) -> list[slice]:
    edges = np.flatnonzero(chromosomes[1:] != chromosomes[:-1]) + 1
    bounds = [0, *edges.tolist(), len(chromosomes)]
    return [slice(a, b) for a, b in itertools.pairwise(bounds)]


def _simulate_block(
    random: np.random.Generator,
    founders: np.ndarray,
    positions: np.ndarray,
    runs: list[slice],
    segment_length: float,
    missing_rate: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Codes [B, V] and sexes [B] of one whole block of people."""
    sex = random.integers(1, 3, _PEOPLE_PER_BLOCK).astype(np.int8)
    codes = np.empty((_PEOPLE_PER_BLOCK, founders.shape[1]), np.uint8)
    for run in runs:
        haplotypes = _copy_founders(
            random, founders, run, positions[run] / segment_length
        )
        codes[:, run] = haplotypes[0::2] + haplotypes[1::2]
    holes = random.binomial(codes.size, missing_rate)
    codes.reshape(-1)[random.integers(0, codes.size, holes)] = MISSING
    return codes, sex


def _copy_founders(
    random: np.random.Generator,
    founders: np.ndarray,
    run: slice,
    places: np.ndarray,
) -> np.ndarray:
    """Mosaics [2 B, V_c] on one chromosome; places in mean segment lengths."""
    count, width = 2 * _PEOPLE_PER_BLOCK, len(places)
    span = places[-1] - places[0]
    # 8 standard deviations and 10 more: what is lacking is then a longer last segment.
    most = int(span + 8 * np.sqrt(span)) + 10
    ends = places[0] + np.cumsum(random.exponential(size=(count, most)), axis=1)
    stops = np.searchsorted(places, ends)
    stops[:, -1] = width
    lengths = np.diff(stops, axis=1, prepend=0)
    sources = random.integers(0, len(founders), (count, most))
    offsets = np.repeat((sources * founders.shape[1]).ravel(), lengths.ravel())
    cells = offsets.reshape(count, width) + np.arange(run.start, run.stop)[None, :]
    return founders.reshape(-1)[cells]


def _variant_table(panel: FounderPanel, columns: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "CHROM": panel.chromosomes[columns].astype(object),
            "POS": panel.positions[columns],
            "ID": [f"rs{10_000_000 + 137 * column}" for column in columns],
            "A1": panel.alleles[columns, 0].astype(object),
            "A2": panel.alleles[columns, 1].astype(object),
            "CM": panel.positions[columns] / 1e6,
        }
    )


def _sample_table(sexes: np.ndarray) -> pd.DataFrame:
    names = [str(1_000_001 + person) for person in range(len(sexes))]
    return pd.DataFrame(
        {"FID": names, "IID": names, "PAT": "0", "MAT": "0", "SEX": sexes}
    )
