"""The history table: one row per epoch and member, JSON-ready for the checkpoint."""

from __future__ import annotations

from typing import Any

import numpy as np

from gxjax.ensemble.member import Best, TrainingConfig

__all__ = ["history_rows", "latest_score", "learning_rate"]


def learning_rate(config: TrainingConfig, epoch: int, steps: int) -> float:
    """The rate of an epoch's last step, of `steps` an epoch; epochs count from 1."""
    if not config.cosine:
        return config.learning_rate
    share = (epoch * steps - 1) / (config.epochs * steps)
    return config.learning_rate * 0.5 * (1 + float(np.cos(np.pi * share)))


def history_rows(
    epoch: int, rate: float, score_name: str, values: dict[str, np.ndarray], best: Best
) -> list[dict[str, Any]]:
    """One row per member.

    Args:
      epoch: epochs done.
      rate: learning rate.
      score_name: "r2" or "auroc".
      values: `train_loss`, `validation_loss`, `validation_score`, each [M].
      best: the ensemble's best epochs so far.
    """
    columns = {name: np.asarray(value, np.float64) for name, value in values.items()}
    best_epoch, stopped = np.asarray(best.epoch), np.asarray(best.stopped)
    return [
        {
            "member": index,
            "epoch": epoch,
            "learning_rate": rate,
            **{name: float(column[index]) for name, column in columns.items()},
            "score_name": score_name,
            "best_epoch": int(best_epoch[index]),
            "stopped": bool(stopped[index]),
        }
        for index in range(len(best_epoch))
    ]


def latest_score(history: list[dict[str, Any]]) -> str:
    """The newest epoch's mean validation score in words, for a progress line."""
    if not history:
        return "epoch 1"
    epoch = history[-1]["epoch"]
    scores = [row["validation_score"] for row in history if row["epoch"] == epoch]
    name = history[-1]["score_name"]
    return f"epoch {epoch + 1}, validation {name} {np.mean(scores):.3f}"
