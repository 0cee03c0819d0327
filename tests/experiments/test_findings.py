"""The published findings, answered by figures that are made up."""

import dataclasses

import jax
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from experiments import ablate, findings
from experiments.ablation import metrics
from experiments.ablation.answers import answer, lifted, within
from experiments.ablation.contrasts import contrasts_of, contrasts_table
from experiments.ablation.grid import SETTINGS, columns_of
from experiments.ablation.kept_scores import made_of
from experiments.ablation.metrics import (
    Measured,
    arms_of,
    composite,
    figures,
    mean_of,
    measure,
    spearman,
)
from experiments.ablation.summary import SHOWN
from experiments.arms import arm_plans
from experiments.finished import finished_run
from experiments.records import load_cohort
from experiments.scores import save_scores
from experiments.truth_records import load_arm
from experiments.workdir import Workdir
from gxjax.benchmark import Estimate, Parts, composite_table
from gxjax.report.tables import write_table
from gxjax.types import Scores

COLUMNS = columns_of(SETTINGS)


def made_up(values, spread=0.01, draws=200):
    """An `Estimate` whose draws are the values and a shift that all share."""
    values = np.asarray(values, float)
    shift = spread * np.random.default_rng(0).standard_normal((draws, 1))
    own = 1e-3 * np.random.default_rng(1).standard_normal((draws, len(values)))
    samples = values[None] + shift + own
    lower, upper = np.quantile(samples, [0.025, 0.975], axis=0)
    return Estimate(values, lower, upper, values, values, samples)


def test_findings__errors_name_what_is_wrong(trained):
    with pytest.raises(ValueError, match="'attribution' is not done"):
        findings.main(["findings", f"--workdir={trained}"])
    with pytest.raises(ValueError, match="published findings are of saliency"):
        findings.check_columns((("saliency", "none"), ("deeplift", "none")))
    findings.check_columns(
        tuple(
            (method, noise)
            for method in ("saliency", "deeplift")
            for noise in ("none", "smoothgrad_squared")
        )
    )


def test_composite__is_that_of_the_benchmark(key):
    rng = np.random.default_rng(2)
    columns = tuple((name, "none") for name in "abc")
    parts = [made_up(rng.uniform(0.1, 0.9, 3)) for _ in range(3)]
    for tau, groups in ((0.45, None), ("relative", [0, 0, 0])):
        table = composite_table(Parts(*parts), columns, key, tau=tau)
        table = table.set_index("method").loc[list("abc")]
        ours = composite(parts, groups)
        for name in ("value", "lower", "upper"):
            np.testing.assert_allclose(getattr(ours, name), table[name], rtol=1e-12)


def test_composite__takes_tau_over_a_group():
    parts = [made_up([0.5] * 4), made_up([0.5] * 4), made_up([0.2, 0.4, 2.0, 4.0])]
    values = composite(parts, [0, 0, 1, 1]).value
    np.testing.assert_allclose(values[:2], values[2:])


def test_means_and_composites__are_as_unsure_as_few_replicates_are(key):
    each = np.random.default_rng(4).uniform(0.3, 0.7, (3, 4, 2))
    parts = [made_up(one.mean(axis=0))._replace(by_replicate=one) for one in each]
    both = mean_of(parts[:2])
    means = each[:2].mean(axis=0)
    np.testing.assert_allclose(both.by_replicate, means)
    half = stats.t.ppf(0.975, 3) * stats.sem(means)
    np.testing.assert_allclose(both.upper, both.value + half)
    assert mean_of([parts[0], made_up([0.4, 0.5])]).by_replicate is None
    for tau, groups in ((0.45, None), ("relative", [0, 0])):
        ours = composite(parts, groups)
        table = composite_table(Parts(*parts), (("a", ""), ("b", "")), key, tau=tau)
        table = table.set_index("method").loc[["a", "b"]]
        for name in ("lower", "upper"):
            np.testing.assert_allclose(getattr(ours, name), table[name], rtol=1e-12)
        assert ours.by_replicate.shape == (4, 2)


