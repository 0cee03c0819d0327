"""What the commands with flags of their own share."""

import sys

import pytest
from absl import flags

from experiments.command_line import (
    check_out,
    define_strings,
    parse_command,
    run_command,
)


def define():
    values = define_strings(("bfile", "a prefix"), ("out", "a prefix too"))
    flags.DEFINE_list("names", None, "of columns", flag_values=values)
    flags.DEFINE_bool("quick", True, "or not", flag_values=values)
    return values


def test_parse_command__gives_every_flag(tmp_path):
    (tmp_path / "x.flags").write_text("--bfile=b\n--noquick\n")
    words = ["x", f"--flagfile={tmp_path}/x.flags", "--names=a, b ,c"]
    found = parse_command(define(), words, needed=("bfile",))
    assert (found["bfile"], found["out"], found["quick"]) == ("b", None, False)
    assert found["names"] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--nmaes=a"], "Did you mean: names.*--help lists the flags"),
        (["cohort.bed"], "'cohort.bed' is not a flag"),
        ([], "--bfile is needed"),
        (["--bfile="], "--bfile is needed"),
        (["--flagfile=nowhere"], "Unable to open flagfile"),
    ],
)
def test_parse_command__raises_on_wrong_words(words, message):
    with pytest.raises(ValueError, match=message):
        parse_command(define(), ["x", *words], needed=("bfile",))


def test_check_out__raises_without_its_folder(tmp_path):
    assert check_out(f"{tmp_path}/x") == tmp_path / "x"
    with pytest.raises(
        FileNotFoundError, match=r"--out=.*/y/x: no folder .*/y; create"
    ):
        check_out(f"{tmp_path}/y/x")


def test_run_command__help(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["x", "--help"])
    with pytest.raises(SystemExit) as ended:
        run_command("x", "What it does.", define, pytest.fail)
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert said.startswith("What it does.\n\nflags:\n")
    assert "  --[no]quick: or not [default: on]\n" in f"{said}\n"


def test_run_command__a_wrong_flag_is_a_line_and_exit_code_2(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["x", "--bfile="])

    def main(argv):
        parse_command(define(), argv, needed=("bfile",))

    with pytest.raises(SystemExit) as ended:
        run_command("x", "What it does.", define, main)
    assert ended.value.code == 2
    found = capsys.readouterr().err
    assert found == "ERROR: --bfile is needed; --help lists the flags\n"
