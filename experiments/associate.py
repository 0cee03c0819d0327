"""Association of every variant with a phenotype: plink2's `--glm`, and its table.

Reads the .bed in parts. A phenotype of 0/1 or 1/2 gets logistic regression with Firth's
fallback, any other linear regression. Writes <out>.<phenotype>.glm.linear or
.glm.logistic.hybrid, with plink2's columns for `omit-ref hide-covar`: A1 is ALT.

example:
  python -m experiments.associate --bfile chr@ --pheno height.pheno \\
      --covar age_sex_pcs.covar --out results/gwas
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
from absl import flags

from experiments import console
from experiments.launcher import launch
from gxjax.association.genotype_test import GENOTYPE_TESTS
from gxjax.association.linear_regression import linear_regression
from gxjax.association.logistic_regression import logistic_regression
from gxjax.association.regression_table import write_regression
from gxjax.cohort import align, read_covariates, read_id_list, read_phenotype
from gxjax.cohort.id_list import listed_people
from gxjax.cohort.trait import detect_trait
from gxjax.genotypes import BedSource, open_bed_source

__all__ = ["main"]

_REGRESSIONS = {
    "quantitative": (linear_regression, "glm.linear"),
    "binary": (logistic_regression, "glm.logistic.hybrid"),
}


def main(argv: list[str]) -> None:
    """Reads, regresses, writes.

    Raises:
      ValueError, FileNotFoundError: a wrong flag or file, as of what reads it.
    """
    given = parse(argv)
    out = Path(given["out"])
    if not out.parent.is_dir():
        raise FileNotFoundError(f"--out={out}: no folder {out.parent}; create it first")
    table = read_phenotype(given["pheno"], given["pheno_name"])
    name = str(table.columns[-1])
    covar = given["covar"]
    covariates = read_covariates(covar, given["covar_name"]) if covar else None
    source = open_bed_source(given["bfile"])
    if given["keep"]:
        source = source.select(kept(source, given["keep"]))
    phenotype = align(source.samples, table)[name].to_numpy()
    regress: Any
    regress, ending = _REGRESSIONS[detect_trait(phenotype)]
    with console.bar(f"associate {name}") as progress:
        found = regress(
            source,
            phenotype,
            None if covariates is None else align(source.samples, covariates),
            test=given["test"],
            progress=progress,
        )
    if not_autosomal := sorted(set(source.variants["CHROM"]) & {"X", "Y", "MT"}):
        console.note(
            f"chromosomes {', '.join(not_autosomal)}: tested on the dosages of the "
            "file; plink2 codes males by ploidy there and, on X, adds sex"
        )
    path = Path(f"{out}.{name}.{ending}")
    write_regression(found, path)
    failed = int((found["ERRCODE"] != ".").sum())
    console.say(f"{path}: {len(found):,} tests, {failed:,} with an ERRCODE")


def kept(source: BedSource, path: str) -> np.ndarray:
    """Which rows of the samples are in a list of people."""
    listed = listed_people(source.samples, read_id_list(path), f"--keep={path}")
    rows = np.flatnonzero(listed)
    if not rows.size:
        raise ValueError(f"--keep={path}: nobody in it has genotypes")
    return rows


def define() -> flags.FlagValues:
    """The flags of this command."""
    values = flags.FlagValues()
    for name, text in (
        ("flagfile", "flags from a file, one a line"),
        ("undefok", "flags that may be unknown"),
        ("bfile", "prefix of a PLINK 1 fileset; an @ stands for the chromosome"),
        ("pheno", "phenotype file: FID IID value ..., with or without header"),
        ("pheno_name", "column of --pheno (default: its only one)"),
        ("covar", "covariate file; all its columns, unless --covar_name"),
        ("keep", "file of people to keep: FID IID, or IID alone"),
        ("out", "prefix of the table that is written, in a folder that exists"),
    ):
        default = "" if name in ("flagfile", "undefok") else None
        flags.DEFINE_string(name, default, text, flag_values=values)
    flags.DEFINE_list("covar_name", None, "columns of --covar", flag_values=values)
    flags.DEFINE_enum(
        "test", "additive", list(GENOTYPE_TESTS), "what to test", flag_values=values
    )
    return values


def parse(argv: list[str]) -> dict[str, Any]:
    """Parses a command line; raises ValueError where it is wrong or lacks a flag."""
    values = define()
    try:
        rest = values(list(argv))[1:]
    except flags.Error as error:
        text = str(error).removeprefix("ERROR:: ")
        raise ValueError(f"{text}; --help lists the flags") from error
    if rest:
        raise ValueError(f"{rest[0]!r} is not a flag: flags begin with --; see --help")
    for name in ("bfile", "pheno", "out"):
        if not values[name].value:
            raise ValueError(f"--{name} is needed; --help lists the flags")
    return {name: values[name].value for name in values}


if __name__ == "__main__":
    if any(word in ("--help", "-h", "-help", "--helpfull") for word in sys.argv[1:]):
        print(f"{__doc__.strip()}\n\n{define().get_help()}")
        sys.exit(0)
    launch("python -m experiments.associate", __doc__, main)
