"""Seeded scenarios that the trackers of `peers.py` are run on, as CSV files.

FILES (one folder per scenario; every number is plain decimal text, SI units, radians)
  meta.csv    key,value
  linear scenarios (D = 2 or 3; columns z/vz only when D = 3)
    truth.csv   scan,id,x,vx,y,vy[,z,vz]        truth at every scan; target absent -> no row
    init.csv    id,x,vx,y,vy[,z,vz]             track means at scan 0 for the `known` mode;
                                                covariance = diag(p0_pos^2, p0_vel^2, ...)
    meas.csv    scan,truth_id,x,y[,z]           truth_id = -1 for clutter (for scoring only).
                                                Rows are shuffled inside a scan.
  ballistic scenario
    truth.csv   run,scan,x,vx,y,vy,z,vz,beta    ENU at the radar, one row per scan
    meas.csv    run,scan,range,az,el,rdot       az = atan2(y, x) (from +x/East towards +y/North),
                                                el = asin(z / range); a missed scan has no row
    impact.csv  run,t,x,y                       when and where z crosses 0
  manoeuvre scenario
    truth.csv   run,scan,x,vx,y,vy              meas.csv   run,scan,x,y

LINEAR MODEL  F = [[1,dt],[0,1]], Q = q [[dt^3/3, dt^2/2],[dt^2/2, dt]] per axis, z = x + N(0, R).
  Targets start uniformly in a cube of side L and head for another uniform point of it.
  Clutter: Poisson(lambda) points per scan, uniform over that cube.

BALLISTIC MODEL (`ballistic_deriv`)  rotating spherical Earth, ENU frame at the radar:
  a = -mu (p-c)/|p-c|^3 - 2 w x v - w x (w x (p-c)) - 0.5 rho(h) |v| v / beta + white noise(q)
  c = (0, 0, -RE), h = |p-c| - RE, w = WE (0, cos lat, sin lat);
  rho = 1.227 exp(-1.093e-4 h) below 9144 m, 1.754 exp(-1.49e-4 h) above (the constants of the
  Farina-Ristic-Benvenuti re-entry papers).
  Filters integrate it with one RK4 step per scan; Q is that of the linear model, per axis.
"""
import os

import numpy as np

LINEAR = {}


def _lin(name, dim, n, spacing, seed, lam=None, birth_death=False):
    LINEAR[name] = dict(kind="linear", dim=dim, n=n, scans=100, dt=1.0, q=0.1, sigma=10.0, pd=0.9,
                        side=round(spacing * n ** (1.0 / dim), 3), lam=float(lam if lam is not None
                                                                            else n),
                        seed=seed, p0_pos=10.0, p0_vel=3.0, birth_death=int(birth_death), c=50.0,
                        warmup=10)


for _n in (5, 20, 100, 500):
    _lin(f"lin2d_n{_n:03d}", 2, _n, 200.0, 1000 + _n)
    _lin(f"lin3d_n{_n:03d}", 3, _n, 120.0, 3000 + _n)
_lin("lin2d_n020_dense", 2, 20, 70.0, 2020)           # ~1.5 others + ~1.5 false per 3.7-sigma gate
_lin("lin2d_n100_bd", 2, 100, 200.0, 2101, birth_death=True)
BALLISTIC = dict(kind="ballistic", runs=50, dt=1.0, q=0.001, sigma_r=30.0, sigma_az=1e-3,
                 sigma_el=1e-3, sigma_rdot=1.0, pd=0.9, lat_deg=45.0, seed=7001, beta=1500.0,
                 beta0=1000.0, sigma_lnbeta=0.5, p0_pos=500.0, p0_vel=50.0)
MANOEUVRE = dict(kind="manoeuvre", runs=50, dt=1.0, sigma=20.0, seed=8001, scans=150)

MU, RE, WE = 3.986004418e14, 6371000.0, 7.292115e-5


def rho(h):
    return np.where(h < 9144.0, 1.227 * np.exp(-1.093e-4 * h), 1.754 * np.exp(-1.49e-4 * h))


