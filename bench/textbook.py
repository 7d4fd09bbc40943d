#!/usr/bin/env python3
"""Textbook single-object benchmarks, vectorised over Monte Carlo runs (numpy only).

    textbook.py reentry  [--runs 100] [--dump DIR]
        Julier-Uhlmann re-entry vehicle (Proc. IEEE 92(3) 2004; numbers of the EKF/UKF toolbox,
        demos/reentry_demo/reentry_param.m): km, km/s, rad; 2000 steps of 0.1 s, Euler dynamics.
    textbook.py farina   [--runs 200] [--dump DIR]
        2-D ballistic re-entry in the form of Farina-Ristic-Benvenuti 2002 (state x vx y vy, known
        ballistic coefficient), EKF / UKF / CKF against the posterior Cramer-Rao bound.
    textbook.py atc      [--runs 500] [--dump DIR]
        Air-traffic-control manoeuvre of Bar-Shalom/Li/Kirubarajan (2001) 11.7.4, with the settings
        of the (public domain) NRL Tracker Component Library's demoMultipleModelFiltering.m:
        2-D, T = 5 s, sigma 100 m; Kalman filter against a 2-model IMM.
--dump writes truth.csv / meas.csv (run,scan,...) and init.csv of the first runs (5 and 50), and
ref.csv (run,filter,pos_rmse: this script's own result), so that another engine can be compared
run by run on the same numbers.
"""
import argparse
import os

import numpy as np


# ------------------------------------------------------------------ batched filters (B runs)
def sym(P):
    return 0.5 * (P + P.transpose(0, 2, 1))


def num_jac(f, x, scale):
    """x (B,n) -> (B,m,n) by central differences with per-component steps."""
    cols = []
    for i, h in enumerate(scale):
        d = np.zeros(x.shape[1])
        d[i] = h
        cols.append((f(x + d) - f(x - d)) / (2 * h))
    return np.stack(cols, axis=2)


def sigma(x, P, kind):
    B, n = x.shape
    L = np.linalg.cholesky(P)
    if kind == "ckf":
        c = np.sqrt(n)
        w = np.full(2 * n, 0.5 / n)
        pts = [x + c * L[:, :, i] for i in range(n)] + [x - c * L[:, :, i] for i in range(n)]
        return np.stack(pts, 1), w, w
    lam = 3.0 - n if kind == "ukf" else 0.0                  # kappa = 3 - n
    c = np.sqrt(n + lam)
    w = np.full(2 * n + 1, 0.5 / (n + lam))
    w[0] = lam / (n + lam)
    pts = [x] + [x + c * L[:, :, i] for i in range(n)] + [x - c * L[:, :, i] for i in range(n)]
    return np.stack(pts, 1), w, w


def run_filter(kind, f, h, Q, R, x0, P0, Z, scale, smooth=False):
    """x0 (n,) or (B,n), Z (T,B,m). predict, then update, at every step. -> means (T,B,n), covs."""
    T, B, _ = Z.shape
    x = np.array(np.broadcast_to(x0, (B, x0.shape[-1])))
    P = np.repeat(P0[None], B, 0)
    xs, Ps, xp, Pp, C = [], [], [], [], []
    for k in range(T):
        if kind == "ekf":
            F = num_jac(f, x, scale)
            xn = f(x)
            Pn = F @ P @ F.transpose(0, 2, 1) + Q
            cross = P @ F.transpose(0, 2, 1)
        else:
            S, w, wc = sigma(x, P, kind)
            Y = np.stack([f(S[:, i]) for i in range(S.shape[1])], 1)
            xn = np.einsum("i,bij->bj", w, Y)
            D = Y - xn[:, None]
            Pn = sym(np.einsum("i,bij,bik->bjk", wc, D, D) + Q)
            cross = np.einsum("i,bij,bik->bjk", wc, S - x[:, None], D)
        xp.append(xn), Pp.append(Pn), C.append(cross)
        if kind == "ekf":
            H = num_jac(h, xn, scale)
            zp = h(xn)
            Sz = H @ Pn @ H.transpose(0, 2, 1) + R
            Cz = Pn @ H.transpose(0, 2, 1)
        else:
            S, w, wc = sigma(xn, Pn, kind)
            Y = np.stack([h(S[:, i]) for i in range(S.shape[1])], 1)
            zp = np.einsum("i,bij->bj", w, Y)
            D = Y - zp[:, None]
            Sz = np.einsum("i,bij,bik->bjk", wc, D, D) + R
            Cz = np.einsum("i,bij,bik->bjk", wc, S - xn[:, None], D)
        K = np.linalg.solve(Sz, Cz.transpose(0, 2, 1)).transpose(0, 2, 1)
        x = xn + np.einsum("bij,bj->bi", K, Z[k] - zp)
        P = sym(Pn - K @ Sz @ K.transpose(0, 2, 1))
        xs.append(x), Ps.append(P)
    if not smooth:
        return np.array(xs), np.array(Ps)
    ms, Pk = [xs[-1]], Ps[-1]
    for k in range(T - 2, -1, -1):                           # Rauch-Tung-Striebel
        G = np.linalg.solve(Pp[k + 1], C[k + 1].transpose(0, 2, 1)).transpose(0, 2, 1)
        ms.append(xs[k] + np.einsum("bij,bj->bi", G, ms[-1] - xp[k + 1]))
        Pk = Ps[k] + G @ (Pk - Pp[k + 1]) @ G.transpose(0, 2, 1)
    return np.array(ms[::-1]), None


