"""`import stance` and the help of every command load none of the heavy packages."""

import subprocess
import sys

import pytest

HEAVY = (
    "datasets",
    "jinja2",
    "numpy",
    "pandas",
    "pyarrow",
    "rich",
    "scipy",
    "sklearn",
    "torch",
    "transformers",
)


def loaded(code: str) -> str:
    script = f"import sys\n{code}\nprint('heavy:', [n for n in {HEAVY} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[-1]


@pytest.mark.parametrize(
    "code",
    [
        "import stance; stance.Label, stance.DataError",
        "import stance.reading, stance.weights",
        "import stance.cli\nsys.argv = ['stance', '--help']\nstance.cli.main()",
        "import stance.cli\n"
        "for name in stance.cli.cli.commands:\n"
        "    sys.argv = ['stance', name, '--help']; stance.cli.main()",
    ],
)
def test_nothing_heavy_is_imported(code):
    assert loaded(code) == "heavy: []"


def test_the_check_above_sees_what_is_imported():
    assert loaded("import stance; stance.predict") == "heavy: ['numpy']"
