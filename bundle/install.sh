#!/bin/sh
# Installs siting into the folder "env" beside this script. Needs Python; no network, no rights.
set -eu
cd "$(dirname "$0")"
python="${PYTHON:-python3}"
"$python" -m venv env
env/bin/python -m pip install --quiet --disable-pip-version-check --no-index \
  --find-links wheels 'siting[serve]'
echo "Installed. Start the page with ./what-if.sh"
