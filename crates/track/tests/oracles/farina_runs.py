#!/usr/bin/env python3
"""Writes truth.csv, meas.csv and init.csv of all 1,000 runs of the falling body in the form of Farina, Ristic, Benvenuti (IEEE TAES
38(3), 2002), on the draws that the published figures of the peer's bench are a mean over (PCG64, seed 2002).

Needs numpy; usage: farina_runs.py FOLDER
"""
import os
import sys

import numpy as np

folder, runs = sys.argv[1], 1000
g, beta, T, scans = 9.81, 40000.0, 2.0, 60
rng = np.random.Generator(np.random.PCG64(2002))
q = np.kron(np.eye(2), np.array([[T ** 3 / 3, T ** 2 / 2], [T ** 2 / 2, T]]))
root = np.linalg.cholesky(q)


def advance(s):
    air = np.where(s[:, 2] < 9144, 1.227 * np.exp(-1.093e-4 * s[:, 2]), 1.754 * np.exp(-1.49e-4 * s[:, 2]))
    drag = -0.5 * g / beta * air * np.hypot(s[:, 1], s[:, 3])
    ux, uy = drag * s[:, 1], drag * s[:, 3] - g
    return np.stack([s[:, 0] + T * s[:, 1] + T * T / 2 * ux, s[:, 1] + T * ux,
                     s[:, 2] + T * s[:, 3] + T * T / 2 * uy, s[:, 3] + T * uy], 1)


angle = np.radians(190.0)
start = np.array([232e3, 2290 * np.cos(angle), 88e3, 2290 * np.sin(angle)])
x, truth, plots = np.repeat(start[None], runs, 0), [], []
for _ in range(scans):
    x = advance(x) + rng.standard_normal((runs, 4)) @ root.T
    truth.append(x)
    seen = np.stack([np.hypot(x[:, 0], x[:, 2]), np.arctan2(x[:, 2], x[:, 0])], 1)
    plots.append(seen + np.array([100.0, 0.017]) * rng.standard_normal((runs, 2)))
init = start + rng.standard_normal((runs, 4)) * np.array([1000.0, 100.0, 1000.0, 100.0])
os.makedirs(folder, exist_ok=True)
with open(f"{folder}/truth.csv", "w") as t, open(f"{folder}/meas.csv", "w") as m, open(f"{folder}/init.csv", "w") as i:
    t.write("run,scan,x,vx,y,vy\n")
    m.write("run,scan,range,elevation\n")
    i.write("run,x,vx,y,vy\n")
    for run in range(runs):
        i.write(f"{run}," + ",".join("%.10g" % v for v in init[run]) + "\n")
        for scan in range(scans):
            t.write(f"{run},{scan}," + ",".join("%.10g" % v for v in truth[scan][run]) + "\n")
            m.write(f"{run},{scan}," + ",".join("%.12g" % v for v in plots[scan][run]) + "\n")
