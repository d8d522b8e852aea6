from click.testing import CliRunner
from tiny import save_tiny_classifier

from stance.cli import cli


def test_a_model_is_exported_and_judges_the_same(tmp_path):
    from stance.classifier import StanceClassifier

    folder = save_tiny_classifier(tmp_path / "tiny", symmetric=True)
    result = CliRunner().invoke(cli, ["export", str(folder), "--output", str(tmp_path / "out")])
    assert result.exit_code == 0
    assert f"written: {tmp_path / 'out'}" in result.stderr
    pairs = [("the army said", "the village is held")]
    one, two = (
        StanceClassifier.load(f).probabilities(pairs).probabilities for f in (folder, tmp_path / "out")
    )
    assert (one == two).all()


def test_export_asks_for_an_output_and_a_known_model(tmp_path):
    assert CliRunner().invoke(cli, ["export", "small"]).exit_code == 2
    result = CliRunner().invoke(cli, ["export", "nothing", "--output", str(tmp_path / "out")])
    assert "no model 'nothing'" in str(result.exception)
    assert not (tmp_path / "out").exists()
