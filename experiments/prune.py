"""Variants in approximate linkage equilibrium: plink2's `--indep-pairwise`.

Writes <out>.prune.in, the ids that are kept, and <out>.prune.out, those removed, both
for --extract. --indep_pairwise is WINDOW[kb],STEP,R2 or WINDOW[kb],R2 with step 1: of
two variants in a window whose r^2 is above R2, the rarer one goes. r^2 is of founders.

example:
  python -m experiments.prune --bfile chr@ --indep_pairwise 200kb,1,0.2 --out qc/ld
  python -m experiments.pca --bfile chr@ --extract qc/ld.prune.in --pca 10 --out qc/pcs
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from absl import flags

from experiments import console
from experiments.command_line import (
    check_out,
    define_strings,
    parse_command,
    run_command,
)
from experiments.selected_source import SOURCE_FLAGS, selected_source
from experiments.workdir import write_text
from gxjax.genotypes import BedSource
from gxjax.linkage import Window, parse_window, prune

__all__ = ["main"]


def main(argv: list[str]) -> None:
    """Reads, prunes, writes.

    Raises:
      ValueError, FileNotFoundError: a wrong flag or file, as of what reads it.
    """
    given = parse_command(define(), argv, needed=("bfile", "indep_pairwise", "out"))
    out = check_out(given["out"])
    window, step, r2 = parse_indep_pairwise(given["indep_pairwise"])
    source = selected_source(given)
    check_ids(source)
    with console.bar("prune") as progress:
        found = prune(
            source,
            window,
            step,
            r2,
            nonfounders=given["nonfounders"],
            bad_ld=given["bad_ld"],
            progress=progress,
        )
    for ending, rows in (("prune.in", found.kept), ("prune.out", found.removed)):
        write_ids(source, rows, Path(f"{out}.{ending}"))
    if unplaced := len(source.variants) - len(found.kept) - len(found.removed):
        console.note(f"{unplaced:,} variants of chromosome 0 are in neither file")
    console.say(
        f"{out}.prune.in: {len(found.kept):,} variants kept, {len(found.removed):,} "
        "removed"
    )


def parse_indep_pairwise(words: list[str]) -> tuple[Window, int, float]:
    """`["200kb", "1", "0.5"]` or `["200kb", "0.5"]`: window, step, r2."""
    text = ",".join(words)
    if len(words) not in (2, 3):
        raise ValueError(f"--indep_pairwise={text}: expected WINDOW[kb],STEP,R2")
    try:
        window = parse_window(words[0])
        step = int(words[1]) if len(words) == 3 else 1
        return window, step, float(words[-1])
    except ValueError as error:
        raise ValueError(
            f"--indep_pairwise={text}: {error}; expected WINDOW[kb],STEP,R2 as "
            "200kb,1,0.5"
        ) from error


def check_ids(source: BedSource) -> None:
    """Raises ValueError where a list of ids would not tell variants apart."""
    ids = source.variants["ID"]
    twice = ids[ids.duplicated()]
    if len(twice):
        raise ValueError(
            f"variant id {twice.iloc[0]!r} is there twice: a list of ids can not tell "
            "them apart. Name variants by position (plink2 --set-all-var-ids @:#:$r:$a)"
        )


def write_ids(source: BedSource, rows: np.ndarray, path: Path) -> None:
    """One id a line."""
    ids = source.variants["ID"].iloc[rows]
    write_text(path, "".join(f"{each}\n" for each in ids))


def define() -> flags.FlagValues:
    """The flags of this command."""
    values = define_strings(
        *SOURCE_FLAGS,
        ("out", "prefix of the lists that are written, in a folder that exists"),
    )
    flags.DEFINE_list("indep_pairwise", None, "WINDOW[kb],STEP,R2", flag_values=values)
    for name, text in (
        ("nonfounders", "r^2 and frequencies of those with parents, too"),
        ("bad_ld", "go on with fewer than 50 founders"),
    ):
        flags.DEFINE_boolean(name, False, text, flag_values=values)
    return values


if __name__ == "__main__":
    run_command("prune", __doc__, define, main)
