"""Which flag names which format of genotypes, and how it comes to be a `.bed`."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from experiments import console
from experiments.configuration import CohortFlags
from experiments.genotype_flags import GenotypeFlags
from experiments.opened_genotypes import FORMATS, named_files, opened
from experiments.workdir import Workdir, write_text
from gxjax.genotypes.formats import import_genotypes
from gxjax.genotypes.tables import table_beside

__all__ = [
    "FORMATS",
    "IMPORTED",
    "genotype_flag",
    "genotype_parts",
    "import_notes",
    "imported",
]

# Which formats each of the other flags is of.
_OF = {
    "sample": ("bgen",),
    "bgen_ref": ("bgen",),
    "oxford_single_chr": ("bgen",),
    "vcf_dosage": ("vcf", "vcz"),
    "vcf_half_call": ("vcf", "vcz"),
    "psam": ("vcf", "bgen", "vcz"),
    "double_id": ("vcf", "bgen", "vcz"),
    "const_fid": ("vcf", "bgen", "vcz"),
    "id_delim": ("vcf", "bgen", "vcz"),
    "dosages": ("pfile", "vcf", "bgen", "vcz"),
    "max_alleles": ("pfile", "vcf", "bgen", "vcz"),
    "hard_call_threshold": ("pfile", "vcf", "bgen", "vcz"),
}
IMPORTED = (".bed", ".bim", ".fam", ".dosages")
"""The endings of what an import writes, the last where there are dosages."""
_FOLDER = "imported"


def genotype_flag(flags: GenotypeFlags) -> str | None:
    """The name of the one flag of `FORMATS` that is given; None for a simulated cohort.

    Raises:
      ValueError: more than one is given, or a flag of another format.
    """
    given = [name for name in FORMATS if getattr(flags, name) is not None]
    if len(given) > 1:
        raise ValueError(
            f"--{given[0]} and --{given[1]}: genotypes come from one of "
            f"--{', --'.join(FORMATS)}; give one"
        )
    kind = given[0] if given else None
    defaults = GenotypeFlags()
    for name, kinds in _OF.items():
        if getattr(flags, name) != getattr(defaults, name) and kind not in kinds:
            raise ValueError(
                f"--{name} goes with --{' or --'.join(kinds)}; "
                + (f"--{kind} does not need it" if kind else "none is given")
            )
    return kind


def genotype_parts(flags: CohortFlags) -> list[Path]:
    """Every file that the genotypes are in; a VCF-Zarr store is one folder.

    Raises:
      ValueError: as `genotype_flag`, or one chromosome is there under two names.
      FileNotFoundError: a file does not exist, with the flag that names it.
    """
    kind = genotype_flag(flags)
    if kind is None:
        return []
    prefixes = named_files(flags, kind)
    if kind == "bfile":
        tables = [
            table_beside(each, ending) for each in prefixes for ending in FORMATS[kind]
        ]
        dosages = [Path(f"{each}.dosages") for each in prefixes]
        return [*tables, *(path for path in dosages if path.exists())]
    parts = [
        path
        for each in prefixes
        for ending in FORMATS[kind]
        if (path := Path(f"{each}{ending}")).exists()
    ]
    if not parts:
        raise FileNotFoundError(f"--{kind}={getattr(flags, kind)}: no such file")
    for name in ("sample", "psam"):
        for path in named_files(flags, name):
            if not path.is_file():
                raise FileNotFoundError(f"--{name}={path}: no such file")
            parts.append(path)
    return parts


def imported(
    flags: CohortFlags,
    work: Workdir,
    fingerprint: Callable[[list[Path]], dict[str, list[int]]],
) -> tuple[CohortFlags, list[str]]:
    """Imports what is no .bed into <workdir>/imported, unless it is there and whole.

    Args:
      flags: of the cohort.
      work: the run's folder.
      fingerprint: tells files that changed from those that did not.

    Returns:
      The flags with --bfile for what was imported, and notes.
    """
    kind = genotype_flag(flags)
    if kind in (None, "bfile"):
        return flags, []
    prefix = work.stage(_FOLDER) / "genotypes"
    marker = prefix.with_name("done")
    files = fingerprint(genotype_parts(flags))
    asked = {"flags": _meaning(flags), "files": files}
    record = json.loads(marker.read_text()) if marker.exists() else {}
    again = record.get("asked") == asked
    if again and record.get("sizes") != _sizes(prefix):
        console.say(
            f"  {prefix.parent}: its files are not as they were imported; once more"
        )
        again = False
    if not again:
        streams = opened(flags, str(kind))
        marker.unlink(missing_ok=True)
        with console.bar(f"import --{kind}") as progress:
            found = import_genotypes(streams, prefix, flags.dosages, progress)
        sexed = bool((streams[0].samples["SEX"] > 0).any())
        record = {"asked": asked, "uncertain": found.uncertain, "sexed": sexed}
        record["sizes"] = _sizes(prefix)
        write_text(marker, json.dumps(record, indent=1) + "\n")
    else:
        console.say(f"  --{kind}: imported before")
    notes = import_notes(flags, str(kind), record["uncertain"], record["sexed"])
    none: dict[str, Any] = {name: None for name in FORMATS}
    return dataclasses.replace(flags, **none | {"bfile": str(prefix)}), notes


def _sizes(prefix: Path) -> dict[str, int]:
    """Bytes of each file of a fileset that is there."""
    paths = {ending: Path(f"{prefix}{ending}") for ending in IMPORTED}
    return {name: path.stat().st_size for name, path in paths.items() if path.exists()}


def _meaning(flags: CohortFlags) -> dict[str, Any]:
    """The flags that change what is imported."""
    names = [field.name for field in dataclasses.fields(GenotypeFlags)]
    return {name: getattr(flags, name) for name in (*names, "chr_set")}


def import_notes(
    flags: CohortFlags, kind: str, uncertain: int, sexed: bool
) -> list[str]:
    """What was decided of the files, and what they do not say."""
    notes = []
    if kind == "bgen":
        notes.append(
            f"--bgen: the {flags.bgen_ref} allele of each variant is taken for REF "
            "(--bgen_ref), the other for ALT, whose copies are counted"
        )
    if not sexed and not flags.autosome:
        notes.append(
            f"--{kind} says nobody's sex: on X everybody counts with two copies, and "
            "nobody on Y. Bring a file that says it: --psam (--sample of --bgen)"
        )
    if uncertain:
        notes.append(
            f"{uncertain:,} dosages are no hard calls: networks and associate see "
            "dosages of 8 bits (--dosages=never: hard calls), and so do --maf and "
            "--mac; all other QC counts hard calls"
        )
    return notes
