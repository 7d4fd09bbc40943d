#!/usr/bin/env python3
"""Writes truth.csv and meas.csv (run,scan,...) of all 500 runs of the airliner of Bar-Shalom, Li, Kirubarajan 2001, section
11.7.4, on the draws that the published figures of the peer's bench are a mean over (PCG64, seed 2001; the settings are those of
the public-domain demoMultipleModelFiltering.m of the NRL Tracker Component Library).

Needs numpy; usage: atc_runs.py FOLDER [RUNS]
"""
import os
import sys

import numpy as np

folder, runs = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 500
T, state = 5.0, np.array([25e3, -120.0, 10e3, 0.0])
truth = [state]
for duration, rate in ((125, 0.0), (90, 1.0), (125, 0.0), (30, -3.0), (125, 0.0)):
    w = np.radians(rate)
    s, c = (np.sin(w * T), np.cos(w * T)) if w else (0.0, 1.0)
    a, b = (s / w, (1 - c) / w) if w else (T, 0.0)
    F = np.array([[1, a, 0, -b], [0, c, 0, -s], [0, b, 1, a], [0, s, 0, c]])
    for _ in range(int(duration / T)):
        truth.append(F @ truth[-1])
truth = np.array(truth)
plots = truth[:, None, ::2] + 100.0 * np.random.Generator(np.random.PCG64(2001)).standard_normal((len(truth), 500, 2))
os.makedirs(folder, exist_ok=True)
with open(f"{folder}/truth.csv", "w") as t, open(f"{folder}/meas.csv", "w") as m:
    t.write("run,scan,x,vx,y,vy\n")
    m.write("run,scan,x,y\n")
    for run in range(runs):
        for scan in range(len(truth)):
            t.write(f"{run},{scan}," + ",".join("%.10g" % v for v in truth[scan]) + "\n")
            m.write(f"{run},{scan}," + ",".join("%.12g" % v for v in plots[scan, run]) + "\n")
