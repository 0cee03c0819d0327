import numpy as np
import pandas as pd
import pytest

from gxjax.cohort.qc import drop_uninformative, filter_genotypes
from gxjax.genotypes.packed import unpack

# Ten people; columns: missing in 2, MAF 0.05 (MAC 1), never called, monomorphic, good.
CODES = np.array(
    [
        [3, 1, 3, 2, 0],
        [3, 0, 3, 2, 1],
        [0, 0, 3, 2, 2],
        [1, 0, 3, 2, 0],
        [2, 0, 3, 2, 1],
        [0, 0, 3, 2, 2],
        [1, 0, 3, 2, 0],
        [2, 0, 3, 2, 1],
        [0, 0, 3, 2, 2],
        [1, 0, 3, 2, 1],
    ]
)


def ids(genotypes):
    return list(genotypes.variants["ID"])


def test_filter_genotypes__no_filter_drops_uninformative(make_genotypes):
    genotypes = make_genotypes(CODES)
    kept, table = filter_genotypes(genotypes)
    assert ids(kept) == ["v0", "v1", "v4"]
    np.testing.assert_array_equal(unpack(kept.packed, 3), CODES[:, [0, 1, 4]])
    assert table.to_dict("list") == {
        "filter": ["autosome", "monomorphic"],
        "removed_people": [0, 0],
        "removed_variants": [0, 2],
        "people": [10, 10],
        "variants": [5, 3],
    }


@pytest.mark.parametrize(
    ("threshold", "expected"),
    [
        ({"geno": 0.2}, ["v0", "v1", "v4"]),
        ({"geno": 0.19}, ["v1", "v4"]),
        ({"maf": 0.05}, ["v0", "v1", "v4"]),
        ({"maf": 0.0501}, ["v0", "v4"]),
        ({"mac": 1}, ["v0", "v1", "v4"]),
        ({"mac": 2}, ["v0", "v4"]),
    ],
)
def test_filter_genotypes__bounds_are_inclusive(make_genotypes, threshold, expected):
    assert ids(filter_genotypes(make_genotypes(CODES), **threshold)[0]) == expected


def test_filter_genotypes__never_called_passes_maf_not_mac(make_genotypes):
    genotypes = make_genotypes(CODES[:, [2, 4]])
    removed = {
        name: filter_genotypes(genotypes, **{name: value})[1].set_index("filter")
        for name, value in {"maf": 0.01, "mac": 1}.items()
    }
    assert removed["maf"].loc["maf", "removed_variants"] == 0
    assert removed["mac"].loc["mac", "removed_variants"] == 1


def test_filter_genotypes__mind_before_geno(make_genotypes):
    codes = np.array([[3, 3, 3, 0], [0, 1, 0, 1], [1, 1, 2, 0], [2, 0, 1, 2]])
    kept, table = filter_genotypes(make_genotypes(codes), mind=0.5, geno=0.0)
    assert list(kept.samples["IID"]) == ["i1", "i2", "i3"]
    assert len(kept.variants) == 4
    assert list(table["filter"]) == ["autosome", "mind", "geno", "monomorphic"]
    assert list(table["people"]) == [4, 3, 3, 3]


def test_filter_genotypes__mind_at_the_bound_and_over_variants_left(make_genotypes):
    codes = np.array([[3, 0, 1, 3], [0, 1, 2, 0], [1, 2, 0, 0]])
    genotypes = make_genotypes(codes, CHROM=["1", "1", "2", "X"])
    # Of three autosomal calls one is missing.
    kept, _ = filter_genotypes(genotypes, mind=1 / 3)
    assert len(kept.samples) == 3
    kept, _ = filter_genotypes(genotypes, mind=0.33)
    assert list(kept.samples["IID"]) == ["i1", "i2"]


def test_filter_genotypes__frequencies_of_founders_only(make_genotypes):
    codes = np.array([[0, 1]] * 6 + [[2, 0]] * 4)
    parents = ["0"] * 6 + ["p"] * 4
    genotypes = make_genotypes(codes, PAT=parents, MAT=parents)
    # Among founders v0 has no copy of A1; among all people its MAF is 0.4.
    assert ids(filter_genotypes(genotypes)[0]) == ["v0", "v1"]
    assert ids(filter_genotypes(genotypes, maf=0.1)[0]) == ["v1"]
    assert ids(filter_genotypes(genotypes, mac=1)[0]) == ["v1"]


def test_filter_genotypes__hwe(make_genotypes):
    codes = np.array([[0, 0]] * 20 + [[2, 1]] * 20 + [[2, 2]] * 0 + [[0, 2]] * 5)
    kept, _ = filter_genotypes(make_genotypes(codes), hwe=1e-6)
    assert ids(kept) == ["v1"]


def test_filter_genotypes__autosome_spellings(make_genotypes):
    names = ["chr1", "22", "X", "23", "MT", "0", "chrY", "07"]
    genotypes = make_genotypes(np.tile([[0], [1], [2]], 8), CHROM=names)
    assert list(filter_genotypes(genotypes)[0].variants["CHROM"]) == [
        "chr1",
        "22",
        "07",
    ]
    assert len(filter_genotypes(genotypes, autosome=False)[0].variants) == 8


def test_filter_genotypes__keep_and_extract(make_genotypes):
    genotypes = make_genotypes(CODES, ID=["a", ".", "b", "c", "."])
    people = [("f1", "i1"), ("f4", "i4"), ("f2", "i3"), (None, "i9"), ("f0", "i0")]
    kept, table = filter_genotypes(genotypes, keep=people, extract={".", "zz"})
    assert list(kept.samples["IID"]) == ["i0", "i1", "i4", "i9"]
    assert ids(kept) == [".", "."]
    assert list(table["filter"]) == ["autosome", "keep", "extract", "monomorphic"]
    frame = pd.DataFrame(people[:3], columns=["FID", "IID"]).replace("i3", "i2")
    kept, _ = filter_genotypes(genotypes, keep=frame)
    assert list(kept.samples["IID"]) == ["i1", "i2", "i4"]


