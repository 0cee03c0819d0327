"""Ensembles: Flax networks, one vmapped jitted step, checkpoints."""

from gxjax.ensemble.ensemble_files import load_ensemble, save_ensemble
from gxjax.ensemble.inputs import dosage_source
from gxjax.ensemble.linear_front import (
    FrontedModel,
    linear_front,
    linear_front_of,
)
from gxjax.ensemble.mlp import ACTIVATIONS, MLP, NORMS
from gxjax.ensemble.predict import predict
from gxjax.ensemble.train import TrainingStopped, train
from gxjax.ensemble.training_config import TrainingConfig

__all__ = [
    "ACTIVATIONS",
    "MLP",
    "NORMS",
    "FrontedModel",
    "TrainingConfig",
    "TrainingStopped",
    "dosage_source",
    "linear_front",
    "linear_front_of",
    "load_ensemble",
    "predict",
    "save_ensemble",
    "train",
]
