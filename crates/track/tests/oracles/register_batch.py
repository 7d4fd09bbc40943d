"""Sensor biases by batch least squares (Gauss-Newton to convergence), for tests/register.rs.

Own geometry (WGS-84), own normal equations with numerical derivatives: nothing shared with the library but the draws,
which both sides make from the same integers. Prints the mean and the standard deviation of every bias.

    python register_batch.py
"""
import numpy as np

A, F = 6378137.0, 1 / 298.257223563
E2 = F * (2 - F)
MASK = (1 << 64) - 1
STATE = 20260101


def uniform():
    global STATE
    STATE = (STATE * 6364136223846793005 + 1442695040888963407) & MASK
    return (STATE >> 11) / (1 << 53)


def normal():
    return sum(uniform() for _ in range(12)) - 6.0


def ecef(lat, lon, h):
    n = A / np.sqrt(1 - E2 * np.sin(lat) ** 2)
    return np.array([(n + h) * np.cos(lat) * np.cos(lon), (n + h) * np.cos(lat) * np.sin(lon), (n * (1 - E2) + h) * np.sin(lat)])


def enu_rows(lat, lon):
    sa, ca, so, co = np.sin(lat), np.cos(lat), np.sin(lon), np.cos(lon)
    return np.array([[-so, co, 0], [-sa * co, -sa * so, ca], [ca * co, ca * so, sa]])


SITES = [np.radians([38.0, 128.0]), np.radians([38.6, 129.2])]
ORIGIN = [ecef(*s, 100.0) for s in SITES]
ROWS = [enu_rows(*s) for s in SITES]
BIAS = [np.array([200.0, np.radians(0.3), np.radians(-0.1), 1.5]), np.array([-120.0, np.radians(-0.2), np.radians(0.15), -0.8])]
NOISE = np.array([40.0, np.radians(0.08), np.radians(0.10)])
PRIOR = np.array([300.0, np.radians(0.5), np.radians(0.5), 2.0])
KNOWN = np.array([15.0, 15.0, 15.0, 1.0, 1.0, 1.0])


def look(sensor, place):
    e, n, u = ROWS[sensor] @ (place - ORIGIN[sensor])
    return np.array([np.sqrt(e * e + n * n + u * u), np.arctan2(e, n), np.arctan2(u, np.hypot(e, n))])


def place(sensor, m):
    r, az, el = m
    return ORIGIN[sensor] + ROWS[sensor].T @ (r * np.array([np.cos(el) * np.sin(az), np.cos(el) * np.cos(az), np.sin(el)]))


def flight(i):
    east, north = 40e3 + 90e3 * uniform() , -60e3 + 160e3 * uniform()
    heading, up = 2 * np.pi * uniform(), 6e3 + 6e3 * uniform()
    p = ORIGIN[0] + ROWS[0].T @ np.array([east, north, up])
    v = ROWS[0].T @ np.array([230 * np.sin(heading), 230 * np.cos(heading), 0.0])
    return p, v


def plot(sensor, stamp, p, v):
    true = p + v * (stamp - BIAS[sensor][3])
    return look(sensor, true) + BIAS[sensor][:3] + NOISE * np.array([normal() for _ in range(3)])


def wrapped(d):
    d[1] = (d[1] + np.pi) % (2 * np.pi) - np.pi
    return d


def numeric(f, x, steps):
    return np.array([(f(x + s * e) - f(x - s * e)) / (2 * s) for e, s in zip(np.eye(len(x)), steps)]).T


def known_term(z, stamp, report):
    def residual(b):
        return wrapped(z - b[:3] - look(0, report[:3] + report[3:] * (stamp - b[3])))

    def weight(b):
        g = numeric(lambda s: look(0, s[:3] + s[3:] * (stamp - b[3])), report, [1, 1, 1, 0.01, 0.01, 0.01])
        return np.linalg.inv(np.diag(NOISE**2) + g @ np.diag(KNOWN**2) @ g.T)

    return residual, weight


def common_term(za, ta, zb, tb, v, sv):
    def residual(b):
        dt = (tb - b[7]) - (ta - b[3])
        return place(0, za - b[:3]) + v * dt - place(1, zb - b[4:7])

    def weight(b):
        steps = [1, 1e-5, 1e-5]
        ja, jb = numeric(lambda z: place(0, z), za - b[:3], steps), numeric(lambda z: place(1, z), zb - b[4:7], steps)
        dt = (tb - b[7]) - (ta - b[3])
        r = ja @ np.diag(NOISE**2) @ ja.T + jb @ np.diag(NOISE**2) @ jb.T + np.eye(3) * (sv * dt) ** 2
        return np.linalg.inv(r)

    return residual, weight


def main():
    terms = []
    for i in range(60):
        p, v = flight(i)
        if i % 2 == 0:
            z = plot(0, 2.0, p, v)
            report = np.concatenate([p, v]) + KNOWN * np.array([normal() for _ in range(6)])
            terms.append(known_term(z, 2.0, report))
        else:
            za, zb = plot(0, 1.0, p, v), plot(1, 3.0, p, v)
            terms.append(common_term(za, 1.0, zb, 3.0, v + np.array([normal() for _ in range(3)]), 1.0))
    b = np.zeros(8)
    steps = [1, 1e-5, 1e-5, 1e-2] * 2
    for _ in range(20):
        info = np.diag(1 / np.tile(PRIOR, 2) ** 2)
        grad = -info @ b
        for residual, weight in terms:
            j, w = numeric(residual, b, steps), weight(b)
            info = info + j.T @ w @ j
            grad = grad - j.T @ w @ residual(b)
        step = np.linalg.solve(info, grad)
        b = b + step
    for m, s in zip(b, np.sqrt(np.diag(np.linalg.inv(info)))):
        print(f"({m:.8e}, {s:.8e}),")


main()
