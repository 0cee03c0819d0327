"""Ensembles: Flax networks, one vmapped jitted step, checkpoints."""

from gxjax.ensemble.checkpoint import load_ensemble, save_ensemble
from gxjax.ensemble.inputs import dosage_source
from gxjax.ensemble.linear_front import (
    FrontedModel,
    linear_front,
    linear_front_of,
)
from gxjax.ensemble.member import TrainingConfig
from gxjax.ensemble.mlp import ACTIVATIONS, MLP
from gxjax.ensemble.train import predict, train

__all__ = [
    "ACTIVATIONS",
    "MLP",
    "FrontedModel",
    "TrainingConfig",
    "dosage_source",
    "linear_front",
    "linear_front_of",
    "load_ensemble",
    "predict",
    "save_ensemble",
    "train",
]
