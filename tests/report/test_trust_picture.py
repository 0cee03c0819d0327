import numpy as np
import pandas as pd
import pytest

from gxjax.report.labels import is_comparator
from gxjax.report.trust import metric_words, trust_matrix, trust_matrix_narrow


def cases():
    rows = [
        ("a", 0.9, True, True, True),
        ("b", 0.8, False, True, True),
        ("c", 0.7, False, True, False),
        ("d", 0.6, False, False, True),
    ]
    names = "method value best within_noise_of_best useful"
    table = pd.DataFrame(rows, columns=names.split())
    return table.assign(effect="all", noise="none", lower=0.5, upper=0.95)


def marks(axes):
    """(x, size, face) of every dot."""
    return [
        (round(x, 2), line.get_markersize(), line.get_markerfacecolor())
        for line in axes.lines
        if line.get_marker() == "o"
        for x in line.get_xdata()
    ]


def test_trust_matrix__marks_best_near_and_useful(everything):
    (axes,) = trust_matrix(cases(), everything["recall"].iloc[:0]).axes
    ink = "#1f2933"
    assert sorted(marks(axes)) == [
        (0.31, 6, ink),
        (1.31, 3.6, ink),
        (2.31, 3.6, "white"),
    ]
    assert [text.get_text() for text in axes.texts] == [".90", ".80", ".70", ".60"]
    weights = [text.get_weight() for text in axes.texts]
    assert weights == ["bold", "normal", "normal", "normal"]


def test_trust_matrix__hollow_where_the_best_is_not_useful(everything):
    table = cases().assign(useful=False)
    (axes,) = trust_matrix(table, everything["recall"].iloc[:0]).axes
    assert {face for _, _, face in marks(axes)} == {"white"}


def test_trust_matrix__nothing_is_best_at_zero(everything):
    table = cases().assign(value=[0.0, 0.0, np.nan, 0.0])
    (axes,) = trust_matrix(table, everything["recall"].iloc[:0]).axes
    assert marks(axes) == []
    assert [text.get_text() for text in axes.texts] == [".00", ".00", "–", ".00"]


def test_trust_matrix__sets_comparators_apart(everything):
    recall = everything["recall"]
    rivals = recall[is_comparator(recall["method"]) & (recall["quantile"] == 0.99)]
    (axes,) = trust_matrix(everything["trusted"], rivals).axes
    labels = [tick.get_text() for tick in axes.get_xticklabels()]
    assert labels[:2] == ["Saliency", "Saliency + SmoothGrad²"]
    assert labels[8:10] == ["GWAS", "Genotypic GWAS"]
    assert np.diff(axes.get_xticks())[7] == pytest.approx(1.4)


def test_trust_matrix__keeps_its_order_whatever_is_best(everything):
    table = everything["trusted"]
    found = [
        [
            tick.get_text()
            for tick in trust_matrix(rows, rows.iloc[:0]).axes[0].get_xticklabels()
        ]
        for rows in (table, table.sort_values("value"))
    ]
    assert found[0] == found[1]


def test_trust_matrix_narrow__has_a_row_per_column(everything):
    (axes,) = trust_matrix_narrow(everything["trusted"]).axes
    labels = [tick.get_text() for tick in axes.get_yticklabels()]
    assert labels == ["no noise", "SmoothGrad²"] * 4
    assert "DeepLIFT" in [text.get_text() for text in axes.texts]


def test_trust_matrix__raises_on_missing_column(everything):
    with pytest.raises(ValueError, match="trusted: no column useful"):
        trust_matrix(cases().drop(columns="useful"), everything["recall"])


def test_metric_words__recall_unless_said():
    assert metric_words(cases(), 0.98) == "Recall at the top 2 % of variants"
    own = cases().assign(metric="average_precision")
    assert metric_words(own, 0.98) == "Average precision"
