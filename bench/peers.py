#!/usr/bin/env python3
"""Peer baseline for a tracking engine: seeded CSV scenarios + Stone Soup (and other Python
trackers) run on them.

    peers.py gen   --data DIR                 write the scenario CSV files
    peers.py list                             list the cases
    peers.py run   --data DIR --out OUT.csv   run every case (each in its own process,
                             [--only REGEX] [--reps 3] [--limit 180]   killed after --limit s)
    peers.py case  --data DIR SCENARIO ALGO   one case in this process, JSON on stdout

Needs: numpy scipy; `run` also stonesoup, and optionally filterpy, motpy, norfair, pyehm.
Everything is single-threaded (OMP_NUM_THREADS=1 is forced below).

The files of a scenario and the models behind it: `scenarios.py`.

SCORES  GOSPA(c, p=2, alpha=2) and OSPA(c, p=2) of positions, mean over scans >= `warmup`;
  rmse = sqrt(mean |d|^2) over the pairs of the optimal assignment closer than c.
"""
import os
for _v in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_v] = "1"
import argparse
import csv
import json
import re
import statistics
import subprocess
import sys
import time
import warnings

import numpy as np

from scenarios import (rk4, impact, q_axis, generate, read_csv, read_meta)

warnings.filterwarnings("ignore")


def tick():
    return time.perf_counter(), time.process_time()


def tock(ts, t):
    """append (wall, cpu) seconds; cpu is what to compare when the machine is shared."""
    c = time.process_time()
    ts.append((time.perf_counter() - t[0], c - t[1]))


# ----------------------------------------------------------------------------------------------
# scores
# ----------------------------------------------------------------------------------------------
def gospa_ospa(truth, est, c):
    """positions (n,d), (m,d) -> gospa, ospa, sum d^2 of pairs, pairs, missed, false, pairing."""
    from scipy.optimize import linear_sum_assignment
    from scipy.spatial.distance import cdist
    n, m = len(truth), len(est)
    if n == 0 or m == 0:
        g = c * np.sqrt((n + m) / 2)
        return g, (c if n + m else 0.0), 0.0, 0, n, m, []
    d2 = np.minimum(cdist(truth, est), c) ** 2
    i, j = linear_sum_assignment(d2)
    cost = d2[i, j]
    near = cost < c * c
    k = int(near.sum())
    loc = float(cost[near].sum())
    g = np.sqrt(loc + c * c / 2 * ((n - k) + (m - k)))
    o = np.sqrt((cost.sum() + c * c * abs(n - m)) / max(n, m))
    return g, o, loc, k, n - k, m - k, list(zip(i[near], j[near]))


def score_multi(truth, est, m):
    """truth: rows of truth.csv; est: list over scans of (ids, positions)."""
    d = m["dim"]
    G, O, loc, pairs, miss, false = [], [], 0.0, 0, 0, 0
    last, switches = {}, 0
    for k, (ids, pos) in enumerate(est):
        rows = truth[truth[:, 0] == k]
        pos = np.asarray(pos, float).reshape(-1, d)
        g, o, l, n, mi, fa, pairing = gospa_ospa(rows[:, 2::2], pos, m["c"])
        for i, j in pairing:
            tid, eid = int(rows[i, 1]), ids[j]
            if tid in last and last[tid] != eid:
                switches += 1
            last[tid] = eid
        if k >= m["warmup"]:
            G.append(g), O.append(o)
            loc, pairs, miss, false = loc + l, pairs + n, miss + mi, false + fa
    s = len(G)
    return dict(gospa=np.mean(G), ospa=np.mean(O), rmse=np.sqrt(loc / max(pairs, 1)),
                missed=miss / s, false=false / s, switches=switches)


# ----------------------------------------------------------------------------------------------
# Stone Soup, linear scenarios
# ----------------------------------------------------------------------------------------------
def scan_cap(m, scn, algo):
    """brute-force (no spatial index) associators at N = 500 only get the first 5 scans."""
    if scn.endswith("n500") and "kdtree" not in algo:
        m["scans"], m["warmup"] = 5, 2


