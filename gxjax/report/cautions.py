"""When the report should not be trusted, and why."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from gxjax.report.answer import compared
from gxjax.report.labels import column_label, score_label, sentence_list
from gxjax.report.tables import by_column

__all__ = ["benchmark_cautions", "cautions"]

_UNINFORMED = {"auroc": 0.5}
_WORST_DELTA = 0.01
_FEWEST_MEMBERS = 3
_SURVIVES = 0.5
_OUTSIDE = 0.5


def cautions(history: pd.DataFrame, completeness: pd.DataFrame) -> list[str]:
    """The warnings that are due.

    Args:
      history: `arm member score_name validation_score`, a row per epoch; may be empty.
      completeness: `method noise delta`, a row per person and member; may be empty.

    Returns:
      Sentences, none when nothing is amiss: no history, an arm with fewer than 3
      members, arms whose mean best validation score is not above that of a constant
      prediction (0, or 0.5 of an AUROC) or is not a number, a column whose median
      |delta| exceeds 1 %. Absence of a warning is no proof of a good network.
    """
    arms = [(str(arm), rows) for arm, rows in history.groupby("arm", sort=False)]
    members = {arm: rows["member"].nunique() for arm, rows in arms}
    few = [f"{arm} {n}" for arm, n in members.items() if n < _FEWEST_MEMBERS]
    found = []
    if history.empty:
        found.append(
            "No training history was given: nothing here says that the "
            "networks learned."
        )
    if few:
        found.append(
            f"Fewer than {_FEWEST_MEMBERS} members ({', '.join(few)}): a spread over "
            "so few networks says little. Train more with --members."
        )
    found += _uninformed(arms)
    for method, noise, rows in by_column(completeness.dropna(subset=["delta"])):
        error = float(np.abs(rows["delta"]).median())
        if error > _WORST_DELTA:
            found.append(
                f"{column_label(method, noise)}: for half of the people the "
                f"attributions miss the change of output by {100 * error:.1f} % or "
                "more. Give it more steps or draws, if it has them, before reading "
                "its scores."
            )
    return found


def _uninformed(arms: list[tuple[str, pd.DataFrame]]) -> list[str]:
    """One sentence for all arms of a score that fail."""
    failed: dict[str, list[str]] = {}
    for arm, rows in arms:
        name = str(rows["score_name"].iloc[0])
        score = rows.groupby("member")["validation_score"].max().mean()
        if not score > _UNINFORMED.get(name, 0.0):
            failed.setdefault(name, []).append(f"{arm} {score:.3f}")
    return [
        f"The best validation {score_label(name)}, in the mean over members, is not "
        f"above {_UNINFORMED.get(name, 0.0):g} ({', '.join(found)}). These networks "
        "learned nothing that carries over, so their attributions say little."
        for name, found in failed.items()
    ]


def benchmark_cautions(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """The warnings that the benchmark's own checks give.

    Args:
      tables: every table of `schemas.SCHEMAS`.

    Returns:
      Sentences, none when nothing is amiss: effects judged without any comparator,
      null p-values (of 0.1 and less)
      above their band at more than half of the points, selections with more false
      variants than asked for, scores that agree with those of the wholly randomised
      network (interval of Spearman above 0.5). What was not run gives no warning.
    """
    found = []
    if len(tables["trusted"]) and not compared(tables["usefulness"]):
        found.append(
            "No comparator was run: nothing here shows that a method does better than "
            "a linear model."
        )
    points = tables["calibration"]
    if "phenotype" in points:
        points = points[points["phenotype"] == "shuffled"]
    points = points[points["expected"] >= 1]
    above = (points["observed"] > points["upper"]).groupby(
        [points["method"], points["noise"]], sort=False
    )
    loose = [name for name, share in above.mean().items() if share > _OUTSIDE]
    if loose:
        found.append(
            f"p-values are smaller than chance makes them: {_names(loose)}. Do not "
            "read them as error rates."
        )
    selected = tables["selected"]
    over = selected[
        (selected["selected"] > 0) & (selected["realised"] > selected["fdr"])
    ]
    if len(over):
        found.append(
            f"{len(over)} of {len(selected)} selections hold more false variants than "
            "the level that was asked for. Some do by chance, since the level is one "
            "of the mean over repetitions."
        )
    layers = tables["sanity"][tables["sanity"]["layer"] != "labels"]
    last = layers.groupby(["method", "noise"], sort=False).tail(1)
    kept = last[last["lower"] > _SURVIVES]
    if len(kept):
        names = list(zip(kept["method"], kept["noise"], strict=True))
        found.append(
            "Scores outlive their network: when every layer is random, variants are "
            f"ranked much as before by {_names(names)}, which then says little of what "
            "was learned."
        )
    return found


def _names(columns: list) -> str:
    return sentence_list([column_label(method, noise) for method, noise in columns])
