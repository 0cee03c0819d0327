"""gxjax: which genetic variants a neural network relies on, and how far to trust it."""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_ROOMS = {
    "genotypes": (
        "build_store",
        "import_genotypes",
        "open_store",
        "read_plink",
        "simulate_genotypes",
        "simulate_phenotype",
        "write_plink",
        "write_vcf",
    ),
    "linkage": (
        "clump",
        "find_neighbours",
        "principal_components",
        "prune",
        "pruned_components",
        "window_r2",
    ),
    "cohort": (
        "build_cohort",
        "filter_genotypes",
        "read_covariates",
        "read_phenotype",
    ),
    "association": (
        "interaction_test",
        "linear_association",
        "linear_regression",
        "logistic_regression",
    ),
    "truth": (
        "CausalCounts",
        "CausalRules",
        "Heritability",
        "SpikeinCounts",
        "decoy_arm",
        "gaussian_knockoffs",
        "generate_trait",
        "hmm_knockoffs",
        "knockoff_arm",
        "permute_within_split",
        "plant_spikeins",
        "real_arm",
        "spikein_arm",
    ),
    "comparator": ("COMPARATORS", "compare"),
    "ensemble": (
        "MLP",
        "TrainingConfig",
        "dosage_source",
        "linear_front",
        "linear_front_of",
        "predict",
        "train",
    ),
    "attribution": (
        "INDICATORS",
        "METHODS",
        "baseline",
        "deeplift",
        "gradient_shap",
        "input_x_gradient",
        "integrated_gradients",
        "register",
        "reveal_cancel",
        "saliency",
        "score",
        "secant",
    ),
    "faithfulness": (
        "dominance_contrasts",
        "measure_faithfulness",
        "pair_contrasts",
        "person_attributions",
        "randomise_layers",
        "sanity_table",
    ),
    "benchmark": (
        "average_precision_table",
        "comparisons_table",
        "composite_table",
        "count_false",
        "count_loci",
        "count_nulls",
        "empirical_p",
        "find_places",
        "knockoff_threshold",
        "locus_precision_table",
        "precision_table",
        "q_values",
        "rank_columns",
        "rank_loci",
        "ranks_table",
        "recall_table",
        "selected_table",
        "spread_table",
        "stability_table",
        "usefulness_table",
    ),
    "report": ("write_page", "write_table"),
}
_HOME = {name: room for room, names in _ROOMS.items() for name in names}

__all__ = sorted([*_HOME, *_ROOMS, "rng", "testing", "types"])


def __getattr__(name: str) -> Any:
    # Loaded at first use: the report's libraries alone take a second.
    if name in _HOME:
        return getattr(importlib.import_module(f"gxjax.{_HOME[name]}"), name)
    if name in __all__:
        return importlib.import_module(f"gxjax.{name}")
    raise AttributeError(f"module 'gxjax' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
