import numpy as np
import pytest

from gxjax.report.captions import CAPTIONS
from gxjax.report.figures import drawings
from gxjax.report.intervals import BOTH, interval_words
from gxjax.report.schemas import SCHEMAS, checked_tables
from gxjax.report.words import page_words


@pytest.fixture
def checked(everything):
    return checked_tables(
        {name: everything[name] for name in SCHEMAS if name in everything}
    )


def captions(checked):
    rsd = {("saliency", "none"): np.ones(3)}
    plans = drawings(checked, rsd=rsd, manhattan_column=("saliency", "none"))
    return {name: plan.words for name, plan in plans.items()}


def test_interval_words__name_what_was_drawn():
    assert interval_words(1) == (
        "95\u00a0% bootstrap intervals over members and planted variants, not over "
        "other truth seeds (one replicate)"
    )
    assert interval_words(3, BOTH) == (
        "95\u00a0% bootstrap intervals over 3 replicates (truth seeds), members, "
        "planted variants (of recall) and blocks of the genome (of precision)"
    )


def test_interval_words__of_few_planted_variants_are_too_narrow():
    few = {"Gene by sex": 1, "Three-way, whole triples": 2}
    assert interval_words(2, few=few).endswith(
        "; rough where fewer than 10 are planted: Gene by sex (1) and Three-way, "
        "whole triples (2)"
    )


def test_page_words__say_once_which_effects_have_few_planted(checked):
    assert "rough where" not in page_words(checked, 1, False)["interval"]
    recall = checked["recall"].assign(planted=10)
    recall.loc[recall["effect"] == "gene_by_sex", "planted"] = 9
    recall.loc[recall["effect"] == "epistatic_pair", "planted"] = 0
    agreement = recall.tail(1).assign(effect="gwas_significant", planted=2)
    recall = recall.merge(agreement, how="outer")
    few = checked | {"recall": recall}
    assert page_words(few, 1, False)["interval"].endswith("planted: Gene by sex (9)")
    assert not any("narrow" in words.caption for words in captions(few).values())


@pytest.mark.parametrize("name", ["precision", "locus_precision"])
def test_captions__precision_is_of_blocks_of_the_genome(name, checked):
    words = captions(checked)[name].caption
    assert "members and blocks of the genome" in words
    assert "planted variants" not in words


def test_captions__composite_is_of_both_and_overlap_decides_nothing(checked):
    words = captions(checked)["composite"]
    assert "planted variants (of recall) and blocks of the genome" in words.caption
    assert "not for overlapping whiskers" in words.limits


def test_captions__cases_of_ranks_are_effect_types_of_replicates():
    words = CAPTIONS["critical_difference"]
    assert "A case is one effect type of one replicate." in words.caption
    assert "Members" not in words.limits