def linear_setup(data, scn, algo):
    from datetime import datetime, timedelta
    from stonesoup.models.measurement.linear import LinearGaussian
    from stonesoup.models.transition.linear import (
        CombinedLinearGaussianTransitionModel, ConstantVelocity)
    from stonesoup.predictor.kalman import KalmanPredictor
    from stonesoup.types.detection import Detection
    from stonesoup.updater.kalman import KalmanUpdater
    folder = os.path.join(data, scn)
    m = read_meta(folder)
    scan_cap(m, scn, algo)
    d = m["dim"]
    t0 = datetime(2030, 1, 1)
    times = [t0 + timedelta(seconds=k * m["dt"]) for k in range(m["scans"])]
    tm = CombinedLinearGaussianTransitionModel([ConstantVelocity(m["q"])] * d)
    mm = LinearGaussian(2 * d, [2 * i for i in range(d)], np.eye(d) * m["sigma"] ** 2)
    dets = [set() for _ in times]
    for row in read_csv(f"{folder}/meas.csv"):
        k = int(row[0])
        if k >= m["scans"]:
            break
        dets[k].add(Detection(row[2:].reshape(-1, 1), timestamp=times[k], measurement_model=mm))
    return dict(m=m, d=d, times=times, dets=dets, mm=mm, pred=KalmanPredictor(tm), tm=tm,
                upd=KalmanUpdater(mm), truth=read_csv(f"{folder}/truth.csv"),
                init=read_csv(f"{folder}/init.csv"), dens=m["lam"] / m["side"] ** d,
                gate2={2: 13.816, 3: 16.266}[d])           # chi2 0.999


def make_associator(algo, s):
    """algo -> (associator, updater). GNN family on Mahalanobis distance, JPDA family on PDA."""
    from stonesoup.dataassociator import neighbour as nn, probability as pr, tree
    from stonesoup.hypothesiser.distance import DistanceHypothesiser
    from stonesoup.hypothesiser.probability import PDAHypothesiser
    from stonesoup.measures import Mahalanobis
    from stonesoup.updater.probability import PDAUpdater
    dist = DistanceHypothesiser(s["pred"], s["upd"], Mahalanobis(), missed_distance=s["gate2"] ** .5)
    pda = PDAHypothesiser(s["pred"], s["upd"], clutter_spatial_density=s["dens"],
                          prob_detect=s["m"]["pd"], prob_gate=0.999)
    kd = dict(predictor=s["pred"], updater=s["upd"], max_distance=80.0)
    if algo == "nn":
        return nn.NearestNeighbour(dist), s["upd"]
    if algo == "gnn":                                       # enumerates joint hypotheses
        return nn.GlobalNearestNeighbour(dist), s["upd"]
    if algo == "gnn2d":
        return nn.GNNWith2DAssignment(dist), s["upd"]
    if algo == "gnn2d_kdtree":
        return tree.DetectionKDTreeGNN2D(dist, **kd), s["upd"]
    pu = PDAUpdater(s["mm"])
    if algo == "pda":
        return pr.PDA(pda), pu
    if algo == "jpda":
        return pr.JPDA(pda), pu
    if algo == "jpda_lbp":
        return pr.JPDAwithLBP(pda), pu
    if algo == "jpda_ehm":
        return pr.JPDAwithEHM(pda), pu
    if algo == "jpda_ehm2":
        return pr.JPDAwithEHM2(pda), pu
    if algo == "jpda_ehm2_kdtree":
        class KD(tree.DetectionKDTreeMixIn, pr.JPDAwithEHM2):
            pass
        return KD(pda, **kd), pu
    if algo == "jpda_pyehm2":                               # C++ core
        from pyehm.plugins.stonesoup import JPDAWithEHM2
        return JPDAWithEHM2(pda), pu
    raise ValueError(algo)


def ss_known(data, scn, algo):
    """tracks given at scan 0, association + filtering only."""
    from stonesoup.types.state import GaussianState
    from stonesoup.types.track import Track
    s = linear_setup(data, scn, algo)
    m, d = s["m"], s["d"]
    P0 = np.diag([m["p0_pos"] ** 2, m["p0_vel"] ** 2] * d)
    tracks = [Track([GaussianState(r[1:].reshape(-1, 1), P0, s["times"][0])]) for r in s["init"]]
    assoc, upd = make_associator(algo, s)
    ts, est = [], []
    pos = list(range(0, 2 * d, 2))
    est.append((range(len(tracks)), [np.asarray(t.state_vector)[pos, 0] for t in tracks]))
    for k in range(1, m["scans"]):
        tk = tick()
        hyps = assoc.associate(set(tracks), s["dets"][k], s["times"][k])
        for tr in tracks:
            h = hyps[tr]
            if algo.startswith(("pda", "jpda")):
                tr.append(upd.update(h))
            else:
                tr.append(upd.update(h) if h else h.prediction)
        tock(ts, tk)
        est.append((range(len(tracks)), [np.asarray(t.state_vector)[pos, 0].astype(float)
                                         for t in tracks]))
    res = score_multi(s["truth"], est, m)
    end = s["truth"][s["truth"][:, 0] == m["scans"] - 1][:, 2::2]
    res["kept"] = float(np.mean(np.linalg.norm(end - np.array(est[-1][1]), axis=1) < m["c"]))
    return ts, res


