"""Trains stance on labelled pairs: ``python train.py pairs.csv --output models/mine``.

The same as ``stance train``; ``python train.py --help`` lists the options.
"""

from stance.cli import run
from stance.cli.commands import train

if __name__ == "__main__":
    run(train)
