"""Ground truth: spike-ins, generated phenotypes, decoys, and the experiments' arms."""

from gxjax.truth.arms import decoy_arm, knockoff_arm, real_arm, spikein_arm
from gxjax.truth.causal_rules import CausalCounts, CausalRules, Heritability
from gxjax.truth.decoy import permute_within_split, shuffle_phenotype
from gxjax.truth.generative import Generated, generate_trait
from gxjax.truth.knockoffs import gaussian_knockoffs, hmm_knockoffs
from gxjax.truth.spikein import SpikeinCounts, Spikeins, plant_spikeins

__all__ = [
    "CausalCounts",
    "CausalRules",
    "Generated",
    "Heritability",
    "SpikeinCounts",
    "Spikeins",
    "decoy_arm",
    "gaussian_knockoffs",
    "generate_trait",
    "hmm_knockoffs",
    "knockoff_arm",
    "permute_within_split",
    "plant_spikeins",
    "real_arm",
    "shuffle_phenotype",
    "spikein_arm",
]
