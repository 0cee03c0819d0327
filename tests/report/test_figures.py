import numpy as np
import pandas as pd
import pytest

from gxjax.report import (
    completeness_curves,
    composite_bars,
    manhattan_plot,
    precision_curves,
    recall_curves,
    rsd_violins,
    save_figure,
    training_curves,
)
from gxjax.report.curves import chance_recall


def legend_of(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def test_recall_curves__a_panel_per_effect_and_a_line_per_column(tables):
    figure = recall_curves(tables["recall"])
    assert [axes.get_title(loc="left") for axes in figure.axes[:2]] == [
        "Additive (n = 100)",
        "Dominant (n = 100)",
    ]
    assert len(figure.axes) == 8
    assert all(len(axes.lines) == 14 for axes in figure.axes)
    assert "Integrated gradients + SmoothGrad²" in legend_of(figure)
    gwas = next(l for l in figure.axes[0].lines if l.get_label() == "GWAS")  # noqa: E741
    assert (gwas.get_color(), gwas.get_linestyle()) == ("#000000", "--")
    chance = figure.axes[4].lines[0]
    np.testing.assert_allclose(chance.get_ydata(), chance.get_xdata() ** 2)
    few, many = figure.axes[0].get_xlim()[::-1]
    assert few < 0.01 < 0.2 < many


def test_chance_recall__of_pairs_is_squared():
    assert chance_recall("additive", 0.9) == pytest.approx(0.1)
    assert chance_recall("epistatic_pair", 0.9) == pytest.approx(0.01)
    assert chance_recall("three_way_group", 0.9) == pytest.approx(0.001)


def test_precision_curves__has_the_zero_line(tables):
    figure = precision_curves(tables["precision"])
    (axes,) = figure.axes
    assert len(axes.lines) == 13
    np.testing.assert_array_equal(axes.lines[0].get_ydata(), [0, 0])
    ticks = [tick.get_text() for tick in axes.get_xticklabels()]
    assert ticks == ["20", "10", "5", "2", "1"]


def test_rsd_violins__marks_the_median():
    rsd = {
        ("saliency", "none"): np.array([1.0, 2.0, 3.0, np.nan]),
        ("mine", "none"): np.full(4, np.nan),
        ("saliency", "smoothgrad"): np.full(4, 0.5),
    }
    (axes,) = rsd_violins(rsd).axes
    labels = [tick.get_text() for tick in axes.get_yticklabels()]
    assert labels == ["Saliency", "Saliency + SmoothGrad", "Mine"]
    assert [line.get_xdata()[0] for line in axes.lines] == [2.0, 0.5]
    assert [text.get_text() for text in axes.texts] == ["n/a"]


def test_composite_bars__best_on_top_and_missing_said(tables):
    table = tables["composite"].iloc[:3].copy()
    table.loc[0, ["value", "lower", "upper", "rank"]] = np.nan
    (axes,) = composite_bars(table).axes
    labels = [tick.get_text() for tick in axes.get_yticklabels()]
    assert labels == ["Saliency + SmoothGrad", "Saliency + SmoothGrad²", "Saliency"]
    assert [bar.get_width() for bar in axes.patches] == pytest.approx([0.6, 0.58, 0])
    assert [text.get_text() for text in axes.texts] == ["n/a"]
    assert axes.yaxis_inverted()


def test_manhattan_plot__mirrors_the_gwas(tables):
    figure = manhattan_plot(tables["manhattan"], ("saliency", "smoothgrad_squared"))
    above, below = figure.axes
    assert below.yaxis_inverted()
    assert figure.get_suptitle() == "Attribution by Saliency + SmoothGrad², and GWAS"
    ticks = [tick.get_text() for tick in above.get_xticklabels()]
    assert ticks == [*"12345678", "planted"]
    assert legend_of(figure) == ["Additive", "Dominant", "Recessive", "Epistatic"]
    threshold = below.lines[-1].get_ydata()[0]
    assert threshold == pytest.approx(np.log10(2080 / 0.05))


def test_manhattan_plot__shows_a_threshold_that_nothing_reaches(tables):
    table = tables["manhattan"].assign(neg_log10_p=0.5)
    _, below = manhattan_plot(table, ("saliency", "none")).axes
    assert max(below.get_ylim()) > np.log10(2080 / 0.05)


@pytest.mark.parametrize(
    ("noise", "label"),
    [("smoothgrad_squared", "Mean attribution²"), ("none", "Mean |attribution|")],
)
def test_manhattan_plot__says_what_is_averaged(tables, noise, label):
    figure = manhattan_plot(tables["manhattan"], ("saliency", noise))
    assert figure.axes[0].get_ylabel() == label


def test_manhattan_plot__one_chromosome_without_gwas(tables):
    table = tables["manhattan"].query("CHROM == '1'").drop(columns="neg_log10_p")
    figure = manhattan_plot(table, ("mine", "none"))
    assert len(figure.axes) == 1
    assert figure.legends == []


def test_manhattan_plot__draws_a_p_of_zero_at_the_top(tables, tmp_path):
    table = tables["manhattan"]
    table.loc[5, "neg_log10_p"] = np.inf
    table.loc[6, "neg_log10_p"] = np.nan
    figure = manhattan_plot(table, ("saliency", "none"))
    highest = table["neg_log10_p"].replace(np.inf, np.nan).max()
    assert figure.axes[1].lines[0].get_ydata()[5] == highest
    save_figure(figure, tmp_path, "any")


def test_manhattan_plot__raises_on_unknown_kind(tables):
    table = tables["manhattan"].assign(kind="magic")
    with pytest.raises(ValueError, match=r"unknown kind \['magic'\]"):
        manhattan_plot(table, ("saliency", "none"))


def test_training_curves__marks_best_epochs(tables):
    figure = training_curves(tables["history"])
    assert len(figure.axes) == 6
    assert figure.axes[0].get_title(loc="left") == "Arm: spikein"
    marks = [a for a in figure.axes[3].lines if a.get_marker() == "o"]
    assert [mark.get_xdata()[0] for mark in marks] == [11, 12, 13, 14]
    assert figure.axes[3].get_ylabel() == "Validation R²"
    assert legend_of(figure) == ["Train", "Validation", "Best epoch of a member"]


def test_completeness_curves__are_cumulative():
    table = pd.DataFrame(
        {"method": "deeplift", "noise": "none", "delta": [0.0, -0.1, 1.0]}
    )
    figure = completeness_curves(table)
    curve = figure.axes[0].lines[0]
    assert curve.get_xdata()[-1] == 1
    np.testing.assert_allclose(curve.get_ydata(), [0, 1 / 3, 2 / 3, 1])
    assert legend_of(figure) == ["DeepLIFT"]


def test_completeness_curves__of_nothing_says_so(tables):
    (axes,) = completeness_curves(tables["completeness"].iloc[:0]).axes
    assert axes.texts[0].get_text() == "No method here claims completeness"


@pytest.mark.parametrize("draw", [recall_curves, precision_curves, composite_bars])
def test_figures__raise_on_missing_column(draw, tables):
    with pytest.raises(ValueError, match=r"no column .*value"):
        draw(tables["composite"].drop(columns="value"))


def test_save_figure__is_deterministic(tables, tmp_path):
    written = []
    for name in ("a", "b"):
        figure = composite_bars(tables["composite"])
        written.append(
            [path.read_bytes() for path in save_figure(figure, tmp_path, name)]
        )
    assert written[0] == written[1]
    assert written[0][0].startswith(b"\x89PNG")
    assert b"<dc:date>" not in written[0][1]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "a.png",
        "a.svg",
        "b.png",
        "b.svg",
    ]
