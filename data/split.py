"""Splits our own labelled pairs into train, dev and test by the hash of their event, or of their id.

``python data/split.py RAW.jsonl... --output data/pairs``. A row's part never changes when rows are added;
pairs of one event share statements and stay together.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path

TEST, DEV = 20, 30  # per cent: below 20 test, below 30 dev, the rest train
# Written after the parts were made, to train on: dev and test stay what earlier figures were measured on.
TRAIN_ONLY = ("va-", "vb-")


def part_of(row: dict[str, object]) -> str:
    """Return train, dev or test for one row."""
    if str(row["id"]).startswith(TRAIN_ONLY):
        return "train"
    key = str(row.get("event") or row["id"])
    place = int(hashlib.sha256(key.encode()).hexdigest(), 16) % 100
    return "test" if place < TEST else "dev" if place < DEV else "train"


def main() -> None:
    """Read the raw files and write the three parts, rows sorted by id."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("raw", nargs="+", type=Path)
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    rows = [
        json.loads(line)
        for path in arguments.raw
        for line in path.read_text(encoding="utf-8").splitlines()
        if line
    ]
    for part in ("train", "dev", "test"):
        lines = [
            json.dumps(row, ensure_ascii=False) + "\n"
            for row in sorted(rows, key=lambda row: row["id"])
            if part_of(row) == part
        ]
        (arguments.output / f"{part}.jsonl").write_text("".join(lines), encoding="utf-8")
        print(f"{part}: {len(lines)}")


if __name__ == "__main__":
    main()
