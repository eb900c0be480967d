"""Each command says how it is used, in a narrow terminal too, and a shell completes its name."""

import os
import subprocess
import sys

import pytest
from typer.main import get_group
from typer.testing import CliRunner

from lrdecay.cli import app
from tests.paths import ROOT

COMMANDS = sorted(get_group(app).commands)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_has_an_example_and_fits_a_narrow_terminal(name):
    done = CliRunner().invoke(app, [name, "--help"], env={"COLUMNS": "80"})
    assert done.exit_code == 0
    assert "Example" in done.output
    assert max(map(len, done.output.splitlines())) <= 80
    assert "…" not in done.output


PROGRAM = "import sys; sys.argv[0] = 'lrdecay'; from lrdecay.cli import main; main()"


def completed(words):
    variables = {"_LRDECAY_COMPLETE": "complete_bash", "COMP_WORDS": words}
    variables |= {"COMP_CWORD": str(len(words.split(" ")) - 1), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.split()


def test_a_shell_completes_commands_flags_and_answers():
    assert completed("lrdecay re") == ["recommend"]
    assert completed("lrdecay lint --up") == ["--updates"]
    assert completed("lrdecay recommend --start l") == ["lora"]
