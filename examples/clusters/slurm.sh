#!/bin/bash
# Audit a large data set with a SLURM array.
#
#   bash slurm.sh /shared/PetImages 100
#
# The second argument is the number of jobs of the array.  All machines must see the data set and
# its state folder, PetImages.catsclean, under the same path, and have the same catsclean installed,
# with the same extras.
# Run it again after a failure: what was read is never read twice.
set -euo pipefail

data=$1
jobs=${2:-100}

IFS=$'\t' read -r plan tasks < <(catsclean plan "$data" --quiet)
after=()
if ((tasks > 0)); then
  jobs=$((jobs < tasks ? jobs : tasks))
  array=$(
    sbatch --parsable --job-name=catsclean-tasks --array="0-$((jobs - 1))" --cpus-per-task=1 \
      --mem=3G --requeue --wrap "catsclean task '$plan' \$SLURM_ARRAY_TASK_ID --every $jobs"
  )
  # afterany: the audit reads itself what a failed task did not
  after=(--dependency="afterany:$array")
fi
sbatch --job-name=catsclean-audit --cpus-per-task=8 --mem=16G "${after[@]}" \
  --wrap "catsclean audit '$data' --no-progress"
