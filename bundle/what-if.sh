#!/bin/sh
# Opens the what-if page of an instance folder; of the example if none is named.
set -eu
here="$(cd "$(dirname "$0")" && pwd)"
if [ "$#" -eq 0 ]; then
  set -- "$here/example"
fi
exec "$here/env/bin/python" -m siting serve "$@"
