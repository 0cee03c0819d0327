"""Filters keep the same of `.bed` files, read in parts, as of a matrix in memory."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gxjax.cohort import filter_genotypes
from gxjax.genotypes import (
    bed_counts,
    build_store,
    open_bed_source,
    pack,
    read_plink,
    select_variants,
    write_plink,
)
from gxjax.types import Genotypes

PEOPLE, COUNT = 203, 331


@pytest.fixture(scope="module")
def filesets(tmp_path_factory):
    """Prefix of chromosomes 1, 2 and X of people with missing calls and parents."""
    random = np.random.default_rng(7)
    frequency = random.uniform(0, 0.5, COUNT) ** 2
    codes = random.binomial(2, frequency[None, :], (PEOPLE, COUNT))
    missing = random.uniform(0, 0.3, PEOPLE)[:, None] * random.random(COUNT)[None, :]
    codes[random.random(codes.shape) < missing] = 3
    names = [f"i{number}" for number in range(PEOPLE)]
    parent = np.where(random.random(PEOPLE) < 0.3, "p", "0")
    samples = pd.DataFrame({"FID": names, "IID": names, "PAT": parent, "MAT": "0"})
    samples["SEX"] = random.integers(0, 3, PEOPLE).astype(np.int8)
    folder = tmp_path_factory.mktemp("filters")
    for name, left, right in (("1", 0, 150), ("2", 150, 151), ("X", 151, COUNT)):
        variants = pd.DataFrame({"CHROM": name, "POS": np.arange(left, right)})
        variants["ID"] = [f"v{place % 300}" for place in range(left, right)]
        variants[["A1", "A2"]] = ["C", "T"]
        variants["CM"] = 0.0
        part = codes[:, left:right].astype(np.uint8)
        genotypes = Genotypes(pack(part), variants, samples)
        write_plink(genotypes, folder / f"chr{name}")
    return f"{folder}/chr@"


def some(strategy):
    return st.none() | strategy


FILTERS = st.fixed_dictionaries(
    {
        "geno": some(st.floats(0.01, 0.3)),
        "mind": some(st.floats(0.02, 0.3)),
        "maf": some(st.floats(0, 0.2)),
        "mac": some(st.integers(0, 40)),
        "hwe": some(st.floats(1e-6, 0.5)),
        "autosome": st.booleans(),
        "nonfounders": st.booleans(),
        "keep": some(
            st.lists(
                st.integers(0, PEOPLE - 1).map(lambda i: (None, f"i{i}")),
                min_size=60,
                max_size=200,
            )
        ),
        "extract": some(
            st.sets(
                st.integers(0, 299).map(lambda i: f"v{i}"), min_size=60, max_size=250
            )
        ),
    }
)


def outcome(genotypes, filters):
    """What the filters leave, or what they say when nothing is left."""
    try:
        return filter_genotypes(genotypes, **filters), ""
    except ValueError as error:
        return None, str(error)


@settings(deadline=None, max_examples=25)
@given(FILTERS)
def test_filter_genotypes__keeps_the_same_of_files_as_in_memory(
    filesets, tmp_path_factory, filters
):
    whole = read_plink(filesets)
    expected, error = outcome(whole, filters)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bed_counts, "_TILE", 500)
        patch.setattr(bed_counts, "_VARIANTS", 50)
        found, other = outcome(open_bed_source(filesets), filters)
    assert error == other
    if expected is None:
        return
    pd.testing.assert_frame_equal(found[1], expected[1])
    store = build_store(found[0], tmp_path_factory.mktemp("kept") / "s")
    np.testing.assert_array_equal(store.packed[:], expected[0].packed)
    pd.testing.assert_frame_equal(store.variants, expected[0].variants)
    pd.testing.assert_frame_equal(store.samples, expected[0].samples)
    rows, columns = found[0].kept_people, found[0].kept_variants
    picked = select_variants(whole.packed, COUNT, columns)[rows]
    np.testing.assert_array_equal(store.packed[:], picked)


@pytest.mark.parametrize(("mind", "notes"), [(None, 1), (0.3, 2)])
def test_filter_genotypes__reads_files_once_and_once_for_mind(filesets, mind, notes):
    calls = []
    filter_genotypes(
        open_bed_source(filesets),
        mind=mind,
        maf=0.01,
        hwe=1e-6,
        progress=lambda *call: calls.append(call),
    )
    assert (
        calls
        == [
            (151, 151, "counting missing calls"),
            (151, 151, "counting genotypes"),
        ][2 - notes :]
    )
