"""The same people and variants stay, and the same tables come out, as of PLINK 2."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gxjax.cohort import (
    filter_genotypes,
    qc_tables,
    read_id_list,
    read_variant_list,
)
from gxjax.genotypes import open_bed_source, read_plink

PUBLISHED = {"geno": 0.1, "hwe": 1e-15, "mac": 100, "maf": 0.01, "mind": 0.1}
HARSHER = {"geno": 0.06, "hwe": 0.01, "mac": 180, "maf": 0.1, "mind": 0.07}

# plink2 prints six digits.
PRINTED = {"rtol": 5.1e-6, "atol": 1e-6}


def kept_by_plink2(plink2, prefix, autosome, thresholds, *further):
    """Ids of the people and variants that plink2 leaves; empty where it leaves none."""
    words = [
        part for name, bound in thresholds.items() for part in (f"--{name}", bound)
    ]
    words += ["--autosome"] if autosome else []
    out = prefix.with_name("filtered")
    for suffix in (".fam", ".bim"):
        out.with_suffix(suffix).unlink(missing_ok=True)
    plink2("--bfile", prefix, *words, *further, "--make-just-bim", "--make-just-fam",
           "--out", out)  # fmt: skip
    tables = [out.with_suffix(suffix).read_text() for suffix in (".fam", ".bim")]
    return [[line.split()[1] for line in each.splitlines()] for each in tables]


@pytest.mark.parametrize("autosome", [True, False])
@pytest.mark.parametrize("nonfounders", [True, False])
@pytest.mark.parametrize("thresholds", [PUBLISHED, HARSHER])
def test_filter_genotypes__equals_plink2(
    mixed_cohort, write_fileset, plink2, thresholds, autosome, nonfounders
):
    genotypes, codes = mixed_cohort(700, 60, missing=0.05)
    prefix = write_fileset(genotypes, codes)
    further = ["--nonfounders"] if nonfounders else []
    people, variants = kept_by_plink2(plink2, prefix, autosome, thresholds, *further)
    chosen, table = filter_genotypes(
        open_bed_source(prefix),
        autosome=autosome,
        nonfounders=nonfounders,
        **thresholds,
    )
    assert list(chosen.samples["IID"]) == people
    check_variants(chosen, table, variants)
    removed = table.set_index("filter")[["removed_people", "removed_variants"]]
    # No bound may be there for nothing.
    bites = removed.sum(axis=1).drop(
        ["autosome", "monomorphic", "hwe"], errors="ignore"
    )
    assert (bites > 0).all()
    assert 100 < len(people) < 700
    assert 10 < len(variants) < len(genotypes.variants) - 5


def check_variants(chosen, table, expected):
    """PLINK 2 keeps what has a single genotype, too; all else is the same."""
    assert table["variants"].iloc[-2] == len(expected)
    left = [name for name in expected if name in set(chosen.variants["ID"])]
    assert list(chosen.variants["ID"]) == left
    assert table["filter"].iloc[-1] == "monomorphic"


# With a handful of calls plink2's --hwe can remove what its own --hardy lets pass: 15,
# 3 and 1 people have p 0.2587 and are removed at 0.2578.
PEOPLE = (150, 241)
THRESHOLDS = st.fixed_dictionaries(
    {},
    optional={
        "geno": st.floats(0.05, 0.3),
        "mind": st.floats(0.1, 0.3),
        "maf": st.just(0.0) | st.floats(1e-6, 0.2),
        "mac": st.integers(0, 20),
        "hwe": st.floats(1e-8, 0.3),
    },
)


@settings(
    deadline=None,
    max_examples=15,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.integers(0, 10**6), THRESHOLDS, st.booleans(), st.sampled_from(PEOPLE))
def test_filter_genotypes__equals_plink2_on_any_cohort(
    mixed_cohort, write_fileset, plink2, seed, thresholds, nonfounders, people
):
    genotypes, codes = mixed_cohort(people, 9, missing=0.08, seed=seed)
    prefix = write_fileset(genotypes, codes)
    words = ["--nonfounders"] if nonfounders else []
    further = {"autosome": False, "nonfounders": nonfounders, **thresholds}
    # exclude of nothing makes a row of all variants, before any bound.
    try:
        chosen, table = filter_genotypes(genotypes, exclude=(), **further)
    except ValueError as error:
        with pytest.raises(AssertionError, match=r"No (samples|variants) remaining"):
            kept_by_plink2(plink2, prefix, False, thresholds, *words)
        assert "leaves no" in str(error)  # noqa: PT017
        return
    people, variants = kept_by_plink2(plink2, prefix, False, thresholds, *words)
    assert list(chosen.samples["IID"]) == people
    check_variants(chosen, table, variants)


@pytest.mark.parametrize(
    ("flags", "lists"),
    [
        (("keep",), ("f1 i1\nf2 i2\nf3 i3\nf9 i3\nx y\n",)),
        (("remove",), ("#FID IID\nf1 i1\nf2 i2\nf3 i9\n",)),
        (("keep", "remove"), ("f1 i1\nf2 i2\nf3 i3\n", "f2 i2\n")),
        (("extract",), ("v0 v1\nv1\nzz\nv7\n",)),
        (("exclude",), ("v3\nv3\nv4\n\nv5 v6\n",)),
        (("extract", "exclude"), ("v0\nv1\nv7\n", "v1\nv4\n")),
        (("remove", "exclude"), ("", "")),
    ],
)
def test_filter_genotypes__lists_equal_plink2s(
    mixed_cohort, write_fileset, plink2, flags, lists
):
    genotypes, codes = mixed_cohort(40, 2, missing=0)
    prefix = write_fileset(genotypes, codes)
    words, further = [], {}
    for flag, text in zip(flags, lists, strict=True):
        path = prefix.with_name(f"{flag}.txt")
        path.write_text(text)
        words += [f"--{flag}", path]
        read = read_id_list if flag in ("keep", "remove") else read_variant_list
        further[flag] = read(path, allow_empty=True)
    people, variants = kept_by_plink2(plink2, prefix, False, {}, *words)
    chosen, table = filter_genotypes(genotypes, autosome=False, **further)
    assert list(chosen.samples["IID"]) == people
    check_variants(chosen, table, variants)


@pytest.mark.parametrize("nonfounders", [True, False])
@pytest.mark.parametrize("as_files", [True, False])
@pytest.mark.parametrize("sexes", ["all", "unknown"])
def test_qc_tables__equal_plink2s(
    mixed_cohort, write_fileset, plink2, nonfounders, as_files, sexes
):
    genotypes, codes = mixed_cohort(300, 12)
    genotypes.samples["SEX"] *= np.int8(sexes == "all")
    codes[:, 3] = 3
    codes[:, 30] = 0
    prefix = write_fileset(genotypes, codes)
    source = open_bed_source(prefix)
    if not as_files:
        source = read_plink(prefix)
    words = ["--nonfounders"] if nonfounders else []
    plink2("--bfile", prefix, "--freq", "--missing", "--hardy", *words, "--out", prefix)
    found = qc_tables(source, nonfounders=nonfounders)
    names = {"afreq", "vmiss", "smiss", "hardy"}
    names |= {"hardy.x"} if sexes == "all" else set()
    assert set(found) == names
    for name, table in found.items():
        expected = pd.read_csv(f"{prefix}.{name}", sep="\t", dtype={"#CHROM": str})
        expected.columns = [column.lstrip("#") for column in expected]
        assert list(table.columns) == list(expected.columns)
        assert len(table) == len(expected) > 0
        for column in table:
            if expected[column].dtype.kind == "f":
                np.testing.assert_allclose(table[column], expected[column], **PRINTED)
            else:
                assert list(table[column]) == list(expected[column]), (name, column)
