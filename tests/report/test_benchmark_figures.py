from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import to_hex

from gxjax.report.calibration import calibration_plot
from gxjax.report.cells import frequency_heatmap, sanity_heatmap
from gxjax.report.critical_difference import (
    critical_difference_diagram,
    indistinct_groups,
)
from gxjax.report.curves import locus_precision_curves, precision_curves
from gxjax.report.dots import (
    Panel,
    average_precision_dots,
    dot_panels,
    measure_panels,
    similarity_dots,
)
from gxjax.report.faithfulness import faithfulness_curves
from gxjax.report.manhattan import manhattan_plot
from gxjax.report.parts import (
    dominance_dots,
    interaction_curves,
    rank_stability,
    spread_bars,
)
from gxjax.report.style import colours_of


def titles(figure):
    return [axes.get_title(loc="left") for axes in figure.axes]


def naive_groups(ranks, difference):
    """Every run within the difference that no other such run holds."""
    pairs = combinations(range(len(ranks)), 2)
    runs = {(a, b) for a, b in pairs if ranks[b] <= ranks[a] + difference}
    return sorted(
        (a, b)
        for a, b in runs
        if not any((c <= a and b <= d) and (a, b) != (c, d) for c, d in runs)
    )


@given(st.lists(st.integers(0, 40), min_size=1, max_size=9), st.integers(1, 12))
def test_indistinct_groups__are_the_largest_runs(steps, difference):
    ranks = np.sort(np.array(steps, float))
    assert indistinct_groups(ranks, difference) == naive_groups(ranks, difference)


def test_critical_difference_diagram__joins_what_can_not_be_told_apart():
    table = pd.DataFrame({"method": list("abc"), "mean_rank": [1.0, 1.5, 3.0]})
    table = table.assign(metric="recall", noise="none", critical_difference=1.0)
    table = table.assign(cases=12, friedman_p=0.02)
    figure = critical_difference_diagram(table)
    bars = [line for line in figure.axes[0].lines if line.get_linewidth() > 3]
    assert [list(bar.get_xdata()) for bar in bars] == [pytest.approx([0.94, 1.56])]
    assert titles(figure) == [
        "Recall: 12 cases, Friedman p = 0.02, critical difference 1.00"
    ]
    unknown = critical_difference_diagram(table.assign(friedman_p=np.nan))
    assert "Friedman" not in titles(unknown)[0]


def test_dot_panels__shares_rows_and_puts_comparators_last():
    table = pd.DataFrame({"method": ["gwas", "mine"], "value": [0.2, 0.5]})
    table = table.assign(noise="none", lower=[0.1, np.nan], upper=[0.3, np.nan])
    figure = dot_panels([Panel("one", table), Panel("two", table.iloc[1:], 0.1)])
    first, second = figure.axes
    labels = [tick.get_text() for tick in first.get_yticklabels()]
    assert labels == ["Mine", "GWAS"]
    dots = second.collections[-1].get_offsets()
    np.testing.assert_allclose(np.ma.filled(dots, np.nan)[0], [0.5, 0])
    assert second.lines[0].get_xdata()[0] == 0.1


def test_average_precision_dots__a_panel_per_effect(everything):
    figure = average_precision_dots(everything["average_precision"])
    assert titles(figure)[:2] == ["Additive", "Dominant"]
    assert len(figure.axes) == 7


def test_measure_panels__a_random_order_is_no_comparator(everything):
    table = everything["faithfulness"]
    random = table[table["measure"] == "deletion"].head(1).assign(method="random")
    panels = measure_panels(pd.concat([table, random]))
    assert [panel.title for panel in panels][:2] == ["Deletion", "Insertion"]
    figure = dot_panels(panels, colours_of(["saliency"]), across=3)
    labels = [tick.get_text() for tick in figure.axes[0].get_yticklabels()]
    assert labels[-1] == "Random order"
    assert len(panels[2].table) == 4


def test_similarity_dots__only_what_is_there(everything):
    table = everything["stability"]
    assert len(similarity_dots(table).axes) == 3
    table = table.drop(columns=[name for name in table if "jaccard" in name])
    assert len(similarity_dots(table).axes) == 2


def test_precision_curves__a_panel_per_null_and_counting(everything):
    assert titles(precision_curves(everything["precision"])) == [
        "Permuted decoys, counted by variant",
        "Permuted decoys, counted by locus",
        "Knockoffs, counted by variant",
        "Knockoffs, counted by locus",
    ]


