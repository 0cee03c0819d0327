"""Phenotypes and covariates as flags name them, for the cohort and for associate."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from experiments.configuration import CohortFlags
from gxjax.cohort import (
    align,
    detect_trait,
    read_covariates,
    read_fam_phenotype,
    read_phenotype,
)
from gxjax.genotypes import find_filesets
from gxjax.genotypes.tables import table_beside

__all__ = ["add_components", "fam_phenotype", "listed", "read_values"]


def read_values(flags: CohortFlags) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """The phenotype to explain, and the covariates or None."""
    if flags.pheno is not None:
        phenotype = read_phenotype(flags.pheno, flags.pheno_name)
    else:
        assert flags.bfile is not None
        phenotype = fam_phenotype(find_filesets(flags.bfile, chr_set=flags.chr_set)[0])
    if flags.covar is None:
        return phenotype, None
    categorical = listed(flags.covar_categorical) or ()
    covariates = read_covariates(flags.covar, listed(flags.covar_name), categorical)
    components = (f"PC{number}" for number in range(1, (flags.pca or 0) + 1))
    if twice := [name for name in components if name in covariates]:
        raise ValueError(
            f"{flags.covar}: has a column {twice[0]!r}, as --pca makes one; leave "
            "either out (--covar_name)"
        )
    return phenotype, covariates


def fam_phenotype(prefix: Path) -> pd.DataFrame:
    """PHENO1, column 6 of a fileset's .fam, which is what there is without --pheno.

    Raises:
      FileNotFoundError: there is no .fam.
      ValueError: it is missing for all, or has a single value.
    """
    path = table_beside(prefix, ".fam")
    table = read_fam_phenotype(path)
    try:
        detect_trait(table["PHENO1"].to_numpy())
    except ValueError as error:
        raise ValueError(
            "--bfile needs --pheno, a file with FID, IID and the phenotype: column 6 "
            f"of {path} says nothing ({error})"
        ) from error
    said = f"Without --pheno, column 6 of {path} is the phenotype, PHENO1."
    table.attrs["notes"] = [said, *table.attrs["notes"]]
    return table


def add_components(
    samples: pd.DataFrame, covariates: pd.DataFrame | None, components: pd.DataFrame
) -> pd.DataFrame:
    """Covariates of the samples, with principal components after them.

    Args:
      samples: N rows with FID and IID.
      covariates: as `read_covariates` returns it; None for none.
      components: N rows PC1, PC2, ... of the samples, in their order.

    Raises:
      ValueError: what `align` refuses.
    """
    parts = [samples[["FID", "IID"]].reset_index(drop=True)]
    if covariates is not None:
        parts.append(align(samples, covariates))
    found = pd.concat([*parts, components.reset_index(drop=True)], axis=1)
    if covariates is not None:
        found.attrs["file"] = covariates.attrs["file"]
    return found


def listed(names: str | None) -> Sequence[str] | None:
    """Names with commas between as a list; None stays None."""
    return [name.strip() for name in names.split(",")] if names else None
