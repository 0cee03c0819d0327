"""Reads or simulates a cohort, filters, splits and encodes it: genotypes -> cohort.

Writes <workdir>/cohort, with qc.tsv: how many people and variants each filter removed,
and the tables of --freq, --missing, --hardy and --pca.
Genotypes are never in memory as a whole: the .bed is counted and transposed in parts,
within --max_memory, and a killed run goes on with the parts that are missing.

example:
  python -m experiments.prepare_cohort --bfile chr@ --pheno height.pheno \\
      --pheno_name height --covar age_sex.covar --maf 0.01 --workdir out
"""

from __future__ import annotations

import dataclasses
import json

import jax
import numpy as np

from experiments import console
from experiments.cohort_filter import filtered, qc_notes, write_reports
from experiments.cohort_linkage import train_neighbours
from experiments.components import component_note, with_components, write_components
from experiments.configuration import CohortFlags, Configuration, RunningFlags
from experiments.genotype_files import genotype_flag, imported
from experiments.input_files import check_apart, fingerprint, input_files
from experiments.keys import cohort_key
from experiments.launcher import launch_stage
from experiments.phenotype_files import read_values
from experiments.records import STORE, save_cohort, save_neighbours
from experiments.reference_alleles import (
    compared_alleles,
    read_reference,
    repeat_notes,
)
from experiments.workdir import Workdir, write_text
from gxjax.cohort import Participants, choose_participants, join_cohort
from gxjax.comparator import FEWEST_PEOPLE
from gxjax.genotypes import (
    build_store,
    count_bed_codes,
    simulate_genotypes,
    simulate_phenotype,
    write_cohort,
)
from gxjax.report.tables import write_table
from gxjax.types import TEST, TRAIN, VALIDATION

# More would not make the store faster, and --max_memory may mean a large accelerator's.
_MOST = 1 << 30


def run(configuration: Configuration, work: Workdir) -> list[str]:
    flags = configuration.cohort
    files = input_files(flags)
    check_apart(files, work)
    if genotype_flag(flags) is None:
        flags = simulated(flags, work, cohort_key(configuration))
        files = input_files(flags)
    # Small tables first: a wrong column name should not cost reading the genotypes.
    phenotype, covariates = read_values(flags)
    reference = read_reference(flags)
    flags, remarks = imported(flags, work, fingerprint)
    chosen, qc, reports = filtered(flags)
    alleles, said = compared_alleles(flags, reference, chosen, reports)
    said += repeat_notes(chosen)
    covariates, components = with_components(flags, chosen, covariates)
    participants = choose_participants(
        chosen.samples,
        phenotype,
        covariates,
        seed=flags.seed,
        transform=flags.transform,
        name=str(phenotype.columns[-1]),
    )
    check_parts(participants, configuration)
    console.say(f"  {described(participants, len(chosen.variants))}")
    chosen, folder = chosen.select(participants.rows), work.folder("cohort")
    with console.bar("write genotypes") as progress:
        # What a killed run of other flags or files left gives way; of the same, stays.
        genotypes = build_store(
            chosen,
            folder / STORE,
            max_memory=max_memory(configuration.running),
            replace=True,
            progress=progress,
        )
    with console.bar("count genotypes of TRAIN") as progress:
        train = participants.split == TRAIN
        (counts,) = count_bed_codes(chosen, [train], progress)
    neighbours, unknown = train_neighbours(
        chosen, train, flags, cohort_key(configuration)
    )
    cohort, notes = join_cohort(genotypes, participants, counts, flags.impute)
    save_cohort(cohort, folder)
    save_neighbours(neighbours, folder)
    write_reports(qc, reports, folder)
    if components is not None:
        write_components(components, folder / "cohort")
        said.append(component_note(components))
    for name, table in alleles.items():
        write_table(table, folder / name)
    write_text(folder / "inputs.json", json.dumps(fingerprint(files), indent=1) + "\n")
    return [*remarks, *qc_notes(qc), *said, *notes, *unknown]


def max_memory(running: RunningFlags) -> int:
    """Bytes that the store may be built with."""
    return min(int(running.max_memory * 2**30) or _MOST, _MOST)


def described(participants: Participants, variants: int) -> str:
    """The cohort in a line: what was chosen, and how people are split."""
    train, validation, test = np.bincount(participants.split, minlength=3)
    return (
        f"{participants.name} ({participants.trait}): {len(participants.rows):,} "
        f"people x {variants:,} variants; TRAIN {train:,}, VALIDATION "
        f"{validation:,}, TEST {test:,}"
    )


def check_parts(participants: Participants, configuration: Configuration) -> None:
    """Raises ValueError where a part has too few people, or one value.

    Known now, it should not come out after the truth was planted.
    """
    split, batch = participants.split, configuration.ensemble.batch_size
    people = (split == TRAIN).sum()
    if people < batch:
        raise ValueError(
            f"TRAIN has {people} of {len(split)} people, fewer than one batch "
            f"(--batch_size={batch}); lower it, or bring more people"
        )
    for name, part in (("VALIDATION", VALIDATION), ("TEST", TEST)):
        values = participants.phenotype[split == part]
        if len(values) < FEWEST_PEOPLE:
            raise ValueError(
                f"{participants.name}: {name} has {len(values)} of {len(split)} "
                f"people; expected at least {FEWEST_PEOPLE}: bring more people, or "
                "another --seed for another split"
            )
        if np.ptp(values) == 0:
            what = "class" if participants.trait == "binary" else "value"
            raise ValueError(
                f"{participants.name}: the {len(values)} {name} people have one {what} "
                "of the phenotype only; expected two to test a network on: bring more "
                "people, or another --seed for another split"
            )


def simulated(flags: CohortFlags, work: Workdir, key: jax.Array) -> CohortFlags:
    """Simulates a cohort into <workdir>/simulated; the flags that read it."""
    prefix = work.stage("simulated") / "cohort"
    with console.bar("simulate genotypes") as progress:
        genotypes = simulate_genotypes(
            key, flags.simulate_people, flags.simulate_variants, progress=progress
        )
    traits = simulate_phenotype(
        key,
        genotypes,
        heritability=flags.simulate_heritability,
        causal=flags.simulate_causal,
    )
    write_cohort(genotypes, traits, prefix)
    return dataclasses.replace(
        flags,
        bfile=str(prefix),
        pheno=f"{prefix}.pheno",
        covar=f"{prefix}.covar",
    )


if __name__ == "__main__":
    launch_stage("cohort", __doc__, run, needs=None)