def test_filter_genotypes__remove_and_exclude(make_genotypes):
    genotypes = make_genotypes(CODES, ID=["a", ".", "b", "c", "."])
    kept, table = filter_genotypes(
        genotypes,
        keep=[(None, f"i{i}") for i in range(6)],
        remove=[("f1", "i1"), ("f4", "i3"), (None, "i2"), (None, "i9")],
        extract={"a", "."},
        exclude={"a", "zz"},
    )
    assert list(kept.samples["IID"]) == ["i0", "i3", "i4", "i5"]
    assert ids(kept) == [".", "."]
    lists = ["keep", "remove", "extract", "exclude"]
    assert table.to_dict("list") == {
        "filter": ["autosome", *lists, "monomorphic"],
        "removed_people": [0, 4, 2, 0, 0, 0],
        "removed_variants": [0, 0, 0, 2, 1, 0],
        "people": [10, 6, 4, 4, 4, 4],
        "variants": [5, 5, 5, 3, 2, 2],
    }


def test_filter_genotypes__autosomes_of_another_species(make_genotypes):
    genotypes = make_genotypes(np.tile([[0], [1]], 3), CHROM=["29", "chr30", "X"])
    with pytest.raises(ValueError, match=r"'29' is no chromosome.*--chr_set"):
        filter_genotypes(genotypes)
    assert ids(filter_genotypes(genotypes, chr_set=29)[0]) == ["v0"]


def test_filter_genotypes__nonfounders_count_where_asked(make_genotypes):
    codes = np.array([[0, 1]] * 6 + [[2, 0]] * 4)
    parents = ["0"] * 6 + ["p"] * 4
    genotypes = make_genotypes(codes, PAT=parents, MAT="0")
    kept, _ = filter_genotypes(genotypes, maf=0.1, nonfounders=True)
    assert ids(kept) == ["v0", "v1"]
    # Whoever is counted, nobody is removed.
    assert len(filter_genotypes(genotypes, maf=0.1)[0].samples) == 10


def test_filter_genotypes__raises_on_ambiguous_keep(make_genotypes):
    genotypes = make_genotypes(CODES, IID=["i0"] * 2 + [f"i{i}" for i in range(2, 10)])
    with pytest.raises(ValueError, match=r"IID 'i0' is in two families"):
        filter_genotypes(genotypes, keep=[(None, "i0")])
    assert len(
        filter_genotypes(genotypes, keep=[(None, "i2"), (None, "i4")])[0].samples
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"keep": [("x", "y")]}, "keep: leaves no people of 10"),
        ({"extract": {"rs"}}, "extract: leaves no variants"),
        ({"remove": [(None, f"i{i}") for i in range(10)]}, "remove: leaves no people"),
        ({"exclude": {f"v{j}" for j in range(5)}}, "exclude: leaves no variants"),
        ({"chr_set": 0}, "chr_set is 0; expected the number of autosomes"),
        ({"mind": 0.1}, "mind: leaves no people"),
        ({"mac": 11}, "mac: leaves no variants"),
        ({"geno": 1.5}, "geno is 1.5; expected between 0 and 1"),
        ({"maf": -0.1}, "maf is -0.1"),
        ({"maf": 0.6}, "maf is 0.6"),
        ({"hwe": float("nan")}, "hwe is nan"),
    ],
)
def test_filter_genotypes__raises_on(make_genotypes, arguments, message):
    with pytest.raises(ValueError, match=message):
        filter_genotypes(make_genotypes(CODES), **arguments)


def test_filter_genotypes__raises_on_no_autosome(make_genotypes):
    with pytest.raises(ValueError, match="autosome: leaves no variants"):
        filter_genotypes(make_genotypes(CODES, CHROM="X"))


def test_filter_genotypes__input_unchanged_and_blocks_agree(
    make_genotypes, random_codes, monkeypatch
):
    codes = random_codes(101, 37, missing=0.1)
    genotypes = make_genotypes(codes, CHROM=["1"] * 30 + ["X"] * 7)
    before = genotypes.packed.copy()
    whole = filter_genotypes(genotypes, mind=0.12, geno=0.1, maf=0.1)
    monkeypatch.setattr("gxjax.cohort.filter_counts._BYTES", 70)
    blocks = filter_genotypes(genotypes, mind=0.12, geno=0.1, maf=0.1)
    np.testing.assert_array_equal(whole[0].packed, blocks[0].packed)
    pd.testing.assert_frame_equal(whole[1], blocks[1])
    np.testing.assert_array_equal(genotypes.packed, before)


def test_drop_uninformative__keeps_every_chromosome(make_genotypes):
    kept, table = drop_uninformative(make_genotypes(CODES, CHROM="X"))
    assert ids(kept) == ["v0", "v1", "v4"]
    assert list(table["filter"]) == ["monomorphic"]


def test_drop_uninformative__knows_no_species(make_genotypes):
    kept, _ = drop_uninformative(make_genotypes([[0, 1], [1, 1]], CHROM="38"))
    assert ids(kept) == ["v0"]


def test_drop_uninformative__heterozygotes_only(make_genotypes):
    kept, _ = drop_uninformative(make_genotypes([[1, 0], [1, 1], [3, 0]]))
    assert ids(kept) == ["v1"]
