"""Writes the input columns of an arm of a run as a .bed or a VCF, for other tools.

Of the arm spikein: the variants that the cohort's filters left, and the spike-ins; of
decoy: those variants, each followed by its decoy; of real: those variants alone. The
arm simulated is the cohort as it was simulated, before any filter. With a VCF comes
<out>.psam, which says FID and sex: plink2 --vcf <out>.vcf.gz --psam <out>.psam.
<out>.truth.tsv says what each variant is; a decoy's id is its variant's behind DECOY_.

example:
  python -m experiments.export_genotypes --workdir out --arm spikein --as vcf.gz \\
      --out for_others/spikein
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from absl import flags

from experiments import console
from experiments.command_line import (
    check_out,
    define_strings,
    parse_command,
    run_command,
)
from experiments.records import load_cohort
from experiments.truth_records import INPUTS, load_arm
from experiments.workdir import Workdir
from gxjax.genotypes import read_plink
from gxjax.genotypes.formats import VariantChunk, VariantStream, import_genotypes
from gxjax.genotypes.formats.variant_stream import chunk_length
from gxjax.genotypes.formats.write_vcf import (
    chunk_of_codes,
    genotype_stream,
    held_length,
    write_vcf_stream,
)
from gxjax.genotypes.packed import byte_codes, unpack
from gxjax.genotypes.tables import normalise_chromosome
from gxjax.replacing import replacing
from gxjax.report.tables import write_table
from gxjax.types import KINDS, SAMPLE_COLUMNS, VARIANT_COLUMNS, Arm, Progress

__all__ = ["main"]

SIMULATED = "simulated"


class Export(NamedTuple):
    """What is to be written.

    Attributes:
      stream: the people, and the variants in the order of the file.
      variants: table of V rows with `VARIANT_COLUMNS`, `kind` and `partner`, alike.
    """

    stream: VariantStream
    variants: pd.DataFrame


def main(argv: list[str]) -> None:
    """Reads an arm, and writes it a few megabytes at a time.

    Raises:
      ValueError, FileNotFoundError: a wrong flag, or a run that is not so far.
    """
    given = parse_command(define(), argv, needed=("workdir", "out"))
    out, work = check_out(given["out"]), Workdir(given["workdir"])
    export = simulated(work) if given["arm"] == SIMULATED else planted(work, given)
    with console.bar(f"write the arm {given['arm']}") as progress:
        names = write(export, out, given["as"], progress)
    table = export.variants.rename(columns={"CHROM": "#CHROM"})
    columns = ["#CHROM", "POS", "ID", "A1", "A2", "kind", "partner"]
    write_table(table[columns], Path(f"{out}.truth.tsv"))
    people = len(export.stream.samples)
    console.say(
        f"  {', '.join([*names, f'{out}.truth.tsv'])}: {people:,} people x "
        f"{len(table):,} variants"
    )


def write(export: Export, out: Path, kind: str, progress: Progress) -> list[str]:
    """Writes the files of a kind; their names."""
    if kind == "bed":
        found = import_genotypes([export.stream], out, progress=progress)
        endings = ["bed", "bim", "fam", *(["dosages"] if found.uncertain else [])]
        return [f"{out}.{ending}" for ending in endings]
    path, chromosomes = Path(f"{out}.{kind}"), export.variants["CHROM"].unique()
    write_vcf_stream(export.stream, chromosomes.tolist(), path, progress)
    write_psam(export.stream.samples, Path(f"{out}.psam"))
    return [str(path), f"{out}.psam"]


def simulated(work: Workdir) -> Export:
    """The simulated cohort, as it was written."""
    prefix = work.path / SIMULATED / "cohort"
    if not Path(f"{prefix}.bed").exists():
        raise FileNotFoundError(
            f"{prefix}.bed: missing; expected a run with a simulated cohort. For one "
            "on files of its own the arm is real, spikein or decoy"
        )
    genotypes = read_plink(prefix)
    variants = genotypes.variants.assign(kind="real", partner=".")
    return Export(genotype_stream(genotypes, prefix), variants)


def planted(work: Workdir, given: dict[str, Any]) -> Export:
    """An arm of a run whose truth is planted, each decoy behind its variant."""
    work.require("truth")
    cohort = load_cohort(work)
    arm = load_arm(work, cohort, given["arm"])
    variants = named_variants(arm)
    order = file_order(arm)
    table = variants.iloc[order].reset_index(drop=True)
    samples = cohort.genotypes.samples
    size = sum(block.packed.nbytes for block in arm.blocks)
    chunks = partial(arm_chunks, arm, table, order)
    return Export(VariantStream(work.path, samples, size, chunks), table)


def named_variants(arm: Arm) -> pd.DataFrame:
    """The columns of an arm: what each is, with an id of its own for a null column.

    A decoy's id is its variant's behind `DECOY_`, or behind as many of them as it takes
    that no id is another variant's; a knockoff's is behind `KNOCKOFF_`.
    """
    table = arm.variants.reset_index(drop=True)
    kinds = np.array(KINDS, object)[arm.truth.kind]
    copies = np.isin(kinds, ["decoy", "knockoff"])
    ids = table["ID"].astype(str)
    word = "KNOCKOFF_" if "knockoff" in kinds else "DECOY_"
    prefix = word
    while (prefix + ids[copies]).isin(ids).any():
        prefix += word
    names = ids.where(~copies, prefix + ids).to_numpy(object)
    partner = np.where(arm.truth.partner >= 0, names[arm.truth.partner], ".")
    return table.assign(ID=names, kind=kinds, partner=partner)


def file_order(arm: Arm) -> np.ndarray:
    """int64 [V]: columns of an arm as a file has them, each chromosome in one piece.

    Chromosomes come as they first appear, and on one the first variant of each block,
    the second, and so on.
    """
    names = normalise_chromosome(arm.variants["CHROM"])
    chromosome = pd.factorize(names)[0]
    counts = [block.count for block in arm.blocks]
    within = np.concatenate([np.arange(count) for count in counts])
    block = np.repeat(np.arange(len(counts)), counts)
    return np.lexsort((block, within, chromosome))


def arm_chunks(
    arm: Arm, table: pd.DataFrame, order: np.ndarray, progress: Progress
) -> Iterator[VariantChunk]:
    """The columns of an arm in an order, a few megabytes at a time."""
    people = len(arm.blocks[0].rows)
    bits = max(block.bits for block in arm.blocks)
    step = chunk_length(people)
    window = held_length(people, bits, step)
    for top in range(0, len(order), window):
        held = hold(arm, order[top : top + window])
        for start in range(top, min(top + window, len(order)), step):
            columns = order[start : min(start + step, top + window)]
            codes = np.empty((len(columns), people), np.uint8)
            for part in held:
                mine = (part.low <= columns) & (columns < part.high)
                if mine.any():
                    codes[mine] = part_codes(part, columns[mine], bits)
            stop = start + len(columns)
            variants = table.iloc[start:stop].reset_index(drop=True)
            yield chunk_of_codes(variants[list(VARIANT_COLUMNS)], codes, bits)
            progress(stop, len(order), "variants")


class Part(NamedTuple):
    """Some bytes of a block: columns `low` to `high` of the arm begin at its byte 0."""

    octets: np.ndarray
    low: int
    high: int
    bits: int


def hold(arm: Arm, columns: np.ndarray) -> list[Part]:
    """The bytes that some columns of an arm lie in: a store is slow byte by byte."""
    parts, first = [], 0
    for block in arm.blocks:
        mine = columns[(first <= columns) & (columns < first + block.count)] - first
        each = 8 // block.bits
        if mine.size:
            left, right = int(mine.min()) // each, int(mine.max()) // each + 1
            octets = np.asarray(block.packed[:, left:right])[block.rows]
            low, high = first + each * left, first + min(each * right, block.count)
            parts.append(Part(octets, low, high, block.bits))
        first += block.count
    return parts


def part_codes(part: Part, columns: np.ndarray, bits: int) -> np.ndarray:
    """uint8 [v, N]: columns of the arm that lie in a part, as codes of 2 or 8 bits."""
    each = 8 // part.bits
    left, right = (columns.min() - part.low) // each, (columns.max() - part.low) // each
    octets = np.ascontiguousarray(part.octets[:, left : right + 1])
    codes = unpack(octets, each * octets.shape[1], part.bits)
    chosen = codes[:, columns - part.low - each * left].T
    return byte_codes(chosen) if bits > part.bits else chosen


def write_psam(samples: pd.DataFrame, path: Path) -> None:
    """Writes PLINK 2's table of people; the ids of the VCF are its IIDs or FID_IID."""
    table = samples[list(SAMPLE_COLUMNS)].rename(columns={"FID": "#FID"})
    table["SEX"] = table["SEX"].map({1: "1", 2: "2"}).fillna("NA")
    with replacing(path) as temporary:
        table.to_csv(temporary, sep="\t", index=False, lineterminator="\n")


def define() -> flags.FlagValues:
    """The flags of this command."""
    values = define_strings(
        ("workdir", "folder of a run whose truth is planted"),
        ("out", "prefix of the files that are written, in a folder that exists"),
    )
    flags.DEFINE_enum(
        "arm", "spikein", [*INPUTS, SIMULATED], "what to write", flag_values=values
    )
    flags.DEFINE_enum(
        "as",
        "bed",
        ["bed", "vcf", "vcf.gz"],
        "a PLINK 1 fileset, or a VCF, plain or by bgzip",
        flag_values=values,
    )
    return values


if __name__ == "__main__":
    run_command("export_genotypes", __doc__, define, main)
