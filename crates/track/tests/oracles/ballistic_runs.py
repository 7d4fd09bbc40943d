#!/usr/bin/env python3
"""Stone Soup 1.9.1 run by run on a ballistic folder with init.csv: root mean square position error from second 30 on, and the
distance between the fall predicted at second 120 and the real one. The numbers stand in tests/ballistic.rs.

Needs numpy stonesoup==1.9.1; usage: ballistic_runs.py FOLDER RUNS
"""
import datetime
import sys
import warnings

import numpy as np
from stonesoup.base import Property
from stonesoup.models.base import TimeVariantModel
from stonesoup.models.measurement.nonlinear import CartesianToElevationBearingRangeRate
from stonesoup.models.transition.nonlinear import GaussianTransitionModel
from stonesoup.predictor.kalman import ExtendedKalmanPredictor, UnscentedKalmanPredictor
from stonesoup.types.array import CovarianceMatrix, StateVector, StateVectors
from stonesoup.types.detection import Detection
from stonesoup.types.hypothesis import SingleHypothesis
from stonesoup.types.state import GaussianState
from stonesoup.updater.kalman import ExtendedKalmanUpdater, UnscentedKalmanUpdater

warnings.filterwarnings("ignore")
folder, runs = sys.argv[1], int(sys.argv[2])
with open(f"{folder}/meta.csv") as f:
    m = dict(line.strip().split(",", 1) for line in f)
MU, RE, WE = 3.986004418e14, 6371000.0, 7.292115e-5
W = WE * np.array([[0.0], [np.cos(np.radians(float(m["lat_deg"])))], [np.sin(np.radians(float(m["lat_deg"])))]])


def rate(s, beta):
    p, v = s[0:6:2], s[1:6:2]
    q = p + np.array([[0.0], [0.0], [RE]])
    r = np.linalg.norm(q, axis=0)
    h = r - RE
    air = np.where(h < 9144.0, 1.227 * np.exp(-1.093e-4 * h), 1.754 * np.exp(-1.49e-4 * h))
    a = -MU / r ** 3 * q - 2 * np.cross(W, v, axis=0) - np.cross(W, np.cross(W, q, axis=0), axis=0)
    a = a - 0.5 * air * np.linalg.norm(v, axis=0) / beta * v
    out = np.empty_like(s[:6])
    out[0::2], out[1::2] = v, a
    return out


def step(s, beta, h):
    k1 = rate(s, beta)
    k2 = rate(s + 0.5 * h * k1, beta)
    k3 = rate(s + 0.5 * h * k2, beta)
    k4 = rate(s + h * k3, beta)
    return s + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


def fall(s, beta):
    s = np.array(s, float).reshape(6, 1)
    while True:
        n = step(s, beta, 0.25)
        if n[4, 0] < 0:
            share = s[4, 0] / (s[4, 0] - n[4, 0])
            return (s + share * (n - s))[[0, 2], 0]
        s = n


class Falling(GaussianTransitionModel, TimeVariantModel):
    ndim: int = Property()

    @property
    def ndim_state(self):
        return self.ndim

    def function(self, state, noise=False, **kwargs):
        s = np.asarray(state.state_vector, float)
        left, out = kwargs["time_interval"].total_seconds(), s.copy()
        while left > 1e-9:  # in steps of a second
            out[:6] = step(out[:6], np.exp(s[6]) if self.ndim == 7 else float(m["beta"]), min(left, 1.0))
            left -= 1.0
        return out.view(StateVectors) if s.shape[1] > 1 else StateVector(out)

    def jacobian(self, state, **kwargs):
        # Stone Soup's own forward difference has steps of millimetres: too short beside 6,000 km, it costs 0.5 % of the error.
        columns = []
        for k, d in enumerate(([1.0, 0.01] * 3 + [1e-4])[:self.ndim]):
            e = np.zeros((self.ndim, 1))
            e[k] = d
            ahead, behind = (self.function(GaussianState(state.state_vector + x, np.eye(self.ndim)), **kwargs)
                             for x in (e, -e))
            columns.append(np.asarray(ahead - behind, float).ravel() / (2 * d))
        return np.array(columns).T

    def covar(self, **kwargs):
        h, Q = kwargs["time_interval"].total_seconds(), np.zeros((self.ndim, self.ndim))
        for i in (0, 2, 4):
            Q[i:i + 2, i:i + 2] = float(m["q"]) * np.array([[h ** 3 / 3, h ** 2 / 2], [h ** 2 / 2, h]])
        if self.ndim == 7:
            Q[6, 6] = 1e-6 * h
        return CovarianceMatrix(Q)


truth, meas, impact, init = (np.loadtxt(f"{folder}/{name}.csv", delimiter=",", skiprows=1)
                             for name in ("truth", "meas", "impact", "init"))
t0 = datetime.datetime(2030, 1, 1)
for n in (6, 7):
    model = Falling(n)
    sensor = CartesianToElevationBearingRangeRate(
        n, (0, 2, 4), np.diag([float(m[k]) ** 2 for k in ("sigma_el", "sigma_az", "sigma_r", "sigma_rdot")]),
        velocity_mapping=(1, 3, 5))
    points = dict(alpha=0.5, beta=2.0, kappa=0.0)
    for name, predictor, updater in (
            ("ekf", ExtendedKalmanPredictor(model), ExtendedKalmanUpdater(sensor)),
            ("ukf", UnscentedKalmanPredictor(model, **points), UnscentedKalmanUpdater(sensor, **points))):
        results = []
        for run in range(runs):
            t = truth[truth[:, 0] == run]
            mean, cov = np.zeros((n, 1)), np.zeros((n, n))
            mean[:6, 0] = init[run, 1:7]
            cov[:6, :6] = np.diag([float(m["p0_pos"]) ** 2, float(m["p0_vel"]) ** 2] * 3)
            if n == 7:
                mean[6], cov[6, 6] = np.log(float(m["beta0"])), float(m["sigma_lnbeta"]) ** 2
            state, error2, last, miss = GaussianState(mean, cov, t0), [], 0, None
            for row in meas[meas[:, 0] == run]:
                k = int(row[1])
                when = t0 + datetime.timedelta(seconds=k)
                prior = predictor.predict(state, timestamp=when) if k else state
                plot = Detection(StateVector([row[4], row[3], row[2], row[5]]), timestamp=when, measurement_model=sensor)
                state = updater.update(SingleHypothesis(prior, plot))
                x = np.asarray(state.mean, float).ravel()
                if k >= 30:
                    error2.append(np.sum((t[k, 2:8:2] - x[0:6:2]) ** 2))
                if last < 120 <= k:
                    at = fall(x[:6], np.exp(x[6]) if n == 7 else float(m["beta"]))
                    miss = np.linalg.norm(at - impact[run, 2:4])
                last = k
            results.append((np.sqrt(np.mean(error2)), miss))
        print(f"raer b{n} {name}", [(round(float(a), 3), round(float(b), 2)) for a, b in results])
