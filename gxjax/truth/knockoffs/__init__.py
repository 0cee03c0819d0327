"""Knockoffs: null copies of genotypes that keep LD with their originals."""

from gxjax.truth.knockoffs.gaussian import gaussian_knockoffs
from gxjax.truth.knockoffs.haplotype_fit import fit_haplotype_model
from gxjax.truth.knockoffs.haplotype_model import HaplotypeModel, sample_haplotype_model
from gxjax.truth.knockoffs.hmm import hmm_knockoffs

__all__ = [
    "HaplotypeModel",
    "fit_haplotype_model",
    "gaussian_knockoffs",
    "hmm_knockoffs",
    "sample_haplotype_model",
]
