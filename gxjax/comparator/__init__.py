"""What a method of attribution must beat: GWAS, linear models, trees, blind ones."""

from gxjax.comparator.blind import ld_score, maf_score, random_score
from gxjax.comparator.boosting import BoostingFit, boosting_score, fit_boosting
from gxjax.comparator.compare import COMPARATORS, compare
from gxjax.comparator.elastic_net import (
    ElasticNetFit,
    elastic_net_score,
    fit_elastic_net,
)
from gxjax.comparator.gwas import gwas_genotypic_score, gwas_score
from gxjax.comparator.inputs import FEWEST_PEOPLE, Inputs
from gxjax.comparator.ridge import RidgeFit, fit_ridge, ridge_score

__all__ = [
    "COMPARATORS",
    "FEWEST_PEOPLE",
    "BoostingFit",
    "ElasticNetFit",
    "Inputs",
    "RidgeFit",
    "boosting_score",
    "compare",
    "elastic_net_score",
    "fit_boosting",
    "fit_elastic_net",
    "fit_ridge",
    "gwas_genotypic_score",
    "gwas_score",
    "ld_score",
    "maf_score",
    "random_score",
    "ridge_score",
]
