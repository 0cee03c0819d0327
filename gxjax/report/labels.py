"""Names of methods, noise and effects as a reader of the report sees them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from gxjax.types import COMPARATORS

__all__ = [
    "EFFECTS",
    "SQUARED",
    "column_label",
    "column_order",
    "effect_label",
    "in_order",
    "is_comparator",
    "method_label",
    "noise_label",
    "score_label",
    "sentence_list",
]

_METHODS = {
    "gwas": "GWAS",
    "gwas_genotypic": "Genotypic GWAS",
    "ridge": "Ridge regression",
    "elastic_net": "Elastic net",
    "boosting": "Gradient boosting",
    "random": "Random scores",
    "maf": "Allele frequency",
    "ld_score": "LD score",
    "saliency": "Saliency",
    "integrated_gradients": "Integrated gradients",
    "deeplift": "DeepLIFT",
    "gradient_shap": "GradientSHAP",
    "input_x_gradient": "Input × gradient",
    "reveal_cancel": "RevealCancel",
}
_NOISES = {
    "none": "",
    "smoothgrad": "SmoothGrad",
    "smoothgrad_squared": "SmoothGrad²",
    "smoothgrad_root": "SmoothGrad RMS",
    "vargrad": "VarGrad",
}
SQUARED = frozenset(("smoothgrad_squared", "vargrad"))
"""Kinds of noise whose scores are in squared units."""

EFFECTS = {
    "additive": "Additive",
    "dominant": "Dominant",
    "recessive": "Recessive",
    "epistatic": "Epistatic, single variants",
    "epistatic_pair": "Epistatic, whole pairs",
    "three_way": "Three-way, single variants",
    "three_way_group": "Three-way, whole triples",
    "gene_by_sex": "Gene by sex",
    "nonadditive": "All non-additive",
    "all": "All planted",
    "gwas_significant": "GWAS-significant",
}
"""Effect types of the recall table in the order of the report, and their labels."""

_KINDS = {
    "permuted": "Permuted decoys",
    "knockoff": "Knockoffs",
    "seed": "Seed of the network",
    "data_order": "Order of the data",
    "bootstrap": "Sample of people",
    "deletion": "Deletion",
    "deletion_gain": "Deletion, gain",
    "insertion_gain": "Insertion, gain",
    "infidelity_scaled": "Infidelity, best scale",
    "insertion": "Insertion",
    "infidelity": "Infidelity",
    "max_sensitivity": "Max-sensitivity",
    "completeness": "Completeness",
    "labels": "Labels shuffled",
    "average_precision": "Average precision",
    "locus_recall": "Recall among loci",
    "r2": "R²",
    "auroc": "AUROC",
}


def method_label(method: str) -> str:
    """`integrated_gradients` -> "Integrated gradients"; a user's own name is tidied."""
    return _METHODS.get(method) or _tidy(method)


def noise_label(noise: str) -> str:
    """`smoothgrad_squared` -> "SmoothGrad²"; `none` -> ""."""
    return _NOISES[noise] if noise in _NOISES else _tidy(noise)


def column_label(method: str, noise: str) -> str:
    """A score column in words: "Integrated gradients + SmoothGrad²"."""
    suffix = noise_label(noise)
    return f"{method_label(method)} + {suffix}" if suffix else method_label(method)


def effect_label(effect: str) -> str:
    """`epistatic_pair` -> "Epistatic, whole pairs"."""
    return EFFECTS.get(effect) or _tidy(effect)


def is_comparator(methods: pd.Series) -> pd.Series:
    """Whether each method of a table is a comparator and no attribution."""
    return methods.isin(COMPARATORS)


def column_order(column: tuple[str, str]) -> tuple[int, str, int, str]:
    """Sorts (method, noise): known methods first, and plain ones before noise."""
    method, noise = column
    methods, noises = list(_METHODS), list(_NOISES)
    return (
        methods.index(method) if method in _METHODS else len(methods),
        method,
        noises.index(noise) if noise in _NOISES else len(noises),
        noise,
    )


def score_label(name: str) -> str:
    """`r2` -> "R²", `data_order` -> "Order of the data"; other names are tidied."""
    return _KINDS.get(name) or _tidy(name)


def sentence_list(names: Sequence[str], last: str = "and") -> str:
    """`["a", "b", "c"]` -> "a, b and c"."""
    return f" {last} ".join([", ".join(names[:-1]), names[-1]] if names[1:] else names)


def in_order(found: Iterable[str], order: Iterable[str]) -> list[str]:
    """Distinct `found` names: those in `order` first, the others as they came."""
    present = list(dict.fromkeys(found))
    known = [name for name in order if name in present]
    return known + [name for name in present if name not in known]


def _tidy(name: str) -> str:
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:] if words else name
