"""Whether the cohort's alleles and strands are those of --ref_freq, said in notes."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from experiments import console
from experiments.configuration import CohortFlags
from gxjax.cohort import qc_tables
from gxjax.cohort.allele_check import (
    STATUSES,
    compare_alleles,
    read_afreq,
    swapped_repeats,
)
from gxjax.genotypes import BedSource

__all__ = ["compared_alleles", "read_reference", "repeat_notes"]

_MEANING = {
    "same": "",
    "swapped": " (A1 and A2 exchanged)",
    "flipped": " (named on the other strand)",
    "flipped and swapped": "",
    "ambiguous": " (A/T or C/G with a frequency near 0.5: the strand is unknown)",
    "frequency differs": " (by more than 0.2)",
    "other alleles": "",
}


def read_reference(flags: CohortFlags) -> pd.DataFrame | None:
    """The table of --ref_freq, or None without it; raises as `read_afreq`."""
    return None if flags.ref_freq is None else read_afreq(flags.ref_freq)


def compared_alleles(
    flags: CohortFlags,
    reference: pd.DataFrame | None,
    chosen: BedSource,
    reports: dict[str, pd.DataFrame],
) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """The table `alleles.tsv` and a note, both empty without --ref_freq.

    Args:
      flags: of the cohort.
      reference: as `read_reference` gives it.
      chosen: what the filters left.
      reports: PLINK 2's tables of it that there are.

    Raises:
      ValueError: no variant of the cohort is in the reference.
    """
    if reference is None:
        return {}, []
    frequencies = reports.get("afreq")
    if frequencies is None:
        with console.bar("count for --ref_freq") as progress:
            frequencies = qc_tables(
                chosen,
                ["freq"],
                nonfounders=flags.nonfounders,
                chr_set=flags.chr_set,
                progress=progress,
            )["afreq"]
    table = compare_alleles(
        chosen.variants,
        frequencies["ALT_FREQS"].to_numpy(),
        reference,
        reference["A1_FREQ"].to_numpy(),
        flags.chr_set,
    )
    if table.empty:
        ours, theirs = chosen.variants.iloc[0], reference.iloc[0]
        raise ValueError(
            f"--ref_freq={flags.ref_freq}: none of its {len(reference)} variants is in "
            f"the cohort: it has ID {theirs['ID']} on {theirs['CHROM']}, the cohort "
            f"{ours['ID']} on {ours['CHROM']}; expected the same chromosomes and ids "
            "(or positions: plink2 --freq cols=+pos)"
        )
    counts = table["STATUS"].value_counts()
    words = [
        f"{counts[status]:,} {status}{_MEANING[status]}"
        for status in STATUSES
        if status in counts
    ]
    return {"alleles.tsv": table}, [
        f"alleles: {len(table):,} of {len(chosen.variants):,} variants are in "
        f"{Path(flags.ref_freq or '').name}: {', '.join(words)}; cohort/alleles.tsv "
        "lists them"
    ]


def repeat_notes(chosen: BedSource) -> list[str]:
    """A note where a variant is there twice, once with A1 and A2 exchanged."""
    repeats = swapped_repeats(chosen.variants)
    if repeats.empty:
        return []
    one = repeats.iloc[0]
    return [
        f"alleles: {len(repeats):,} variants are there more than once under exchanged "
        f"A1 and A2, such as {one['ID']} at {one['CHROM']}:{one['POS']}; their dosages "
        "mirror each other. Leave one of each out with --exclude"
    ]
