"""Rebuilds this folder from `source/`: `python instances/baotou/rebuild.py [DIR]`.

Needs siting installed. The same source and versions give the same bytes.
"""

from __future__ import annotations

import sys
from pathlib import Path

from synthesis import write_folder

HERE = Path(__file__).parent

if __name__ == "__main__":
    write_folder(HERE / "source", Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
