import numpy as np
import pandas as pd
import pytest

from gxjax.report.headline import (
    against_random,
    at_quantile,
    best_by_effect,
    precision_sentence,
    recall_sentence,
)
from gxjax.report.ranking import best_column, composite_sentence, ranking_sentences


def composite(*rows):
    names = ["method", "value", "lower", "upper"]
    table = pd.DataFrame(rows, columns=names).assign(noise="none")
    return table.assign(rank=table["value"].rank(ascending=False))


def test_ranking_sentences__overlap_does_not_decide():
    table = composite(
        ("saliency", 0.6, 0.5, 0.7), ("mine", 0.55, 0.4, 0.5), ("deeplift", 0.1, 0, 0.2)
    )
    assert ranking_sentences(table) == [
        "Saliency at 0.60 (0.50 to 0.70) has the highest composite score.",
        "The runner-up is Mine at 0.55 (0.40 to 0.50): the intervals overlap, which "
        "does not decide whether the two differ.",
    ]


@pytest.mark.parametrize(("upper", "words"), [(0.3, "1 of the 2"), (0.5, "2 of the 2")])
def test_ranking_sentences__counts_further_columns_that_overlap(upper, words):
    table = composite(
        ("saliency", 0.6, 0.5, 0.7),
        ("mine", 0.4, 0.2, upper),
        ("deeplift", 0.3, 0, 0.6),
    )
    assert words in ranking_sentences(table)[2]


def test_ranking_sentences__zeros_have_no_winner():
    table = composite(("saliency", 0.0, 0.0, 0.2), ("mine", 0.0, 0.0, 0.0))
    (sentence,) = ranking_sentences(table)
    assert sentence.startswith("Every composite score is 0")


def test_composite_sentence__says_quantile_and_tau():
    table = composite(("mine", 0.4, 0.3, 0.5))
    assert composite_sentence(table) == ""
    sentence = composite_sentence(table.assign(quantile=0.98, tau=0.45))
    assert "the top 2 %" in sentence
    assert "tau is 0.45" in sentence


def test_ranking_sentences__clear_winner():
    table = composite(("mine", 0.4, 0.3, 0.49), ("saliency", 0.6, 0.5, 0.7))
    assert ranking_sentences(table) == [
        "Saliency at 0.60 (0.50 to 0.70) has the highest composite score.",
        "The runner-up, Mine at 0.40 (0.30 to 0.49), lies wholly below it.",
    ]


def test_ranking_sentences__one_member_can_not_be_judged():
    table = composite(("mine", 0.4, 0.4, 0.4), ("saliency", 0.6, 0.6, 0.6))
    assert "can not be judged" in ranking_sentences(table)[1]


def test_ranking_sentences__without_scores_or_rivals():
    nothing = composite(("mine", np.nan, np.nan, np.nan))
    assert "No composite score" in ranking_sentences(nothing)[0]
    alone = composite(("mine", 0.4, 0.3, 0.5))
    assert "only column" in ranking_sentences(alone)[0]


def test_best_column__puts_missing_ranks_last():
    table = composite(("mine", np.nan, np.nan, np.nan), ("saliency", 0.6, 0.5, 0.7))
    assert best_column(table) == ("saliency", "none")
    with pytest.raises(ValueError, match="composite: no row"):
        best_column(table.iloc[:0])


def recall(rows):
    names = ["method", "effect", "quantile", "value", "planted"]
    table = pd.DataFrame(rows, columns=names).assign(noise="none")
    return table.assign(lower=table["value"], upper=table["value"])


def test_best_by_effect__chance_and_limit_by_hand():
    # 100 planted at 1 %: P(X > 4) = 0.0034 <= 0.01 / 2 < P(X > 3) = 0.0184.
    # 50 pairs at 0.01 %: P(X > 0) = 0.00499 <= 0.005.
    rows = [
        ("gwas", "additive", 0.99, 0.4, 100),
        ("mine", "additive", 0.99, 0.04, 100),
        ("saliency", "additive", 0.99, 0.05, 100),
        ("saliency", "additive", 0.80, 0.9, 100),
        ("mine", "epistatic_pair", 0.99, 0.0, 50),
        ("saliency", "epistatic_pair", 0.99, 0.0, 50),
    ]
    best = best_by_effect(recall(rows)).set_index("effect")
    assert best.loc["additive", "method"] == "saliency"
    assert best.loc["additive", "limit"] == pytest.approx(0.04)
    assert best.loc["additive", "gwas"] == 0.4
    assert best.loc["epistatic_pair", "chance"] == pytest.approx(1e-4)
    assert best.loc["epistatic_pair", "limit"] == 0
    assert best.loc["epistatic_pair", "ties"] == 1
    assert np.isnan(best.loc["epistatic_pair", "gwas"])
    best = best.reset_index()
    sentence = recall_sentence(best, best.iloc[:0], 0.99)
    # Pairs are no type of their own: they are made of the epistatic variants.
    assert "more than chance allows in 1 of 1 effect types" in sentence
    assert sentence.endswith("more than the GWAS in 0 of 1.")
    loci = best_by_effect(recall([(*row[:3], 1 - row[3], row[4]) for row in rows]))
    sentence = recall_sentence(best, loci, 0.99)
    assert sentence.endswith("more than the GWAS in 0 of 1 (among loci: 1 of 1).")