def ss_full(data, scn, algo):
    """initiation (6 updates) + deletion (5 scans without update) + association + filtering."""
    from stonesoup.dataassociator.neighbour import GNNWith2DAssignment
    from stonesoup.dataassociator.tree import DetectionKDTreeGNN2D
    from stonesoup.deleter.time import UpdateTimeStepsDeleter
    from stonesoup.hypothesiser.distance import DistanceHypothesiser
    from stonesoup.initiator.simple import MultiMeasurementInitiator
    from stonesoup.measures import Mahalanobis
    from stonesoup.tracker.simple import MultiTargetMixtureTracker, MultiTargetTracker
    from stonesoup.types.state import GaussianState
    s = linear_setup(data, scn, algo)
    m, d = s["m"], s["d"]
    assoc, _ = make_associator(algo, s)
    upd = s["upd"]                             # the mixture tracker does the PDA reduction itself
    vmax = max(m["side"] / m["scans"] / m["dt"], 3.0)
    prior = GaussianState(np.zeros((2 * d, 1)), np.diag([0.0, vmax ** 2] * d), s["times"][0])
    dist = DistanceHypothesiser(s["pred"], s["upd"], Mahalanobis(), missed_distance=s["gate2"] ** .5)
    init_assoc = GNNWith2DAssignment(dist) if "kdtree" not in algo else DetectionKDTreeGNN2D(
        dist, predictor=s["pred"], updater=s["upd"], max_distance=80.0)
    initiator = MultiMeasurementInitiator(
        prior_state=prior, measurement_model=s["mm"], deleter=UpdateTimeStepsDeleter(2),
        data_associator=init_assoc, updater=s["upd"], min_points=6)
    cls = MultiTargetMixtureTracker if algo.startswith(("pda", "jpda")) else MultiTargetTracker
    deleter = UpdateTimeStepsDeleter(5)
    tracker = cls(initiator=initiator, deleter=deleter, detector=zip(s["times"], s["dets"]),
                  data_associator=assoc, updater=upd)
    ts, est = [], []
    pos = list(range(0, 2 * d, 2))
    it = iter(tracker)
    for k in range(m["scans"]):
        tk = tick()
        _, tracks = next(it)
        tock(ts, tk)
        tracks = list(tracks)
        est.append(([t.id for t in tracks],
                    [np.asarray(t.state_vector)[pos, 0].astype(float) for t in tracks]))
    return ts, score_multi(s["truth"], est, m)


def ss_gmphd(data, scn, algo):
    """GM-PHD as in the Stone Soup tutorial, one broad birth component, known starting intensity."""
    from stonesoup.hypothesiser.distance import DistanceHypothesiser
    from stonesoup.hypothesiser.gaussianmixture import GaussianMixtureHypothesiser
    from stonesoup.measures import Mahalanobis
    from stonesoup.mixturereducer.gaussianmixture import GaussianMixtureReducer
    from stonesoup.types.state import TaggedWeightedGaussianState
    from stonesoup.updater.pointprocess import PHDUpdater
    s = linear_setup(data, scn, algo)
    m, d = s["m"], s["d"]
    phd = PHDUpdater(s["upd"], clutter_spatial_density=s["dens"], prob_detection=m["pd"],
                     prob_survival=0.99)
    hyp = GaussianMixtureHypothesiser(
        DistanceHypothesiser(s["pred"], s["upd"], Mahalanobis(), missed_distance=s["gate2"] ** .5),
        order_by_detection=True)
    red = GaussianMixtureReducer(prune_threshold=1e-4, merge_threshold=4.0,
                                 max_number_components=4 * m["n"])
    P0 = np.diag([m["p0_pos"] ** 2, m["p0_vel"] ** 2] * d)
    comps = [TaggedWeightedGaussianState(r[1:].reshape(-1, 1), P0, weight=1.0, tag=f"t{int(r[0])}",
                                         timestamp=s["times"][0]) for r in s["init"]]
    bm = np.zeros((2 * d, 1))
    bm[::2] = m["side"] / 2
    bP = np.diag([(m["side"] / 2) ** 2, 20.0 ** 2] * d)
    ts, est = [], [([], [r[1::2] for r in s["init"]])]
    est[0] = (range(m["n"]), est[0][1])
    for k in range(1, m["scans"]):
        tk = tick()
        birth = TaggedWeightedGaussianState(bm, bP, weight=0.1, tag="birth",
                                            timestamp=s["times"][k])
        hyps = hyp.hypothesise(set(comps) | {birth}, s["dets"][k], s["times"][k])
        comps = red.reduce(phd.update(hyps))
        tock(ts, tk)
        out = [c for c in comps if c.weight > 0.5]
        est.append(([c.tag for c in out],
                    [np.asarray(c.state_vector)[::2, 0].astype(float) for c in out]))
    return ts, score_multi(s["truth"], est, m)


