"""The tables that the page is made of: names and the columns that each must have."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from gxjax.report.tables import require_columns

__all__ = ["SCHEMAS", "checked_tables"]

_SPREAD = "method noise value lower upper"
SCHEMAS = {
    "recall": f"{_SPREAD} effect quantile planted",
    "locus_recall": f"{_SPREAD} effect quantile planted",
    "precision": f"{_SPREAD} quantile",
    "stability": "method noise mean median mad q25 q75 p10 p90 excluded variants",
    "composite": f"{_SPREAD} recall precision stability median_rsd rank",
    "manhattan": "CHROM POS kind score",
    "history": "arm member epoch train_loss validation_loss score_name "
    "validation_score best_epoch",
    "completeness": "method noise delta",
    "manifest": "effect target achieved maf guards_met",
    "qc": "filter removed_people removed_variants people variants",
    "trusted": f"{_SPREAD} effect best within_noise_of_best useful",
    "usefulness": "method noise effect value beaten not_beaten useful",
    "average_precision": f"{_SPREAD} effect planted chance",
    "frequency": f"{_SPREAD} effect maf_low maf_high quantile planted",
    "locus_precision": f"{_SPREAD} k loci",
    "comparisons": "metric effect first_method first_noise second_method second_noise "
    "difference lower upper p p_holm",
    "ranks": "metric method noise mean_rank critical_difference cases friedman_p",
    "composite_published": f"{_SPREAD} recall precision stability median_rsd rank",
    "loci": "method noise CHROM START END ID variants score p q kind",
    "selected": "method noise null fdr threshold selected planted_selected "
    "false_selected realised",
    "calibration": "method noise expected observed lower upper",
    "spread": "method noise component value lower upper share",
    "faithfulness": f"{_SPREAD} measure",
    "faithfulness_curves": f"{_SPREAD} curve fraction",
    "sanity": f"{_SPREAD} layer",
    "dominance": "effect contrast_mean lower upper auroc planted",
    "interactions": "score effect quantile k value lower upper planted",
}
"""Columns that each table of the page must have; more are welcome, and some are read:
`least greatest` (range over members and replicates), `null counted` of precision,
`spearman jaccard nogueira` with `_lower _upper` and `top` of stability, `first_share
first_share_weights rank_lower rank_upper quantile tau` of the composites, `ID
neg_log10_p` of manhattan, `metric` of trusted (recall, or what else it was made of)."""

_ENDS = ("lower", "upper", "least", "greatest")
_RANGES = {
    **dict.fromkeys(("recall", "average_precision", "trusted", "frequency"), (0, 1)),
    **dict.fromkeys(("locus_recall", "locus_precision", "interactions"), (0, 1)),
    **dict.fromkeys(("composite", "composite_published"), (0, 1)),
    "precision": (-np.inf, 1),
    "stability": (0, np.inf),
    "sanity": (-1, 1),
}
_AGREEMENT = {"spearman": (-1, 1), "jaccard": (0, 1), "nogueira": (-1, 1)}


def checked_tables(
    given: Mapping[str, pd.DataFrame | None],
) -> dict[str, pd.DataFrame]:
    """Every table of `SCHEMAS`: as given, or without rows where it was not.

    Args:
      given: tables by name; None and a table without columns are tables without rows.
        A column `#CHROM` is read as `CHROM`. Ends of intervals that lie beyond what a
        share can be are moved to the limit; values stay as they are.

    Raises:
      ValueError: a name is not in `SCHEMAS`, or a table lacks a column.
    """
    unknown = sorted(set(given) - set(SCHEMAS))
    if unknown:
        raise ValueError(
            f"write_page: unknown table {' '.join(unknown)}; expected some of "
            f"{' '.join(SCHEMAS)}"
        )
    tables = {}
    for name, columns in SCHEMAS.items():
        table = given.get(name)
        if table is None or (table.empty and not len(table.columns)):
            table = pd.DataFrame(columns=columns.split())
        table = table.rename(columns={"#CHROM": "CHROM"})
        require_columns(table, name, columns.split())
        clipped = len(table) and name in _RANGES
        tables[name] = _within(table, name) if clipped else table
    return tables


def _within(table: pd.DataFrame, name: str) -> pd.DataFrame:
    limits = dict.fromkeys(_ENDS, _RANGES[name])
    if name == "stability":
        for measure, pair in _AGREEMENT.items():
            limits |= dict.fromkeys((f"{measure}_lower", f"{measure}_upper"), pair)
    there = {end: pair for end, pair in limits.items() if end in table}
    return table.assign(
        **{end: table[end].astype(float).clip(*pair) for end, pair in there.items()}
    )
