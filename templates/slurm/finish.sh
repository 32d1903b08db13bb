#!/bin/sh
#SBATCH --job-name=claimcheck-finish
#SBATCH --cpus-per-task=1
#SBATCH --mem=4096M
#SBATCH --time=60
#SBATCH --output="{{ folder }}/finish.log"
#SBATCH --open-mode=append
#SBATCH --requeue
set -eu
cd {{ start }}
exec {{ program }} --claims {{ claims }} slurm --merge --out {{ out }}
