#!/bin/sh
# Build and start both services on the processor. JUPYTER_TOKEN is the secret that opens them.
set -eu
cd "$(dirname "$0")"
: "${JUPYTER_TOKEN:?set JUPYTER_TOKEN to a secret of your own: it opens the notebooks and the page}"
mkdir -p ../runs ../pictures ../weights
export JUPYTER_TOKEN OWNER="${OWNER:-$(id -u):$(id -g)}"
exec docker compose --file compose.yaml up --build "$@"
