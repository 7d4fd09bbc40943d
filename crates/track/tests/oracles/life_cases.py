"""Monte-Carlo numbers of tests/life.rs: python3 life_cases.py (numpy; seed fixed)."""
import numpy as np

rng = np.random.default_rng(20)

# Two points: true position and velocity from the flat prior's view, i.e. the error of the estimate at the newer plot.
n, dt, q = 4_000_000, 4.0, 0.5
r1 = np.array([[400.0, 60.0, 0.0], [60.0, 225.0, -30.0], [0.0, -30.0, 900.0]])
r2 = np.array([[100.0, -20.0, 5.0], [-20.0, 150.0, 0.0], [5.0, 0.0, 300.0]])
e1, e2 = rng.multivariate_normal(np.zeros(3), r1, n), rng.multivariate_normal(np.zeros(3), r2, n)
# White acceleration over dt: displacement (about the constant velocity at its start) and change of velocity.
c = np.linalg.cholesky(q * np.array([[dt**3 / 3, dt**2 / 2], [dt**2 / 2, dt]]))
w = rng.standard_normal((n, 3, 2)) @ c.T
v0 = np.array([100.0, -40.0, 7.0])
moved = dt * v0 + w[:, :, 0] + e2 - e1
error = np.hstack([e2, moved / dt - (v0 + w[:, :, 1])])
print("two_point", [round(float(x), 2) for x in np.cov(error.T)[np.triu_indices(6)]])
del e1, e2, w, moved, error

# One point with a rate: weights of draws from the prior by the likelihood of the rate.
n = 4_000_000
place, sensor = np.array([30e3, 40e3, 5e3]), np.array([1e3, -2e3, 0.0])
cov = np.array([[2.5e5, 2e4, 0.0], [2e4, 1.6e5, 1e4], [0.0, 1e4, 3.6e5]])
rate, sigma_rate, sigma_v = 120.0, 2.0, 150.0
x = rng.multivariate_normal(place, cov, n)
v = sigma_v * rng.standard_normal((n, 3))
u = (x - sensor) / np.linalg.norm(x - sensor, axis=1)[:, None]
weight = np.exp(-0.5 * ((rate - (u * v).sum(1)) / sigma_rate) ** 2)
weight /= weight.sum()
mean = weight @ v
d = v - mean
print("one_point", [round(float(x), 2) for x in mean], [round(float(x)) for x in ((d * weight[:, None]).T @ d)[np.triu_indices(3)]])
del x, v, u, d

# Directions: two sensors, two times, noise of the angles, least squares by Gauss-Newton on the angles themselves.
n, sigma, dt = 20_000, 1e-3, 10.0
s = [np.array([6_378_137.0, 0.0, 0.0]), np.array([6_378_137.0, 60e3, 10e3])]
p0, v0 = np.array([6_378_137.0 + 80e3, 30e3, 90e3]), np.array([500.0, -300.0, 200.0])


def across(u):
    least = np.argmin(np.abs(u))
    a = np.cross(u, np.eye(3)[least])
    a /= np.linalg.norm(a)
    return a, np.cross(u, a)


def solve(p):
    """Fits of n noisy looks at p: angles along fixed axes across the true line, by Gauss-Newton from the truth."""
    z, axes = [], []
    for k in s:
        u = (p - k) / np.linalg.norm(p - k)
        axes.append((u, *across(u)))
        z.append(sigma * rng.standard_normal((n, 2)))
    x = np.tile(p, (n, 1))
    for _ in range(4):
        rows, res = [], []
        for k, (u, a, b), zz in zip(s, axes, z):
            to = x - k
            ahead = to @ u
            for col, axis in enumerate((a, b)):
                h = (to @ axis) / ahead
                rows.append((axis - h[:, None] * u) / ahead[:, None])
                res.append(zz[:, col] - h)
        j, r = np.stack(rows, 1), np.stack(res, 1)
        x = x + np.linalg.solve(np.einsum("nij,nik->njk", j, j), np.einsum("nij,ni->nj", j, r)[:, :, None])[:, :, 0]
    return x


x1, x2 = solve(p0), solve(p0 + dt * v0)
error = np.hstack([x2 - (p0 + dt * v0), (x2 - x1) / dt - v0])
c = np.cov(error.T)
print("directions", [round(float(x), 1) for x in np.diag(c)], round(float(c[0, 3]), 2), round(float(c[2, 5]), 2))
