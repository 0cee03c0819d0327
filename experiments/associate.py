"""Association of every variant with phenotypes: plink2's `--glm`, and its tables.

Reads the .bed in parts, or the .dosages beside it. A phenotype of 0/1 or 1/2 gets
logistic regression with Firth's fallback, any other linear regression. Writes
<out>.<phenotype>.glm.linear or .glm.logistic.hybrid, one for each column of --pheno or
for those of --pheno_name, with plink2's columns for `omit-ref hide-covar`: A1 is ALT.
Text is a category. On X sex is a covariate, and Y and MT count one copy.

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
from gxjax.association.complete_cases import complete_cases, most_missing
from gxjax.association.genotype_test import GENOTYPE_TESTS, TestName
from gxjax.association.linear_regression import linear_regression, unexplained
from gxjax.association.logistic_regression import logistic_regression
from gxjax.association.ploidy import regress_by_ploidy
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
    for case in make_cases(align(source.samples, table), covariates):
        associate(source, case, given["test"], out)


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


def make_cases(table: pd.DataFrame, covariates: pd.DataFrame | None) -> list[Case]:
    """A case for each column; raises ValueError naming one that can not be tested.

    All are looked at before the first is tested: to say hours later what is wrong with
    one would be late.
    """
    cases = []
    for name, values in table.items():
        try:
            cases.append(make_case(str(name), values.to_numpy(), covariates))
        except ValueError as error:
            hint = "; --pheno_name leaves it out" if len(table.columns) > 1 else ""
            raise ValueError(f"{name}: {error}{hint}") from error
    return cases


def make_case(
    name: str, phenotype: np.ndarray, covariates: pd.DataFrame | None
) -> Case:
    """Raises ValueError for what the regression would refuse, and a name of no file."""
    if "/" in name:
        raise ValueError("the name is part of a file's; expected no '/': rename it")
    trait, complete = detect_trait(phenotype), ~np.isnan(phenotype)
    stay = complete
    if covariates is not None:
        complete &= covariates.notna().all(axis=1).to_numpy()
        if complete.sum() < (least := len(covariates.columns) + 3):
            raise ValueError(
                f"{complete.sum()} people have the phenotype and all covariates; "
                f"expected at least {least}" + most_missing(phenotype, covariates)
            )
        stay = drop_lone(covariates, complete)
        covariates, _ = split_categories(covariates, complete)
    if lone := int(complete.sum() - stay.sum()):
        console.note(f"{name}: left out {lone} people who are alone in a category")
    people = np.flatnonzero(stay)
    cases = complete_cases(phenotype, covariates, people)
    if trait == "quantitative":
        unexplained(cases)
    return Case(name, phenotype, trait, covariates, people)


def associate(source: BedSource, case: Case, test: TestName, out: Path) -> None:
    """Writes the table of one phenotype."""
    regress, ending = _REGRESSIONS[case.trait]
    with console.bar(f"associate {case.name}") as progress:
        found, notes = regress_by_ploidy(
            regress,
            source,
            case.phenotype,
            case.covariates,
            people=case.people,
            test=test,
            progress=progress,
        )
    path = Path(f"{out}.{case.name}.{ending}")
    write_regression(found, path)
    for text in notes:
        console.note(f"{case.name}, {text}")
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