def test_locus_precision_curves__tick_every_count(everything):
    (axes,) = locus_precision_curves(everything["locus_precision"]).axes
    ticks = [tick.get_text() for tick in axes.get_xticklabels()]
    assert ticks == ["10", "20", "50", "100", "200", "500"]


def test_frequency_heatmap__comparators_below(everything):
    figure = frequency_heatmap(everything["frequency"])
    axes = figure.axes[0]
    labels = [tick.get_text() for tick in axes.get_yticklabels()]
    assert labels[0] == "Saliency"
    assert labels[8:10] == ["GWAS", "Genotypic GWAS"]
    bins = [tick.get_text() for tick in axes.get_xticklabels()]
    assert bins[0] == "0.01–0.05\nn = 12"


def test_sanity_heatmap__labels_are_the_last_layer(everything):
    table = everything["sanity"]
    labels = table["layer"] == "labels"
    table = pd.concat([table[labels], table[~labels]])
    (axes,) = sanity_heatmap(table).axes
    names = [tick.get_text() for tick in axes.get_xticklabels()]
    assert names[0] == "Down to\nDense_2"
    assert names[-1] == "Shuffled\nlabels"
    assert axes.texts[0].get_text() == ".60"


def test_calibration_plot__has_bands_and_diagonals(everything):
    figure = calibration_plot(everything["calibration"])
    assert titles(figure) == ["Phenotype shuffled: nothing to find", "Real phenotype"]
    for axes in figure.axes:
        assert len(axes.collections) == 1
        assert len(axes.lines) == 4 + 1
        diagonal = axes.lines[-1]
        np.testing.assert_array_equal(diagonal.get_xdata(), diagonal.get_ydata())
    plain = everything["calibration"].drop(columns="phenotype")
    assert len(calibration_plot(plain).axes) == 1


def test_faithfulness_curves__random_order_is_a_reference(everything):
    table = everything["faithfulness_curves"]
    random = table[table["curve"] == "deletion"].assign(curve="deletion_random")
    figure = faithfulness_curves(pd.concat([table, random]))
    assert titles(figure) == ["Deletion", "Insertion"]
    deletion, insertion = figure.axes
    grey = [line for line in deletion.lines if to_hex(line.get_color()) == "#7b8794"]
    # The curves, and an empty one for the legend.
    assert len(grey) == 8 + 1
    assert len(insertion.lines) == 8


def test_spread_bars__stack_up(everything):
    (axes,) = spread_bars(everything["spread"]).axes
    ends = [bar.get_x() + bar.get_width() for bar in axes.patches[-8:]]
    np.testing.assert_allclose(ends, 0.2)


def test_rank_stability__is_in_the_order_of_ranks(everything):
    table = everything["composite"].sample(frac=1, random_state=0)
    left, right = rank_stability(table).axes
    assert left.get_yticklabels()[0].get_text() == "Saliency"
    assert right.collections[0].get_offsets()[0, 0] == pytest.approx(50)


def test_dominance_dots__write_the_auroc(everything):
    (axes,) = dominance_dots(everything["dominance"]).axes
    labels = [tick.get_text() for tick in axes.get_yticklabels()]
    assert labels == ["Additive", "Dominant\nAUROC 0.83", "Recessive\nAUROC 0.76"]


def test_interaction_curves__a_line_per_score(everything):
    (axes,) = interaction_curves(everything["interactions"]).axes
    assert [line.get_label() for line in axes.lines] == [
        "Pair contrast",
        "Product of scores",
    ]


def test_manhattan_plot__rings_the_loci_of_its_column(everything):
    column = ("saliency", "none")
    loci = everything["loci"]
    loci.loc[:2, "q"] = 0.5
    above = manhattan_plot(everything["manhattan"], column, loci).axes[0]
    rings = {
        line.get_label(): len(line.get_xdata())
        for line in above.lines
        if "Index" in line.get_label()
    }
    assert rings == {
        "Index variant of a locus, q ≤ 0.1": 9,
        "Index variant of a locus, q above": 3,
    }
    assert loci["ID"][0] in [text.get_text() for text in above.texts]
    other = manhattan_plot(everything["manhattan"], ("deeplift", "none"), loci)
    assert not [x for x in other.axes[0].lines if "Index" in str(x.get_label())]
