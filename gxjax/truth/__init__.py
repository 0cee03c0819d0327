"""Ground truth: spike-ins for recall, decoys for precision, and the three arms."""

from gxjax.truth.arms import decoy_arm, real_arm, spikein_arm
from gxjax.truth.decoy import permute_within_split, shuffle_phenotype
from gxjax.truth.spikein import SpikeinCounts, Spikeins, plant_spikeins

__all__ = [
    "SpikeinCounts",
    "Spikeins",
    "decoy_arm",
    "permute_within_split",
    "plant_spikeins",
    "real_arm",
    "shuffle_phenotype",
    "spikein_arm",
]
