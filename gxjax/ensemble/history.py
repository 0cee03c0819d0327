"""The history table: one row per epoch and member, JSON-ready for the checkpoint.

A killed run that went on has the same table, bit for bit, as one that was never killed.
So how long anything took is not in it: see `roofline.Speed`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gxjax.ensemble.loss import mean_score
from gxjax.ensemble.member import Best
from gxjax.ensemble.roofline import Speed
from gxjax.ensemble.training_config import TrainingConfig

__all__ = ["history_rows", "learning_rate", "progress_note"]


def learning_rate(config: TrainingConfig, epoch: int, steps: int) -> np.ndarray:
    """The rate of an epoch's last step, float64 [], or [M] of members' own rates.

    Args:
      config: how networks are fitted.
      epoch: counts from 1.
      steps: of an epoch.
    """
    rate = np.asarray(config.learning_rate, np.float64)
    if not config.cosine:
        return rate
    share = (epoch * steps - 1) / (config.epochs * steps)
    return np.asarray(rate * 0.5 * (1 + np.cos(np.pi * share)))


def history_rows(
    epoch: int,
    rate: float | np.ndarray,
    score_name: str,
    values: Mapping[str, np.ndarray],
    best: Best,
) -> list[dict[str, Any]]:
    """One row per member.

    Args:
      epoch: epochs done.
      rate: learning rate, of all members or [M].
      score_name: "r2" or "auroc".
      values: `train_loss`, `validation_loss`, `validation_score`, each [M]. One that is
        [M, P], of P phenotypes, becomes its mean over them, as early stopping watches
        it, and where P > 1 also the columns `<name>_1` to `<name>_<P>`.
      best: the ensemble's best epochs so far.
    """
    best_epoch, stopped = np.asarray(best.epoch), np.asarray(best.stopped)
    rates = np.broadcast_to(np.asarray(rate, np.float64), best_epoch.shape)
    columns = _columns(values)
    return [
        {
            "member": index,
            "epoch": epoch,
            "learning_rate": float(rates[index]),
            **{name: float(column[index]) for name, column in columns.items()},
            "score_name": score_name,
            "best_epoch": int(best_epoch[index]),
            "stopped": bool(stopped[index]),
        }
        for index in range(len(best_epoch))
    ]


def _columns(values: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The columns [M] of values [M] or [M, P]."""
    columns = {}
    for name, value in values.items():
        value = np.asarray(value)
        columns[name] = mean_score(value)
        if value.ndim == 2 and value.shape[1] > 1:
            for number, column in enumerate(value.T, start=1):
                columns[f"{name}_{number}"] = column
    return columns


def _latest_score(history: list[dict[str, Any]]) -> str:
    """The newest epoch's mean validation score in words, for a progress line."""
    if not history:
        return "epoch 1"
    epoch = history[-1]["epoch"]
    scores = [row["validation_score"] for row in history if row["epoch"] == epoch]
    name = history[-1]["score_name"]
    return f"epoch {epoch + 1}, validation {name} {np.mean(scores):.3f}"


def progress_note(history: list[dict[str, Any]], speed: Speed | None = None) -> str:
    """The epoch under way, the score of the one before, and how fast it goes.

    Args:
      history: rows so far.
      speed: of the newest steps; None where it is not known yet.

    Returns:
      For example "epoch 3, validation r2 0.412, 1,350 people x members/s, 61 % of
      roofline".
    """
    parts = [_latest_score(history)]
    if speed is not None:
        parts.append(f"{speed.people_members_per_second:,.0f} people x members/s")
        if "roofline_share" in speed.shares:
            parts.append(f"{100 * speed.shares['roofline_share']:.0f} % of roofline")
    return ", ".join(parts)
