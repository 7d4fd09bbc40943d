#!/usr/bin/env python3
"""Numbers of small cases by Stone Soup 1.9.1, scipy and plain enumeration; they are written into tests/{filters,discretise,measures2}.rs.

Needs numpy scipy stonesoup==1.9.1; usage: small_cases.py
"""
import datetime
import itertools

import numpy as np
from scipy.linalg import expm
from scipy.optimize import least_squares
from stonesoup.models.measurement.nonlinear import CartesianToBearingRange
from stonesoup.models.transition.linear import ConstantAcceleration, ConstantVelocity, KnownTurnRate, Singer
from stonesoup.types.array import StateVector
from stonesoup.types.association import AssociationSet, TimeRangeAssociation
from stonesoup.types.detection import Detection
from stonesoup.types.groundtruth import GroundTruthPath, GroundTruthState
from stonesoup.types.hypothesis import SingleHypothesis
from stonesoup.types.prediction import GaussianStatePrediction
from stonesoup.types.state import State
from stonesoup.types.time import TimeRange
from stonesoup.types.track import Track
from stonesoup.updater.kalman import (
    ExtendedKalmanUpdater, IteratedKalmanUpdater, UnscentedKalmanUpdater)

np.set_printoptions(precision=17, linewidth=200)
T0 = datetime.datetime(2030, 1, 1)


def second(k):
    return T0 + datetime.timedelta(seconds=k)


# ---------------------------------------------------------------- one update with range and bearing, wide prior
sensor = CartesianToBearingRange(4, (0, 2), np.diag([0.01 ** 2, 5.0 ** 2]))
plot = Detection(StateVector([0.80, 1100.0]), timestamp=T0, measurement_model=sensor)
mean = np.array([900.0, 20.0, 500.0, -10.0])
wide = np.diag([200.0 ** 2, 15.0 ** 2, 300.0 ** 2, 15.0 ** 2]) + 500.0 * np.ones((4, 4))


def misfit(x):
    seen = np.array([np.arctan2(x[2], x[0]), np.hypot(x[0], x[2])])
    return np.r_[(seen - [0.80, 1100.0]) / [0.01, 5.0], np.linalg.solve(np.linalg.cholesky(wide), x - mean)]


print("most probable", least_squares(misfit, mean, xtol=1e-15, ftol=1e-15, gtol=1e-15).x)
for share, cases in [(1.0, [("ekf", ExtendedKalmanUpdater(sensor)),
                            ("iekf", IteratedKalmanUpdater(sensor, tolerance=1e-9, max_iterations=500))]),
                     (0.01, [("ekf", ExtendedKalmanUpdater(sensor)),
                             ("ukf", UnscentedKalmanUpdater(sensor, alpha=0.5, beta=2.0, kappa=0.0))])]:
    prior = GaussianStatePrediction(mean.reshape(4, 1), share * wide, T0)
    for name, updater in cases:
        post = updater.update(SingleHypothesis(prior, plot))
        print(name, share, np.asarray(post.mean, float).ravel(), "\n", np.asarray(post.covar, float).diagonal())



def by_points(P, alpha, beta, kappa):
    """The unscented update as the papers write it; alpha 1, beta 0, kappa 0: cubature."""
    n = 4
    scale = alpha ** 2 * (n + kappa)
    L = np.linalg.cholesky(P) * np.sqrt(scale)
    X = np.vstack([mean, mean + L.T, mean - L.T])
    wm = np.full(2 * n + 1, 0.5 / scale)
    wm[0] = 1 - n / scale
    wc = wm.copy()
    wc[0] += 1 - alpha ** 2 + beta
    Y = np.c_[np.arctan2(X[:, 2], X[:, 0]), np.hypot(X[:, 0], X[:, 2])]
    D = Y - wm @ Y
    S = (wc[:, None] * D).T @ D + np.diag([0.01 ** 2, 5.0 ** 2])
    K = (wc[:, None] * (X - mean)).T @ D @ np.linalg.inv(S)
    return mean + K @ ([0.80, 1100.0] - wm @ Y), np.diag(P - K @ S @ K.T)


# Stone Soup's own cubature update averages the angle by sine and cosine and lies 0.01 standard deviations off.
print("ckf by hand", *by_points(0.01 * wide, 1.0, 0.0, 0.0))
print("ukf by hand", *by_points(0.01 * wide, 0.5, 2.0, 0.0))

# ---------------------------------------------------------------- F and Q of the linear models over 1.7 s
h = datetime.timedelta(seconds=1.7)
for name, model in [("cv", ConstantVelocity(0.3)), ("ca", ConstantAcceleration(0.2)),
                    ("singer q=0.4 damping 0.25", Singer(0.4, 0.25))]:
    print(name, np.asarray(model.matrix(time_interval=h), float).ravel(),
          np.asarray(model.covar(time_interval=h), float).ravel())
