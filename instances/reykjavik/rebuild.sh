#!/bin/sh
# Rebuilds this folder from an OSM extract: rebuild.sh PATH/TO/iceland-latest.osm.pbf
set -eu
here=$(cd "$(dirname "$0")" && pwd)
exec "${PYTHON:-python3}" -c '
import sys
from pathlib import Path
from siting.prepare import prepare_osm
extract, folder = map(Path, sys.argv[1:])
prepare_osm(extract, folder / "prepare.yaml", folder)
' "$1" "$here"
