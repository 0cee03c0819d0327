"""How the networks of each arm learned."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from gxjax.report.labels import in_order, score_label
from gxjax.report.style import GREY, legend_below, styled
from gxjax.report.tables import require_columns

__all__ = ["HISTORY_COLUMNS", "training_curves"]

HISTORY_COLUMNS = (
    *("arm", "member", "epoch", "train_loss", "validation_loss"),
    *("score_name", "validation_score", "best_epoch"),
)
_TRAIN, _VALIDATION = "#56B4E9", "#D55E00"


@styled
def training_curves(history: pd.DataFrame) -> Figure:
    """Losses (above) and validation score (below) per epoch, a column per arm.

    Args:
      history: `HISTORY_COLUMNS`, a row per arm, member and epoch.

    Returns:
      A figure with two axes per arm; a thin line per member, its best epoch marked.

    Raises:
      ValueError: a column is missing.
    """
    require_columns(history, "history", HISTORY_COLUMNS)
    arms = in_order(history["arm"], ["spikein", "decoy", "real"])
    columns = max(1, len(arms))
    figure = Figure(figsize=(max(3.6 * columns, 5), 4.8), layout="constrained")
    grid = figure.subplots(2, columns, sharex="col", sharey="row", squeeze=False)
    for place, arm in enumerate(arms):
        part = history[history["arm"] == arm]
        for number, (_, rows) in enumerate(part.groupby("member", sort=True)):
            _draw(grid[0, place], grid[1, place], rows.sort_values("epoch"), number)
        grid[0, place].set_title(f"Arm: {arm}")
        grid[1, place].set_xlabel("Epoch")
        grid[1, place].axhline(0, color=GREY, linewidth=0.8)
        grid[1, place].xaxis.set_major_locator(MaxNLocator("auto", integer=True))
    grid[0, 0].set_ylabel("Loss")
    names = map(score_label, in_order(history["score_name"].astype(str), []))
    grid[1, 0].set_ylabel(f"Validation {' / '.join(names) or 'score'}")
    # One wild first epoch would flatten all that follows.
    lowest = np.nan_to_num(history["validation_score"]).min(initial=0.0)
    if lowest < -1:
        grid[1, 0].set_ylim(bottom=-1)
    legend_below(figure, grid[0, 0], columns=3)
    return figure


def _draw(loss: Axes, score: Axes, rows: pd.DataFrame, number: int) -> None:
    first = number == 0
    look: dict[str, Any] = {
        "linewidth": 0.9,
        "alpha": 0.8,
        "marker": "." if len(rows) < 3 else "",
    }
    for name, colour in (("train", _TRAIN), ("validation", _VALIDATION)):
        label = name.capitalize() if first else "_"
        loss.plot(rows.epoch, rows[f"{name}_loss"], color=colour, label=label, **look)
    score.plot(rows.epoch, rows.validation_score, color=_VALIDATION, **look)
    best = rows[rows["epoch"] == rows["best_epoch"].iloc[-1]]
    mark: dict[str, Any] = {
        "color": _VALIDATION,
        "markeredgecolor": "white",
        "markersize": 6,
    }
    score.plot(best.epoch, best.validation_score, "o", **mark)
    if first:
        loss.plot([], [], "o", label="Best epoch of a member", **mark)
