"""Principal components of the genotypes: plink2's `--pca`, at the size of a biobank.

Writes <out>.eigenvec (#FID IID PC1 ..., as --covar takes it) and <out>.eigenval.
Variants of chromosomes 1 to 22 that vary among founders enter; prune them first, or the
components show long stretches of LD.

example:
  python -m experiments.prune --bfile chr@ --indep_pairwise 200kb,1,0.2 --out qc/ld
  python -m experiments.pca --bfile chr@ --extract qc/ld.prune.in --pca 10 --out qc/pcs
"""

from __future__ import annotations

import jax
import numpy as np
from absl import flags

from experiments import console
from experiments.command_line import (
    check_out,
    define_strings,
    parse_command,
    run_command,
)
from experiments.components import write_components
from experiments.selected_source import SOURCE_FLAGS, selected_source
from gxjax.linkage import PrincipalComponents, principal_components

__all__ = ["main"]

_LOOSE = 0.1


def main(argv: list[str]) -> None:
    """Reads, finds the components, writes.

    Raises:
      ValueError, FileNotFoundError: a wrong flag or file, as of what reads it.
    """
    given = parse_command(define(), argv, needed=("bfile", "out"))
    out = check_out(given["out"])
    source = selected_source(given)
    with console.bar("principal components") as progress:
        found = principal_components(
            source,
            given["pca"],
            key=jax.random.key(given["seed"]),
            nonfounders=given["nonfounders"],
            progress=progress,
        )
    write_components(found, out)
    if text := mixed(found):
        console.warn(text)
    console.say(
        f"{out}.eigenvec: {len(found.eigenvalues)} components of "
        f"{len(found.table):,} people at {found.variants:,} variants"
    )


def mixed(found: PrincipalComponents) -> str:
    """Says which components are not told apart from their neighbours; "" for none."""
    gaps = np.append(-np.diff(found.eigenvalues), np.inf)
    nearest = np.minimum(gaps, np.concatenate([[np.inf], gaps[:-1]]))
    loose = np.flatnonzero(found.residuals > _LOOSE * nearest)
    if not loose.size:
        return ""
    names = ", ".join(f"PC{number + 1}" for number in loose)
    return (
        f"{names}: their eigenvalues are too close to their neighbours' to tell the "
        "components apart; as covariates use all of them or none, and do not interpret "
        "them one by one"
    )


def define() -> flags.FlagValues:
    """The flags of this command."""
    values = define_strings(
        *SOURCE_FLAGS,
        ("out", "prefix of the tables that are written, in a folder that exists"),
    )
    flags.DEFINE_integer("pca", 10, "components", lower_bound=1, flag_values=values)
    flags.DEFINE_integer(
        "seed", 0, "of the random start, which hardly matters", flag_values=values
    )
    flags.DEFINE_boolean(
        "nonfounders", False, "frequencies of those with parents, too",
        flag_values=values,
    )  # fmt: skip
    return values


if __name__ == "__main__":
    run_command("pca", __doc__, define, main)
