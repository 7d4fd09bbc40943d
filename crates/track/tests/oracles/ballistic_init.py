#!/usr/bin/env python3
"""Writes init.csv (run,x,vx,y,vy,z,vz) beside a ballistic scenario's truth.csv: the means of the filters' priors, drawn as the
peer's bench draws them (PCG64 with seed 99), so that every filter starts run by run where the peer's did.

Needs numpy; usage: ballistic_init.py FOLDER
"""
import sys

import numpy as np

folder = sys.argv[1]
with open(f"{folder}/meta.csv") as f:
    meta = dict(line.strip().split(",", 1) for line in f)
truth = np.loadtxt(f"{folder}/truth.csv", delimiter=",", skiprows=1)
rng = np.random.Generator(np.random.PCG64(99))
sigma = np.array([float(meta["p0_pos"]), float(meta["p0_vel"])] * 3)
with open(f"{folder}/init.csv", "w") as f:
    f.write("run,x,vx,y,vy,z,vz\n")
    for run in range(int(meta["runs"])):
        first = truth[truth[:, 0] == run][0, 2:8]
        f.write(f"{run}," + ",".join("%.6f" % v for v in first + rng.standard_normal(6) * sigma) + "\n")
