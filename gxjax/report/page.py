"""The report: one self-contained page, and each figure as two files beside it."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
import pandas as pd

from gxjax.replacing import replacing
from gxjax.report import summaries
from gxjax.report.cautions import cautions
from gxjax.report.completeness import completeness_grid
from gxjax.report.figures import Drawing, drawings
from gxjax.report.headline import (
    at_quantile,
    best_by_effect,
    best_column,
    composite_sentence,
    precision_sentence,
    ranking_sentences,
    recall_sentence,
)
from gxjax.report.labels import column_label, effect_label
from gxjax.report.style import save_figure
from gxjax.report.tables import require_columns
from gxjax.types import Progress, silent

__all__ = ["write_page"]

_SPREAD = "method noise value lower upper"
_COLUMNS = {
    "recall": f"{_SPREAD} effect quantile planted",
    "precision": f"{_SPREAD} quantile",
    "stability": "method noise mean median mad q25 q75 p10 p90 excluded variants",
    "composite": f"{_SPREAD} recall precision stability median_rsd rank",
    "manhattan": "CHROM POS kind score",
    "history": "arm member epoch train_loss validation_loss score_name "
    "validation_score best_epoch",
    "completeness": "method noise delta",
    "manifest": "effect target achieved maf guards_met",
    "qc": "filter removed_people removed_variants people variants",
}
_COMPOSITE = {
    "value": "Composite",
    "lower": "Lowest",
    "upper": "Highest",
    "recall": "Recall",
    "precision": "Precision",
    "stability": "Stability",
    "median_rsd": "Median RSD",
}
_STABILITY = {
    "median": "Median RSD",
    "mean": "Mean",
    "mad": "MAD",
    "q25": "25 %",
    "q75": "75 %",
    "p10": "10 %",
    "p90": "90 %",
    "excluded": "Left out",
    "variants": "Variants",
}
_TOP_RECALL = 0.99


def write_page(
    directory: str | os.PathLike[str],
    *,
    recall: pd.DataFrame,
    precision: pd.DataFrame,
    stability: pd.DataFrame,
    composite: pd.DataFrame,
    rsd: Mapping[tuple[str, str], np.ndarray],
    manhattan: pd.DataFrame,
    history: pd.DataFrame,
    completeness: pd.DataFrame,
    manifest: pd.DataFrame,
    qc: pd.DataFrame,
    provenance: Mapping[str, Any],
    manhattan_column: tuple[str, str] | None = None,
    null: bool = False,
    progress: Progress = silent,
) -> Path:
    """Writes `index.html`, complete in itself, and `figures/*.png` and `*.svg`.

    Any table but `composite` may be empty, with or without columns: its part of the
    page is then left out. The sentences on top are computed from the tables; they judge
    by the spread over retrained networks, which is not what another cohort would show.

    Args:
      directory: a folder, made if it is not there.
      recall: `method noise effect quantile value lower upper planted`; the method
        "gwas" is the comparator.
      precision: `method noise quantile value lower upper`.
      stability: `method noise mean median mad q25 q75 p10 p90 excluded variants`.
      composite: `method noise value lower upper recall precision stability median_rsd
        rank`, a row per score column.
      rsd: per (method, noise) the relative standard deviations, float [V].
      manhattan: `CHROM POS kind score neg_log10_p`, a row per variant in genome order.
      history: `arm member epoch train_loss validation_loss score_name
        validation_score best_epoch`, a row per arm, member and epoch.
      completeness: `method noise delta`, as in `types.Scores`.
      manifest: `effect target achieved maf guards_met`, a row per planted variant.
      qc: `filter removed_people removed_variants people variants`, a row per filter.
      provenance: any of `command` (text), `flags`, `versions`, `seeds`, `cohort`
        (mappings), `device` (text), `times` (seconds per stage), `notes` (texts).
      manhattan_column: the (method, noise) that `manhattan` has the score of; by
        default the first by composite rank.
      null: whether the phenotype was shuffled; the page then says so on top.
      progress: called after each figure.

    Returns:
      The path of `index.html`, which is written last.

    Raises:
      ValueError: a table lacks a column, or `composite` is empty.
    """
    given = {
        "recall": recall,
        "precision": precision,
        "stability": stability,
        "composite": composite,
        "manhattan": manhattan,
        "history": history,
        "completeness": completeness,
        "manifest": manifest,
        "qc": qc,
    }
    tables = {name: _checked(table, name) for name, table in given.items()}
    column = manhattan_column or best_column(tables["composite"])
    shown = {
        name: tables[name]
        for name in _COLUMNS
        if name not in ("stability", "manifest", "qc")
    }
    plans = drawings(**shown, rsd=rsd, manhattan_column=column)
    page = Path(directory) / "index.html"
    figures = _draw(plans, page.parent / "figures", progress)
    template = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=jinja2.PackageLoader("gxjax.report", "."),
    ).get_template("page.html")
    text = template.render(
        figures=figures,
        null=null,
        **_words(tables),
        **_grids(tables),
        **_provenance(provenance),
    )
    with replacing(page) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return page


def _checked(table: pd.DataFrame, name: str) -> pd.DataFrame:
    columns = _COLUMNS[name].split()
    if table.empty and not len(table.columns):
        return pd.DataFrame(columns=columns)
    require_columns(table, name, columns)
    return table


def _draw(
    plans: dict[str, Drawing], folder: Path, progress: Progress
) -> dict[str, dict[str, str]]:
    folder.mkdir(parents=True, exist_ok=True)
    figures = {}
    for done, (name, plan) in enumerate(plans.items(), 1):
        _, svg = save_figure(plan.draw(), folder, name)
        image = base64.b64encode(svg.read_bytes()).decode()
        figures[name] = {
            "name": name,
            "source": f"data:image/svg+xml;base64,{image}",
            "alt": plan.alt,
            "caption": plan.caption,
            "limits": plan.limits,
        }
        progress(done, len(plans), f"figure {name}")
    return figures


def _words(tables: dict[str, pd.DataFrame]) -> dict[str, Any]:
    _, quantile = at_quantile(tables["recall"], _TOP_RECALL)
    best = best_by_effect(tables["recall"], quantile)
    effects = [
        row
        | {
            "label": effect_label(row["effect"]),
            "column": column_label(row["method"], row["noise"])
            if row["value"] > 0
            else "none",
            "ties": row["ties"] if row["value"] > 0 else 0,
            "above": row["value"] > row["limit"],
        }
        for row in best.to_dict("records")
    ]
    return {
        "asked": summaries.methods_sentence(tables["composite"]),
        "ranking": ranking_sentences(tables["composite"]),
        "composite_sentence": composite_sentence(tables["composite"]),
        "recall_sentence": recall_sentence(best, quantile),
        "precision_sentence": precision_sentence(tables["precision"]),
        "effects": effects,
        "top": f"{100 * (1 - quantile):.3g} %",
        "warnings": cautions(tables["history"], tables["completeness"]),
    }


def _grids(tables: dict[str, pd.DataFrame]) -> dict[str, summaries.Grid]:
    composite = tables["composite"].sort_values("rank", na_position="last")
    filters = ["Filter", "People removed", "Variants removed", "People", "Variants"]
    qc = tables["qc"][_COLUMNS["qc"].split()]
    return {
        "composite_grid": summaries.plain_grid(composite, _COMPOSITE),
        "recall_grid": summaries.quantile_grid(tables["recall"], "effect", _TOP_RECALL),
        "precision_grid": summaries.quantile_grid(tables["precision"], "quantile"),
        "stability_grid": summaries.plain_grid(tables["stability"], _STABILITY),
        "completeness_grid": completeness_grid(tables["completeness"]),
        "spikein_grid": summaries.spikein_grid(tables["manifest"]),
        "qc_grid": summaries.table_grid(qc, filters),
    }


def _provenance(given: Mapping[str, Any]) -> dict[str, Any]:
    times = given.get("times", {})
    clock = {stage: summaries.clock(seconds) for stage, seconds in times.items()}
    if times:
        clock["together"] = summaries.clock(sum(times.values()))
    settings = {
        "Flags": given.get("flags", {}),
        "Versions": given.get("versions", {}),
        "Seeds": given.get("seeds", {}),
        "Times": clock,
    }
    return {
        "command": given.get("command", ""),
        "device": given.get("device", ""),
        "notes": given.get("notes", []),
        "cohort": given.get("cohort", {}),
        "settings": {name: section for name, section in settings.items() if section},
    }
