import numpy as np
import pytest

from gxjax.linkage import Window, correlation, pair_r2, r2_to, window_r2


@pytest.fixture
def study(cohort, plain_r2):
    """A source of three autosomes, and r^2 of its founders, NaN across chromosomes."""
    source, codes = cohort(1, {"1": 90, "2": 30, "XY": 5})
    counted = (source.samples[["PAT", "MAT"]] == "0").all(axis=1).to_numpy()
    names = source.variants["CHROM"].to_numpy()
    r2 = plain_r2(codes[counted])
    return source, np.where(names[:, None] == names[None, :], r2, np.nan)


def is_near(source, window):
    """bool [V, V]: column at or behind the row, both in a window."""
    total = len(source.variants)
    apart = np.arange(total)[None, :] - np.arange(total)[:, None]
    if window.variants:
        return (apart >= 0) & (apart < window.variants)
    positions = source.variants["POS"].to_numpy()
    far = positions[None, :] - positions[:, None] > 1000 * window.kb
    return (apart >= 0) & ~far


@pytest.mark.parametrize("window", [Window(variants=7), Window(80), Window(kb=20)])
@pytest.mark.parametrize("columns", [256, 5])
def test_window_r2__equals_plain_correlation(study, window, columns, monkeypatch):
    monkeypatch.setattr(correlation, "_COLUMNS", columns)
    source, r2 = study
    total = len(source.variants)
    found, said = np.full((total, total), np.nan), []
    blocks = window_r2(source, window, progress=lambda *words: said.append(words[:2]))
    for first_row, first_column, block in blocks:
        assert block.shape[0] <= 64
        rows = slice(first_row, first_row + len(block))
        found[rows, first_column : first_column + block.shape[1]] = block
    near = is_near(source, window) & ~np.eye(total, dtype=bool)
    wanted = np.where(near, r2, np.nan)
    np.testing.assert_allclose(found, wanted, rtol=1e-12, equal_nan=True)
    assert np.isfinite(wanted).sum() > 300
    assert said[-1] == (total, total)


def test_pair_r2__equals_plain_correlation(study, plain_r2, cohort):
    source, r2 = study
    draw = np.random.default_rng(0)
    first, second = draw.integers(0, 90, (2, 150))
    found = pair_r2(source, first, second)
    np.testing.assert_allclose(found, r2[first, second], rtol=1e-12)
    across = pair_r2(source, [3], [100])
    _, codes = cohort(1, {"1": 90, "2": 30, "XY": 5})
    everybody = pair_r2(source, [3], [100], nonfounders=True)
    np.testing.assert_allclose(everybody, plain_r2(codes)[3, 100], rtol=1e-12)
    assert across != everybody


def test_pair_r2__raises_on_wrong_pairs(cohort):
    source, _ = cohort(2, {"1": 5, "X": 5})
    with pytest.raises(
        ValueError, match="second: expected numbers of variants, 0 to 9"
    ):
        pair_r2(source, [0], [10])
    with pytest.raises(ValueError, match="pair 1: on chromosomes 1 and X"):
        pair_r2(source, [0, 1], [1, 6])


@pytest.mark.parametrize("window", [Window(variants=9), Window(kb=30)])
def test_r2_to__finds_neighbours_on_both_sides(study, window):
    source, r2 = study
    targets = np.array([119, 3, 60, 61, 88, 90])
    table = r2_to(source, targets, window, 0.2)
    near = is_near(source, window)
    near = (near | near.T) & ~np.eye(len(near), dtype=bool)
    wanted = np.argwhere(near & (r2 >= 0.2))
    wanted = wanted[np.isin(wanted[:, 0], targets)]
    np.testing.assert_array_equal(table[["target", "variant"]], wanted)
    np.testing.assert_allclose(table["r2"], r2[tuple(wanted.T)], rtol=1e-12)
    assert (table["target"] > table["variant"]).any()
    assert (table["target"] < table["variant"]).any()


def test_r2_to__of_nothing_and_of_no_variant(study):
    source, _ = study
    assert r2_to(source, [], Window(5), 0.2).empty
    with pytest.raises(ValueError, match="targets: expected numbers"):
        r2_to(source, [-1], Window(5), 0.2)