def ss_metric(data, scn, algo):
    """Stone Soup's own GOSPA over a whole run (truth against truth shifted by 5 m)."""
    from stonesoup.metricgenerator.ospametric import GOSPAMetric
    from stonesoup.types.state import State
    folder = os.path.join(data, scn)
    m = read_meta(folder)
    tr = read_csv(f"{folder}/truth.csv")
    gm = GOSPAMetric(p=2, c=m["c"])
    ts, vals = [], []
    for k in range(min(20, m["scans"])):
        rows = tr[tr[:, 0] == k][:, 2::2]
        a_s = [State(r.reshape(-1, 1)) for r in rows]
        b_s = [State((r + 5).reshape(-1, 1)) for r in rows]
        tk = tick()
        out = gm.compute_gospa_metric(a_s, b_s)[0]
        tock(ts, tk)
        vals.append(float(out.value["distance"]))
    return ts, dict(gospa=np.mean(vals))


# ----------------------------------------------------------------------------------------------
# other Python peers, linear scenarios (full mode)
# ----------------------------------------------------------------------------------------------
def oracle(data, scn, algo):
    """the floor: a plain Kalman filter told which plot belongs to which target (numpy)."""
    folder = os.path.join(data, scn)
    m = read_meta(folder)
    d, truth, init = m["dim"], read_csv(f"{folder}/truth.csv"), read_csv(f"{folder}/init.csv")
    F, Q = np.array([[1, m["dt"]], [0, 1]]), q_axis(m["q"], m["dt"])
    x = init[:, 1:].reshape(-1, d, 2)                       # target, axis, (pos, vel)
    P = np.repeat(np.diag([m["p0_pos"] ** 2, m["p0_vel"] ** 2])[None], len(x), 0)
    z = read_csv(f"{folder}/meas.csv")
    ts, est = [], [(range(len(x)), x[:, :, 0].copy())]
    for k in range(1, m["scans"]):
        tk = tick()
        x, P = x @ F.T, F @ P @ F.T + Q
        for row in z[(z[:, 0] == k) & (z[:, 1] >= 0)]:
            i = int(row[1])
            K = P[i][:, 0] / (P[i][0, 0] + m["sigma"] ** 2)
            x[i] += np.outer(row[2:] - x[i][:, 0], K)
            P[i] -= np.outer(K, P[i][0])
        tock(ts, tk)
        est.append((range(len(x)), x[:, :, 0].copy()))
    return ts, score_multi(truth, est, m)


def scans_of(data, scn):
    folder = os.path.join(data, scn)
    m = read_meta(folder)
    z = read_csv(f"{folder}/meas.csv")
    return m, [z[z[:, 0] == k][:, 2:] for k in range(m["scans"])], read_csv(f"{folder}/truth.csv")


def motpy_full(data, scn, algo):
    from motpy import Detection, MultiObjectTracker
    m, scans, truth = scans_of(data, scn)
    d, half = m["dim"], 40.0                               # IoU matching needs boxes: +-40 m
    trk = MultiObjectTracker(dt=m["dt"], model_spec={
        "order_pos": 1, "dim_pos": d, "order_size": 0, "dim_size": d, "q_var_pos": m["q"],
        "r_var_pos": m["sigma"] ** 2}, matching_fn_kwargs={"min_iou": 0.05},
        active_tracks_kwargs={"min_steps_alive": 3, "max_staleness": 5})
    ts, est = [], []
    for z in scans:
        dets = [Detection(box=np.concatenate([p - half, p + half])) for p in z]
        tk = tick()
        act = trk.step(detections=dets)
        tock(ts, tk)
        est.append(([t.id for t in act], [(t.box[:d] + t.box[d:]) / 2 for t in act]))
    return ts, score_multi(truth, est, m)


def norfair_full(data, scn, algo):
    from norfair import Detection, Tracker
    m, scans, truth = scans_of(data, scn)
    trk = Tracker(distance_function="euclidean", distance_threshold=45.0, hit_counter_max=5,
                  initialization_delay=2)
    ts, est = [], []
    for z in scans:
        dets = [Detection(points=p.reshape(1, -1)) for p in z]
        tk = tick()
        act = trk.update(detections=dets)
        tock(ts, tk)
        est.append(([t.id for t in act], [t.estimate[0] for t in act]))
    return ts, score_multi(truth, est, m)


