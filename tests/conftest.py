"""Fixtures that every test may use: tiny models, built once."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from tiny import save_tiny_classifier, save_tiny_tagger

# Tests never ask a hub; a mistake then fails at once instead of waiting for the network.
os.environ["HF_HUB_OFFLINE"] = "1"


@pytest.fixture(autouse=True, scope="session")
def no_bfloat16():
    """Tests compare numbers and names of number formats: on every processor they run in float32."""
    from stance.classifier import openvino_engine, torch_engine

    with pytest.MonkeyPatch.context() as patch:
        for module in (openvino_engine, torch_engine):
            patch.setattr(module, "has_bfloat16", lambda: False)
        yield


@pytest.fixture
def command_line(monkeypatch, capsys):
    """Run the command line: exit code, stdout, stderr."""
    from stance.cli import cli, run

    def call(*arguments, command=cli):
        monkeypatch.setattr(sys, "argv", ["stance", *map(str, arguments)])
        code = 0
        try:
            run(command)
        except SystemExit as stopped:
            code = stopped.code or 0
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        return code, captured.out, captured.err

    return call


@pytest.fixture(scope="session")
def classifier_folder(tmp_path_factory) -> Path:
    return save_tiny_classifier(tmp_path_factory.mktemp("classifier"))


@pytest.fixture(scope="session")
def tagger_folder(tmp_path_factory) -> Path:
    return save_tiny_tagger(tmp_path_factory.mktemp("tagger"))
