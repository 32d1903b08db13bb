#!/bin/sh
#SBATCH --job-name=claimcheck-{{ name }}
#SBATCH --array=1-{{ tasks }}
#SBATCH --cpus-per-task={{ threads }}
#SBATCH --mem={{ memory }}M
#SBATCH --time={{ minutes }}
{%- if gpu %}
#SBATCH --gres=gpu:1
{%- endif %}
#SBATCH --output="{{ folder }}/{{ name }}-%a.log"
#SBATCH --open-mode=append
# A task that is preempted or loses its node is queued again, and goes on from its journal.
#SBATCH --requeue
# A minute before the end of its time it stops in good order.
#SBATCH --signal=B:TERM@60
set -eu
{{ environment }}
cd {{ start }}
exec {{ program }} --claims {{ claims }} verify --quiet --profile {{ profile }} --seed {{ seed }} --threads {{ threads }} \
    --part {{ parts }}/{{ name }}-"$SLURM_ARRAY_TASK_ID".txt --out {{ work }}-{{ name }}-"$SLURM_ARRAY_TASK_ID"