def ballistic_deriv(s, beta, lat):
    """s: (6, n) = x vx y vy z vz; returns its time derivative."""
    x, vx, y, vy, z, vz = s
    zc = z + RE
    r = np.sqrt(x * x + y * y + zc * zc)
    wy, wz = WE * np.cos(lat), WE * np.sin(lat)
    g = -MU / r ** 3
    d = -0.5 * rho(r - RE) * np.sqrt(vx * vx + vy * vy + vz * vz) / beta
    wdotp = wy * y + wz * zc
    ww = wy * wy + wz * wz
    ax = g * x + d * vx - 2 * (wy * vz - wz * vy) + ww * x
    ay = g * y + d * vy - 2 * (wz * vx) + ww * y - wdotp * wy
    az = g * zc + d * vz + 2 * (wy * vx) + ww * zc - wdotp * wz
    return np.stack([vx, ax, vy, ay, vz, az])


def rk4(s, beta, lat, dt):
    k1 = ballistic_deriv(s, beta, lat)
    k2 = ballistic_deriv(s + 0.5 * dt * k1, beta, lat)
    k3 = ballistic_deriv(s + 0.5 * dt * k2, beta, lat)
    k4 = ballistic_deriv(s + dt * k3, beta, lat)
    return s + dt / 6.0 * (k1 + 2 * k2 + 2 * k3 + k4)


def impact(s, beta, lat, step=0.25, tmax=900.0):
    """propagate (6,) without noise until z < 0; (t, x, y) by linear interpolation."""
    s, t = np.array(s, float).reshape(6, 1), 0.0
    while t < tmax:
        n = rk4(s, beta, lat, step)
        if n[4, 0] < 0.0:
            f = s[4, 0] / (s[4, 0] - n[4, 0])
            return t + f * step, s[0, 0] + f * (n[0, 0] - s[0, 0]), s[2, 0] + f * (n[2, 0] - s[2, 0])
        s, t = n, t + step
    return np.nan, np.nan, np.nan


def q_axis(q, dt):
    return q * np.array([[dt ** 3 / 3, dt ** 2 / 2], [dt ** 2 / 2, dt]])


def write_csv(path, header, rows, fmt):
    with open(path, "w") as f:
        f.write(header + "\n")
        for r in rows:
            f.write(",".join(fm % v for fm, v in zip(fmt, r)) + "\n")


def write_meta(folder, meta):
    write_csv(f"{folder}/meta.csv", "key,value", meta.items(), ("%s", "%s"))


def gen_linear(folder, m):
    rng = np.random.Generator(np.random.PCG64(m["seed"]))
    d, n, T, L, dt = m["dim"], m["n"], m["scans"], m["side"], m["dt"]
    chol = np.linalg.cholesky(q_axis(m["q"], dt))
    p0, p1 = rng.uniform(0, L, (n, d)), rng.uniform(0, L, (n, d))
    st = np.zeros((n, d, 2))
    st[:, :, 0], st[:, :, 1] = p0, (p1 - p0) / (T * dt)
    born, dead = np.zeros(n, int), np.full(n, T)
    if m["birth_death"]:
        born = np.where(rng.random(n) < 0.5, 0, rng.integers(0, 40, n))
        dead = np.where(rng.random(n) < 0.5, T, rng.integers(60, T, n))
    truth, meas, init = [], [], []
    for k in range(T):
        if k:
            pos = st[:, :, 0] + dt * st[:, :, 1]
            w = rng.standard_normal((n, d, 2)) @ chol.T
            st = np.stack([pos, st[:, :, 1]], axis=2) + w
        if k == 0:
            e = rng.standard_normal((n, d, 2)) * np.array([m["p0_pos"], m["p0_vel"]])
            init = [[i, *(st[i] + e[i]).ravel()] for i in range(n)]
        rows = []
        det = rng.random(n) < m["pd"]
        noise = rng.standard_normal((n, d)) * m["sigma"]
        for i in range(n):
            if born[i] <= k < dead[i]:
                truth.append([k, i, *st[i].ravel()])
                if det[i]:
                    rows.append([k, i, *(st[i, :, 0] + noise[i])])
        for z in rng.uniform(0, L, (rng.poisson(m["lam"]), d)):
            rows.append([k, -1, *z])
        meas += [rows[j] for j in rng.permutation(len(rows))]
    ax = ["x,vx", "y,vy", "z,vz"][:d]
    write_csv(f"{folder}/truth.csv", "scan,id," + ",".join(ax), truth, ["%d", "%d"] + ["%.4f"] * 2 * d)
    write_csv(f"{folder}/init.csv", "id," + ",".join(ax), init, ["%d"] + ["%.4f"] * 2 * d)
    write_csv(f"{folder}/meas.csv", "scan,truth_id," + ",".join("xyz"[:d]), meas,
              ["%d", "%d"] + ["%.4f"] * d)


