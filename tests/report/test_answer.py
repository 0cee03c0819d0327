import numpy as np
import pandas as pd
import pytest

from gxjax.report.answer import (
    answer_sentence,
    chosen_columns,
    compared,
    truths,
    unbeaten,
)


def trusted(*rows):
    names = "effect method value best within_noise_of_best useful"
    return pd.DataFrame(rows, columns=names.split()).assign(noise="none")


def usefulness(*rows):
    names = ["effect", "method", "beaten", "not_beaten"]
    return pd.DataFrame(rows, columns=names).assign(noise="none")


def test_answer_sentence__names_the_best_that_is_useful():
    table = trusted(
        ("additive", "saliency", 0.9, True, True, False),
        ("additive", "deeplift", 0.8, False, True, True),
        ("additive", "mine", 0.85, False, False, True),
        ("dominant", "deeplift", 0.5, True, True, True),
        ("epistatic", "saliency", 0.2, True, True, False),
        ("epistatic", "deeplift", 0.1, False, True, False),
        ("recessive", "saliency", 0.0, True, True, False),
        ("all", "saliency", 0.4, True, True, True),
    )
    rivals = usefulness(
        ("additive", "saliency", "", "gwas"),
        ("epistatic", "saliency", "random", "ridge,maf,gwas"),
        ("epistatic", "deeplift", "", "random,maf,gwas,ridge"),
    )
    assert answer_sentence(table, rivals) == (
        "On this data, trust DeepLIFT for additive and dominant effects; "
        "no method finds recessive effects; "
        "no method beats the GWAS or 2 other comparators for epistatic effects."
    )


def test_answer_sentence__where_each_method_fails_against_another_comparator():
    table = trusted(
        ("additive", "saliency", 0.9, True, True, False),
        ("additive", "deeplift", 0.8, False, True, False),
    )
    rivals = usefulness(
        ("additive", "saliency", "maf", "gwas"),
        ("additive", "deeplift", "gwas", "maf"),
    )
    assert unbeaten(rivals, "additive") == []
    assert answer_sentence(table, rivals) == (
        "On this data, no method beats every comparator for additive effects."
    )


def test_answer_sentence__says_first_what_does_not_beat_chance():
    table = trusted(("additive", "mine", 0.1, True, True, False))
    rivals = usefulness(("additive", "mine", "", "gwas,ridge,random"))
    assert answer_sentence(table, rivals) == (
        "On this data, no method beats random scores for additive effects."
    )


def test_answer_sentence__without_comparators_says_so():
    table = trusted(("additive", "mine", 0.9, True, True, False))
    rivals = usefulness(("additive", "mine", "", ""))
    assert not compared(rivals)
    assert not compared(rivals.iloc[:0])
    sentence = answer_sentence(table, rivals)
    assert sentence.startswith("On this data, the highest recall is that of Mine for")
    assert sentence.endswith("none of it is shown to be useful.")


def test_answer_sentence__of_nothing_is_nothing():
    empty = trusted().iloc[:0]
    assert answer_sentence(empty, usefulness()) == ""
    missing = trusted(("additive", "mine", np.nan, False, False, False))
    assert answer_sentence(missing, usefulness()) == ""


def test_answer_sentence__falls_back_on_groups():
    table = trusted(("all", "mine", 0.9, True, True, True))
    rivals = usefulness(("all", "mine", "gwas", ""))
    assert answer_sentence(table, rivals) == "On this data, trust Mine for all effects."


def test_chosen_columns__are_within_noise_of_the_best():
    table = trusted(
        ("all", "a", 0.9, True, True, False), ("all", "b", 0.7, False, False, True)
    )
    assert chosen_columns(table) == []
    assert chosen_columns(table, need_useful=False) == [("a", "none")]


def test_answer_sentence__names_all_that_are_tied_in_any_order_of_rows():
    table = trusted(
        ("additive", "mine", 0.9, True, True, True),
        ("additive", "deeplift", 0.9, True, True, True),
        ("additive", "saliency", 0.9, True, True, False),
        ("dominant", "deeplift", 0.5, True, True, True),
    )
    rivals = usefulness(("additive", "mine", "gwas", ""))
    for rows in (table, table.iloc[::-1]):
        assert answer_sentence(rows, rivals) == (
            "On this data, trust DeepLIFT or Mine (tied) for additive effects and "
            "DeepLIFT for dominant effects."
        )


@pytest.mark.parametrize(
    "values", [[True, False, None], ["True", "False", ""], [1.0, 0.0, np.nan]]
)
def test_truths__reads_what_files_hold(values):
    assert truths(pd.Series(values)).tolist() == [True, False, False]
