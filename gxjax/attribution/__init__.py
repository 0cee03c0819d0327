"""Methods, the linear front, and the streaming score."""

from gxjax.attribution.baselines import (
    BASELINES,
    Baseline,
    baseline,
    make_baseline,
)
from gxjax.attribution.channels import INDICATORS
from gxjax.attribution.deeplift import deeplift
from gxjax.attribution.dense import score_dense
from gxjax.attribution.front import through_front
from gxjax.attribution.gradient_shap import gradient_shap
from gxjax.attribution.input_x_gradient import input_x_gradient
from gxjax.attribution.integrated_gradients import (
    integrated_gradients,
    integrated_gradients_to,
)
from gxjax.attribution.method import METHODS, Method, register
from gxjax.attribution.noise import NOISES, OverBaselines, SmoothGrad, TimesInput
from gxjax.attribution.reveal_cancel import reveal_cancel, reveal_cancel_parts
from gxjax.attribution.saliency import saliency
from gxjax.attribution.score import score
from gxjax.attribution.secant import secant
from gxjax.attribution.secant_rules import UnknownPrimitiveError, register_rule

__all__ = [
    "BASELINES",
    "INDICATORS",
    "METHODS",
    "NOISES",
    "Baseline",
    "Method",
    "OverBaselines",
    "SmoothGrad",
    "TimesInput",
    "UnknownPrimitiveError",
    "baseline",
    "deeplift",
    "gradient_shap",
    "input_x_gradient",
    "integrated_gradients",
    "integrated_gradients_to",
    "make_baseline",
    "register",
    "register_rule",
    "reveal_cancel",
    "reveal_cancel_parts",
    "saliency",
    "score",
    "score_dense",
    "secant",
    "through_front",
]
