"""UK Biobank's main data set -> people to keep, phenotypes and covariates, for PLINK.

Streams through the table, however large, and writes <out>.keep, <out>.pheno,
<out>.covar unless no covariate is wanted, and <out>.qc.tsv (how many people each filter
removed); FID and IID are eid. Columns are named 50-0.0 (ukbconv csv), f.50.0.0 (r) or
p50_i0 (Research Analysis Platform, as raw codes), in any order.

example:
  python -m experiments.prepare_ukb --csv ukb12345.csv --out ukb/height \\
      --phenotype_field 50 --phenotype_name height --withdrawals w12345.csv
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from experiments import console
from experiments.command_line import check_out, run_command
from experiments.ukb_flags import AGE, BATCH, COMPONENTS, UkbFlags, define, parse
from gxjax.cohort.uk_biobank.people import choose_ukb_people, read_withdrawals
from gxjax.cohort.uk_biobank.table import read_ukb
from gxjax.replacing import replacing
from gxjax.report.tables import write_table

__all__ = ["main"]

# PLINK reads it as missing, whatever it was.
_PLINK_MISSING = -9


def main(argv: list[str]) -> None:
    """Reads, filters, writes, and says what to run next.

    Raises:
      ValueError, FileNotFoundError: a wrong flag or file, as of what reads it.
    """
    flags = parse(argv)
    out = check_out(flags.out)
    withdrawn = read_withdrawals(flags.withdrawals) if flags.withdrawals else set()
    with console.bar(f"read {Path(flags.csv).name}") as progress:
        found = read_ukb(flags.csv, flags.wanted(), flags.instance, progress)
    left, qc = choose_ukb_people(found.values, flags.filters, withdrawn)
    for row in qc.itertuples():
        console.say(f"  {row.filter}: removed {row.removed:,}, left {row.left:,}")
    people, no_answer = found.values[left], found.no_answer[left]
    pheno, covar = phenotypes(people, flags), covariates(people, flags)
    for text in (
        *answer_notes(people, no_answer, flags),
        *(text for name in pheno for text in value_notes(str(name), pheno[name])),
    ):
        console.note(text)
    for suffix in ("keep", "covar"):
        Path(f"{out}.{suffix}").unlink(missing_ok=True)
    write_table(qc, f"{out}.qc.tsv")
    write(pheno, f"{out}.pheno")
    if covar.columns.size:
        write(covar, f"{out}.covar")
    # Last: whoever finds it has all of them, of this run.
    write(pheno[[]], f"{out}.keep", header=False)
    say_what_is_next(out, people, pheno, covar)


def say_what_is_next(
    out: Path, people: pd.DataFrame, pheno: pd.DataFrame, covar: pd.DataFrame
) -> None:
    """Names the files, and the command that reads them."""
    name, given = pheno.columns[0], bool(covar.columns.size)
    files = (
        ".keep, .pheno, .covar and .qc.tsv" if given else ".keep, .pheno and .qc.tsv"
    )
    console.say(
        f"{out}{files}: {len(people):,} people. Next:\n"
        f"  python -m experiments.prepare_cohort --bfile YOUR_GENOTYPES_chr@ \\\n"
        f"      --keep {out}.keep --pheno {out}.pheno --pheno_name {name} \\\n      "
        + f"--covar {out}.covar " * given
        + f"--maf 0.01 --geno 0.1 --workdir {out}_run"
    )


def phenotypes(people: pd.DataFrame, flags: UkbFlags) -> pd.DataFrame:
    """A column each under its name; index eid."""
    found = people[[str(field) for field in flags.phenotypes]]
    for name, values in zip(flags.phenotypes.values(), found.T.to_numpy(), strict=True):
        if np.isnan(values).all():
            raise ValueError(
                f"{flags.csv}: {name} is missing for all {len(people)} people that the "
                "filters left"
            )
    return found.set_axis(list(flags.phenotypes.values()), axis=1)


def covariates(people: pd.DataFrame, flags: UkbFlags) -> pd.DataFrame:
    """Numbers as numbers, codes as names of categories; index eid.

    The square is of the age less its mean, which age does not explain: the square of
    the age itself would be refused as nearly the same column.
    """
    found = {name: people[str(field)] for field, name in flags.covariates.items()}
    if flags.age_squared:
        age = people[str(AGE)]
        found["age2"] = (age - age.mean()) ** 2
    for n in range(1, flags.components + 1):
        found[f"PC{n}"] = people[f"{COMPONENTS}.{n}"]
    if flags.genotyping != "none":
        label = _array if flags.genotyping == "array" else _batch
        found[flags.genotyping] = _categories(people[str(BATCH)], label)
    for field, name in flags.categories.items():
        found[name] = _categories(people[str(field)], lambda code: f"c{code}")
    return pd.DataFrame(found, index=people.index)


def answer_notes(
    people: pd.DataFrame, no_answer: pd.DataFrame, flags: UkbFlags
) -> list[str]:
    """Who of the people kept gave no answer, and where that may be a value."""
    found = []
    fields = flags.phenotypes | flags.covariates | flags.categories
    for field, name in fields.items():
        if lost := int(no_answer[str(field)].sum()):
            codes = " or ".join(f"{code:g}" for code in flags.missing)
            text = f"{name}: {lost:,} people answered {codes} only, read as missing"
            least = people[str(field)].min()
            if least < 0:
                text += (
                    f"; as it has other negative values, such as {least:g}, "
                    "these may be values too: --missing_codes=none keeps them"
                )
            found.append(text)
    return found


def value_notes(label: str, values: pd.Series) -> list[str]:
    """How many have a value, and what PLINK makes of -9 and of few small codes."""
    found = [f"{label}: {int(values.notna().sum()):,} people have a value"]
    if count := int((values == _PLINK_MISSING).sum()):
        found.append(f"{label}: {count:,} values are -9, which is missing to PLINK")
    codes = {float(code) for code in values.dropna().unique()}
    if {0, 2} <= codes <= {0, 1, 2}:
        zeros = int((values == 0).sum())
        found.append(
            f"{label}: its values are among 0, 1 and 2, which PLINK and gxjax read as "
            f"missing ({zeros:,} people), control and case. Recode them if they mean "
            "anything else; if they are quantitative, add 10 to all"
        )
    elif codes == {0, 1}:
        found.append(
            f"{label}: its values are 0 and 1, read by gxjax as control and case; "
            "plink2 takes 0 for missing unless it is given --1"
        )
    return found


def write(table: pd.DataFrame, path: str, header: bool = True) -> None:
    """Writes columns of the people of an index of eids, as PLINK reads them."""
    ids = pd.DataFrame({"#FID": table.index, "IID": table.index}, index=table.index)
    # PLINK 2 takes NA for a number, and NONE for a category that is not known.
    filled = {
        name: values.fillna("NONE") if values.dtype == object else values
        for name, values in table.items()
    }
    whole = pd.concat([ids, pd.DataFrame(filled, index=table.index)], axis=1)
    with replacing(path) as temporary:
        whole.to_csv(
            temporary,
            sep="\t",
            index=False,
            header=header,
            na_rep="NA",
            float_format="%.10g",
            lineterminator="\n",
        )


def _categories(codes: pd.Series, label: Callable[[int], str]) -> pd.Series:
    """Names of codes, none of which begins with a digit; NaN where it is missing."""
    known = codes[codes.notna()].round().astype(int)
    names = {code: label(code) for code in known.unique()}
    return known.map(names).reindex(codes.index).astype(object)


def _array(code: int) -> str:
    return "UKBiLEVE" if code < 0 else "UKBAxiom"


def _batch(code: int) -> str:
    return f"UKBiLEVEAX_b{-code}" if code < 0 else f"Batch_b{code:03d}"


if __name__ == "__main__":
    run_command("prepare_ukb", __doc__, define, main)
