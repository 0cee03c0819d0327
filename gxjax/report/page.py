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
from gxjax.report.figures import Drawing, drawings
from gxjax.report.grids import page_grids
from gxjax.report.ranking import best_column
from gxjax.report.schemas import checked_tables
from gxjax.report.style import save_figure
from gxjax.report.words import page_words, provenance_words
from gxjax.types import Progress, silent

__all__ = ["write_page"]

_LARGE = 300_000


def write_page(
    directory: str | os.PathLike[str],
    *,
    composite: pd.DataFrame,
    rsd: Mapping[tuple[str, str], np.ndarray],
    provenance: Mapping[str, Any],
    manhattan_column: tuple[str, str] | None = None,
    null: bool = False,
    progress: Progress = silent,
    **tables: pd.DataFrame | None,
) -> Path:
    """Writes `index.html`, complete in itself, and `figures/*.png` and `*.svg`.

    Any table but `composite` may be left out, None or empty: its part of the page is
    then left out. The sentences are computed from the tables. `lower upper` are 95 %
    bootstrap intervals over members and planted variants (of precision: blocks of the
    genome) and, with several replicates, truth seeds; they are not what another cohort
    would show. Ends beyond what a share can be are shown at the limit.

    Args:
      directory: a folder, made if it is not there.
      composite: `method noise value lower upper recall precision stability median_rsd
        rank`, a row per score column, and perhaps `first_share first_share_weights
        rank_lower rank_upper quantile tau`.
      rsd: per (method, noise) the relative standard deviations, float [V].
      provenance: any of `command` (text), `flags`, `versions`, `seeds`, `cohort`
        (mappings), `device` (text), `times` (seconds per stage), `notes` (texts),
        `replicates` (number of truth seeds, 1 if left out) and `truth` ("conditional"
        if left out, or "generative": what the page says of LD depends on it).
      manhattan_column: the (method, noise) that `manhattan` has the score of; by
        default the first by composite rank.
      null: whether the phenotype was shuffled; the page then says so on top.
      progress: called after each figure.
      **tables: any of `schemas.SCHEMAS`, which lists their columns: recall
        locus_recall precision stability manhattan history completeness manifest qc
        trusted usefulness average_precision frequency locus_precision comparisons
        ranks composite_published loci selected calibration spread faithfulness
        faithfulness_curves sanity dominance interactions. Comparators are rows of
        recall, locus_recall, average_precision and frequency.

    Returns:
      The path of `index.html`, which is written last.

    Raises:
      ValueError: an unknown table, one that lacks a column, or an empty `composite`.
    """
    checked = checked_tables(tables | {"composite": composite})
    column = manhattan_column or best_column(checked["composite"])
    replicates = int(provenance.get("replicates", 1))
    generative = provenance.get("truth", "conditional") == "generative"
    plans = drawings(
        checked,
        rsd=rsd,
        manhattan_column=column,
        replicates=replicates,
        generative=generative,
    )
    page = Path(directory) / "index.html"
    figures = _draw(plans, page.parent / "figures", progress)
    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=jinja2.PackageLoader("gxjax.report", "."),
    )
    text = environment.get_template("page.html").render(
        figures=figures,
        null=null,
        **page_words(checked, replicates, generative),
        **page_grids(checked, column),
        **provenance_words(provenance),
    )
    with replacing(page) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return page


def _draw(
    plans: dict[str, Drawing], folder: Path, progress: Progress
) -> dict[str, dict[str, str]]:
    folder.mkdir(parents=True, exist_ok=True)
    figures = {}
    for done, (name, plan) in enumerate(plans.items(), 1):
        figure = plan.draw()
        width, height = figure.get_size_inches()
        files = save_figure(figure, folder, name)
        words = plan.words._asdict()
        figures[name] = words | {
            "source": _embedded(*files),
            "width": f"{96 * width:.0f}",
        }
        figures[name] |= {"height": f"{96 * height:.0f}", "least": f"{72 * width:.0f}"}
        progress(done, len(plans), f"figure {name}")
    return figures


def _embedded(png: Path, svg: Path) -> str:
    """A data URI: the SVG, or the PNG where many points make that the smaller one."""
    raster = svg.stat().st_size > max(_LARGE, png.stat().st_size)
    file, kind = (png, "png") if raster else (svg, "svg+xml")
    return f"data:image/{kind};base64,{base64.b64encode(file.read_bytes()).decode()}"
