"""Association of variants and pairs with a phenotype: what `plink2 --glm` does."""

from gxjax.association.interaction import interaction_test
from gxjax.association.linear_association import linear_association
from gxjax.association.linear_regression import linear_regression
from gxjax.association.logistic_regression import logistic_regression
from gxjax.association.ploidy import regress_by_ploidy
from gxjax.association.regression_table import write_regression

__all__ = [
    "interaction_test",
    "linear_association",
    "linear_regression",
    "logistic_regression",
    "regress_by_ploidy",
    "write_regression",
]
