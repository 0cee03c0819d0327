"""Flags of the networks and of how they are fitted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from experiments.option import option

__all__ = ["EnsembleFlags"]


@dataclass(frozen=True)
class EnsembleFlags:
    """Networks and how they are fitted, three arms alike."""

    members: int = option(5, "networks per ensemble", lower=1)
    widths: tuple[int, ...] = option(
        (1000, 200, 50),
        "hidden widths, input side first; 'none': the linear model (with --l2, ridge)",
        lower=1,
    )
    activation: str = option(
        "relu",
        "of the hidden layers",
        choices=("relu", "leaky_relu", "elu", "gelu", "silu"),
    )
    channels: str = option(
        "dosage",
        "what a network sees of a genotype: its dosage, or dosage, carrier and "
        "homozygote indicators beside each other",
        choices=("dosage", "indicators"),
    )
    wide: bool = option(False, "add a linear path from the inputs to the output")
    dropout: float = option(0.0, "probability of dropping a unit", lower=0, upper=0.99)
    norm: str = option(
        "batch", "of the hidden layers", choices=("batch", "layer", "none")
    )
    batch_norm_momentum: float = option(
        0.9, "weight of the old running statistics (published: 0.1)", lower=0, upper=1
    )
    epochs: int = option(100, "the most passes over TRAIN", lower=1)
    batch_size: int = option(128, "people per step", lower=2)
    accumulate: int = option(
        1, "parts of a batch whose gradients are averaged before the step", lower=1
    )
    data_order: Literal["shared", "own"] = option(
        "shared",
        "members share their batches, or each has its own order of people (published)",
        choices=("shared", "own"),
    )
    bootstrap: bool = option(
        False, "each member sees TRAIN people drawn with replacement; needs own order"
    )
    learning_rate: tuple[float, ...] = option(
        (1e-4,), "Adam's, at the start; several: one a member", lower=0
    )
    cosine: bool = option(True, "lower the learning rate to 0 as a half cosine")
    l1: tuple[float, ...] = option(
        (0.0,), "weight of the sum of absolute weights; several: one a member", lower=0
    )
    l2: tuple[float, ...] = option(
        (0.0,), "weight decay; several: one a member", lower=0
    )
    clip_norm: float = option(0.0, "largest gradient norm; 0: no limit", lower=0)
    patience: int = option(
        10, "epochs without a better validation score before a member stops", lower=1
    )
    min_delta: float = option(0.0, "smallest improvement that counts", lower=0)
    bfloat16: bool = option(False, "compute in bfloat16, parameters in float32")
    bfloat16_moments: bool = option(
        False, "keep Adam's first moment in bfloat16 (the second stays float32)"
    )
