"""BGEN: ids, alleles and chromosomes that are odd, and clear words for damage."""

import numpy as np
import pytest

from gxjax.genotypes.formats import bgen as module
from gxjax.genotypes.formats import open_bgen, sample_table

CERTAIN = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [np.nan] * 3])


@pytest.fixture
def make_bgen(peer, tmp_path):
    """`make_bgen([(rsid, chromosome, alleles, shares)], ids) -> path`."""

    def make(variants, ids=("a", "b", "c", "d"), **options):
        path = tmp_path / "x.bgen"
        writer = peer("bgen").BgenWriter(str(path), 4, list(ids), **options)
        with writer as file:
            for row, (name, chromosome, alleles, shares) in enumerate(variants):
                # The writer takes an array of its own kind only.
                values = np.ascontiguousarray(shares, np.float64)
                file.add_variant("", name, chromosome, row + 1, alleles, values)
        return path

    return make


@pytest.fixture
def make_sample(tmp_path):
    def make(text):
        (tmp_path / "x.sample").write_text(text.replace(" ", "\t"))
        return tmp_path / "x.sample"

    return make


def test_open_bgen__counts_the_allele_that_is_not_ref(make_bgen, only_chunk):
    path = make_bgen(
        [("rs1", "01", ["A", "G"], CERTAIN), ("", "1", ["T", "C"], CERTAIN)]
    )
    first = only_chunk(open_bgen(path))
    assert first.codes.tolist() == [[0, 1, 2, 3]] * 2
    assert first.variants.iloc[0].tolist() == ["01", 1, "rs1", "G", "A", 0.0]
    assert first.variants["ID"].tolist() == ["rs1", "."]
    last = only_chunk(open_bgen(path, ref_first=False))
    assert last.codes.tolist() == [[2, 1, 0, 3]] * 2
    assert last.variants["A1"].tolist() == ["A", "T"]


def test_open_bgen__multiallelic_is_an_error_or_left_out(make_bgen, only_chunk):
    shares = np.full((4, 6), 1 / 6)
    path = make_bgen(
        [("v", "1", ["A", "G"], CERTAIN), ("w", "1", ["A", "G", "T"], shares)]
    )
    with pytest.raises(ValueError, match=r"variant w has 3 alleles.*--max_alleles=2"):
        only_chunk(open_bgen(path))
    assert only_chunk(open_bgen(path, max_alleles=2)).variants["ID"].tolist() == ["v"]


def test_open_bgen__a_file_that_names_no_chromosome(make_bgen, only_chunk):
    path = make_bgen([("v", "", ["A", "G"], CERTAIN)])
    with pytest.raises(ValueError, match=r"names no chromosome.*--oxford_single_chr"):
        only_chunk(open_bgen(path))
    named = open_bgen(path, chromosome="22")
    assert only_chunk(named).variants["CHROM"].tolist() == ["22"]


def test_open_bgen__people_of_a_sample_file(make_bgen, make_sample):
    path = make_bgen([("v", "1", ["A", "G"], CERTAIN)])
    lines = [
        "ID_1 ID_2 missing sex",
        "0 0 0 D",
        *(f"f{i} i{i} 0 {i}" for i in range(4)),
    ]
    samples = open_bgen(path, make_sample("\n".join(lines) + "\n")).samples
    assert samples["FID"].tolist() == ["f0", "f1", "f2", "f3"]
    assert samples["SEX"].tolist() == [0, 1, 2, 0]
    alone = make_sample("ID missing\n0 0\na 0\nb 0\nc 0\nd 0\n")
    assert open_bgen(path, alone).samples.equals(sample_table(path, list("abcd")))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ID_1 ID_2 missing\n0 0 0\na a 0\n", r"x.sample: 1 people, but .*has 4"),
        ("FID IID sex\n1 1 1\n", r"line 1: found FID IID sex; expected ID_1"),
        ("ID_1 ID_2 missing\na a 0\n", r"expected ID_1 ID_2 missing .*a second line 0"),
        ("ID_1 ID_2 missing\n0 0 0\n", r"nobody below"),
        ("ID_1 ID_2 missing\n0 0 0\na a 0\na a 0\n", r"FID a IID a comes twice"),
    ],
)
def test_open_bgen__raises_on_a_wrong_sample_file(
    make_bgen, make_sample, text, message
):
    path = make_bgen([("v", "1", ["A", "G"], CERTAIN)])
    with pytest.raises(ValueError, match=message):
        open_bgen(path, make_sample(text))


def test_open_bgen__raises_without_any_ids(make_bgen):
    path = make_bgen([("v", "1", ["A", "G"], CERTAIN)], ids=())
    with pytest.raises(ValueError, match=r"has no ids of people.*--sample"):
        open_bgen(path)


def test_open_bgen__raises_on_a_cut_file(make_bgen, only_chunk, tmp_path):
    path = make_bgen([(f"v{i}", "1", ["A", "G"], CERTAIN) for i in range(9)])
    whole = path.read_bytes()
    for size in (0, 10, 30, 60, 100, 200, len(whole) - 1):
        path.write_bytes(whole[:size])
        with pytest.raises(ValueError, match=r"x.bgen"):
            only_chunk(open_bgen(path))
    path.write_bytes(b"##fileformat=VCF" + whole)
    with pytest.raises(ValueError, match=r"x.bgen"):
        only_chunk(open_bgen(path))
    with pytest.raises(FileNotFoundError, match=r"none.bgen: no such file"):
        open_bgen(tmp_path / "none.bgen")


def test_open_bgen__chunks_follow_each_other(make_bgen, only_chunk, monkeypatch):
    shares = np.random.default_rng(0).dirichlet((0.2,) * 3, (9, 4))
    path = make_bgen([(f"v{i}", "1", ["A", "G"], shares[i]) for i in range(9)])
    whole = only_chunk(open_bgen(path))
    monkeypatch.setattr(module, "chunk_length", lambda people: 2)
    parts = list(open_bgen(path).chunks(lambda *_: None))
    assert [len(part.variants) for part in parts] == [2, 2, 2, 2, 1]
    np.testing.assert_array_equal(
        np.vstack([part.dosages for part in parts]), whole.dosages
    )


def test_open_bgen__a_file_of_multiallelic_variants_at_its_end(make_bgen):
    three = ("w", "1", ["A", "G", "T"], np.full((4, 6), 1 / 6))
    path = make_bgen([("v", "1", ["A", "G"], CERTAIN), three])
    chunks = list(open_bgen(path, max_alleles=2).chunks(lambda *_: None))
    assert [len(chunk.variants) for chunk in chunks] == [1]
