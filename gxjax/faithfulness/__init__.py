"""Whether attributions describe the networks that they are made of."""

from gxjax.faithfulness.agreement import rank_agreement, sanity_table
from gxjax.faithfulness.completeness import completeness_rows
from gxjax.faithfulness.curves import (
    FRACTIONS,
    Curves,
    curve_areas,
    deletion_insertion,
    relative_curves,
)
from gxjax.faithfulness.dominance import (
    Responses,
    dominance_contrasts,
    person_responses,
)
from gxjax.faithfulness.dominance_table import dominance_table
from gxjax.faithfulness.infidelity import Infidelity, infidelity, infidelity_parts
from gxjax.faithfulness.interaction import (
    candidate_pairs,
    pair_contrasts,
    person_pair_contrasts,
)
from gxjax.faithfulness.measures import (
    Faithfulness,
    claims_change,
    measure_faithfulness,
)
from gxjax.faithfulness.person_attributions import person_attributions
from gxjax.faithfulness.randomisation import cascade, randomise_layers, randomised
from gxjax.faithfulness.sensitivity import changed_calls, largest_change
from gxjax.faithfulness.settings import Settings

__all__ = [
    "FRACTIONS",
    "Curves",
    "Faithfulness",
    "Infidelity",
    "Responses",
    "Settings",
    "candidate_pairs",
    "cascade",
    "changed_calls",
    "claims_change",
    "completeness_rows",
    "curve_areas",
    "deletion_insertion",
    "dominance_contrasts",
    "dominance_table",
    "infidelity",
    "infidelity_parts",
    "largest_change",
    "measure_faithfulness",
    "pair_contrasts",
    "person_attributions",
    "person_pair_contrasts",
    "person_responses",
    "randomise_layers",
    "randomised",
    "rank_agreement",
    "relative_curves",
    "sanity_table",
]
