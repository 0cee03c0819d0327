"""Ensembles: Flax networks, one vmapped jitted step, checkpoints."""

from gxjax.ensemble.checkpoint import load_ensemble, save_ensemble
from gxjax.ensemble.inputs import DeviceArm, dosage_batch, place
from gxjax.ensemble.linear_front import linear_front
from gxjax.ensemble.member import TrainingConfig
from gxjax.ensemble.mlp import ACTIVATIONS, MLP
from gxjax.ensemble.train import predict, train

__all__ = [
    "ACTIVATIONS",
    "MLP",
    "DeviceArm",
    "TrainingConfig",
    "dosage_batch",
    "linear_front",
    "load_ensemble",
    "place",
    "predict",
    "save_ensemble",
    "train",
]