def dump(folder, truth, Z, names, meas_names, n, init):
    """init (B,n): the filters' starting means (covariance: see the code)."""
    os.makedirs(folder, exist_ok=True)
    truth, Z = truth[:, :n], Z[:, :n]
    with open(f"{folder}/init.csv", "w") as f:
        f.write("run," + ",".join(names) + "\n")
        for b in range(n):
            f.write(f"{b}," + ",".join("%.10g" % v for v in init[b]) + "\n")
    with open(f"{folder}/truth.csv", "w") as f:
        f.write("run,scan," + ",".join(names) + "\n")
        for b in range(truth.shape[1]):
            for k in range(truth.shape[0]):
                f.write(f"{b},{k}," + ",".join("%.10g" % v for v in truth[k, b]) + "\n")
    with open(f"{folder}/meas.csv", "w") as f:
        f.write("run,scan," + ",".join(meas_names) + "\n")
        for b in range(Z.shape[1]):
            for k in range(Z.shape[0]):
                f.write(f"{b},{k}," + ",".join("%.12g" % v for v in Z[k, b]) + "\n")
    print("wrote", folder)


# ------------------------------------------------------------------ Julier-Uhlmann re-entry
def reentry(runs, out):
    b0, H0, Gm0, R0, dt = -0.59783, 13.406, 3.9860e5, 6374.0, 0.1
    xr, yr, vr, va = R0, 0.0, (1e-3) ** 2, (0.17e-3) ** 2
    rng = np.random.Generator(np.random.PCG64(2004))

    def f(x):
        R, V = np.hypot(x[:, 0], x[:, 1]), np.hypot(x[:, 2], x[:, 3])
        D = b0 * np.exp(x[:, 4]) * np.exp((R0 - R) / H0) * V
        G = -Gm0 / R ** 3
        return np.stack([x[:, 0] + dt * x[:, 2], x[:, 1] + dt * x[:, 3],
                         x[:, 2] + dt * (D * x[:, 2] + G * x[:, 0]),
                         x[:, 3] + dt * (D * x[:, 3] + G * x[:, 1]), x[:, 4]], 1)

    def h(x):
        return np.stack([np.hypot(x[:, 0] - xr, x[:, 1] - yr),
                         np.arctan2(x[:, 1] - yr, x[:, 0] - xr)], 1)
    T = 2000
    x = np.array([6500.4, 349.14, -1.8093, -6.7967, 0.6932]) + np.sqrt(
        np.array([1e-6, 1e-6, 1e-6, 1e-6, 0])) * rng.standard_normal((runs, 5))
    qc = 2.4064e-5 / 0.1
    X, Z = [], []
    for _ in range(T):
        x = f(x)
        x[:, 2:4] += np.sqrt(dt * qc) * rng.standard_normal((runs, 2))
        X.append(x)
        Z.append(h(x) + np.array([np.sqrt(vr), np.sqrt(va)]) * rng.standard_normal((runs, 2)))
    X, Z = np.array(X), np.array(Z)
    x0 = np.array([6500.4, 349.14, -1.8093, -6.7967, 0.0])
    ref = []
    P0 = np.diag([1e-6, 1e-6, 1e-6, 1e-6, 1.0])
    Q = np.diag([0, 0, qc * dt, qc * dt, 1e-6 / 0.1 * dt])
    R = np.diag([vr, va])
    scale = np.array([1e-3, 1e-3, 1e-5, 1e-5, 1e-5])
    print(f"re-entry, {runs} runs; rmse = mean over runs of sqrt(mean_k |pos error|^2), metres")
    for kind in ("ekf", "ukf", "ckf"):
        for sm in (False, True):
            xs, _ = run_filter(kind, f, h, Q, R, x0, P0, Z, scale, sm)
            e = np.sqrt(np.mean(np.sum((xs[:, :, :2] - X[:, :, :2]) ** 2, 2), 0)) * 1e3
            ref += [(b, kind + ("+rts" if sm else ""), e[b]) for b in range(min(5, runs))]
            e5 = np.sqrt(np.mean((xs[1000:, :, 4] - X[1000:, :, 4]) ** 2))
            print(f"  {kind}{' + RTS' if sm else '      '}: {e.mean():.3f} +- {e.std() / np.sqrt(runs):.3f} m"
                  f"   x5 rmse (t > 100 s) {e5:.4f}   first 5 runs: " +
                  " ".join(f"{v:.3f}" for v in e[:5]))
    if out:
        folder = os.path.join(out, "reentry2d")
        dump(folder, X, Z, ["x", "y", "vx", "vy", "x5"], ["range", "bearing"], 5,
             np.repeat(x0[None], 5, 0))
        write_ref(folder, ref)


