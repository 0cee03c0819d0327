"""Flags to configuration and back."""

import dataclasses
from pathlib import Path

import pytest

from experiments.benchmark import check_flags
from experiments.configuration import Configuration
from experiments.flags import as_flagfile, help_text, parse, sections


def configuration(*words):
    return parse(["benchmark", *words]).configuration


def test_parse__defaults_are_those_of_the_dataclasses():
    assert configuration() == Configuration()


def test_parse__reads_every_kind_of_flag(tmp_path):
    found = configuration(
        "--maf=0.05", "--mac", "20", "--noautosome", "--widths=64, 32", "--null"
    )
    assert found.cohort.maf == 0.05
    assert found.cohort.mac == 20
    assert not found.cohort.autosome
    assert found.ensemble.widths == (64, 32)
    assert found.truth.null


def test_parse__makes_paths_absolute(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert configuration("--bfile=cohort").cohort.bfile == str(tmp_path / "cohort")


def test_as_flagfile__repeats_the_configuration(tmp_path):
    given = configuration(
        "--bfile=/data/chr@", "--hwe=1e-15", "--norm=none", "--l2=0.1,0.2"
    )
    file = tmp_path / "run.flags"
    file.write_text(as_flagfile(given))
    assert configuration(f"--flagfile={file}") == given


CONFIGS = sorted(Path(__file__).parents[2].glob("experiments/configs/*.flags"))


@pytest.mark.parametrize("file", CONFIGS, ids=lambda file: file.stem)
def test_flagfile__of_an_experiment_is_accepted(file):
    check_flags(configuration(f"--flagfile={file}", "--bfile=c", "--pheno=c.pheno"))


def test_flagfile__is_overruled_by_later_flags(tmp_path):
    file = tmp_path / "some.flags"
    file.write_text("# a comment\n--members=7\n--epochs=3\n")
    found = configuration(f"--flagfile={file}", "--epochs=4")
    assert (found.ensemble.members, found.ensemble.epochs) == (7, 4)


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("--membres=3", "Unknown command line flag 'membres'. Did you mean: members"),
        ("--members=0", "members"),
        ("--members=many", "members"),
        ("--maf=0.7", "maf"),
        ("--impute=median", "impute"),
        ("--flagfile=nowhere.flags", "nowhere.flags"),
        ("--flagfile=nowhere.flags", "^Unable to open flagfile"),
        ("cohort.bed", "is not a flag"),
        ("--maf=nan", "--maf=nan: expected a finite number"),
        ("--learning_rate=inf", "--learning_rate=inf: expected numbers of 0 or more"),
        ("--l1=0.1,-1", "--l1=0.1,-1: expected numbers"),
        ("--bfile=", "--bfile is empty"),
        ("--workdir=", "--workdir is empty"),
        ("--seed=4294967296", "seed"),
    ],
)
def test_parse__raises_on_what_it_can_not_read(word, message):
    with pytest.raises(ValueError, match=message):
        parse(["benchmark", word])


@pytest.mark.parametrize("widths", ["64,x", "0", "64,-3", ""])
def test_parse__raises_on_widths_that_are_no_numbers(widths):
    with pytest.raises(ValueError, match="--widths"):
        configuration(f"--widths={widths}")


def test_parse__a_linear_model_has_no_widths(tmp_path):
    given = configuration("--widths=none")
    assert given.ensemble.widths == ()
    file = tmp_path / "run.flags"
    file.write_text(as_flagfile(given))
    assert configuration(f"--flagfile={file}") == given


def test_help_text__names_every_flag_with_its_default():
    text = help_text("scripts/run.sh", "A summary.")
    for section in sections(Configuration()).values():
        for field in dataclasses.fields(section):
            assert field.name in text
    assert "[default: 1000,200,50]" in text
    assert max(map(len, text.splitlines())) <= 88
