"""Associated variants in clumps of LD: PLINK's `--clump`.

Reads any table with a column of ids (ID or SNP) and P, such as .glm.linear; where it
has a column TEST, only the rows of --clump_test count. Writes <out>.clumps with the
columns of plink2. r^2 is between haplotypes at their most likely phase, among founders,
as in PLINK 1.9.

example:
  python -m experiments.clump --bfile chr@ --clump results/gwas.height.glm.linear \\
      --clump_p1 5e-8 --clump_r2 0.1 --clump_kb 1000 --out results/gwas.height
"""

from __future__ import annotations

from pathlib import Path

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
from experiments.selected_source import SOURCE_FLAGS, selected_source
from gxjax.association.regression_table import p_text
from gxjax.linkage import clump
from gxjax.report.tables import write_table
from gxjax.table_text import read_rows

__all__ = ["main"]

_MISSING = {"", "NA", "nan", "NaN", "."}
_SMALLEST = 1e-300


def main(argv: list[str]) -> None:
    """Reads, clumps, writes.

    Raises:
      ValueError, FileNotFoundError: a wrong flag or file, as of what reads it.
    """
    given = parse_command(define(), argv, needed=("bfile", "clump", "out"))
    out = check_out(given["out"])
    source = selected_source(given)
    associations = read_associations(
        given["clump"],
        given["clump_id_field"],
        given["clump_p_field"],
        given["clump_test"],
    )
    with console.bar("clump") as progress:
        table, missing = clump(
            source,
            associations,
            p1=given["clump_p1"],
            p2=given["clump_p2"],
            r2=given["clump_r2"],
            kb=given["clump_kb"],
            nonfounders=given["nonfounders"],
            progress=progress,
        )
    path = Path(f"{out}.clumps")
    named = table.rename(columns={"NEG_LOG10_P": "P"})
    write_table(named.assign(P=p_text(table["NEG_LOG10_P"].to_numpy())), path)
    if missing:
        console.warn(
            f"{len(missing):,} variants with p at most --clump_p1 are not in --bfile, "
            f"the first {missing[0]!r}: they are in no clump"
        )
    console.say(
        f"{path}: {len(table):,} clumps, {table['TOTAL'].sum():,} others in them"
    )


def read_associations(
    path: str, id_fields: list[str], p_field: str, test: str
) -> pd.DataFrame:
    """Table `ID NEG_LOG10_P` of a file of associations, NaN where P is missing.

    Raises:
      FileNotFoundError: there is no such file.
      ValueError: it lacks a column or the test, or a P is no number from 0 to 1.
    """
    rows = read_rows(path, "a header with ID and P, and a line per variant")
    table = rows.iloc[1:].set_axis([str(n).lstrip("#") for n in rows.iloc[0]], axis=1)
    id_field = next((name for name in id_fields if name in table), None)
    for name, flag in ((id_field, "clump_id_field"), (p_field, "clump_p_field")):
        if name is None or name not in table:
            wanted = name or " or ".join(id_fields)
            raise ValueError(
                f"{path}: no column {wanted}; found {' '.join(table.columns)}. "
                f"--{flag} names it"
            )
    if "TEST" in table:
        found = sorted(table["TEST"].unique())
        table = table[table["TEST"] == test]
        if table.empty:
            raise ValueError(
                f"{path}: no row of TEST {test}; found {', '.join(found)}. "
                "--clump_test names one"
            )
    heights = [
        neg_log10(text, f"{path}, line {line}") for line, text in table[p_field].items()
    ]
    return pd.DataFrame({"ID": table[id_field].to_numpy(), "NEG_LOG10_P": heights})


def neg_log10(text: str, place: str) -> float:
    """Of a p-value as it is written, below the smallest float, too."""
    if text in _MISSING:
        return np.nan
    try:
        value = float(text)
        if not 0 <= value <= 1 or text.startswith("-"):
            raise ValueError
        if value > _SMALLEST:
            return float(-np.log10(value))
        number, _, power = text.lower().partition("e")
        if not power or float(number) == 0:
            return np.inf
        return float(-np.log10(float(number))) - int(power)
    except ValueError as error:
        raise ValueError(f"{place}: P is {text!r}; expected 0 to 1, or NA") from error


def define() -> flags.FlagValues:
    """The flags of this command."""
    values = define_strings(
        *SOURCE_FLAGS,
        ("clump", "table of associations with ids and P"),
        ("out", "prefix of the table that is written, in a folder that exists"),
    )
    for name, default, text in (
        ("clump_p1", 1e-4, "largest p of an index variant"),
        ("clump_p2", 0.01, "SP2 lists what has a smaller p"),
        ("clump_r2", 0.5, "smallest r^2 with the index variant"),
        ("clump_kb", 250.0, "largest distance to it, kilobases"),
    ):
        flags.DEFINE_float(name, default, text, flag_values=values)
    flags.DEFINE_list(
        "clump_id_field", ["ID", "SNP"], "column of ids: the first that is there",
        flag_values=values,
    )  # fmt: skip
    flags.DEFINE_string("clump_p_field", "P", "column of p", flag_values=values)
    flags.DEFINE_string("clump_test", "ADD", "which TEST counts", flag_values=values)
    flags.DEFINE_boolean(
        "nonfounders", False, "r^2 of those with parents, too", flag_values=values
    )
    return values


if __name__ == "__main__":
    run_command("clump", __doc__, define, main)
