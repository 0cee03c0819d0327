import numpy as np
import pandas as pd
import pytest

from gxjax.linkage.window import Window, chromosome_runs, parse_window, window_ends


def table(chromosomes, positions):
    ids = [f"v{j}" for j in range(len(positions))]
    return pd.DataFrame({"CHROM": chromosomes, "POS": positions, "ID": ids})


def test_parse_window__both_units():
    assert parse_window("50") == Window(variants=50)
    assert parse_window(" 0.5KB ") == Window(kb=0.5)


@pytest.mark.parametrize("text", ["", "kb", "1", "50.5", "-2kb", "0kb", "infkb", "x"])
def test_parse_window__raises_on_what_is_no_window(text):
    with pytest.raises(ValueError, match="expected a number of variants"):
        parse_window(text)


def test_window__raises_on_both_or_none():
    for given in ({}, {"variants": 5, "kb": 1.0}):
        with pytest.raises(ValueError, match="either variants or kb"):
            Window(**given)


def test_chromosome_runs__one_name_per_chromosome():
    variants = table(["chr1", "01", "1", "23", "chrX"], range(5))
    assert chromosome_runs(variants) == [("1", 0, 3), ("X", 3, 5)]


def test_chromosome_runs__raises_on_a_split_chromosome():
    with pytest.raises(ValueError, match="chromosome 1 has variants in two places"):
        chromosome_runs(table(["1", "2", "1"], range(3)))


def test_window_ends__of_both_units():
    variants = table(["1"] * 5 + ["2"], [10, 10, 1010, 1011, 9000, 5])
    run = chromosome_runs(variants)[0]
    np.testing.assert_array_equal(
        window_ends(variants, run, Window(kb=1)), [3, 3, 4, 4, 5]
    )
    np.testing.assert_array_equal(
        window_ends(variants, run, Window(variants=2)), [2, 3, 4, 5, 5]
    )


def test_window_ends__raises_on_unsorted_positions_in_kb_only():
    variants = table(["1"] * 3, [10, 30, 20])
    run = chromosome_runs(variants)[0]
    with pytest.raises(ValueError, match="'v2' lies before 'v1'"):
        window_ends(variants, run, Window(kb=1))
    assert list(window_ends(variants, run, Window(variants=3))) == [3, 3, 3]