def gen_ballistic(folder, m):
    rng = np.random.Generator(np.random.PCG64(m["seed"]))
    lat, dt = np.radians(m["lat_deg"]), m["dt"]
    chol = np.linalg.cholesky(q_axis(m["q"], dt))
    truth, meas, imp = [], [], []
    for run in range(m["runs"]):
        # burnt-out body 40 km up, ~270 km away, coming down some 25 km short of the radar
        s = np.array([-225e3, 800.0, 150e3, -530.0, 40e3, 1080.0])
        s += rng.standard_normal(6) * np.array([5e3, 20, 5e3, 20, 2e3, 20])
        k = 0
        while True:
            truth.append([run, k, *s, m["beta"]])
            r = np.sqrt(s[0] ** 2 + s[2] ** 2 + s[4] ** 2)
            e = rng.standard_normal(4)
            z = [r + m["sigma_r"] * e[0], np.arctan2(s[2], s[0]) + m["sigma_az"] * e[1],
                 np.arcsin(s[4] / r) + m["sigma_el"] * e[2],
                 (s[0] * s[1] + s[2] * s[3] + s[4] * s[5]) / r + m["sigma_rdot"] * e[3]]
            if k == 0 or rng.random() < m["pd"]:
                meas.append([run, k, *z])
            n = s.reshape(6, 1)
            for _ in range(10):
                n = rk4(n, m["beta"], lat, dt / 10)
            n = n[:, 0] + (rng.standard_normal((3, 2)) @ chol.T).ravel()
            if n[4] < 0:
                break
            s, k = n, k + 1
        t, x, y = impact(s, m["beta"], lat, 0.02)
        imp.append([run, k * dt + t, x, y])
    write_csv(f"{folder}/truth.csv", "run,scan,x,vx,y,vy,z,vz,beta", truth,
              ["%d", "%d"] + ["%.4f"] * 7)
    write_csv(f"{folder}/meas.csv", "run,scan,range,az,el,rdot", meas,
              ["%d", "%d", "%.4f", "%.9f", "%.9f", "%.5f"])
    write_csv(f"{folder}/impact.csv", "run,t,x,y", imp, ["%d"] + ["%.4f"] * 3)


def gen_manoeuvre(folder, m):
    """250 m/s: straight 50 s, 3 g left turn 20 s, straight 30 s, 1 g right turn 25 s, straight."""
    rng = np.random.Generator(np.random.PCG64(m["seed"]))
    truth, meas = [], []
    for run in range(m["runs"]):
        p, v = np.array([0.0, 0.0]), 250.0
        hd = rng.uniform(-np.pi, np.pi)
        for k in range(m["scans"]):
            truth.append([run, k, p[0], v * np.cos(hd), p[1], v * np.sin(hd)])
            meas.append([run, k, *(p + m["sigma"] * rng.standard_normal(2))])
            a = 3 * 9.81 if 50 <= k < 70 else (-9.81 if 100 <= k < 125 else 0.0)
            w = a / v
            if w:
                p = p + v / w * np.array([np.sin(hd + w) - np.sin(hd), np.cos(hd) - np.cos(hd + w)])
                hd += w
            else:
                p = p + v * np.array([np.cos(hd), np.sin(hd)])
    write_csv(f"{folder}/truth.csv", "run,scan,x,vx,y,vy", truth, ["%d", "%d"] + ["%.4f"] * 4)
    write_csv(f"{folder}/meas.csv", "run,scan,x,y", meas, ["%d", "%d"] + ["%.4f"] * 2)


def generate(data):
    todo = [(n, m, gen_linear) for n, m in LINEAR.items()]
    todo += [("ballistic", BALLISTIC, gen_ballistic), ("manoeuvre", MANOEUVRE, gen_manoeuvre)]
    for name, meta, fn in todo:
        folder = os.path.join(data, name)
        os.makedirs(folder, exist_ok=True)
        write_meta(folder, meta)
        fn(folder, meta)
        print("wrote", folder)


def read_csv(path):
    with open(path) as f:
        f.readline()
        return np.loadtxt(f, delimiter=",", ndmin=2)


def read_meta(folder):
    with open(f"{folder}/meta.csv") as f:
        f.readline()
        out = {}
        for line in f:
            k, v = line.rstrip("\n").split(",", 1)
            try:
                out[k] = int(v)
            except ValueError:
                try:
                    out[k] = float(v)
                except ValueError:
                    out[k] = v
        return out
