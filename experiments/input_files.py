"""The files that a cohort is made of, and whether they are still the same."""

from __future__ import annotations

import json
from pathlib import Path

from experiments.configuration import CohortFlags, Configuration
from experiments.reading import reading
from experiments.workdir import STAGES, Workdir
from gxjax.cohort.chromosome import HUMAN
from gxjax.genotypes import find_filesets

__all__ = ["check_apart", "check_inputs", "fingerprint", "input_files"]

FILESET = ("bed", "bim", "fam")
LISTS = ("keep", "remove", "extract", "exclude")


def input_files(flags: CohortFlags) -> list[Path]:
    """Every file that the cohort is made of.

    Raises:
      ValueError: --bfile without --pheno, or the phenotype's flags without --bfile.
      FileNotFoundError: a file that does not exist, with the flag that names it.
    """
    if flags.bfile is None:
        for name in ("pheno", "pheno_name", "covar"):
            if getattr(flags, name) is not None:
                raise ValueError(
                    f"--{name} needs --bfile, the genotypes of the same people; "
                    "without it a cohort is simulated, which has its own phenotype"
                )
    elif flags.pheno is None:
        raise ValueError(
            "--bfile needs --pheno, a file with FID, IID and the phenotype; the sixth "
            "column of a .fam is not read"
        )
    check_chromosome_files(flags)
    for name in ("pheno", "covar", *LISTS):
        path = getattr(flags, name)
        if path is not None and not Path(path).is_file():
            raise FileNotFoundError(f"--{name}={path}: no such file")
    named = [flags.pheno, flags.covar, *(getattr(flags, name) for name in LISTS)]
    sets = find_filesets(flags.bfile) if flags.bfile else []
    parts = [Path(f"{prefix}.{kind}") for prefix in sets for kind in FILESET]
    return [*parts, *(Path(path) for path in named if path)]


def check_chromosome_files(flags: CohortFlags) -> None:
    """Raises ValueError where --bfile has an @, which names human chromosomes."""
    if flags.chr_set != HUMAN and "@" in Path(str(flags.bfile)).name:
        raise ValueError(
            f"--bfile={flags.bfile}: an @ stands for the chromosomes of a human, but "
            f"--chr_set={flags.chr_set}; expected one fileset. Merge them (plink2 "
            "--pmerge-list)"
        )


def check_apart(files: list[Path], work: Workdir) -> None:
    """Raises ValueError for an input where the run writes and --overwrite deletes."""
    ours = {work.path / name for name in (*STAGES, "simulated")}
    for path in files:
        if ours & set(path.parents):
            raise ValueError(
                f"{path} lies in a folder of --workdir {work.path} that the run writes "
                "to; use another --workdir"
            )


def fingerprint(files: list[Path]) -> dict[str, list[int]]:
    """Size in bytes and time of change in ns of each file."""
    stats = {str(path): path.stat() for path in files}
    return {name: [stat.st_size, stat.st_mtime_ns] for name, stat in stats.items()}


def check_inputs(configuration: Configuration, work: Workdir) -> None:
    """Raises ValueError if a finished cohort was made of files that changed since."""
    if not work.is_done("cohort") or configuration.cohort.bfile is None:
        return
    with reading(work.path / "cohort" / "inputs.json", "cohort") as path:
        saved = json.loads(path.read_text())
    now = fingerprint(input_files(configuration.cohort))
    changed = [name for name in now if saved.get(name) != now[name]]
    if changed:
        raise ValueError(
            f"{changed[0]} changed since {work.path} was made from it. Use another "
            "--workdir, or --overwrite to redo everything"
        )
