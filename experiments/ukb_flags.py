"""The flags of experiments/prepare_ukb.py, and the fields of the data set they mean."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from absl import flags

from experiments.command_line import define_strings, parse_command
from gxjax.cohort.uk_biobank.people import UKB_FILTERS
from gxjax.cohort.uk_biobank.table import Instance, UkbField

__all__ = ["AGE", "BATCH", "COMPONENTS", "UkbFlags", "define", "parse"]

AGE, BATCH, COMPONENTS = 21022, 22000, 22009
_NAMES = {31: "sex", AGE: "age", 54: "centre"}
_OFF = {
    "check_sex": "remove people whose sex (31) and genetic sex (22001) differ",
    "remove_aneuploidy": "remove sex chromosome aneuploidy (22019)",
    "unrelated": "keep who was used in the genetic principal components (22020)",
    "white_british": "keep the genetic group 'white British' (22006)",
}


class UkbFlags(NamedTuple):
    """What the command line asks for.

    Attributes:
      csv: path of the data set.
      out: prefix of the files that are written.
      withdrawals: path or None.
      phenotypes: name by field.
      covariates: name by field, of numbers.
      categories: name by field, of codes.
      components: how many principal components.
      genotyping: "array", "batch" or "none".
      age_squared: whether the square of the age is a covariate.
      instance: of fields that are numbers.
      missing: codes that stand for no answer.
      filters: some of `UKB_FILTERS`.
    """

    csv: str
    out: str
    withdrawals: str | None
    phenotypes: dict[int, str]
    covariates: dict[int, str]
    categories: dict[int, str]
    components: int
    genotyping: str
    age_squared: bool
    instance: Instance
    missing: tuple[float, ...]
    filters: tuple[str, ...]

    def covariate_names(self) -> list[str]:
        """The columns of the covariates, in the order in which they are written."""
        found = list(self.covariates.values())
        found += ["age2"] if self.age_squared else []
        found += [f"PC{n}" for n in range(1, self.components + 1)]
        found += [self.genotyping] if self.genotyping != "none" else []
        return [*found, *self.categories.values()]

    def wanted(self) -> list[UkbField]:
        """The fields to read, each once."""
        found = {
            field: UkbField(field, "code", asked_once=True)
            for name in self.filters
            for field in UKB_FILTERS[name]
        }
        for field in self.categories:
            known = UkbField(field, "code", missing=self.missing, asked_once=True)
            found.setdefault(field, known)
        for field in self.covariates:
            known = UkbField(field, missing=self.missing, asked_once=True)
            found.setdefault(field, known)
        for field in self.phenotypes:
            # A phenotype of another visit than asked for would be another phenotype.
            known = found.get(field, UkbField(field, missing=self.missing))
            found[field] = known._replace(asked_once=False)
        if self.components:
            found[COMPONENTS] = UkbField(COMPONENTS, "array", self.components)
        if self.genotyping != "none":
            found[BATCH] = UkbField(BATCH, "code", asked_once=True)
        return list(found.values())


def define() -> flags.FlagValues:
    """The flags of the command."""
    values = define_strings(
        ("csv", "the main data set: .csv, .tsv, either also as .gz or .zst"),
        ("out", "prefix of the files that are written, in a folder that exists"),
        ("withdrawals", "file of people who have withdrawn, an eid a line"),
    )
    for name, default, text in (
        ("phenotype_field", ["50"], "fields to explain; their names are f50 and so on"),
        ("phenotype_name", [], "names for them, as many"),
        ("covariate_fields", ["31", "21022"], "fields of numbers to adjust for"),
        ("categorical_fields", ["54"], "fields of codes to adjust for, or none"),
        ("missing_codes", ["-1", "-3"], "codes that are no answer, or none"),
    ):
        flags.DEFINE_list(name, default, text, flag_values=values)
    flags.DEFINE_string(
        "instance",
        "first",
        "visit of numbers: first (with a value), mean (of all), or its number",
        flag_values=values,
    )
    flags.DEFINE_integer(
        "pcs", 20, "principal components (22009)", 0, 40, flag_values=values
    )
    flags.DEFINE_enum(
        "genotyping",
        "array",
        ["array", "batch", "none"],
        "what of the genotyping batch (22000) to adjust for",
        flag_values=values,
    )
    flags.DEFINE_bool(
        "age_squared", True, "adjust for the square of the age", flag_values=values
    )
    for name, text in _OFF.items():
        flags.DEFINE_bool(name, True, text, flag_values=values)
    return values


def parse(argv: list[str]) -> UkbFlags:
    """Parses a command line.

    Raises:
      ValueError: as `parse_command`; or a field is no number, has two roles, names and
        fields differ in number, or a name is one that no column can have.
    """
    given = parse_command(define(), argv, needed=("csv", "out"))
    phenotypes = _fields(given, "phenotype_field")
    if not phenotypes:
        raise ValueError("--phenotype_field is empty: name at least one")
    if names := given["phenotype_name"]:
        if len(names) != len(phenotypes) or len(set(names)) != len(names):
            raise ValueError(
                f"--phenotype_name={','.join(names)}: expected {len(phenotypes)} "
                "names, one for each of --phenotype_field"
            )
        phenotypes = dict(zip(phenotypes, names, strict=True))
    covariates = _fields(given, "covariate_fields")
    categories = _fields(given, "categorical_fields")
    for field in (*phenotypes, *covariates):
        if field in categories or (field in phenotypes and field in covariates):
            raise ValueError(
                f"field {field} is named twice: as phenotype, covariate or category; "
                "expected one of them"
            )
    found = UkbFlags(
        given["csv"],
        given["out"],
        given["withdrawals"] or None,
        phenotypes,
        covariates,
        categories,
        given["pcs"],
        given["genotyping"],
        given["age_squared"] and AGE in covariates,
        _instance(given["instance"]),
        _codes(given["missing_codes"]),
        tuple(name for name in _OFF if given[name]),
    )
    _check_names(phenotypes.values(), found.covariate_names())
    return found


def _check_names(names: Iterable[str], covariates: list[str]) -> None:
    """Refuses what PLINK, or the name of a file, can not hold."""
    for name in names:
        if not name or re.search(r"[\s/]", name):
            raise ValueError(
                f"--phenotype_name: found {name!r}; expected a name without white "
                "space and '/', as it becomes a column and part of a file's name"
            )
        if name.lstrip("#") in ("FID", "IID", "SID") or name in covariates:
            raise ValueError(
                f"--phenotype_name: {name!r} is the name of another column; the others "
                f"are FID, IID, SID, {', '.join(covariates)}"
            )


def _fields(given: dict[str, Any], flag: str) -> dict[int, str]:
    """Names by field number; 'none' is no field."""
    texts = [] if given[flag] == ["none"] else given[flag]
    special = {str(BATCH): "--genotyping", str(COMPONENTS): "--pcs"}
    for text in texts:
        if text in special:
            raise ValueError(f"--{flag}: field {text} is what {special[text]} is for")
        if not text.isdecimal():
            raise ValueError(
                f"--{flag}={','.join(texts)}: found {text!r}; expected numbers of "
                "fields with commas between, such as 50,21001"
            )
    numbers = [int(text) for text in texts]
    if len(set(numbers)) != len(numbers):
        raise ValueError(f"--{flag}={','.join(texts)}: a field is there twice")
    return {number: _NAMES.get(number, f"f{number}") for number in numbers}


def _instance(text: str) -> Instance:
    if text == "first":
        return "first"
    if text == "mean":
        return "mean"
    if len(text) == 1 and text.isdecimal():
        return int(text)
    raise ValueError(
        f"--instance={text}: expected first, mean, or a number from 0 to 9"
    )


def _codes(texts: list[str]) -> tuple[float, ...]:
    if texts == ["none"]:
        return ()
    try:
        return tuple(float(text) for text in texts)
    except ValueError as error:
        raise ValueError(
            f"--missing_codes={','.join(texts)}: expected numbers with commas between, "
            "or none"
        ) from error
