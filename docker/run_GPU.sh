#!/bin/sh
# The same on an NVIDIA card.
set -eu
cd "$(dirname "$0")"
: "${JUPYTER_TOKEN:?set JUPYTER_TOKEN to a secret of your own: it opens the notebooks and the page}"
mkdir -p ../runs ../pictures ../weights
export JUPYTER_TOKEN OWNER="${OWNER:-$(id -u):$(id -g)}" TAG=gpu
export BASE=nvidia/cuda:12.9.1-base-ubuntu24.04 TENSORFLOW='tensorflow[and-cuda]'
exec docker compose --file compose.yaml --file compose.gpu.yaml up --build "$@"