# ----------------------------------------------------------------------------------------------
# single ballistic object
# ----------------------------------------------------------------------------------------------
def ss_ballistic(data, scn, algo):
    """algo = FILTER:SENSOR:MODEL, FILTER in ekf ukf ckf iekf pf5000; SENSOR rae | raer;
    MODEL b6 (beta known) | b7 (ln beta estimated). First measurement + prior starts the track."""
    from datetime import datetime, timedelta
    from stonesoup.base import Property
    from stonesoup.models.base import TimeVariantModel
    from stonesoup.models.measurement.nonlinear import (
        CartesianToElevationBearingRange, CartesianToElevationBearingRangeRate)
    from stonesoup.models.transition.nonlinear import GaussianTransitionModel
    from stonesoup.types.array import CovarianceMatrix, StateVector, StateVectors
    from stonesoup.types.detection import Detection
    from stonesoup.types.hypothesis import SingleHypothesis
    from stonesoup.types.numeric import Probability
    from stonesoup.types.state import GaussianState, ParticleState
    filt, sensor, model = algo.split(":")
    folder = os.path.join(data, scn)
    m = read_meta(folder)
    truth, meas = read_csv(f"{folder}/truth.csv"), read_csv(f"{folder}/meas.csv")
    imp = read_csv(f"{folder}/impact.csv")
    lat, dt, nx = np.radians(m["lat_deg"]), m["dt"], 7 if model == "b7" else 6
    beta_known = m["beta"]

    class Ballistic(GaussianTransitionModel, TimeVariantModel):
        q: float = Property()

        @property
        def ndim_state(self):
            return nx

        def function(self, state, noise=False, **kwargs):
            h = kwargs["time_interval"].total_seconds()
            sv = np.asarray(state.state_vector, float)
            beta = np.exp(sv[6]) if nx == 7 else beta_known
            out = sv.copy()
            out[:6] = rk4(sv[:6], beta, lat, h)
            out = out.view(StateVectors) if sv.shape[1] > 1 else StateVector(out)
            if isinstance(noise, bool) or noise is None:
                noise = self.rvs(num_samples=sv.shape[1], **kwargs) if noise else 0
            return out + noise

        def covar(self, **kwargs):
            h = kwargs["time_interval"].total_seconds()
            Q = np.zeros((nx, nx))
            for i in (0, 2, 4):
                Q[i:i + 2, i:i + 2] = q_axis(self.q, h)
            if nx == 7:
                Q[6, 6] = 1e-6 * h                          # ln(beta) almost constant
            return CovarianceMatrix(Q)

    tm = Ballistic(m["q"])
    se, sa, sr, sd = m["sigma_el"], m["sigma_az"], m["sigma_r"], m["sigma_rdot"]
    if sensor == "rae":
        mm = CartesianToElevationBearingRange(nx, (0, 2, 4), np.diag([se ** 2, sa ** 2, sr ** 2]))
    else:
        mm = CartesianToElevationBearingRangeRate(
            nx, (0, 2, 4), np.diag([se ** 2, sa ** 2, sr ** 2, sd ** 2]), velocity_mapping=(1, 3, 5))
    if filt.startswith("pf"):
        from stonesoup.predictor.particle import ParticlePredictor
        from stonesoup.resampler.particle import ESSResampler
        from stonesoup.updater.particle import ParticleUpdater
        pred, upd = ParticlePredictor(tm), ParticleUpdater(mm, ESSResampler())
    else:
        from stonesoup.predictor import kalman as kp
        from stonesoup.updater import kalman as ku
        P_, U_ = {"ekf": ("Extended", "Extended"), "ukf": ("Unscented", "Unscented"),
                  "ckf": ("Cubature", "Cubature"), "iekf": ("Extended", "Iterated")}[filt]
        pred = getattr(kp, P_ + "KalmanPredictor")(tm)
        upd = getattr(ku, U_ + "KalmanUpdater")(mm)
        if filt == "ukf" and nx == 7:
            pred.kappa = upd.kappa = 0.0                    # 3-n would be negative
    t0 = datetime(2030, 1, 1)
    runs = m["runs"] if not filt.startswith("pf") else 10
    ts, err, verr, nees, berr, impact_err = [], [], [], [], [], {}
    err_t = {}
    rng = np.random.Generator(np.random.PCG64(99))
    np.random.seed(99)
    for run in range(runs):
        tr = truth[truth[:, 0] == run]
        z = meas[meas[:, 0] == run]
        x0 = np.zeros((nx, 1))
        x0[:6, 0] = tr[0, 2:8] + rng.standard_normal(6) * np.array([m["p0_pos"], m["p0_vel"]] * 3)
        P0 = np.zeros((nx, nx))
        P0[:6, :6] = np.diag([m["p0_pos"] ** 2, m["p0_vel"] ** 2] * 3)
        if nx == 7:
            x0[6], P0[6, 6] = np.log(m["beta0"]), m["sigma_lnbeta"] ** 2
        st = GaussianState(x0, P0, t0)
        if filt.startswith("pf"):
            n = int(filt[2:])
            smp = rng.multivariate_normal(x0[:, 0], P0, n).T
            st = ParticleState(StateVectors(smp), weight=np.array([Probability(1 / n)] * n),
                               timestamp=t0)
        last, checks = 0, {30, 60, 120, 180, 210, 240}
        for row in z:
            k = int(row[1])
            when = t0 + timedelta(seconds=k * dt)
            vec = [row[4], row[3], row[2]] + ([row[5]] if sensor == "raer" else [])
            tk = tick()
            if k == 0:
                p = st
            else:
                p = pred.predict(st, timestamp=when)
            st = upd.update(SingleHypothesis(p, Detection(
                StateVector(vec), timestamp=when, measurement_model=mm)))
            tock(ts, tk)
            mean = np.asarray(st.mean, float).ravel()
            e = tr[k, 2:8] - mean[:6]
            if k >= 30:
                err.append(e[::2] @ e[::2])
                verr.append(e[1::2] @ e[1::2])
                if not filt.startswith("pf"):
                    P = np.asarray(st.covar, float)[:6, :6]
                    nees.append(e @ np.linalg.solve(P, e))
            err_t.setdefault(k, []).append(e[::2] @ e[::2])
            if nx == 7:
                berr.append((k, np.exp(mean[6])))
            if any(last < c <= k for c in checks):
                b = np.exp(mean[6]) if nx == 7 else beta_known
                _, ix, iy = impact(mean[:6], b, lat)
                key = max(c for c in checks if last < c <= k)
                impact_err.setdefault(key, []).append((ix - imp[run, 2]) ** 2 + (iy - imp[run, 3]) ** 2)
            last = k
    out = dict(rmse=np.sqrt(np.mean(err)), vel_rmse=np.sqrt(np.mean(verr)), runs=runs,
               rmse_t={str(k): round(float(np.sqrt(np.mean(err_t[k]))), 1)
                       for k in (10, 30, 60, 120, 180, 220, 240) if k in err_t},
               impact_rmse={str(k): round(float(np.sqrt(np.nanmean(v))), 1)
                            for k, v in sorted(impact_err.items())})
    if nees:
        out["nees_over_6"] = float(np.mean(nees) / 6)
    if berr:
        kmax = int(truth[:, 1].max())
        late = [b for k, b in berr if k > kmax - 15]
        out["beta_end"] = f"{np.mean(late):.0f}+-{np.std(late):.0f}"
    return ts, out