def write_ref(folder, ref):
    with open(f"{folder}/ref.csv", "w") as f:
        f.write("run,filter,pos_rmse_m\n")
        for r in sorted(ref):
            f.write("%d,%s,%.6f\n" % r)


# ------------------------------------------------------------------ Farina-Ristic-Benvenuti form
def farina(runs, out):
    g, beta, T, N = 9.81, 40000.0, 2.0, 60
    q, sr, se = 1.0, 100.0, 0.017
    rng = np.random.Generator(np.random.PCG64(2002))
    Phi = np.kron(np.eye(2), np.array([[1, T], [0, 1]]))
    G = np.kron(np.eye(2), np.array([[T * T / 2], [T]]))
    th = np.array([[T ** 3 / 3, T ** 2 / 2], [T ** 2 / 2, T]])
    Q = q * np.kron(np.eye(2), th)
    L = np.linalg.cholesky(Q)

    def rho(y):
        return np.where(y < 9144, 1.227 * np.exp(-1.093e-4 * y), 1.754 * np.exp(-1.49e-4 * y))

    def f(s):
        a = -0.5 * g / beta * rho(s[:, 2]) * np.hypot(s[:, 1], s[:, 3])
        u = np.stack([a * s[:, 1], a * s[:, 3] - g], 1)
        return s @ Phi.T + u @ G.T

    def h(s):
        return np.stack([np.hypot(s[:, 0], s[:, 2]), np.arctan2(s[:, 2], s[:, 0])], 1)
    gam = np.radians(190.0)
    s0 = np.array([232e3, 2290 * np.cos(gam), 88e3, 2290 * np.sin(gam)])
    R = np.diag([sr ** 2, se ** 2])
    X, Z, s = [], [], np.repeat(s0[None], runs, 0)
    x = s
    for _ in range(N):
        x = f(x) + rng.standard_normal((runs, 4)) @ L.T
        X.append(x)
        Z.append(h(x) + np.array([sr, se]) * rng.standard_normal((runs, 2)))
    X, Z = np.array(X), np.array(Z)
    P0 = np.diag([1000.0 ** 2, 100.0 ** 2, 1000.0 ** 2, 100.0 ** 2])
    ref = []
    init = s0 + rng.standard_normal((runs, 4)) @ np.sqrt(P0)
    scale = np.array([1.0, 0.01, 1.0, 0.01])
    # posterior CRLB (Tichavsky recursion, expectations over the simulated truths)
    J = np.linalg.inv(P0)
    Qi, Ri = np.linalg.inv(Q), np.linalg.inv(R)
    prev, bound = np.repeat(s0[None], runs, 0), []
    for k in range(N):
        F, H = num_jac(f, prev, scale), num_jac(h, X[k], scale)
        D11 = np.mean(F.transpose(0, 2, 1) @ Qi @ F, 0)
        D12 = -np.mean(F.transpose(0, 2, 1), 0) @ Qi
        J = Qi + np.mean(H.transpose(0, 2, 1) @ Ri @ H, 0) - D12.T @ np.linalg.solve(J + D11, D12)
        C = np.linalg.inv(J)
        bound.append([np.sqrt(C[0, 0] + C[2, 2]), np.sqrt(C[1, 1] + C[3, 3])])
        prev = X[k]
    bound = np.array(bound)
    ks = [4, 9, 19, 29, 39, 49, 59]
    print(f"ballistic 2-D, {runs} runs, T={T} s, q={q}, beta={beta}; columns t = {[T * (k + 1) for k in ks]} s")
    print("  PCRLB pos m  ", " ".join(f"{bound[k, 0]:8.1f}" for k in ks))
    print("  PCRLB vel m/s", " ".join(f"{bound[k, 1]:8.2f}" for k in ks))
    for kind in ("ekf", "ukf", "ckf"):
        xs, Ps = run_filter(kind, f, h, Q, R, init, P0, Z, scale)
        e = xs - X
        pos = np.sqrt(np.mean(e[:, :, 0] ** 2 + e[:, :, 2] ** 2, 1))
        vel = np.sqrt(np.mean(e[:, :, 1] ** 2 + e[:, :, 3] ** 2, 1))
        pr = np.sqrt(np.mean(e[:, :, 0] ** 2 + e[:, :, 2] ** 2, 0))
        ref += [(b, kind, pr[b]) for b in range(min(50, runs))]
        nees = np.mean(np.einsum("tbi,tbi->tb", e, np.linalg.solve(Ps, e[..., None])[..., 0]), 1) / 4
        print(f"  {kind} pos rmse ", " ".join(f"{pos[k]:8.1f}" for k in ks), f"  nees/n {nees[10:].mean():.3f}")
        print(f"  {kind} vel rmse ", " ".join(f"{vel[k]:8.2f}" for k in ks),
              f"  pos rmse/PCRLB, mean over k>10: {np.mean(pos[10:] / bound[10:, 0]):.3f}")
    if out:
        folder = os.path.join(out, "farina2d")
        dump(folder, X, Z, ["x", "vx", "y", "vy"], ["range", "elevation"], min(50, runs), init)
        write_ref(folder, ref)


