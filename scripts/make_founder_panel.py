#!/usr/bin/env python3
"""Makes gxjax/genotypes/founder_panel.npz: 1,000 European-like haplotypes by msprime.

Needs numpy and msprime only (`pip install gxjax[panel]`); the same seed and msprime
version give the same file:

    python scripts/make_founder_panel.py --output gxjax/genotypes/founder_panel.npz

Coalescent with recombination, one population with the European size history of
Tennessen et al., "Evolution and Functional Impact of Rare Coding Variation from Deep
Sequencing of Human Exomes", 2012, https://doi.org/10.1126/science.1219240.

The haplotypes are stored as columns in positional prefix order, where a column is a few
runs: Durbin, "Efficient haplotype matching and storage using the positional
Burrows-Wheeler transform", 2014, https://doi.org/10.1093/bioinformatics/btu014.
"""

from __future__ import annotations

import argparse
import lzma
from pathlib import Path

import msprime
import numpy as np

# Chromosome and the base pair at which its simulated slice begins.
SLICES = (("1", 55_000_000), ("2", 135_000_000), ("6", 36_000_000), ("11", 61_000_000))
SLICES += (("19", 10_000_000),)


def european_history() -> msprime.Demography:
    """Population size of Europeans and their ancestors; times in generations ago."""
    demography = msprime.Demography()
    demography.add_population(
        name="EUR", initial_size=512_000, growth_rate=np.log(512_000 / 9_475) / 204
    )
    demography.add_population_parameters_change(
        time=204, initial_size=9_475, growth_rate=np.log(9_475 / 1_032) / (920 - 204)
    )
    for time, size in ((920, 1_861), (2_040, 14_474), (5_920, 7_310)):
        demography.add_population_parameters_change(
            time=time, initial_size=size, growth_rate=0
        )
    return demography


def simulate_slice(args: argparse.Namespace, seed: int) -> tuple[np.ndarray, ...]:
    """Positions [V], alleles [V, 2] (A1 the minor one), haplotypes [V, 2 N] of A1."""
    ancestry = msprime.sim_ancestry(
        args.people,
        demography=european_history(),
        sequence_length=args.length,
        recombination_rate=1e-8,
        random_seed=seed,
    )
    mutated = msprime.sim_mutations(ancestry, rate=1.25e-8, random_seed=seed + 1)
    positions, alleles, haplotypes = [], [], []
    for variant in mutated.variants():
        frequency = variant.genotypes.mean()
        if len(variant.alleles) != 2 or min(frequency, 1 - frequency) < args.maf:
            continue
        minor = int(frequency <= 0.5)
        positions.append(int(variant.site.position))
        alleles.append((variant.alleles[minor], variant.alleles[1 - minor]))
        haplotypes.append(variant.genotypes == minor)
    kept = np.sort(
        np.random.default_rng(seed).permutation(len(positions))[: args.variants]
    )
    if len(kept) < args.variants:
        raise SystemExit(f"--length {args.length}: only {len(kept)} variants")
    return (
        np.array(positions)[kept],
        np.array(alleles)[kept],
        np.array(haplotypes, np.uint8)[kept],
    )


def prefix_order(haplotypes: np.ndarray) -> np.ndarray:
    """Every column [V, 2 N] in the order of the reversed prefixes before it."""
    order = np.arange(haplotypes.shape[1])
    columns = np.empty_like(haplotypes)
    for index, column in enumerate(haplotypes):
        columns[index] = column[order]
        order = np.concatenate([order[columns[index] == 0], order[columns[index] == 1]])
    return columns


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, required=True, help="the .npz to write")
    parser.add_argument("--people", type=int, default=500, help="diploid founders")
    parser.add_argument("--variants", type=int, default=4_000, help="per chromosome")
    parser.add_argument("--length", type=float, default=1e7, help="slice, base pairs")
    parser.add_argument("--maf", type=float, default=0.01, help="least minor frequency")
    parser.add_argument("--seed", type=int, default=20_240_229, help="of the first one")
    return parser.parse_args()


def main() -> None:
    args = parse_arguments()
    positions, alleles, columns = [], [], []
    for number, (chromosome, start) in enumerate(SLICES):
        where, what, haplotypes = simulate_slice(args, args.seed + 10 * number)
        positions.append(where + start)
        alleles.append(what)
        columns.append(np.packbits(prefix_order(haplotypes), axis=1))
        print(f"chromosome {chromosome}: {len(where)} variants", flush=True)
    squeezed = lzma.compress(np.concatenate(columns).tobytes(), preset=9)
    np.savez_compressed(
        args.output,
        chromosomes=np.repeat([name for name, _ in SLICES], args.variants),
        positions=np.concatenate(positions).astype(np.int64),
        alleles=np.concatenate(alleles),
        people=np.int64(args.people),
        columns=np.frombuffer(squeezed, np.uint8),
    )
    print(f"{args.output}: {args.output.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
