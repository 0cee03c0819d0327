import numpy as np
import pytest

from gxjax.linkage import Window, prune

WINDOWS = [
    (Window(50), 5, 0.2),
    (Window(10), 3, 0.5),
    (Window(7), 7, 0.05),
    (Window(130), 1, 0.1),
    (Window(kb=20), 1, 0.2),
    (Window(kb=300), 1, 0.5),
]


def by_plink2(plink2, prefix, window, step, r2):
    """Ids kept and removed."""
    size = window.variants or f"{window.kb}kb"
    plink2("--bfile", prefix, "--allow-extra-chr",
           "--indep-pairwise", size, step, r2, "--out", prefix)  # fmt: skip
    endings = (".prune.in", ".prune.out")
    return [prefix.with_suffix(end).read_text().split() for end in endings]


@pytest.mark.parametrize(("window", "step", "r2"), WINDOWS)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_prune__equals_plink2(cohort, plink2, tmp_path, window, step, r2, seed):
    strength, missing = {1: (0.5, 0), 2: (0.9, 0.03), 3: (0.98, 0.2)}[seed]
    # On X and Y it is another set where there are nonfounders: see the next test.
    chromosomes = {"1": 120, "GL1": 40, "MT": 40} if seed == 2 else None
    source, _ = cohort(
        seed, chromosomes, founders=seed != 2, strength=strength, missing=missing
    )
    ids = source.variants["ID"].to_numpy()
    kept, removed = by_plink2(plink2, tmp_path / "fileset", window, step, r2)
    found = prune(source, window, step, r2)
    assert list(ids[found.kept]) == kept
    assert list(ids[found.removed]) == removed
    assert 4 < len(kept) < 190
    assert len(kept) + len(removed) == (200 if seed == 2 else 190)


def test_prune__nonfounders_on_x(cohort, plink2, tmp_path):
    """v2.00a3.5 keeps others on X and Y where a file has nonfounders."""
    source, _ = cohort(4, {"1": 80, "X": 60})
    plink2("--bfile", tmp_path / "fileset", "--indep-pairwise", 20, 1, 0.2,
           "--out", tmp_path / "peer")  # fmt: skip
    kept = (tmp_path / "peer.prune.in").read_text().split()
    found = source.variants["ID"].to_numpy()[prune(source, Window(20), 1, 0.2).kept]
    first = {f"v{j}" for j in range(80)}
    ours, theirs = ([e for e in ids if e in first] for ids in (found, kept))
    assert ours == theirs
    assert list(found) != kept


def test_prune__no_kept_pair_is_in_ld(cohort, plain_r2):
    source, codes = cohort(5, {"1": 150}, founders=True)
    kept = prune(source, Window(25), 1, 0.3).kept
    r2 = plain_r2(codes[:, kept])
    near = np.abs(kept[:, None] - kept[None, :]) < 25
    np.fill_diagonal(near, False)
    assert np.nanmax(r2[near]) <= 0.3


def test_prune__depends_on_founders_only_unless_asked(cohort):
    source, _ = cohort(6, {"1": 100})
    founders = (source.samples["PAT"] == "0").to_numpy()
    words = (Window(20), 1, 0.2)
    alone = prune(source.select(people=founders), *words)
    np.testing.assert_array_equal(prune(source, *words).kept, alone.kept)
    everybody = prune(source, *words, nonfounders=True).kept
    assert list(everybody) != list(alone.kept)


def test_prune__says_how_far_it_is(cohort):
    source, _ = cohort(7)
    said = []
    prune(source, Window(20), progress=lambda *words: said.append(words))
    assert said[-1][:2] == (200, 200)
    assert [each[0] for each in said] == sorted(each[0] for each in said)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((Window(20), 1, 1.0), "r2: 1.0; expected 0 to below 1"),
        ((Window(20), 21, 0.5), "step: 21"),
        ((Window(kb=20), 2, 0.5), "step: 2; .* kb"),
    ],
)
def test_prune__raises_on_wrong_arguments(cohort, words, message):
    source, _ = cohort(8, {"1": 9})
    with pytest.raises(ValueError, match=message):
        prune(source, *words)


def test_prune__raises_on_few_people_unless_told_not_to(cohort):
    source, _ = cohort(9, {"1": 9}, people=49, founders=True)
    with pytest.raises(ValueError, match="r\\^2 of 49 founders; expected 50"):
        prune(source, Window(5))
    assert prune(source, Window(5), bad_ld=True).kept.size
