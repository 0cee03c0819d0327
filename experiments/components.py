"""Principal components of the cohort's own genotypes, as covariates: --pca."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from experiments import console
from experiments.configuration import CohortFlags
from experiments.phenotype_files import add_components
from experiments.workdir import write_text
from gxjax.genotypes import BedSource
from gxjax.linkage import PrincipalComponents, pruned_components
from gxjax.report.tables import write_table

__all__ = ["component_note", "with_components", "write_components"]


def with_components(
    flags: CohortFlags, source: BedSource, covariates: pd.DataFrame | None
) -> tuple[pd.DataFrame | None, PrincipalComponents | None]:
    """The covariates, with the components of --pca after them, and these.

    They are of everybody whom the filters left, TEST people too: no phenotype enters.
    What is fitted on TRAIN alone is how the phenotype depends on them.
    """
    if flags.pca is None:
        return covariates, None
    with console.bar(f"--pca {flags.pca}") as progress:
        found = pruned_components(
            source, flags.pca, nonfounders=flags.nonfounders, progress=progress
        )
    components = found.table.drop(columns=["FID", "IID"])
    return add_components(source.samples, covariates, components), found


def write_components(found: PrincipalComponents, prefix: str | Path) -> None:
    """Writes plink2's <prefix>.eigenvec and <prefix>.eigenval."""
    table = found.table.rename(columns={"FID": "#FID"})
    write_table(table, f"{prefix}.eigenvec")
    lines = "".join(f"{value:.6g}\n" for value in found.eigenvalues)
    write_text(Path(f"{prefix}.eigenval"), lines)


def component_note(found: PrincipalComponents) -> str:
    """What entered the components, in a sentence."""
    return (
        f"--pca: {len(found.eigenvalues)} components of {found.variants:,} variants in "
        "approximate linkage equilibrium are covariates."
    )
