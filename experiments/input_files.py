"""The files that a cohort is made of, and whether they are still the same."""

from __future__ import annotations

import json
from pathlib import Path

from experiments.configuration import CohortFlags, Configuration
from experiments.genotype_files import genotype_flag, genotype_parts
from experiments.reading import reading
from experiments.workdir import STAGES, Workdir

__all__ = ["check_apart", "check_inputs", "fingerprint", "input_files"]

LISTS = ("keep", "remove", "extract", "exclude", "ref_freq")


def input_files(flags: CohortFlags) -> list[Path]:
    """Every file that the cohort is made of.

    Raises:
      ValueError: the phenotype's flags without genotypes, covariates' without --covar,
        another format than --bfile without --pheno, or as `genotype_parts`.
      FileNotFoundError: a file that does not exist, with the flag that names it.
    """
    kind = genotype_flag(flags)
    if kind is None:
        for name in ("pheno", "pheno_name", "covar"):
            if getattr(flags, name) is not None:
                raise ValueError(
                    f"--{name} needs --bfile (or --pfile, --vcf, --bgen, --vcz), the "
                    "genotypes of the same people; without one a cohort is simulated, "
                    "which has its own phenotype"
                )
    for name, needs in (
        ("pheno_name", "pheno"),
        ("covar_name", "covar"),
        ("covar_categorical", "covar"),
    ):
        if getattr(flags, name) is not None and getattr(flags, needs) is None:
            raise ValueError(f"--{name} needs --{needs}, the file of these columns")
    if kind not in (None, "bfile") and flags.pheno is None:
        raise ValueError(
            f"--{kind} needs --pheno, a file with FID, IID and the phenotype"
        )
    for name in ("pheno", "covar", *LISTS):
        path = getattr(flags, name)
        if path is not None and not Path(path).is_file():
            raise FileNotFoundError(f"--{name}={path}: no such file")
    named = [flags.pheno, flags.covar, *(getattr(flags, name) for name in LISTS)]
    return [*genotype_parts(flags), *(Path(path) for path in named if path)]


def check_apart(files: list[Path], work: Workdir) -> None:
    """Raises ValueError for an input where the run writes and --overwrite deletes."""
    ours = {
        work.path / name for name in (*STAGES, "simulated", "imported", "replicates")
    }
    for path in files:
        if ours & set(path.parents):
            raise ValueError(
                f"{path} lies in a folder of --workdir {work.path} that the run writes "
                "to; use another --workdir"
            )


def fingerprint(files: list[Path]) -> dict[str, list[int]]:
    """Size in bytes and time of change in ns of each file, or of all in a folder."""
    return {str(path): _size_and_time(path) for path in files}


def _size_and_time(path: Path) -> list[int]:
    within = (each for each in path.rglob("*") if each.is_file())
    stats = [each.stat() for each in (within if path.is_dir() else [path])]
    times = (stat.st_mtime_ns for stat in stats)
    return [sum(stat.st_size for stat in stats), max(times, default=0)]


def check_inputs(configuration: Configuration, work: Workdir) -> None:
    """Raises ValueError if a finished cohort was made of files that changed since."""
    if not work.is_done("cohort") or genotype_flag(configuration.cohort) is None:
        return
    with reading(work.folder("cohort") / "inputs.json", "cohort") as path:
        saved = json.loads(path.read_text())
    now = fingerprint(input_files(configuration.cohort))
    changed = [name for name in now if saved.get(name) != now[name]]
    if changed:
        raise ValueError(
            f"{changed[0]} changed since {work.path} was made from it. Use another "
            "--workdir, or --overwrite to redo everything"
        )
