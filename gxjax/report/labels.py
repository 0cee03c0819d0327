"""Names of methods, noise and effects as a reader of the report sees them."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = [
    "EFFECTS",
    "SQUARED",
    "column_label",
    "effect_label",
    "in_order",
    "method_label",
    "noise_label",
    "score_label",
]

_METHODS = {
    "gwas": "GWAS",
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

_SCORES = {"r2": "R²", "auroc": "AUROC"}
EFFECTS = {
    "additive": "Additive",
    "dominant": "Dominant",
    "recessive": "Recessive",
    "epistatic": "Epistatic, single variants",
    "epistatic_pair": "Epistatic, whole pairs",
    "nonadditive": "All non-additive",
    "all": "All spike-ins",
    "gwas_significant": "GWAS-significant",
}
"""Effect types of the recall table in the order of the report, and their labels."""


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


def score_label(name: str) -> str:
    """`r2` -> "R²"."""
    return _SCORES.get(name, name)


def in_order(found: Iterable[str], order: Iterable[str]) -> list[str]:
    """Distinct `found` names: those in `order` first, the others as they came."""
    present = list(dict.fromkeys(found))
    known = [name for name in order if name in present]
    return known + [name for name in present if name not in known]


def _tidy(name: str) -> str:
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:] if words else name
