"""What plink2 makes of odd calls, and clear words for what is no VCF."""

import gzip

import numpy as np
import pytest

from gxjax.genotypes.formats import open_vcf

PLAIN = "1 5 v A C . . . GT 0/0 0/1 1|1 ./."


@pytest.mark.parametrize("mode", ["missing", "haploid", "reference"])
def test_open_vcf__half_calls_as_plink2(make_vcf, plink2_dosages, only_chunk, mode):
    path = make_vcf(["1 5 v A C . q10 . GT 0/0 ./1 0|. .", PLAIN])
    calls, _ = plink2_dosages("--vcf", path, "--vcf-half-call", mode)
    chunk = only_chunk(open_vcf(path, half_call=mode))
    np.testing.assert_array_equal(chunk.codes, calls)


def test_open_vcf__a_half_call_is_an_error(make_vcf, only_chunk):
    path = make_vcf([PLAIN, "1 6 w A C . . . GT 0/0 0/1 ./1 ."])
    match = r"x.vcf: variant w at 1:6: person 3 has a half-call.*--vcf_half_call=miss"
    with pytest.raises(ValueError, match=match):
        only_chunk(open_vcf(path))


def test_open_vcf__multiallelic_is_an_error_or_left_out(make_vcf, only_chunk):
    path = make_vcf([PLAIN, "1 6 w A C,G . . . GT 0/0 0/1 1/2 .", PLAIN])
    match = r"variant w at 1:6 has 3 alleles.*--max_alleles=2.*bcftools norm"
    with pytest.raises(ValueError, match=match):
        only_chunk(open_vcf(path))
    chunk = only_chunk(open_vcf(path, max_alleles=2))
    assert chunk.variants["ID"].tolist() == ["v", "v"]
    assert chunk.codes.tolist() == [[0, 1, 2, 3]] * 2


def test_open_vcf__no_alt_no_id_and_other_letters(make_vcf, only_chunk):
    path = make_vcf(
        ["2 7 . AT <DEL> 3 q10 . GT 0 1 0/1 .", "2 8 y N . . . . GT 0 0 0 ."]
    )
    chunk = only_chunk(open_vcf(path))
    assert chunk.variants.drop(columns="CM").to_numpy().tolist() == [
        ["2", 7, ".", "<DEL>", "AT"],
        ["2", 8, "y", ".", "N"],
    ]
    assert chunk.codes.tolist() == [[0, 2, 1, 3], [0, 0, 0, 3]]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("1 6 w A C . . . GT 0/0 0/2 1/1 .", "can not be read|allele 2 of a variant"),
        ("1 6 w A C . . . GT 0/0 0/1/1 1/1 .", "a call of 3 alleles"),
        ("1 6 w A C . . . GT 0/0 0/1 1/1", "can not be read"),
        ("1 x w A C . . . GT 0/0 0/1 1/1 .", "can not be read"),
    ],
)
def test_open_vcf__raises_on_damaged_lines(make_vcf, only_chunk, line, message):
    path = make_vcf([PLAIN, line])
    with pytest.raises(ValueError, match=message) as caught:
        only_chunk(open_vcf(path))
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ("GT:DS 0/0:2.1 0/1:1 1/1:2 .:0", r"person 1 has the dosage 2.1; expected 0 t"),
        ("GT:DS 0/0:-0.1 0/1:1 1/1:2 .:0", r"person 1 has the dosage -0.1"),
        ("GT:DS 0/0:1 0/1:1 1:1.5 .:0", r"person 3 has the dosage 3"),
        ("GT:DS 0/0:1,2 0/1:1 1:1.5 .:0", r"DS has 2 values; expected one"),
        ("GT:GP 0/0:1.2,0,0 . . .", r"GP is 1.2; expected probabilities"),
        ("GT:GP 0/0:1,0,0,0 . . .", r"GP has 4 values; expected 2 or 3"),
        ("GT:HDS 0/0:1,0,0,0 . . .", r"HDS has 4 values; expected 1 or 2"),
    ],
)
def test_open_vcf__raises_on_what_is_no_dosage(make_vcf, only_chunk, fields, message):
    path = make_vcf([f"1 6 w A C . . . {fields}"])
    field = fields.split()[0].removeprefix("GT:")
    with pytest.raises(ValueError, match=rf"variant w at 1:6: {message}"):
        only_chunk(open_vcf(path, dosage=field))


