"""What is told while a command runs."""

import json

from radiogenomics.cli.progress import reporting
from radiogenomics.study.progress import ProgressLog


def test_a_terminal_shows_bars_and_the_log_is_written_beside_them_where_asked(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv("FORCE_COLOR", "1")  # what rich takes for a terminal
    with reporting(tmp_path / "both.jsonl", always_log=True) as progress:
        progress("pre-training", 3, 10, "loss 0.5")
    with reporting(tmp_path / "bars.jsonl") as progress:
        progress("pre-training", 3, 10, "loss 0.5")

    line = json.loads((tmp_path / "both.jsonl").read_text())
    assert (line["stage"], line["done"], line["message"]) == ("pre-training", 3, "loss 0.5")
    assert not (tmp_path / "bars.jsonl").exists()
    assert "3/10" in capsys.readouterr().err


def test_what_was_done_before_says_nothing_about_the_speed(tmp_path):
    clock = iter([0.0, 2.0])
    log = ProgressLog(tmp_path / "p.jsonl", clock=lambda: next(clock))
    log("cross-validation", 900, 1000, "")  # a resumed run begins at 900
    log("cross-validation", 901, 1000, "")

    lines = [json.loads(line) for line in (tmp_path / "p.jsonl").read_text().splitlines()]
    assert lines[1]["eta_s"] == 2.0 * 99