# ----------------------------------------------------------------------------------------------
# manoeuvre: FilterPy IMM (Stone Soup 1.9 has none for Gaussian states)
# ----------------------------------------------------------------------------------------------
def filterpy_man(data, scn, algo):
    from filterpy.kalman import IMMEstimator, KalmanFilter
    folder = os.path.join(data, scn)
    m = read_meta(folder)
    truth, meas = read_csv(f"{folder}/truth.csv"), read_csv(f"{folder}/meas.csv")

    def kf(q, z0):
        f = KalmanFilter(4, 2)
        f.F = np.kron(np.eye(2), [[1, m["dt"]], [0, 1]])
        f.Q = np.kron(np.eye(2), q_axis(q, m["dt"]))
        f.H = np.array([[1.0, 0, 0, 0], [0, 0, 1.0, 0]])
        f.R = np.eye(2) * m["sigma"] ** 2
        f.x = np.array([z0[0], 0, z0[1], 0.0]).reshape(4, 1)
        f.P = np.diag([m["sigma"] ** 2, 300.0 ** 2] * 2)
        return f
    ts, err = [], []
    seg = {"straight": [], "turn3g": [], "turn1g": []}
    for run in range(m["runs"]):
        z, tr = meas[meas[:, 0] == run], truth[truth[:, 0] == run]
        if algo == "filterpy_imm2":                        # CV q=0.1 + CV q=500
            f = IMMEstimator([kf(0.1, z[0, 2:]), kf(500.0, z[0, 2:])], [0.5, 0.5],
                             np.array([[0.95, 0.05], [0.05, 0.95]]))
        else:
            f = kf(float(algo.split("_q")[1]), z[0, 2:])
        for k in range(1, m["scans"]):
            tk = tick()
            f.predict()
            f.update(z[k, 2:].reshape(2, 1))
            tock(ts, tk)
            x = np.asarray(f.x).ravel()
            e = (x[0] - tr[k, 2]) ** 2 + (x[2] - tr[k, 4]) ** 2
            if k >= 10:
                err.append(e)
                seg["turn3g" if 50 < k <= 70 else "turn1g" if 100 < k <= 125 else "straight"].append(e)
    return ts, dict(rmse=np.sqrt(np.mean(err)),
                    rmse_t={k: round(float(np.sqrt(np.mean(v))), 2) for k, v in seg.items()})


