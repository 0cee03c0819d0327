"""Groups of people that get scores of their own."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.configuration import AttributionFlags, Configuration
from experiments.named_file import check_named_file
from experiments.truth_records import load_phenotype
from experiments.workdir import Workdir
from gxjax.cohort import align
from gxjax.cohort.person_file import read_person_file
from gxjax.types import Cohort

__all__ = ["check_strata", "read_strata", "strata_labels"]

UNLABELLED = "unlabelled"
_MISSING = ("", "NA", "nan", "NaN", ".")
_MOST = 100
"""A table per label and reduction: more are a column given by mistake."""


def check_strata(flags: AttributionFlags) -> None:
    """Raises an error where --strata and --strata_file are at odds."""
    check_named_file("strata", flags.strata, flags.strata_file, read_strata)


def strata_labels(
    configuration: Configuration, work: Workdir, cohort: Cohort, people: np.ndarray
) -> list[str] | None:
    """A label per scored person, or None where --strata is none.

    Cases and controls are those that the networks were taught, so shuffled under
    --null.

    Args:
      configuration: the flags.
      work: for the phenotype.
      cohort: N people.
      people: int [P], rows of the people scored.

    Raises:
      ValueError: nobody among them has a label, the trait is not binary, or as
        `read_strata`.
    """
    flags = configuration.attribution
    samples = cohort.genotypes.samples
    if flags.strata == "none":
        return None
    if flags.strata == "sex":
        labels = samples["SEX"].map({1: "male", 2: "female"}).iloc[people]
    elif flags.strata == "phenotype":
        labels = _cases_and_controls(load_phenotype(work)[people], cohort)
    else:
        assert flags.strata_file is not None
        labels = align(samples, read_strata(flags.strata_file))["LABEL"].iloc[people]
    if labels.isna().all():
        where = flags.strata_file or "the .fam"
        raise ValueError(
            f"--strata={flags.strata}: {where} labels none of the {len(people)} TEST "
            "people; expected a label for some of them"
        )
    return labels.fillna(UNLABELLED).tolist()


def _cases_and_controls(phenotype: np.ndarray, cohort: Cohort) -> pd.Series:
    if cohort.trait != "binary":
        raise ValueError(
            f"--strata=phenotype: {cohort.name} is {cohort.trait}; expected a binary "
            "trait. Cut it into groups in a --strata_file"
        )
    return pd.Series(np.where(phenotype == 1, "cases", "controls"))


def read_strata(path: str | Path) -> pd.DataFrame:
    """Labels of people: IID, FID if the file has it, LABEL; NaN where it is missing.

    Raises:
      ValueError: naming file and line: not one column of labels, a person who is there
        twice, a label that can not be part of a file's name, or 'all', or too many.
    """
    table = read_person_file(path)
    # Without a header two columns are IID and label: FID and IID alone say nothing.
    if list(table.columns) == ["FID", "IID"] and table.index[0] == 1:
        table.columns = pd.Index(["IID", "LABEL"])
    ids = [name for name in table.columns if name in ("FID", "IID")]
    others = [name for name in table.columns if name not in ids]
    if len(others) != 1:
        raise ValueError(
            f"{path}: found the columns {' '.join(table.columns)}; expected FID IID "
            "LABEL, or IID LABEL"
        )
    repeated = table.index[table.duplicated(ids)]
    if len(repeated):
        person = " ".join(map(str, table.loc[repeated[0], ids]))
        raise ValueError(
            f"{path}, line {repeated[0]}: person {person} is there twice; expected once"
        )
    labels = table[others[0]].where(~table[others[0]].isin(_MISSING))
    _check_labels(path, labels.dropna())
    found = pd.concat([table[ids], labels.rename("LABEL")], axis=1)
    found.attrs["file"] = str(path)
    return found


def _check_labels(path: str | Path, labels: pd.Series) -> None:
    fit = labels.map(lambda text: bool(re.fullmatch(r"[\w+-]{1,60}", text)))
    wrong = labels[~fit.astype(bool) | (labels == "all")]
    if len(wrong):
        raise ValueError(
            f"{path}, line {wrong.index[0]}: label {wrong.iloc[0]!r}; expected "
            "at most 60 letters, digits, _, + or -, since it names a file, and not "
            "'all', which means everybody"
        )
    if labels.nunique() > _MOST:
        raise ValueError(
            f"{path}: {labels.nunique()} labels; expected at most {_MOST} groups of "
            "people"
        )
