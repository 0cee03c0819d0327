import base64
import re

import numpy as np
import pandas as pd
import pytest

from gxjax.report import write_page
from gxjax.report.captions import CAPTIONS

SECTIONS = [
    "summary",
    "effects",
    "composite",
    "recall",
    "precision",
    "stability",
    "faithfulness",
    "genome",
    "methods",
    "training",
    "completeness",
    "cohort",
    "provenance",
]


def make_page(folder, tables, **more):
    return write_page(folder, **tables, **more).read_text(encoding="utf-8")


@pytest.fixture
def undrawn(monkeypatch):
    """For tests of sentences: figures are empty files."""

    def save(figure, folder, name):
        files = folder / f"{name}.png", folder / f"{name}.svg"
        for file in files:
            file.touch()
        return files

    monkeypatch.setattr("gxjax.report.page.save_figure", save)


@pytest.fixture
def small(tables):
    """Two columns, so that drawing is quick."""
    for name in ("recall", "precision", "stability", "composite"):
        table = tables[name]
        kept = table["method"].isin(["saliency", "gwas"]) & (
            table["noise"] != "smoothgrad"
        )
        tables[name] = table[kept]
    keys = [("saliency", "none"), ("saliency", "smoothgrad_squared")]
    tables["rsd"] = {key: tables["rsd"][key] for key in keys}
    return tables


def test_write_page__is_complete_in_itself(full_page):
    page, text, notes = full_page
    assert page.name == "index.html"
    assert page.stat().st_size < 4_000_000
    loads = re.findall(r'(?:src|srcset|<link[^>]*href)="([^"]*)"', text)
    assert len(loads) == 1 + 22
    assert all(load.startswith("data:") for load in loads)
    # A link to a paper loads nothing until somebody follows it.
    unlinked = re.sub(r'<a href="https://(arxiv|doi)\.org/[^"]*">', "", text)
    assert not re.search(r"@import|url\(|<script|https?://", unlinked)
    for image in re.findall(r"data:image/svg\+xml;base64,([^\"]*)", text):
        svg = base64.b64decode(image).decode()
        assert not re.search(r'href="https?://', svg)
    for name in SECTIONS:
        assert (
            text.count(f'<section id="{name}">') == text.count(f'href="#{name}"') == 1
        )
    files = {path.name for path in (page.parent / "figures").iterdir()}
    assert files == {f"{name}.{end}" for name in CAPTIONS for end in ("png", "svg")}
    assert [step[:2] for step in notes] == [(n, 22) for n in range(1, 23)]
    assert len(re.findall('<img [^>]*alt="[^"]{20,}"', text)) == 21
    assert "Phenotype shuffled" not in text


@pytest.mark.parametrize(
    "words",
    [
        '<p class="answer">On this data, trust Saliency for dominant, recessive',
        "no method beats the GWAS or the genotypic GWAS for additive effects",
        "Saliency at 0.62 (0.59 to 0.65) has the highest composite score.",
        "can not be told from it on this data (paired bootstrap, corrected p = 0.4)",
        "It ranks first in 50 % of bootstrap draws",
        "over 3 replicates (truth seeds), members and planted variants",
        "Causal variants are real ones with their LD",
        "<h4>GradientSHAP</h4>",
        "<h4>With SmoothGrad²</h4>",
        "Additive: best columns and comparators",
        "No warning is due",
        "scripts/run.sh --members 4",
        "1 h 4 min",
        "12 phenotype rows without genotypes were dropped",
    ],
)
def test_write_page__says(full_page, words):
    assert words in full_page.text.replace("\n", " ")


@pytest.mark.usefixtures("undrawn")
def test_write_page__says_what_one_replicate_can_not(tmp_path, small):
    small["provenance"].pop("replicates", None)
    text = make_page(tmp_path, small)
    assert "not over other truth seeds (one replicate)" in text
    assert "Planted variants have no neighbours in LD" in text
    assert 'class="answer"' not in text


def test_write_page__raises_on_unknown_table(tmp_path, small):
    with pytest.raises(ValueError, match="unknown table precison; expected some of"):
        make_page(tmp_path, small, precison=small["precision"])


@pytest.mark.usefixtures("undrawn")
def test_write_page__null_run_has_a_banner(tmp_path, small):
    text = make_page(tmp_path, small, null=True)
    assert "Phenotype shuffled: expect chance." in text
    assert "<title>Null run: " in text
    assert '<p class="lead">At the top 1 % of variants' in text


@pytest.mark.usefixtures("undrawn")
def test_write_page__names_no_best_column_where_nothing_is_recalled(tmp_path, small):
    small["recall"] = small["recall"].assign(value=0.0, lower=0.0, upper=0.0)
    text = make_page(tmp_path, small)
    assert text.count('<td class="text">none</td>') == 8


