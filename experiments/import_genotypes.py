"""Genotypes of PLINK 2, VCF, BGEN or VCF-Zarr to a .bed, with dosages beside it.

Writes <out>.bed, .bim and .fam: what `plink2 --make-bed` would of the same file, A1 =
ALT; and <out>.dosages where dosages say more than hard calls. --bfile <out> of every
other command then reads it; associate and the networks go by the dosages. An @ stands
for the chromosome of one file each: all of them become one fileset.

example:
  python -m experiments.import_genotypes --bgen chr@.bgen --sample ukb.sample --out ukb
  python -m experiments.associate --bfile ukb --pheno traits.pheno --out gwas
"""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from absl import flags

from experiments import console
from experiments.command_line import (
    check_out,
    define_strings,
    parse_command,
    run_command,
)
from experiments.configuration import CohortFlags
from experiments.flags import define_option, option_value
from experiments.genotype_files import (
    FORMATS,
    IMPORTED,
    genotype_flag,
    genotype_parts,
    import_notes,
)
from experiments.genotype_flags import GenotypeFlags
from experiments.opened_genotypes import opened
from gxjax.genotypes import open_bed_source
from gxjax.genotypes.formats import import_genotypes

__all__ = ["main"]


def main(argv: list[str]) -> None:
    """Reads, writes, and says what the files left open.

    Raises:
      ValueError, FileNotFoundError: a wrong flag or file, as of what reads it.
    """
    given = parse_command(define(), argv, needed=("out",))
    out, asked = check_out(given["out"]), cohort_flags(given)
    kind = genotype_flag(asked)
    if kind is None:
        names = ", ".join(f"--{name}" for name in FORMATS if name != "bfile")
        raise ValueError(f"no genotypes: expected one of {names}")
    check_apart(genotype_parts(asked), out)
    streams = opened(asked, kind)
    with console.bar(f"import --{kind}") as progress:
        found = import_genotypes(streams, out, asked.dosages, progress)
    sexed = bool((streams[0].samples["SEX"] > 0).any())
    chromosomes = set(open_bed_source(out).variants["CHROM"])
    asked = dataclasses.replace(asked, autosome=not chromosomes & {"X", "Y"})
    for text in import_notes(asked, kind, found.uncertain, sexed):
        console.note(text)
    endings = IMPORTED if found.uncertain else IMPORTED[:-1]
    console.say(
        f"{out}{', '.join(endings)}: {found.people:,} people x {found.variants:,} "
        "variants"
    )


def cohort_flags(given: dict[str, Any]) -> CohortFlags:
    """The flags as `genotype_files` takes them."""
    found = {field.name: option_value(field, given[field.name]) for field in _fields()}
    return CohortFlags(**found)


def check_apart(parts: Sequence[Path], out: Path) -> None:
    """Raises ValueError where a file would be written over one that is read."""
    for part in parts:
        source = part.resolve()
        for target in (Path(f"{out}{ending}").resolve() for ending in IMPORTED):
            if source == target or source in target.parents:
                raise ValueError(
                    f"--out={out}: {target.name} would be written over {part}, which "
                    "is read; choose another --out"
                )


def define() -> flags.FlagValues:
    """The flags of this command."""
    values = define_strings(
        ("out", "prefix of the fileset that is written, in a folder that exists")
    )
    hints = typing.get_type_hints(CohortFlags)
    for field in _fields():
        define_option(field, hints[field.name], values)
    return values


def _fields() -> list[dataclasses.Field[Any]]:
    named = {field.name for field in dataclasses.fields(GenotypeFlags)} - {"bfile"}
    named.add("chr_set")
    return [field for field in dataclasses.fields(CohortFlags) if field.name in named]


if __name__ == "__main__":
    run_command("import_genotypes", __doc__, define, main)