def micro(data, scn, algo):
    """one 6-state / 3-measurement linear predict+update, called 2000 times (per-call time)."""
    F = np.kron(np.eye(3), [[1, 1.0], [0, 1]])
    Q = np.kron(np.eye(3), q_axis(0.1, 1.0))
    H = np.zeros((3, 6))
    H[[0, 1, 2], [0, 2, 4]] = 1
    R, P0 = np.eye(3) * 100.0, np.diag([100.0, 9.0] * 3)
    ts = []
    z = np.random.default_rng(0).standard_normal((2000, 3, 1)) * 10
    if algo == "micro_numpy":
        x, P = np.zeros((6, 1)), P0
        for k in range(2000):
            tk = tick()
            x, P = F @ x, F @ P @ F.T + Q
            S = H @ P @ H.T + R
            K = np.linalg.solve(S, H @ P).T
            x = x + K @ (z[k] - H @ x)
            P = P - K @ S @ K.T
            tock(ts, tk)
    elif algo == "micro_filterpy":
        from filterpy.kalman import KalmanFilter
        f = KalmanFilter(6, 3)
        f.F, f.Q, f.H, f.R, f.P = F, Q, H, R, P0.copy()
        for k in range(2000):
            tk = tick()
            f.predict(), f.update(z[k])
            tock(ts, tk)
    elif algo == "micro_pykalman":
        from pykalman import KalmanFilter
        f = KalmanFilter(F, H, Q, R)
        x, P = np.zeros(6), P0
        for k in range(2000):
            tk = tick()
            x, P = f.filter_update(x, P, z[k, :, 0])
            tock(ts, tk)
    else:
        from datetime import datetime, timedelta
        from stonesoup.models.measurement.linear import LinearGaussian
        from stonesoup.models.transition.linear import (
            CombinedLinearGaussianTransitionModel, ConstantVelocity)
        from stonesoup.predictor.kalman import KalmanPredictor
        from stonesoup.types.detection import Detection
        from stonesoup.types.hypothesis import SingleHypothesis
        from stonesoup.types.state import GaussianState
        from stonesoup.updater.kalman import KalmanUpdater
        mm = LinearGaussian(6, (0, 2, 4), R)
        p = KalmanPredictor(CombinedLinearGaussianTransitionModel([ConstantVelocity(0.1)] * 3))
        u = KalmanUpdater(mm)
        t = datetime(2030, 1, 1)
        st = GaussianState(np.zeros((6, 1)), P0, t)
        for k in range(2000):
            t += timedelta(seconds=1)
            det = Detection(z[k], timestamp=t, measurement_model=mm)
            tk = tick()
            st = u.update(SingleHypothesis(p.predict(st, timestamp=t), det))
            tock(ts, tk)
    return ts, {}


# ----------------------------------------------------------------------------------------------
# cases
# ----------------------------------------------------------------------------------------------
def cases():
    lin = [f"lin{d}d_n{n:03d}" for d in (2, 3) for n in (5, 20, 100, 500)] + ["lin2d_n020_dense"]
    for s in lin:
        for a in ("nn", "gnn", "gnn2d", "gnn2d_kdtree", "pda", "jpda", "jpda_lbp", "jpda_ehm",
                  "jpda_ehm2", "jpda_ehm2_kdtree", "jpda_pyehm2"):
            yield s, f"known/{a}"
    for s in lin:
        yield s, "oracle"
    for s in lin + ["lin2d_n100_bd"]:
        for a in ("gnn2d", "gnn2d_kdtree", "jpda_ehm2", "jpda_ehm2_kdtree", "jpda_lbp"):
            yield s, f"full/{a}"
        yield s, "full/motpy"
        yield s, "full/norfair"
        yield s, "gmphd"
    for n in (20, 100, 500):
        yield f"lin2d_n{n:03d}", "metric/gospa"
    for f in ("ekf", "iekf", "ukf", "ckf", "pf1000", "pf10000"):
        for s in ("rae", "raer"):
            for mo in ("b6", "b7"):
                yield "ballistic", f"{f}:{s}:{mo}"
    for a in ("filterpy_imm2", "filterpy_kf_q0.1", "filterpy_kf_q50", "filterpy_kf_q500"):
        yield "manoeuvre", a
    for a in ("micro_numpy", "micro_filterpy", "micro_pykalman", "micro_stonesoup"):
        yield "micro", a


def run_case(data, scn, algo):
    if algo.startswith("known/"):
        fn, arg = ss_known, algo[6:]
    elif algo == "oracle":
        fn, arg = oracle, algo
    elif algo == "full/motpy":
        fn, arg = motpy_full, algo
    elif algo == "full/norfair":
        fn, arg = norfair_full, algo
    elif algo.startswith("full/"):
        fn, arg = ss_full, algo[5:]
    elif algo == "gmphd":
        fn, arg = ss_gmphd, algo
    elif algo == "metric/gospa":
        fn, arg = ss_metric, algo
    elif scn == "ballistic":
        fn, arg = ss_ballistic, algo
    elif scn == "manoeuvre":
        fn, arg = filterpy_man, algo
    else:
        fn, arg = micro, algo
    ts, res = fn(data, scn, arg)
    wall, cpu = np.array(ts).T * 1e3
    out = dict(scenario=scn, algo=algo, cpu_ms=float(cpu.mean()), ms_mean=float(wall.mean()),
               ms_median=float(np.median(wall)), ms_p95=float(np.percentile(wall, 95)),
               ms_max=float(wall.max()), total_s=float(wall.sum() / 1e3), steps=len(ts),
               load1=os.getloadavg()[0])
    out.update({k: (v if isinstance(v, (dict, str, int)) else round(float(v), 4))
                for k, v in res.items()})
    return out