print("turn F", np.asarray(KnownTurnRate([0.3, 0.3], 0.2).matrix(time_interval=h), float).ravel())


def van_loan(A, W, t):
    n = len(A)
    E = expm(np.block([[-A, W], [np.zeros((n, n)), A.T]]) * t)
    F = E[n:, n:].T
    return F, F @ E[:n, n:]


w = 0.2
A = np.array([[0, 1, 0, 0], [0, 0, 0, -w], [0, 0, 0, 1], [0, w, 0, 0.0]])
print("turn Q by Van Loan", van_loan(A, 0.3 * np.diag([0, 1, 0, 1.0]), 1.7)[1].ravel())
A = np.array([[-0.3, 1.0, 0.2], [0.0, -2.0, 0.5], [0.4, 0.0, 0.1]])
W = np.array([[1.0, 0.2, 0.0], [0.2, 2.0, -0.3], [0.0, -0.3, 0.5]])
for part in van_loan(A, W, 2.5):
    print("any model by Van Loan", part.ravel())

# ---------------------------------------------------------------- SIAP and OSPA(2) on a small drawn case
rng = np.random.Generator(np.random.PCG64(5))
scans, cutoff = 12, 10.0
starts, speeds = np.array([[0, 0], [30, 0], [0, 40.0]]), np.array([[3, 1], [-1, 2], [2, -2.0]])
lives = [(0, 11), (2, 11), (0, 8)]
truth = {j: {k: starts[j] + k * speeds[j] for k in range(a, b + 1)} for j, (a, b) in enumerate(lives)}
plan = {10: [(0, 0, 4)], 11: [(0, 6, 11)], 12: [(1, 2, 9), (2, 9, 11)], 13: [(2, 0, 8)], 14: [(2, 3, 6)], 15: [(None, 1, 5)]}
tracks = {}
for label, parts in plan.items():
    tracks[label] = {}
    for j, a, b in parts:
        for k in range(a, b + 1):
            base = np.array([200.0 + k, 200.0]) if j is None else starts[j] + k * speeds[j]
            tracks[label][k] = np.round(base + rng.normal(0, 2.0, 2), 3)
for label, states in tracks.items():
    print("track", label, {k: list(map(float, v)) for k, v in states.items()})

paths = {j: GroundTruthPath([GroundTruthState([[p[0]], [0], [p[1]], [0]], timestamp=second(k)) for k, p in s.items()])
         for j, s in truth.items()}
lines = {i: Track([State([[p[0]], [0], [p[1]], [0]], timestamp=second(k)) for k, p in s.items()])
         for i, s in tracks.items()}
associations = []
for i, states in tracks.items():
    runs = []
    for k, p in states.items():
        near = sorted((np.linalg.norm(p - truth[j][k]), j) for j in truth if k in truth[j])
        j = near[0][1] if near and near[0][0] <= cutoff else None
        if runs and runs[-1][0] == j and runs[-1][2] == k - 1:
            runs[-1][2] = k
        else:
            runs.append([j, k, k])
    for j, a, b in runs:
        if j is not None:
            associations.append(TimeRangeAssociation({paths[j], lines[i]}, TimeRange(second(a), second(b))))


class Manager:
    association_set = AssociationSet(set(associations))

    def list_timestamps(self, generator=None):
        return [second(k) for k in range(scans)]


from stonesoup.measures import Euclidean  # noqa: E402
from stonesoup.metricgenerator.tracktotruthmetrics import SIAPMetrics  # noqa: E402

siap = SIAPMetrics(position_measure=Euclidean((0, 2)), velocity_measure=Euclidean((1, 3)))
siap._get_data = lambda manager, key: set(lines.values()) if key == "tracks" else set(paths.values())
for metric in siap.compute_metric(Manager())[:7]:
    print(metric.title, repr(float(metric.value)))


def base(a, b, c):
    union = sorted(set(a) | set(b))
    return np.mean([min(c, np.linalg.norm(a[k] - b[k])) if k in a and k in b else c for k in union])


for c, p in ((10.0, 1), (25.0, 2)):
    X, Y = list(truth.values()), list(tracks.values())
    D = np.array([[base(a, b, c) for b in Y] for a in X])
    best = min(sum(D[i, perm[i]] ** p for i in range(len(X))) for perm in itertools.permutations(range(len(Y)), len(X)))
    print("OSPA(2)", c, p, ((best + c ** p * (len(Y) - len(X))) / len(Y)) ** (1 / p))
