"""The cohort stage's QC: its filters, and the tables that it writes."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from experiments import console
from experiments.configuration import CohortFlags
from gxjax.cohort import (
    filter_genotypes,
    qc_tables,
    read_id_list,
    read_variant_list,
)
from gxjax.cohort.id_list import check_lists
from gxjax.cohort.qc_tables import REPORTS
from gxjax.genotypes import BedSource, open_bed_source
from gxjax.report.tables import write_table

__all__ = ["filtered", "qc_notes", "write_reports"]


def filtered(
    flags: CohortFlags,
) -> tuple[BedSource, pd.DataFrame, dict[str, pd.DataFrame]]:
    """What the filters leave of --bfile, the table of filters, and plink2's tables."""
    assert flags.bfile is not None
    keep = read_id_list(flags.keep) if flags.keep else None
    remove = read_id_list(flags.remove, allow_empty=True) if flags.remove else None
    extract = read_variant_list(flags.extract) if flags.extract else None
    exclude = None
    if flags.exclude:
        exclude = read_variant_list(flags.exclude, allow_empty=True)
    source = open_bed_source(flags.bfile, chr_set=flags.chr_set)
    lists = (f"--keep={flags.keep}", keep), (f"--extract={flags.extract}", extract)
    check_lists(source.samples, source.variants, *lists)
    with console.bar("filter") as progress:
        chosen, table = filter_genotypes(
            source,
            geno=flags.geno,
            mind=flags.mind,
            maf=flags.maf,
            mac=flags.mac,
            hwe=flags.hwe,
            autosome=flags.autosome,
            nonfounders=flags.nonfounders,
            chr_set=flags.chr_set,
            keep=keep,
            remove=remove,
            extract=extract,
            exclude=exclude,
            progress=progress,
        )
    reports = [name for name in REPORTS if getattr(flags, name)]
    if not reports:
        return chosen, table, {}
    with console.bar("count for --" + ", --".join(reports)) as progress:
        tables = qc_tables(
            chosen,
            reports,
            nonfounders=flags.nonfounders,
            chr_set=flags.chr_set,
            progress=progress,
        )
    return chosen, table, tables


def write_reports(
    table: pd.DataFrame, tables: dict[str, pd.DataFrame], folder: Path
) -> None:
    """Writes qc.tsv, and each of plink2's tables as `cohort` with its ending."""
    write_table(table, folder / "qc.tsv")
    for name, each in tables.items():
        write_table(each.rename(columns={"FID": "#FID"}), folder / f"cohort.{name}")


def qc_notes(qc: pd.DataFrame) -> list[str]:
    """A sentence for every filter that removed something."""
    return [
        f"{row.filter}: removed {count} {what}"
        for row in qc.itertuples()
        for what in ("people", "variants")
        if (count := getattr(row, f"removed_{what}"))
    ]
