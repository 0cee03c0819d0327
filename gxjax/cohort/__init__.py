"""From genotypes and a phenotype to a `Cohort`: QC, split, adjustment, encoding."""

from gxjax.cohort.build import build_cohort, join_cohort
from gxjax.cohort.categories import drop_lone, split_categories
from gxjax.cohort.covariates import read_covariates
from gxjax.cohort.encoding import concatenate, dosages, encode, fit_encoding, modes
from gxjax.cohort.hardy_weinberg import exact_test
from gxjax.cohort.hardy_weinberg_x import exact_test_x
from gxjax.cohort.id_list import read_id_list, read_variant_list
from gxjax.cohort.participants import Participants, choose_participants
from gxjax.cohort.phenotype import (
    align,
    read_fam_phenotype,
    read_phenotype,
    read_phenotypes,
)
from gxjax.cohort.qc import drop_uninformative, filter_genotypes
from gxjax.cohort.qc_tables import qc_tables
from gxjax.cohort.residualise import rank_normalise, residualise, standardise
from gxjax.cohort.split import split_people
from gxjax.cohort.trait import detect_trait, make_phenotype
from gxjax.cohort.uk_biobank.people import choose_ukb_people, read_withdrawals
from gxjax.cohort.uk_biobank.table import UkbField, UkbTable, read_ukb

__all__ = [
    "Participants",
    "UkbField",
    "UkbTable",
    "align",
    "build_cohort",
    "choose_participants",
    "choose_ukb_people",
    "concatenate",
    "detect_trait",
    "dosages",
    "drop_lone",
    "drop_uninformative",
    "encode",
    "exact_test",
    "exact_test_x",
    "filter_genotypes",
    "fit_encoding",
    "join_cohort",
    "make_phenotype",
    "modes",
    "qc_tables",
    "rank_normalise",
    "read_covariates",
    "read_fam_phenotype",
    "read_id_list",
    "read_phenotype",
    "read_phenotypes",
    "read_ukb",
    "read_variant_list",
    "read_withdrawals",
    "residualise",
    "split_categories",
    "split_people",
    "standardise",
]
