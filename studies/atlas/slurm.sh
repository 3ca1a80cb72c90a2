#!/bin/bash
# An atlas on a cluster that SLURM keeps: one scheduler, one process that writes, and a worker for every task.
#
#   sbatch --ntasks=65 studies/atlas/slurm.sh --models runs/paintings/model/NAME.keras --size 128
#
# The job's first task writes, the others make images; what comes after the script's name goes to
# `python -m image_machines atlas`. Run it in the project's folder, on a disk that all nodes see. If the time
# runs out, submit the same line again: it goes on from there. With GPUs: see CLUSTER.md.
#SBATCH --job-name=atlas
#SBATCH --time=04:00:00
#SBATCH --cpus-per-task=1
#SBATCH --mem-per-cpu=3G
set -euo pipefail

python=${PYTHON:-.venv/bin/python}
file=$(mktemp -p "$PWD" .scheduler-XXXXXX.json)  # where the scheduler says its address
trap 'kill $(jobs -p) 2>/dev/null || true; rm -f "$file"' EXIT
rm "$file"

"$python" -m distributed.cli.dask_scheduler --port 0 --no-dashboard --scheduler-file "$file" &
until [ -s "$file" ]; do sleep 1; done

workers=$(( ${SLURM_NTASKS:-2} - 1 ))
threads=${SLURM_CPUS_PER_TASK:-1}
export TF_NUM_INTRAOP_THREADS=$threads TF_NUM_INTEROP_THREADS=$threads OMP_NUM_THREADS=$threads
srun --ntasks="$workers" --overlap "$python" -m distributed.cli.dask_worker --scheduler-file "$file" \
  --nthreads 1 --no-dashboard --memory-limit 0 ${RESOURCES:+--resources "$RESOURCES"} &

address=$("$python" -c 'import json, sys; print(json.load(open(sys.argv[1]))["address"])' "$file")
"$python" -m image_machines atlas --scheduler "$address" "$@"
