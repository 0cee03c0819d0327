"""The ablation of a finished run: what it keeps, resumes, writes and refuses."""

import shutil

import numpy as np
import pytest

from experiments import ablate
from experiments.ablation import attributions, grid
from experiments.ablation.grid import Column, Setting, columns_of
from experiments.records import load_cohort
from experiments.truth_records import load_arm
from experiments.workdir import Workdir
from gxjax.report import read_table
from gxjax.types import TEST

LOCAL = Setting("mode", False)


@pytest.fixture(scope="module")
def ablated(trained, tmp_path_factory):
    """An ablated copy of the trained run: four people, one setting, two methods."""
    path = tmp_path_factory.mktemp("ablated") / "out"
    for name in ("cohort", "truth", "ensemble", "run.flags"):
        target = path / name
        target.parent.mkdir(exist_ok=True)
        target.symlink_to(trained / name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ablate, "SETTINGS", (LOCAL,))
        patch.setattr(grid, "_LOCAL", ("saliency", "deeplift"))
        ablate.main(words(path))
        yield path


def words(path, *more):
    return ["ablate", f"--workdir={path}", "--people=4", *more]


def test_ablate__writes_every_metric_of_every_column(ablated):
    table = read_table(ablated / "ablation" / "ablation.tsv")
    per_metric = table.groupby("metric").size()
    assert set(per_metric) == {len(columns_of([LOCAL]))}
    assert {"mean_recall_top1", "recall_all_top2", "precision_top1"} <= set(
        per_metric.index
    )
    assert table["value"].notna().all()
    asked = table[table["metric"] == "spearman_saliency_squared"]
    own = asked[(asked["method"] == "saliency") & ~asked["scaled"]]
    own = own.set_index("noise")["value"]
    assert own["smoothgrad_squared"] == pytest.approx(1, abs=1e-5)
    # Two networks have no interval of a median RSD, three would.
    assert table.loc[table["metric"] == "mean_recall_top1", "upper"].notna().all()


def test_ablate__root_halves_the_median_rsd(ablated):
    table = read_table(ablated / "ablation" / "ablation.tsv")
    of_rsd = table[(table["metric"] == "median_rsd") & ~table["scaled"]]
    by_noise = of_rsd.groupby("noise")["value"].mean()
    ratio = by_noise["smoothgrad_root"] / by_noise["smoothgrad_squared"]
    # Of two networks the RSD is at most sqrt(2), whatever is squared.
    assert 0.45 < ratio < 0.7


def test_ablate__scaling_is_a_factor_per_variant(ablated):
    work = Workdir(ablated)
    arm = load_arm(work, load_cohort(work), "real")
    values = attributions.load_values(work, "real", [LOCAL], arm)
    calls = arm.counts[:, :3]
    sd = [np.repeat([0, 1, 2], row).std() for row in calls]
    named = dict(zip(columns_of([LOCAL]), values, strict=True))
    for noise, factor in (("none", sd), ("smoothgrad_squared", np.square(sd))):
        plain, scaled = (
            named[Column("mode", False, "deeplift", noise, scaled)]
            for scaled in (False, True)
        )
        np.testing.assert_allclose(scaled, plain * np.asarray(factor)[None], rtol=1e-5)


def test_ablate__squaring_alone_is_a_mean_square(ablated):
    work = Workdir(ablated)
    arm = load_arm(work, load_cohort(work), "real")
    values = attributions.load_values(work, "real", [LOCAL], arm)
    named = dict(zip(columns_of([LOCAL]), values, strict=True))
    for method in ("saliency", "deeplift"):
        mean, square = (
            named[Column("mode", False, method, noise, False)]
            for noise in ("none", "none_squared")
        )
        # Jensen: a mean square is at least the squared mean, at most people times it.
        assert (square >= mean**2 * (1 - 1e-5)).all()
        assert (square <= 4 * mean**2 * (1 + 1e-5)).all()


def test_ablate__goes_on_where_it_was_stopped(ablated, monkeypatch):
    kept = ablated / "ablation" / "scores" / "0" / "decoy.mode.local.npz"
    before = (ablated / "ablation" / "ablation.tsv").read_text()
    values = np.load(kept)["values"]
    kept.unlink()
    asked = []
    score = attributions.score

    def counted(front, source, people, *rest, **keywords):
        asked.append(front.kernel.shape[1])
        return score(front, source, people, *rest, **keywords)

    monkeypatch.setattr(attributions, "score", counted)
    ablate.main(words(ablated))
    # The decoy arm alone, with noise and without.
    assert asked == [values.shape[2]] * 2
    np.testing.assert_array_equal(np.load(kept)["values"], values)
    assert (ablated / "ablation" / "ablation.tsv").read_text() == before


def test_ablate__stopped_in_between_leaves_no_older_table(
    ablated, monkeypatch, tmp_path
):
    path = tmp_path / "copy"
    shutil.copytree(ablated, path, symlinks=True)

    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(ablate, "evaluate", stop)
    with pytest.raises(KeyboardInterrupt):
        ablate.main(words(path))
    assert not list((path / "ablation").glob("*.tsv"))
    assert list((path / "ablation" / "scores").rglob("*.npz"))


def test_attribute_arm__scores_other_people_anew(ablated, configured, monkeypatch):
    work, configuration = Workdir(ablated), configured()
    cohort = load_cohort(work)

    class Enough(Exception):
        pass

    def stop(*_, **__):
        raise Enough

    monkeypatch.setattr(attributions, "score", stop)
    for count in (4, 5):
        people = attributions.choose_people(configuration, cohort, count)
        call = (configuration, work, cohort, "real", [LOCAL], people, "head")
        if count == 4:
            assert attributions.attribute_arm(*call) == "head"
        else:
            with pytest.raises(Enough):
                attributions.attribute_arm(*call)


def test_choose_people__are_test_people_and_more_hold_fewer(trained, configured):
    cohort = load_cohort(Workdir(trained))
    few, many = (
        attributions.choose_people(configured(), cohort, count) for count in (3, 8)
    )
    assert set(few) <= set(many)
    assert len(set(many)) == 8
    assert (cohort.split[many] == TEST).all()
    every = attributions.choose_people(configured(), cohort, 10**6)
    np.testing.assert_array_equal(every, np.flatnonzero(cohort.split == TEST))


def test_ablate__errors_name_what_is_wrong(trained, tmp_path):
    with pytest.raises(ValueError, match=r"no run\.flags"):
        ablate.main(words(tmp_path))
    with pytest.raises(ValueError, match="--workdir is needed"):
        ablate.main(["ablate"])
    with pytest.raises(ValueError, match="peple"):
        ablate.main(words(trained, "--peple=3"))
    with pytest.raises(ValueError, match="people"):
        ablate.main(words(trained, "--people=0"))
    (tmp_path / "run.flags").write_text((trained / "run.flags").read_text())
    with pytest.raises(ValueError, match="'ensemble' is not done"):
        ablate.main(words(tmp_path))
