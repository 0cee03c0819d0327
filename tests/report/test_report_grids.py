import numpy as np
import pandas as pd
import pytest

from gxjax.report import answer
from gxjax.report.cards import comparator_grid, method_cards
from gxjax.report.cautions import benchmark_cautions
from gxjax.report.discovery import loci_grid, selected_grid
from gxjax.report.effects import comparison_grid, effect_grids
from gxjax.report.labels import column_order, is_comparator
from gxjax.report.method_notes import COMPARATOR_NOTES, METHOD_NOTES, NOISE_NOTES
from gxjax.report.schemas import SCHEMAS, checked_tables
from gxjax.types import COMPARATORS


@pytest.fixture
def checked(everything):
    return checked_tables(
        {name: everything[name] for name in SCHEMAS if name in everything}
    )


@pytest.mark.parametrize("name", COMPARATORS)
def test_comparators__all_have_a_label(name):
    column = pd.Series([name, "saliency"])
    assert is_comparator(column).tolist() == [True, False]
    # None is tidied as a user's own method would be.
    assert column_order((name, "none")) < column_order(("saliency", "none"))
    assert answer._spoken([name]) != name


def texts(grid, row):
    label, cells = grid.rows[row]
    found = [label, *(cell.text.replace("\u00a0", " ") for cell in cells)]
    return dict(zip(grid.heads, found, strict=True))


def test_checked_tables__fills_in_and_reads_plink_names(everything):
    loci = everything["loci"].rename(columns={"CHROM": "#CHROM"})
    tables = checked_tables({"loci": loci, "ranks": None, "recall": pd.DataFrame()})
    assert set(tables) == set(SCHEMAS)
    assert "CHROM" in tables["loci"]
    assert tables["ranks"].empty
    assert list(tables["recall"]) == SCHEMAS["recall"].split()


def test_checked_tables__ends_of_shares_stay_in_their_range(everything):
    spread = {"lower": -0.25, "upper": 1.25, "least": -0.5, "greatest": 1.5}
    names = ("recall", "average_precision", "composite", "precision", "sanity")
    given = {name: everything[name].assign(**spread) for name in names}
    given["faithfulness"] = everything["faithfulness"].assign(**spread)
    stability = everything["stability"].assign(jaccard_lower=-0.1, nogueira_upper=2.0)
    tables = checked_tables(given | {"stability": stability})

    def ends(name):
        return tuple(tables[name].iloc[0][list(spread)])

    for name in ("recall", "average_precision", "composite"):
        assert ends(name) == (0, 1, 0, 1)
        assert tables[name]["value"].equals(everything[name]["value"])
    assert ends("precision") == (-0.25, 1, -0.5, 1)
    assert ends("sanity") == (-0.25, 1, -0.5, 1)
    # Gains and errors are no shares.
    assert ends("faithfulness") == (-0.25, 1.25, -0.5, 1.5)
    assert (tables["stability"]["jaccard_lower"] == 0).all()
    assert (tables["stability"]["nogueira_upper"] == 1).all()
    assert tables["stability"]["lower"].equals(stability["lower"])


def test_checked_tables__raises_by_name():
    with pytest.raises(ValueError, match="unknown table rank; expected some of recall"):
        checked_tables({"rank": None})
    short = pd.DataFrame(columns=SCHEMAS["spread"].split()).drop(columns="share")
    with pytest.raises(ValueError, match="spread: no column share; found"):
        checked_tables({"spread": short})


def test_effect_grids__best_columns_then_comparators(checked):
    labels = [label for label, _ in effect_grids(checked)]
    assert labels[:3] == ["Additive", "Dominant", "Recessive"]
    grid = dict(effect_grids(checked))["Additive"]
    assert texts(grid, 0) == {
        "Column": "Saliency",
        "Recall": "0.73 (0.68 to 0.79)",
        "Among loci": "0.73",
        "Members": "0.68 – 0.79",
        "Average precision": "0.59",
        "Verdict": "best, not useful",
        "Not beaten": "GWAS and Genotypic GWAS",
    }
    # Six of the eight columns, and every comparator.
    assert len(grid.rows) == 6 + 6
    assert texts(grid, 6)["Column"] == "GWAS"
    assert texts(grid, 6)["Verdict"] == "comparator"
    dominant = dict(effect_grids(checked))["Dominant"]
    assert texts(dominant, 0)["Verdict"] == "best, useful"


def test_effect_grids__what_finds_none_is_not_best(checked):
    nothing = {"value": 0.0, "best": True, "within_noise_of_best": True}
    trusted = checked["trusted"].assign(**nothing, useful=False)
    grid = dict(effect_grids(checked | {"trusted": trusted}))["Additive"]
    assert {texts(grid, row)["Verdict"] for row in range(6)} == {"finds none"}


def test_effect_grids__of_recall_alone(checked):
    only = checked | {
        name: checked[name].iloc[:0]
        for name in ("locus_recall", "average_precision", "trusted", "usefulness")
    }
    only["recall"] = only["recall"].drop(columns=["least", "greatest"])
    assert effect_grids(only)[0][1].heads == ["Column", "Recall"]


