"""What tells of a run: each reporter reads events, and nothing else."""
