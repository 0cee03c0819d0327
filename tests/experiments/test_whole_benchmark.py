"""A generated phenotype, knockoffs, null networks, replicates: all of it in one run."""

import numpy as np
import pandas as pd
import pytest

from experiments import benchmark
from gxjax.report import read_table
from gxjax.types import KINDS

WORDS = (
    "--truth=generative",
    "--methods=saliency",
    "--noise=none,smoothgrad_squared",
    "--members=3",
    "--epochs=2",
    "--additive=3",
    "--dominant=2",
    "--recessive=2",
    "--epistatic_pairs=1",
    "--polygenic=20",
    "--polygenic_h2=0.1",
    "--causal_r2=0.5",
    "--twin_r2=0.9",
    "--knockoffs=hmm",
    "--null_ensembles=2",
    "--spread",
    "--replicates=2",
    "--faithfulness_people=4",
    "--faithfulness_members=2",
    "--contrast_variants=12",
    "--comparators=gwas,gwas_genotypic,ridge,elastic_net,random,maf,ld_score",
)
ARMS = {"decoy", "real", "knockoff"}
FIRST = {"null0", "null1", "seed", "data_order", "bootstrap"}


@pytest.fixture(scope="module")
def finished(tmp_path_factory, arguments):
    """The workdir of one run with everything."""
    workdir = tmp_path_factory.mktemp("whole") / "out"
    benchmark.main(arguments(workdir, *WORDS))
    return workdir


def table_of(workdir, name, stage="benchmark"):
    return read_table(workdir / stage / f"{name}.tsv")


def test_main__trains_every_arm_of_every_replicate(finished):
    for stage in ("ensemble", "attribution"):
        done = {path.parent.name for path in finished.glob(f"{stage}/*/done")}
        assert done == ARMS | FIRST
        second = finished / "replicates" / "1"
        assert {path.parent.name for path in second.glob(f"{stage}/*/done")} == ARMS
    assert not (finished / "replicates" / "1" / "cohort").exists()


def test_main__replicates_have_truths_of_their_own(finished):
    first, second = (
        np.load(folder / "truth" / "causal.npz")["kind"]
        for folder in (finished, finished / "replicates" / "1")
    )
    assert (np.sort(first) == np.sort(second)).all()
    assert (first != second).any()
    planted = table_of(finished, "recall").query("effect == 'all'")["planted"]
    assert set(planted) == {2 * (3 + 2 + 2 + 2)}


def test_main__hides_twins_from_the_networks(finished):
    causal = np.load(finished / "truth" / "causal.npz")
    hidden = ~causal["typed"]
    assert hidden.any()
    assert (causal["kind"][hidden] == KINDS.index("real")).all()
    scores = pd.read_parquet(finished / "attribution" / "real.parquet")
    values = scores.filter(like="saliency.").to_numpy()
    assert (values[hidden] == 0).all()
    assert (values[~hidden] > 0).any()


def test_main__records_the_achieved_components(finished):
    table = table_of(finished, "components", "truth").set_index("component")
    np.testing.assert_allclose(
        table.loc["polygenic", ["asked", "achieved"]].astype(float), 0.1, atol=1e-4
    )


def test_main__counts_two_kinds_of_nulls_by_variant_and_locus(finished):
    table = table_of(finished, "precision")
    assert set(zip(table["null"], table["counted"], strict=True)) == {
        (null, counted)
        for null in ("permuted", "knockoff")
        for counted in ("variant", "locus")
    }
    selected = table_of(finished, "selected")
    assert set(selected["counted"]) == {"variant", "locus"}
    assert (selected["planted_selected"] <= selected["selected"]).all()


def test_main__gives_p_values_of_variants_and_loci(finished):
    table = pd.read_parquet(finished / "benchmark" / "p_values.parquet")
    names = [f"saliency.{noise}" for noise in ("none", "smoothgrad_squared")]
    assert list(table)[4:] == [f"{name}.{one}" for name in names for one in "pq"]
    hidden = ~np.load(finished / "truth" / "causal.npz")["typed"]
    p = table["saliency.none.p"]
    assert (p.isna() == hidden).all()
    assert p.dropna().between(0, 1, inclusive="right").all()
    loci = table_of(finished, "loci")
    assert (loci["p"] <= loci["q"] + 1e-12).all()
    lines = table_of(finished, "calibration")
    assert set(lines["phenotype"]) == {"real", "shuffled"}


def test_main__compares_with_every_comparator(finished):
    rivals = {"gwas", "gwas_genotypic", "ridge", "elastic_net"}
    rivals |= {"random", "maf", "ld_score"}
    for name in ("recall", "locus_recall", "average_precision", "frequency"):
        assert set(table_of(finished, name)["method"]) == {"saliency", *rivals}
    useful = table_of(finished, "usefulness")
    named = useful["beaten"].fillna("") + "," + useful["not_beaten"].fillna("")
    assert all(set(text.strip(",").split(",")) == rivals for text in named)


@pytest.mark.parametrize(
    ("stage", "name"),
    [
        ("benchmark", "composite_published"),
        ("benchmark", "comparisons"),
        ("benchmark", "ranks"),
        ("benchmark", "trusted"),
        ("benchmark", "spread"),
        ("benchmark", "locus_precision"),
        ("benchmark", "locus_recall"),
        ("faithfulness", "faithfulness"),
        ("faithfulness", "faithfulness_curves"),
        ("faithfulness", "dominance"),
        ("faithfulness", "interactions"),
    ],
)
def test_main__writes(finished, stage, name):
    assert len(table_of(finished, name, stage))


def test_main__forgets_layer_by_layer_and_labels(finished):
    layers = list(dict.fromkeys(table_of(finished, "sanity", "faithfulness")["layer"]))
    assert layers[0] == "output"
    assert layers[-1] == "labels"
    assert len(layers) == 4


def test_main__more_replicates_keep_the_first(finished, arguments, tmp_path):
    """--replicates changes nothing before the benchmark."""
    kept = finished / "ensemble" / "real" / "done"
    before = kept.stat().st_mtime_ns
    again = arguments(finished, *WORDS, "--replicates=1")
    with pytest.raises(ValueError, match="--replicates was 2, is 1"):
        benchmark.main(again)
    benchmark.main([*again, "--overwrite"])
    assert kept.stat().st_mtime_ns == before
    planted = table_of(finished, "recall").query("effect == 'all'")["planted"]
    assert set(planted) == {3 + 2 + 2 + 2}