def test_mean_of__keeps_draws_paired():
    one = made_up([0.1, 0.3])
    both = mean_of([one, one._replace(value=-one.value, samples=-one.samples)])
    np.testing.assert_allclose(both.samples, 0, atol=1e-15)
    np.testing.assert_allclose(both.upper, 0, atol=1e-15)


def test_measure__counts_no_hidden_column(configured, trained, monkeypatch):
    """Scores of what networks are not shown say nothing of stability or correlation."""
    work, cohort = Workdir(trained), load_cohort(Workdir(trained))
    configuration = configured()
    rng, hidden = np.random.default_rng(7), np.arange(240) % 4 == 0

    def load(*given):
        arm = load_arm(*given)
        typed = np.ones(len(arm.truth.kind), bool)
        if given[-1] == "real":
            typed = ~hidden
        return dataclasses.replace(arm, truth=arm.truth._replace(typed=typed))

    arms = {name: load(work, cohort, name) for name in arms_of(configuration)}
    monkeypatch.setattr(metrics, "load_arm", load)
    values = {
        name: rng.random((2, 3, len(arm.truth.kind))).astype(np.float32)
        for name, arm in arms.items()
    }
    # Networks agree on what they are shown; of the rest there are wild numbers.
    values["real"][:] = values["real"][:, :1]
    values["real"][:, :, hidden] = rng.random((2, 3, hidden.sum())) * 1e3
    found = measure(configuration, work, cohort, values)
    np.testing.assert_array_equal(found.real, values["real"][:, :, ~hidden])
    sd = [np.repeat([0, 1, 2], row).std() for row in cohort.counts[~hidden, :3]]
    np.testing.assert_allclose(found.sd, sd, rtol=1e-6)
    key = jax.random.key(0)
    rsd = figures([found], key, "decoy", 2)["median_rsd"]
    np.testing.assert_allclose(rsd.value, 0, atol=1e-6)


def test_spearman__is_scipys(key):
    rng = np.random.default_rng(3)
    real = rng.integers(0, 20, (3, 2, 50)).astype(np.float32)
    sd = rng.random(50)
    one = Measured(None, None, None, real, sd)
    against = spearman([one, one], 1, key, 20)
    expected = np.mean(
        [[stats.spearmanr(c[m], real[1, m])[0] for m in range(2)] for c in real], 1
    )
    np.testing.assert_allclose(against.value, expected, atol=1e-6)
    with_sd = spearman([one], None, key, 20).value
    expected = np.mean(
        [[stats.spearmanr(c[m], sd)[0] for m in range(2)] for c in real], 1
    )
    np.testing.assert_allclose(with_sd, expected, atol=1e-6)


def test_answer__says_what_was_made_up():
    columns = [
        (method, noise)
        for method in ("saliency", "deeplift")
        for noise in ("none", "smoothgrad_squared")
    ]
    found = {
        "mean_recall_top1": made_up([0.3, 0.5, 0.2, 0.4]),
        "mean_locus_recall_top1": made_up([0.3, 0.2, 0.2, 0.1]),
        "precision_top1": made_up([0.5, 0.4, 0.5, 0.4]),
        "median_rsd": made_up([0.45, 0.45, 0.45, 0.9], spread=0.001),
    }
    for percent in (1, 2):
        found[f"recall_all_top{percent}"] = made_up([0.3, 0.5, 0.2, 0.4])
        found[f"precision_top{percent}"] = found["precision_top1"]
    table = answer(found, [found, found], columns)
    by_measure = table.set_index(["measure", "method"])
    recall = by_measure.loc[("mean_recall_top1 lift", "all")]
    assert recall["verdict"] == "yes"
    assert recall["value"] == pytest.approx(0.2)
    loci = by_measure.loc[("mean_locus_recall_top1 lift", "all")]
    assert loci["verdict"] == "no"
    assert by_measure.loc[("precision_top1 lift", "deeplift"), "verdict"] == "no"
    rsd = by_measure.loc["median_rsd smoothgrad_squared"]["verdict"]
    assert rsd.to_dict() == {"saliency": "yes", "deeplift": "no"}
    assert by_measure.loc[("median_rsd change", "all"), "verdict"] == "no"
    assert (table.loc[table["finding"] == "d", "verdict"] == "yes").all()
    lines = findings.markdown_findings(table).splitlines()
    assert len(lines) == len(table) + 2
    assert lines[2].endswith("| yes |")