# ------------------------------------------------------------------ ATC manoeuvre, IMM
def atc(runs, out):
    from scipy.linalg import expm
    T, sig = 5.0, 100.0
    rng = np.random.Generator(np.random.PCG64(2001))
    x, truth, mode = np.array([25e3, -120.0, 10e3, 0.0]), [], []
    truth.append(x)
    mode.append("line")
    for dur, w in ((125, 0.0), (90, 1.0), (125, 0.0), (30, -3.0), (125, 0.0)):
        w = np.radians(w)
        for _ in range(int(dur / T)):
            px, vx, py, vy = truth[-1]
            if w:
                s, c = np.sin(w * T), np.cos(w * T)
                nx = [px + (s * vx - (1 - c) * vy) / w, c * vx - s * vy,
                      py + ((1 - c) * vx + s * vy) / w, s * vx + c * vy]
            else:
                nx = [px + T * vx, vx, py + T * vy, vy]
            truth.append(np.array(nx))
            mode.append("turn1" if w > 0 else "turn3" if w < 0 else "line")
    X = np.repeat(np.array(truth)[:, None], runs, 1)
    Z = X[:, :, ::2] + sig * rng.standard_normal((len(truth), runs, 2))
    F = np.kron(np.eye(2), [[1, T], [0, 1]])
    H = np.array([[1.0, 0, 0, 0], [0, 0, 1.0, 0]])
    R = np.eye(2) * sig ** 2
    G = np.array([[T ** 4 / 4, T ** 3 / 2], [T ** 3 / 2, T ** 2]])

    def q(a):
        return np.kron(np.eye(2), a * a * G)
    Pi = expm(np.array([[-0.005, 0.005], [0.04, -0.04]]) * T)
    x0 = np.zeros((runs, 4))
    x0[:, ::2] = Z[0]
    P0 = np.diag([sig ** 2, 300.0 ** 2] * 2)

    def imm(qs, Pi):
        M = len(qs)
        xs = np.repeat(x0[:, None], M, 1)
        Ps = np.broadcast_to(P0, (runs, M, 4, 4)).copy()
        mu = np.full((runs, M), 1.0 / M)
        est, mus = [x0], [mu]
        for k in range(1, len(truth)):
            cbar = mu @ Pi
            w = Pi[None] * mu[:, :, None] / cbar[:, None]            # w[b, i, j]
            xm = np.einsum("bij,bin->bjn", w, xs)
            d = xs[:, :, None] - xm[:, None]
            Pm = np.einsum("bij,binm->bjnm", w, Ps) + np.einsum("bij,bijn,bijm->bjnm", w, d, d)
            L = np.zeros((runs, M))
            for j in range(M):
                xp = xm[:, j] @ F.T
                Pp = F @ Pm[:, j] @ F.T + qs[j]
                S = H @ Pp @ H.T + R
                K = np.linalg.solve(S, H @ Pp).transpose(0, 2, 1)
                y = Z[k] - xp @ H.T
                xs[:, j] = xp + np.einsum("bij,bj->bi", K, y)
                Ps[:, j] = sym(Pp - K @ S @ K.transpose(0, 2, 1))
                L[:, j] = np.exp(-0.5 * np.einsum("bi,bi->b", y, np.linalg.solve(S, y[..., None])[..., 0])
                                 ) / np.sqrt(np.linalg.det(S))
            mu = cbar * L
            mu /= mu.sum(1, keepdims=True)
            est.append(np.einsum("bj,bjn->bn", mu, xs))
            mus.append(mu)
        return np.array(est), np.array(mus)
    mode = np.array(mode)
    ref = []
    print(f"ATC, {runs} runs, {len(truth)} samples; position rmse in m over samples >= 5")
    for name, qs, pi in (("kf a=1.0", [q(1.0)], np.ones((1, 1))), ("kf a=0.1", [q(0.1)], np.ones((1, 1))),
                         ("kf a=2.0", [q(2.0)], np.ones((1, 1))),
                         ("imm a=0.1,2.0", [q(0.1), q(2.0)], Pi)):
        est, mus = imm(qs, pi)
        e2 = np.sum((est[:, :, ::2] - X[:, :, ::2]) ** 2, 2)
        sel = np.arange(len(truth)) >= 5
        ref += [(b, name.replace(",", "/"), np.sqrt(e2[sel, b].mean())) for b in range(min(20, runs))]
        print(f"  {name:14s} all {np.sqrt(e2[sel].mean()):7.2f}  " + "  ".join(
            f"{m} {np.sqrt(e2[sel & (mode == m)].mean()):7.2f}" for m in ("line", "turn1", "turn3")) +
            f"   peak {np.sqrt(e2[5:].mean(1)).max():7.2f}")
    if out:
        folder = os.path.join(out, "atc2d")
        dump(folder, X, Z, ["x", "vx", "y", "vy"], ["x", "y"], min(20, runs), x0)
        write_ref(folder, ref)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    ap.add_argument("what", choices=["reentry", "farina", "atc"])
    ap.add_argument("--runs", type=int, default=100)
    ap.add_argument("--dump")
    a = ap.parse_args()
    {"reentry": reentry, "farina": farina, "atc": atc}[a.what](a.runs, a.dump)


if __name__ == "__main__":
    main()