def run_all(a):
    rx = re.compile(a.only or ".")
    done, old = set(), []
    if os.path.exists(a.out):
        with open(a.out) as f:
            old = list(csv.DictReader(f))
            done = {(r["scenario"], r["algo"]) for r in old}
    cols = ["scenario", "algo", "reps", "cpu_ms", "cpu_ms_min", "cpu_ms_max", "ms_mean", "ms_median",
            "ms_p95", "ms_max", "load1", "total_s", "gospa", "ospa", "rmse", "missed", "false", "switches", "kept", "extra"]
    new = not os.path.exists(a.out)
    with open(a.out, "a", newline="") as f:
        w = csv.DictWriter(f, cols, extrasaction="ignore")
        if new:
            w.writeheader()
        # algo families that already ran out of time at a smaller size
        skip = {(r["scenario"].split("_n")[0], r["algo"]) for r in old
                if r["extra"].startswith(("over", "skipped"))}
        for scn, algo in cases():
            if not rx.search(f"{scn} {algo}") or (scn, algo) in done:
                continue
            row = dict(scenario=scn, algo=algo)
            base = (scn.split("_n")[0], algo)
            if base in skip and "dense" not in scn and "_bd" not in scn:
                row["extra"] = f"skipped: smaller size already over {a.limit} s"
                w.writerow(row), f.flush()
                continue
            rs = []
            for _ in range(a.reps):
                p = subprocess.Popen([a.python or sys.executable, os.path.abspath(__file__), "case",
                                      "--data", a.data, scn, algo],
                                     stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
                try:
                    o, e = p.communicate(timeout=a.limit)
                except subprocess.TimeoutExpired:
                    p.kill()
                    p.communicate()
                    row["extra"] = f"over {a.limit} s"
                    skip.add(base)
                    break
                if p.returncode:
                    row["extra"] = "error: " + e.strip().splitlines()[-1][:160]
                    if "Memory" in row["extra"] or p.returncode < 0:
                        skip.add(base)
                    break
                rs.append(json.loads(o.strip().splitlines()[-1]))
                if rs[0]["total_s"] > 20:                  # long case: one repetition
                    break
            if rs:
                r = sorted(rs, key=lambda r: r["cpu_ms"])[len(rs) // 2]
                row.update({k: v for k, v in r.items() if k in cols})
                row["reps"] = len(rs)
                for c in ("cpu_ms", "ms_mean", "ms_median"):
                    row[c] = statistics.median(x[c] for x in rs)
                row["cpu_ms_min"] = min(x["cpu_ms"] for x in rs)
                row["cpu_ms_max"] = max(x["cpu_ms"] for x in rs)
                ex = {k: v for k, v in r.items() if k not in cols and
                      (k != "steps" or scn.endswith("n500"))}
                row["extra"] = (row.get("extra", "") + " " + (json.dumps(ex) if ex else "")).strip()
            w.writerow({k: (round(v, 4) if isinstance(v, float) else v) for k, v in row.items()})
            f.flush()
            print(scn, algo, row.get("cpu_ms"), row.get("gospa"), row.get("rmse"),
                  row.get("extra", ""), flush=True)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    sub = ap.add_subparsers(dest="cmd", required=True)
    here = os.path.dirname(os.path.abspath(__file__))
    for name in ("gen", "list", "run", "case"):
        p = sub.add_parser(name)
        p.add_argument("--data", default=os.path.join(here, "data"))
        if name == "run":
            p.add_argument("--out", default=os.path.join(here, "results.csv"))
            p.add_argument("--only")
            p.add_argument("--reps", type=int, default=3)
            p.add_argument("--limit", type=float, default=180.0)
            p.add_argument("--python", help="interpreter for the cases (default: this one)")
        if name == "case":
            p.add_argument("scenario")
            p.add_argument("algo")
    a = ap.parse_args()
    if a.cmd == "gen":
        generate(a.data)
    elif a.cmd == "list":
        for c in cases():
            print(*c)
    elif a.cmd == "run":
        run_all(a)
    else:
        print(json.dumps(run_case(a.data, a.scenario, a.algo)))


if __name__ == "__main__":
    main()
