"""Methods, the linear front, and the streaming score."""

from gxjax.attribution.baselines import BASELINES, baseline
from gxjax.attribution.deeplift import deeplift
from gxjax.attribution.front import through_front
from gxjax.attribution.gradient_shap import gradient_shap
from gxjax.attribution.integrated_gradients import integrated_gradients
from gxjax.attribution.method import METHODS, Method, register
from gxjax.attribution.noise import NOISES, OverBaselines, SmoothGrad, TimesInput
from gxjax.attribution.saliency import saliency
from gxjax.attribution.score import score, score_dense
from gxjax.attribution.secant import secant
from gxjax.attribution.secant_rules import UnknownPrimitiveError, register_rule

__all__ = [
    "BASELINES",
    "METHODS",
    "NOISES",
    "Method",
    "OverBaselines",
    "SmoothGrad",
    "TimesInput",
    "UnknownPrimitiveError",
    "baseline",
    "deeplift",
    "gradient_shap",
    "integrated_gradients",
    "register",
    "register_rule",
    "saliency",
    "score",
    "score_dense",
    "secant",
    "through_front",
]