@pytest.mark.parametrize("noise", ["none", "smoothgrad_squared"])
@pytest.mark.usefixtures("undrawn")
def test_write_page__warns_of_the_scale_of_squares_only(tmp_path, small, noise):
    small["rsd"] = {("saliency", noise): small["rsd"]["saliency", "none"]}
    text = make_page(tmp_path, small)
    assert text.count("A squared score") == 2 * (noise != "none")


@pytest.mark.usefixtures("undrawn")
def test_write_page__warns_when_due(tmp_path, small):
    small["history"] = small["history"].query("member < 2")
    text = make_page(tmp_path, small)
    assert text.count('class="warning"') == 1
    assert "(spikein 2, decoy 2, real 2)" in text
    assert "No warning is due" not in text


@pytest.mark.usefixtures("undrawn")
def test_write_page__escapes_names(tmp_path, small):
    for name in ("recall", "composite", "precision", "stability"):
        small[name] = small[name].replace("saliency", "<b>_$x$")
    small["rsd"] = {("<b>_$x$", noise): v for (_, noise), v in small["rsd"].items()}
    small["provenance"]["notes"] = ["<script>alert(1)</script>"]
    text = make_page(tmp_path, small)
    assert "<b> $x$" not in text
    assert "&lt;b&gt; $x$ + SmoothGrad²" in text
    assert "<script" not in text


def test_write_page__of_one_member_and_nothing_else(tmp_path, small):
    composite = small["composite"].iloc[:1].copy()
    composite[["value", "lower", "upper", "stability", "median_rsd", "rank"]] = np.nan
    empty = dict.fromkeys(
        [
            "recall",
            "precision",
            "stability",
            "manhattan",
            "history",
            "completeness",
            "manifest",
            "qc",
        ],
        pd.DataFrame(),
    )
    tables = empty | {"composite": composite, "rsd": {}, "provenance": {}}
    text = make_page(tmp_path, tables)
    assert "No composite score could be computed" in text
    assert "No recall was computed." in text
    assert "so there is nothing to check" in text
    assert [path.stem for path in (tmp_path / "figures").glob("*.svg")] == ["composite"]


def test_write_page__of_members_without_a_spread_and_no_gwas(tmp_path, small):
    small["recall"] = small["recall"].query("method != 'gwas'")
    for name in ("recall", "precision", "composite"):
        table = small[name]
        small[name] = table.assign(lower=table["value"], upper=table["value"])
    small["rsd"] = {key: np.full(5, np.nan) for key in small["rsd"]}
    small["history"] = small["history"].query("member == 0 and epoch == 0")
    small["manhattan"] = small["manhattan"].assign(neg_log10_p=np.nan)
    text = make_page(tmp_path, small, manhattan_column=("deeplift", "none"))
    assert "there is no GWAS to compare with" in text
    assert "can not be judged" in text
    assert "attribution by DeepLIFT" in text


def test_write_page__of_nothing_but_missing_numbers(tmp_path, small):
    for name in ("recall", "precision", "stability", "composite", "completeness"):
        numbers = (
            small[name]
            .select_dtypes("number")
            .columns.difference(["quantile", "k", "member", "person"])
        )
        small[name] = small[name].astype(dict.fromkeys(numbers, float))
        small[name].loc[:, numbers] = np.nan
    losses = ["train_loss", "validation_loss", "validation_score"]
    small["history"].loc[:, losses] = np.nan
    small["manhattan"].loc[:, ["score", "neg_log10_p"]] = np.nan
    text = make_page(tmp_path, small)
    assert "not above 0 (spikein nan, decoy nan, real nan)" in text
    assert "No planted variant was scored" in text


def test_write_page__takes_many_columns_of_unknown_methods(tmp_path, small):
    def spread(table):
        copies = [table.assign(method=f"own_method_{i}") for i in range(12)]
        return pd.concat(copies, ignore_index=True)

    for name in ("recall", "precision", "stability"):
        small[name] = spread(small[name].query("method == 'saliency'"))
    composite = spread(small["composite"])
    small["composite"] = composite.assign(rank=np.arange(len(composite)) + 1)
    small["rsd"] = {
        (f"own_method_{i}", noise): values
        for i in range(12)
        for (_, noise), values in small["rsd"].items()
    }
    text = make_page(tmp_path, small)
    assert "12 methods" in text
    assert text.count("Own method 11") > 4
    assert len(text) < 5_000_000


def test_write_page__raises_on_missing_column_and_writes_nothing(tmp_path, small):
    small["qc"] = small["qc"].drop(columns="people")
    with pytest.raises(ValueError, match="qc: no column people; found"):
        make_page(tmp_path / "report", small)
    assert not (tmp_path / "report").exists()
