"""Importing the room loads none of the heavy packages."""

import subprocess
import sys


def test_import_is_light():
    heavy = {"pandas", "pyarrow", "datasets", "torch", "numpy"}
    code = f"import sys, stance.reading; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
