"""Tables of what was found: loci in LD, variants at a false discovery rate."""

from __future__ import annotations

import pandas as pd

from gxjax.report.labels import column_label, score_label
from gxjax.report.summaries import Cell, Grid, number
from gxjax.types import PLANTED_KINDS

__all__ = ["loci_grid", "selected_grid"]

_MOST_LOCI = 20


def loci_grid(loci: pd.DataFrame, column: tuple[str, str]) -> Grid:
    """The best loci of one column, highest score first.

    Args:
      loci: `method noise CHROM START END ID variants score p q kind`.
      column: the (method, noise) to list.

    Returns:
      The grid; a kind that recall does not call planted, as that of polygenic
      background effects, stands in brackets behind a dash.
    """
    own = (loci["method"] == column[0]) & (loci["noise"] == column[1])
    top = loci[own].sort_values("score", ascending=False).head(_MOST_LOCI)
    rows = []
    for row in top.to_dict("records"):
        place = f"{row['CHROM']}:{row['START']:.0f}–{row['END']:.0f}"
        texts = [place, number(row["variants"]), number(row["score"])]
        texts += [
            f"{row[name]:.2g}" if row[name] == row[name] else "–" for name in "pq"
        ]
        texts.append(_planted(str(row["kind"])))
        rows.append((str(row["ID"]), [Cell(text) for text in texts]))
    heads = ["Index variant", "Region", "Variants", "Score", "p", "q", "Planted"]
    return Grid(heads, rows)


def selected_grid(selected: pd.DataFrame) -> Grid:
    """Variants selected against knockoffs or decoys, and how many of them are false.

    Args:
      selected: `method noise null fdr threshold selected planted_selected
        false_selected realised`, and perhaps `counted`; a row with realised above fdr
        is marked. Where nobody knows what is false those are NaN.
    """
    counted = [name for name in ("counted",) if name in selected]
    rows = []
    for row in selected.sort_values("fdr", kind="stable").to_dict("records"):
        texts = [score_label(str(row["null"]))]
        texts += [str(row[name]).capitalize() for name in counted]
        texts += [f"{row['fdr']:g}", number(row["selected"])]
        texts += [number(row[name]) for name in ("planted_selected", "false_selected")]
        share = number(row["realised"]) if row["selected"] > 0 else "–"
        over = row["selected"] > 0 and row["realised"] > row["fdr"]
        texts.append(f"{share}, above its level" if over else share)
        name = column_label(str(row["method"]), str(row["noise"]))
        rows.append((name, [Cell(text) for text in texts]))
    heads = [
        "Method",
        "Null",
        *(name.capitalize() for name in counted),
        "FDR asked",
        "Selected",
    ]
    return Grid([*heads, "Planted", "False", "False share"], rows)


def _planted(kind: str) -> str:
    if kind in PLANTED_KINDS:
        return score_label(kind)
    return "–" if kind == "real" else f"– ({score_label(kind).lower()})"