def test_comparison_grid__is_of_the_first_column_less_the_other():
    names = SCHEMAS["comparisons"].split()
    rows = [
        ("recall", "all", "a", "none", "b", "none", 0.2, 0.1, 0.4, 0.01, 0.02),
        ("recall", "all", "b", "none", "c", "none", 0.2, 0.1, 0.4, 0.01, 0.02),
        ("recall", "dominant", "a", "none", "b", "none", 0.2, 0.1, 0.4, 0.01, 0.02),
    ]
    grid = comparison_grid(pd.DataFrame(rows, columns=names), ("b", "none"))
    assert len(grid.rows) == 2
    assert texts(grid, 0)["Other column"] == "A"
    assert texts(grid, 0)["Difference"] == "-0.200"
    assert texts(grid, 0)["95 % interval"] == "-0.400 to -0.100"
    assert texts(grid, 1)["Difference"] == "+0.200"


def test_loci_grid__is_of_one_column(checked):
    loci = checked["loci"]
    loci.loc[loci["score"].idxmin(), "kind"] = "real"
    grid = loci_grid(loci, ("saliency", "none"))
    assert len(grid.rows) == 12
    assert texts(grid, 0)["Planted"] == "Additive"
    assert texts(grid, 11)["Planted"] == "–"


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("gene_by_sex", "Gene by sex"),
        ("polygenic", "– (polygenic)"),
        ("knockoff", "– (knockoffs)"),
    ],
)
def test_loci_grid__background_effects_are_not_planted(kind, text, checked):
    loci = checked["loci"].assign(kind=kind)
    assert texts(loci_grid(loci, ("saliency", "none")), 0)["Planted"] == text


def test_selected_grid__says_when_the_level_is_missed(checked):
    table = checked["selected"].iloc[[0]].assign(realised=0.3)
    assert texts(selected_grid(table), 0)["False share"] == "0.300, above its level"
    none = checked["selected"].iloc[[0]].assign(selected=0, realised=0.0)
    assert texts(selected_grid(none), 0)["False share"] == "–"
    names = ["planted_selected", "false_selected", "realised"]
    unknown = table.assign(**dict.fromkeys(names, np.nan), counted="locus")
    row = texts(selected_grid(unknown), 0)
    assert (row["Counted"], row["Planted"], row["False share"]) == ("Locus", "–", "–")


def test_method_cards__have_figures_verdicts_and_limits(checked):
    cards = {card.name: card for card in method_cards(checked)}
    assert list(cards)[-1] == "With SmoothGrad²"
    card = cards["Saliency"]
    assert card.grid.heads == ["Figure", "No noise", "SmoothGrad²"]
    figures = {label: cells[0].text for label, cells in card.grid.rows}
    figures = {head: text.replace("\u00a0", " ") for head, text in figures.items()}
    assert figures["Recall, top 1 %"] == "0.39 (0.34 to 0.44)"
    assert figures["Precision, top 2 % (knockoffs)"] == "0.56 (0.52 to 0.60)"
    assert figures["Infidelity"] == "0.40 (0.38 to 0.42)"
    assert figures["Useful for"] == "Dominant; Recessive; Gene by sex; All planted"
    # Squares have no infidelity.
    infidelity = {label: cells[1].text for label, cells in card.grid.rows}["Infidelity"]
    assert infidelity == "–"


def test_method_cards__a_users_own_method_gets_one_too(checked):
    own = checked | {"composite": checked["composite"].assign(method="my_own")}
    (card, *_) = method_cards(own)
    assert card.name == "My own"
    assert card.note.source == ""
    assert {cell.text for _, cells in card.grid.rows for cell in cells} == {
        "–",
        "not judged",
    }


def test_comparator_grid__lists_those_of_the_run(checked):
    grid = comparator_grid(checked)
    assert [label for label, _ in grid.rows][:2] == ["GWAS", "Genotypic GWAS"]
    assert len(grid.rows) == 6
    assert set(COMPARATOR_NOTES) == set(COMPARATORS)


def test_notes__name_a_source():
    for note in [*METHOD_NOTES.values(), *NOISE_NOTES.values()]:
        assert note.source
        assert note.url.startswith("https://")
        assert note.limits


def test_benchmark_cautions__none_is_due(checked):
    assert benchmark_cautions(checked) == []


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("usefulness", {"beaten": "", "not_beaten": ""}, "No comparator was run"),
        ("calibration", {"observed": 9.0}, "p-values are smaller than chance"),
        ("selected", {"realised": 0.9}, "16 of 24 selections hold more false"),
        ("sanity", {"lower": 0.7}, "ranked much as before by Saliency, "),
    ],
)
def test_benchmark_cautions__are_due(checked, name, change, words):
    (sentence,) = benchmark_cautions(checked | {name: checked[name].assign(**change)})
    assert words in sentence


def test_benchmark_cautions__real_p_values_may_be_small(checked):
    table = checked["calibration"]
    real = table["phenotype"] == "real"
    table.loc[real, "observed"] = 9.0
    assert benchmark_cautions(checked) == []


def test_benchmark_cautions__of_nothing():
    assert benchmark_cautions(checked_tables({})) == []
