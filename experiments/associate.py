"""Association of every variant with phenotypes: plink2's `--glm`, and its tables.

Reads the .bed in parts, or the .dosages beside it. A phenotype of 0/1 or 1/2 gets
logistic regression with Firth's fallback, any other linear regression. Writes
<out>.<phenotype>.glm.linear or .glm.logistic.hybrid, one for each column of --pheno or
for those of --pheno_name, with plink2's columns for `omit-ref hide-covar`: A1 is ALT.
Text is a category.

example:
  python -m experiments.associate --bfile chr@ --pheno traits.pheno \\
      --pheno_name height,bmi --covar ukb.covar --covar_name age,sex,PC1-PC10 \\
      --out results/gwas
"""

from __future__ import annotations

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
from experiments.phenotype_files import fam_phenotype
from experiments.selected_source import SOURCE_FLAGS, selected_source
from gxjax.association.genotype_test import GENOTYPE_TESTS
from gxjax.association.linear_regression import linear_regression
from gxjax.association.logistic_regression import logistic_regression
from gxjax.association.regression_table import write_regression
from gxjax.cohort import (
    align,
    drop_lone,
    read_covariates,
    read_phenotypes,
    split_categories,
)
from gxjax.cohort.trait import detect_trait
from gxjax.genotypes import BedSource, find_filesets

__all__ = ["main"]

_REGRESSIONS: dict[str, tuple[Any, str]] = {
    "quantitative": (linear_regression, "glm.linear"),
    "binary": (logistic_regression, "glm.logistic.hybrid"),
}


def main(argv: list[str]) -> None:
    """Reads, regresses, writes.

    Raises:
      ValueError, FileNotFoundError: a wrong flag or file, as of what reads it.
    """
    given = parse_command(define(), argv, needed=("bfile", "out"))
    out = check_out(given["out"])
    if given["pheno"]:
        table = read_phenotypes(given["pheno"], given["pheno_name"])
    else:
        table = fam_phenotype(find_filesets(given["bfile"])[0])
    covar, covariates = given["covar"], None
    if covar:
        coded = given["covar_categorical"] or ()
        covariates = read_covariates(covar, given["covar_name"], coded)
    source = selected_source(given)
    if source.bits == 8:
        console.note("dosages of 8 bits are tested, not the hard calls of the .bed")
    for text in table.attrs["notes"]:
        console.note(text)
    if covariates is not None:
        covariates = align(source.samples, covariates)
    # All are looked at first: hours later would be late to say what is wrong with one.
    cases = [
        make_case(name, values.to_numpy(), covariates)
        for name, values in align(source.samples, table).items()
    ]
    for case in cases:
        associate(source, case, given["test"], out)
    if not_autosomal := sorted(set(source.variants["CHROM"]) & {"X", "Y", "MT"}):
        console.note(
            f"chromosomes {', '.join(not_autosomal)}: tested on the dosages of the "
            "file; plink2 codes males by ploidy there and, on X, adds sex"
        )


class Case(NamedTuple):
    """A phenotype, and who is regressed on what.

    Attributes:
      name: of the phenotype.
      phenotype: float64 [N], NaN missing.
      trait: "quantitative" or "binary".
      covariates: N rows of numeric columns, or None.
      people: integers, who has all of it and is not alone in a category.
    """

    name: str
    phenotype: np.ndarray
    trait: str
    covariates: pd.DataFrame | None
    people: np.ndarray


def make_case(
    name: Any, phenotype: np.ndarray, covariates: pd.DataFrame | None
) -> Case:
    """Raises ValueError for a phenotype or categories that say nothing."""
    complete = ~np.isnan(phenotype)
    try:
        trait = detect_trait(phenotype)
    except ValueError as error:
        raise ValueError(f"{name}: {error}; --pheno_name leaves it out") from error
    stay = complete
    if covariates is not None:
        complete &= covariates.notna().all(axis=1).to_numpy()
        stay = drop_lone(covariates, complete)
        covariates, _ = split_categories(covariates, complete)
    if lone := int(complete.sum() - stay.sum()):
        console.note(f"{name}: left out {lone} people who are alone in a category")
    return Case(str(name), phenotype, trait, covariates, np.flatnonzero(stay))


def associate(source: BedSource, case: Case, test: str, out: Path) -> None:
    """Writes the table of one phenotype."""
    regress, ending = _REGRESSIONS[case.trait]
    with console.bar(f"associate {case.name}") as progress:
        found = regress(
            source,
            case.phenotype,
            case.covariates,
            people=case.people,
            test=test,
            progress=progress,
        )
    path = Path(f"{out}.{case.name}.{ending}")
    write_regression(found, path)
    failed = int((found["ERRCODE"] != ".").sum())
    console.say(f"{path}: {len(found):,} tests, {failed:,} with an ERRCODE")


def define() -> flags.FlagValues:
    """The flags of this command."""
    values = define_strings(
        *SOURCE_FLAGS,
        ("pheno", "phenotype file: FID IID value ... (default: column 6 of the .fam)"),
        ("covar", "covariate file; all its columns, unless --covar_name"),
        ("out", "prefix of the tables that are written, in a folder that exists"),
    )
    for name, text in (
        ("pheno_name", "columns of --pheno, each tested (default: all)"),
        ("covar_name", "columns of --covar; PC1-PC10 is a range (default: all)"),
        ("covar_categorical", "columns of --covar whose numbers are categories"),
    ):
        flags.DEFINE_list(name, None, text, flag_values=values)
    flags.DEFINE_enum(
        "test", "additive", list(GENOTYPE_TESTS), "what to test", flag_values=values
    )
    return values


if __name__ == "__main__":
    run_command("associate", __doc__, define, main)