def test_best_by_effect__agreement_with_the_gwas_has_no_limit():
    rows = [("mine", "gwas_significant", 0.99, 0.9, 100)]
    best = best_by_effect(recall(rows))
    assert np.isnan(best["limit"][0])
    assert recall_sentence(best, best, 0.99).startswith("No planted variant")


def test_against_random__chance_is_what_random_scores_reach():
    rows = [("mine", name, 0.99, 0.2, 100) for name in ("additive", "dominant", "all")]
    best = best_by_effect(recall(rows))
    random = recall(
        [("random", "additive", 0.99, 0.1, 100), ("random", "dominant", 0.99, 0.0, 100)]
    ).assign(upper=[0.25, 0.0])
    held = against_random(best, random).set_index("effect")
    assert held["chance"].tolist() == pytest.approx([0.1, 0.01, 0.01])
    assert held.loc["additive", "limit"] == 0.25
    plain = best.set_index("effect")
    assert held.loc["dominant", "limit"] == plain.loc["dominant", "limit"] > 0
    assert np.isnan(held.loc["all", "limit"])


def test_best_by_effect__of_nothing():
    best = best_by_effect(recall([]))
    assert best.empty
    assert recall_sentence(best, best, 0.99).startswith("No planted variant")


def test_ranking_sentences__paired_difference_outdoes_overlap():
    table = composite(("mine", 0.4, 0.3, 0.55), ("saliency", 0.6, 0.5, 0.7))
    pair = {"metric": "composite", "effect": "all", "p_holm": 0.012}
    pair |= {"first_method": "mine", "first_noise": "none"}
    pair |= {"second_method": "saliency", "second_noise": "none"}
    sentence = ranking_sentences(table, pd.DataFrame([pair]))[1]
    assert "can be told from it" in sentence
    assert "corrected p = 0.012" in sentence
    sentence = ranking_sentences(table, pd.DataFrame([pair | {"p_holm": 0.3}]))[1]
    assert "can not be told from it" in sentence
    other = pd.DataFrame([pair | {"metric": "recall"}])
    assert "does not decide" in ranking_sentences(table, other)[1]


def test_ranking_sentences__says_how_sure_the_first_rank_is():
    table = composite(("mine", 0.4, 0.3, 0.49), ("saliency", 0.6, 0.5, 0.7))
    table = table.assign(first_share=[0.04, 0.96], first_share_weights=[0.5, 0.5])
    assert ranking_sentences(table)[-1] == (
        "It ranks first in 96 % of bootstrap draws, and in 50 % of random weightings "
        "of the three parts."
    )


def test_at_quantile__a_share_and_a_number_that_agree_are_one_row():
    rows = [("mine", "additive", 0.99, 0.5, 10), ("mine", "all", 0.99, 0.4, 10)]
    doubled = recall([*rows, *[(*row[:2], 1 - 10 / 1000, *row[3:]) for row in rows]])
    found, quantile = at_quantile(doubled, 0.99)
    assert len(found) == 2
    assert quantile == 0.99


def test_best_by_effect__leaves_comparators_out():
    rows = [
        (name, "additive", 0.99, value, 100)
        for name, value in (("ridge", 0.9), ("random", 0.8), ("mine", 0.1))
    ]
    best = best_by_effect(recall(rows))
    assert best["method"].tolist() == ["mine"]


def test_precision_sentence__best_and_worthless():
    table = recall([("mine", "-", 0.98, 0.25, 1), ("deeplift", "-", 0.98, 0.5, 1)])
    assert "At the top 2 %, the highest precision is DeepLIFT at 0.50;" in (
        precision_sentence(table)
    )
    assert "no column ranks real variants above decoys" in (
        precision_sentence(table.assign(value=-0.1))
    )
    assert "No precision" in precision_sentence(table.iloc[:0])


def test_precision_sentence__prefers_knockoffs():
    rows = recall([("mine", "-", 0.98, 0.25, 1), ("deeplift", "-", 0.98, 0.5, 1)])
    table = rows.assign(null=["knockoff", "permuted"], counted="variant")
    assert "(knockoffs, counted by variant) is Mine at 0.25;" in (
        precision_sentence(table.iloc[::-1])
    )