@pytest.mark.parametrize(
    ("ends", "rises", "inside"),
    [
        ((0.41, 0.49), "yes", "yes"),
        ((-0.2, -0.1), "no", "no"),
        ((-0.1, 0.45), "undecided", "undecided"),
        ((0.6, 0.7), "yes", "no"),
    ],
)
def test_verdicts(ends, rises, inside):
    assert lifted(*ends) == rises
    assert within(*ends, (0.4, 0.5)) == inside


@pytest.fixture
def scored(trained, tmp_path):
    """A run whose scores are made up: SmoothGrad finds what was planted, none does."""
    for name in ("cohort", "truth", "ensemble", "run.flags"):
        (tmp_path / name).symlink_to(trained / name)
    work, rng = Workdir(tmp_path), np.random.default_rng(5)
    cohort, pairs = load_cohort(work), []
    for method in ("saliency", "deeplift"):
        pairs += [(method, "none"), (method, "smoothgrad_squared")]
    for name in ("spikein", "decoy", "real"):
        arm = load_arm(work, cohort, name)
        values = rng.uniform(1, 1.1, (4, 3, len(arm.truth.kind))).astype(np.float32)
        values[1::2, :, arm.truth.kind > 0] *= 2 if name == "spikein" else 0.5
        scores = Scores(
            values, tuple(pairs), pd.DataFrame(), {("mean_absolute", "all"): values}
        )
        save_scores(work, arm, scores)
    work.finish("attribution", 1.0, [])
    return work


def test_findings__of_made_up_scores(scored, capsys):
    words = ["findings", f"--workdir={scored.path}"]
    with pytest.raises(FileNotFoundError, match=r"run experiments\.ablate"):
        findings.main(words)
    estimates = {
        n: made_up([0.1] * len(COLUMNS)) for n in (*SHOWN, "spearman_dosage_sd")
    }
    folder = scored.stage("ablation")
    contrasts = contrasts_table(contrasts_of(COLUMNS), estimates)
    write_table(contrasts, folder / "contrasts.tsv")
    write_table(ablate.ablation_table(COLUMNS, estimates), folder / "ablation.tsv")
    kept = folder / "scores" / "0" / "real.mode.global.npz"
    kept.parent.mkdir(parents=True)
    np.savez(kept, made_of=np.array(7))
    with pytest.raises(ValueError, match=r"real\.mode.*made of other networks"):
        findings.main(words)
    configuration, _ = finished_run(str(scored.path), "attribution")
    plan = next(plan for plan in arm_plans(configuration) if plan.name == "real")
    np.savez(kept, made_of=np.array(made_of(configuration, scored, plan)))
    older = contrasts[contrasts["metric"] != "mean_locus_recall_top1"]
    write_table(older, folder / "contrasts.tsv")
    with pytest.raises(ValueError, match=r"contrasts\.tsv: no mean_locus_recall_top1"):
        findings.main(words)
    assert not (folder / "findings.tsv").exists()
    write_table(contrasts, folder / "contrasts.tsv")
    findings.main(words)
    table = pd.read_csv(folder / "findings.tsv", sep="\t")
    lifts = table[table["measure"] == "mean_recall_top1 lift"]
    assert set(lifts["method"]) == {"all", "saliency", "deeplift"}
    # Two or three of 252 columns are the top 1 %, all of them planted.
    assert (lifts["value"] > 0.02).all()
    precision = table[table["measure"] == "precision_top1 lift"]
    assert (precision["value"] > 0.2).all()
    assert precision["verdict"].iloc[0] == "yes"
    assert (table["lower"] <= table["upper"]).all()
    assert "| a: mean_recall_top1 lift | all | +0.16 |" in capsys.readouterr().out
