"""What each method and kind of noise computes, where it is from, and what it hides."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["COMPARATOR_NOTES", "METHOD_NOTES", "NOISE_NOTES", "Note", "note_of"]


class Note(NamedTuple):
    """A method in words.

    Attributes:
      computes: in one line.
      limits: what it can not tell.
      source: authors, title, year; "" for a user's own.
      url: of the source.
    """

    computes: str
    limits: str
    source: str = ""
    url: str = ""


METHOD_NOTES = {
    "saliency": Note(
        "The gradient of the output at the person's genotype.",
        "How much a variant adds to this person's output: it does not know the "
        "baseline or the dosage, and is 0 where the network has levelled off.",
        "Simonyan, Vedaldi and Zisserman, Deep inside convolutional networks, 2014",
        "https://arxiv.org/abs/1312.6034",
    ),
    "input_x_gradient": Note(
        "The gradient times the dosage's distance from the baseline.",
        "What happens on the way: the network is taken to be straight between baseline "
        "and person. People at the baseline count nothing.",
        "Shrikumar et al., Not just a black box, 2016",
        "https://arxiv.org/abs/1605.01713",
    ),
    "integrated_gradients": Note(
        "The mean gradient on the straight path from the baseline to the person, times "
        "the distance.",
        "How an interaction is to be shared: it splits by the path. Genotypes on the "
        "path exist in nobody, and another baseline gives another answer.",
        "Sundararajan, Taly and Yan, Axiomatic attribution for deep networks, 2017",
        "https://arxiv.org/abs/1703.01365",
    ),
    "deeplift": Note(
        "The slope of every nonlinearity between baseline and person, chained back "
        "(rescale rule).",
        "Effects that cancel within a unit, and which of two rewritings of one network "
        "is meant: it depends on how the network is written.",
        "Shrikumar, Greenside and Kundaje, Learning important features through "
        "propagating activation differences, 2017",
        "https://arxiv.org/abs/1704.02685",
    ),
    "reveal_cancel": Note(
        "DeepLIFT with rises and falls kept apart in every unit.",
        "More than two things that meet in a unit; it depends on how the network is "
        "written, and costs more than the rescale rule.",
        "Shrikumar, Greenside and Kundaje, Learning important features through "
        "propagating activation differences, 2017",
        "https://arxiv.org/abs/1704.02685",
    ),
    "gradient_shap": Note(
        "The mean gradient at random points of paths from random baselines, times the "
        "distance.",
        "A Shapley value of a network with interactions: it is one only where features "
        "are independent and the network is straight. Few draws add their own noise.",
        "Lundberg and Lee, A unified approach to interpreting model predictions, 2017",
        "https://arxiv.org/abs/1705.07874",
    ),
}
NOISE_NOTES = {
    "smoothgrad": Note(
        "The mean over noisy copies of the person.",
        "Anything at the genotype itself: it describes the network smoothed by the "
        "noise, and noisy dosages are no genotypes.",
        "Smilkov et al., SmoothGrad: removing noise by adding noise, 2017",
        "https://arxiv.org/abs/1706.03825",
    ),
    "smoothgrad_squared": Note(
        "The mean square over noisy copies.",
        "A sign, or a sum: squares do not add up to the output. With wide noise, most "
        "of a times-input score is the squared gradient times the noise's variance.",
        "Hooker et al., A benchmark for interpretability methods in deep neural "
        "networks, 2019",
        "https://arxiv.org/abs/1806.10758",
    ),
    "smoothgrad_root": Note(
        "The root of the mean square over noisy copies.",
        "A sign, or a sum. It ranks a person's variants as the square does.",
        "Hooker et al., A benchmark for interpretability methods in deep neural "
        "networks, 2019",
        "https://arxiv.org/abs/1806.10758",
    ),
    "vargrad": Note(
        "The variance over noisy copies.",
        "An effect that is the same everywhere: of an additive network it is 0, but "
        "for times-input's own noise.",
        "Adebayo et al., Local explanation methods for deep neural networks lack "
        "sensitivity to parameter values, 2018",
        "https://arxiv.org/abs/1810.03307",
    ),
}
COMPARATOR_NOTES = {
    "gwas": "One linear regression per variant on its dosage.",
    "gwas_genotypic": "One test per variant with two degrees of freedom, which sees "
    "dominance.",
    "ridge": "All variants in one linear model, shrunk together.",
    "elastic_net": "A linear model that keeps few variants.",
    "boosting": "Trees, one after the other: sees interactions.",
    "random": "A shuffled order.",
    "maf": "Common variants first: what a score owes to frequency alone.",
    "ld_score": "Variants with many neighbours in LD first: what it owes to LD alone.",
}
"""What each comparator computes."""

_OWN = Note(
    "A method that was registered by this run's author.",
    "Whether it is right: what it computes is written where it is registered. Its "
    "figures here are made in the same way as those of the others.",
)


def note_of(method: str) -> Note:
    """The note of a method; a general one for a user's own."""
    return METHOD_NOTES.get(method, _OWN)
