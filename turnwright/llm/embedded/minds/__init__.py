"""Minds: how the teacher thinks in each role; each sees a Reading, a Playbook and its Noise, and nothing else."""