def test_open_vcf__raises_on_a_cut_file(plink2, mixed_prefix, tmp_path, only_chunk):
    for words, name in ((("vcf", "bgz"), "y.vcf.gz"), (("bcf",), "y.bcf")):
        plink2("--bfile", mixed_prefix, "--export", *words, "--out", tmp_path / "y")
        whole = (tmp_path / name).read_bytes()
        for size in (0, 5, 200, len(whole) - 40, len(whole) - 28, len(whole) - 1):
            (tmp_path / name).write_bytes(whole[:size])
            with pytest.raises(ValueError, match=name):
                only_chunk(open_vcf(tmp_path / name))


def test_open_vcf__reads_plain_gzip(make_vcf, tmp_path, only_chunk):
    packed = tmp_path / "y.vcf.gz"
    packed.write_bytes(gzip.compress(make_vcf([PLAIN]).read_bytes()))
    assert only_chunk(open_vcf(packed)).codes.tolist() == [[0, 1, 2, 3]]


def test_open_vcf__raises_on_what_is_no_vcf(make_vcf, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none\.vcf: no such file"):
        open_vcf(tmp_path / "none.vcf")
    (tmp_path / "text").write_text("FID IID\n1 1\n")
    with pytest.raises(ValueError, match=r"text: .*expected a VCF or BCF"):
        open_vcf(tmp_path / "text")
    (tmp_path / "none").write_bytes(b"")
    with pytest.raises(ValueError, match=r"none: the file is empty; expected a VCF"):
        open_vcf(tmp_path / "none")
    with pytest.raises(ValueError, match=r"twice.vcf: .*an id comes twice in #CHROM"):
        open_vcf(make_vcf([PLAIN], "twice.vcf", "abca"))
    sites = make_vcf([])
    sites.write_text(sites.read_text().replace("\tFORMAT\ta\tb\tc\td", ""))
    with pytest.raises(ValueError, match="has no people"):
        open_vcf(sites)
    with pytest.raises(ValueError, match=r"hard_call_threshold: 0\.6"):
        open_vcf(sites, hard_call_threshold=0.6)
    with pytest.raises(ValueError, match="half_call: 'x'"):
        open_vcf(sites, half_call="x")


def test_open_vcf__raises_on_a_field_that_the_header_lacks(make_vcf):
    path = make_vcf([PLAIN])
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if "ID=DS," not in line))
    open_vcf(path, dosage="HDS")
    for name in ("DS", "hds"):
        match = rf"x.vcf: has no field {name} \(.*; it has GP, GT, HDS\."
        with pytest.raises(ValueError, match=match):
            open_vcf(path, dosage=name)


@pytest.mark.parametrize("field", ["DS", "GP", "HDS"])
def test_open_vcf__a_field_that_nobody_has_at_a_variant(
    make_vcf, plink2_dosages, only_chunk, field
):
    known = {"DS": "0.5", "GP": "0.5,0.5,0", "HDS": "0.2,0.3"}[field]
    rows = [
        f"1 5 v A C . . . GT:{field} 0/0:. 0/1:. 1|1:. ./.:.",
        f"1 6 w A C . . . GT:{field} 0/0:. 0/1:{known} 1|1:. ./.:.",
        f"1 7 x A C . . . GT:{field} 0/0 0/1 1|1 ./.",
    ]
    path = make_vcf(rows)
    peer = "GP-force" if field == "GP" else field
    calls, dosages = plink2_dosages("--vcf", path, f"dosage={peer}")
    chunk = only_chunk(open_vcf(path, dosage=field))
    np.testing.assert_array_equal(chunk.codes, calls)
    np.testing.assert_allclose(chunk.dosages, dosages, atol=2.0**-14)


def test_open_vcf__many_chunks(make_vcf, monkeypatch):
    from gxjax.genotypes.formats import vcf

    monkeypatch.setattr(vcf, "chunk_length", lambda people: 2)
    stream = open_vcf(make_vcf([PLAIN] * 5), dosage="DS")
    said = []
    chunks = list(stream.chunks(lambda *words: said.append(words)))
    assert [len(chunk.variants) for chunk in chunks] == [2, 2, 1]
    assert all(chunk.codes.tolist()[0] == [0, 1, 2, 3] for chunk in chunks)
    assert said[-1] == (stream.size, stream.size, "bytes")
