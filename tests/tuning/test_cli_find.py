"""A range test read from a file."""

import json

import numpy as np
from typer.testing import CliRunner

from lrdecay.cli import app
from lrdecay.tuning.find import find

RATES = np.geomspace(1e-5, 10, 100)
LOSSES = 3 - 2 / (1 + (0.01 / RATES) ** 2) + (RATES / 2) ** 4


def call(*arguments, **options):
    return CliRunner().invoke(app, ["find", *arguments], env={"COLUMNS": "200"}, **options)


def test_the_command_says_what_python_says(tmp_path):
    text = "step,lr,loss\n" + "".join(
        f"{k},{lr!r},{loss!r}\n"
        for k, (lr, loss) in enumerate(zip(RATES.tolist(), LOSSES.tolist(), strict=True))
    )
    file = tmp_path / "test.csv"
    file.write_text(text, "utf-8")
    told = json.loads(call(str(file), "--json").stdout)
    expected = find(RATES.tolist(), LOSSES.tolist())
    assert told["diverges_at"] == expected.diverges_at
    assert told["suggestions"]["steep"]["rate"] == expected.suggestions["steep"].rate
    assert f"{expected.diverges_at:.3g}" in call("-", input=text).stdout


def test_what_is_no_range_test_is_said_in_a_sentence(tmp_path):
    file = tmp_path / "test.csv"
    for text, sentence in (
        ("step,lr\n0,1\n", "this log has no losses"),
        ("step,lr,loss\n0,1,2\n", "at least 20"),
        ("", "log must be"),
    ):
        file.write_text(text, "utf-8")
        done = call(str(file))
        assert (done.exit_code, done.stdout) == (2, "")
        assert sentence in done.stderr
    assert "No such file" in call(str(tmp_path / "none")).stderr


def test_what_is_odd_in_the_log_is_a_warning(tmp_path):
    rows = [f"{k},{1e-4 * 1.2**k},{3 - k / 50}" for k in [*range(40), 80]]
    file = tmp_path / "log.csv"
    file.write_text("\n".join(["step,lr,loss", *rows]))
    words = "the widest gap is of 41 steps, after step 39"
    assert f"Warning: {words}." in call(str(file)).output
    assert words in json.loads(call(str(file), "--json").output)["warnings"]


def test_a_loss_that_is_logged_seldom_has_not_diverged(tmp_path):
    rows = [
        f"{k},{lr!r},{loss if k % 3 == 0 else ''}"
        for k, (lr, loss) in enumerate(zip(RATES.tolist(), LOSSES.tolist(), strict=True))
    ]
    file = tmp_path / "log.csv"
    file.write_text("\n".join(["step,lr,loss", *rows]))
    told = json.loads(call(str(file), "--json").output)
    expected = find(RATES[::3].tolist(), LOSSES[::3].tolist())
    assert told["diverges_at"] == expected.diverges_at
