#!/usr/bin/env python3
"""One table: the peers and Downrange on the same files in the same run, scored by the same code.

    table.py --program DOWNRANGE --examples FOLDER --out OUT [--full] [--others FOLDER] [--peers-python PYTHON]

Makes OUT/venv with the peers of requirements.txt (once), writes the seeded scenarios into OUT/data (once; their sha256 is
checked), runs the peers (CPU time, one thread, each case in its own process) and ours, and writes OUT/table.md and
OUT/table.json. Without --full, cases of a peer that take over a minute are left out, and their rows say so. What cannot be
run is said in its row; no figure comes from anywhere else than this run. --others names a folder with `pmbm_williams15` and
`vo12`, which came out of others' programs and cannot be made anew.
"""
import argparse
import csv
import hashlib
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ORACLES = os.path.join(HERE, "..", "crates", "track", "tests", "oracles")
# First digits of the sha256 of each meas.csv, so that everybody measures on the same numbers.
SHA256 = {"ballistic": "7810ad4948af", "lin2d_n005": "e372b6f91dd6", "lin2d_n020": "c772d747aca5",
          "lin2d_n020_dense": "39f73686f318", "lin2d_n100": "94350f632158", "lin2d_n100_bd": "e7bbd16264c5",
          "lin2d_n500": "584cd92e0a48", "lin3d_n100": "a9db0d5abacf", "manoeuvre": "96b340de1954",
          "reentry2d": "88543443267e", "farina2d": "2260dd3ce8cc", "atc2d": "bf87818f5d35"}
# Cases of the peers that take over a minute.
SLOW = {("lin2d_n500", "known/jpda_ehm2_kdtree"), ("lin2d_n500", "full/jpda_ehm2_kdtree")}


class Bench:
    def __init__(self, arguments):
        self.a = arguments
        self.data = os.path.join(arguments.out, "data")
        self.rows, self.peer_cache, self.ours_cache = [], {}, {}
        self.python = arguments.peers_python or os.path.join(arguments.out, "venv", "bin", "python")
        self.peers_missing = None

    # -------------------------------------------------------------------------------- preparation
    def prepare(self):
        os.makedirs(self.a.out, exist_ok=True)
        if not self.a.peers_python and not os.path.exists(os.path.join(self.a.out, "venv", "ready")):
            subprocess.run([sys.executable, "-m", "venv", os.path.join(self.a.out, "venv")], check=True)
            found = subprocess.run([self.python, "-m", "pip", "install", "-q", "-r", os.path.join(HERE, "requirements.txt")],
                                   capture_output=True, text=True)
            if found.returncode:
                sys.exit("the peers of bench/requirements.txt (numpy among them, which the scores need) cannot be installed: "
                         + (found.stderr.strip().splitlines() or ["pip failed"])[-1])
            open(os.path.join(self.a.out, "venv", "ready"), "w").close()
        if not os.path.exists(os.path.join(self.data, "ready")):
            self.py("peers.py", "gen", "--data", self.data)
            for what, runs in (("reentry", "100"), ("farina", "1000"), ("atc", "500")):
                self.py("textbook.py", what, "--runs", runs, "--dump", self.data)
            for script, folder in (("ballistic_init.py", "ballistic"), ("atc_runs.py", "atc2d-500"),
                                   ("farina_runs.py", "farina2d-1000")):
                os.makedirs(os.path.join(self.data, folder), exist_ok=True)
                self.py(os.path.join(ORACLES, script), os.path.join(self.data, folder))
            open(os.path.join(self.data, "ready"), "w").close()
        for name, digits in SHA256.items():
            with open(os.path.join(self.data, name, "meas.csv"), "rb") as f:
                got = hashlib.sha256(f.read()).hexdigest()[:12]
            if got != digits:
                sys.exit(f"{self.data}/{name}/meas.csv: sha256 begins with {got}, not {digits}: another numpy? (see requirements.txt)")
        sys.path.insert(0, HERE)

    def py(self, script, *arguments):
        path = script if os.path.isabs(script) else os.path.join(HERE, script)
        subprocess.run([self.python, path, *arguments], check=True, stdout=subprocess.DEVNULL)

    # -------------------------------------------------------------------------------- running
    def peer(self, scenario, algorithm):
        """The JSON of one case of a peer, or why there is none."""
        key = (scenario, algorithm)
        if key in SLOW and not self.a.full:
            return "left out: over a minute (FULL=1 runs it)"
        if key not in self.peer_cache:
            print(f"peer {scenario} {algorithm}", file=sys.stderr, flush=True)
            try:
                run = subprocess.run([self.python, os.path.join(HERE, "peers.py"), "case", "--data", self.data, *key],
                                     capture_output=True, text=True, timeout=900)
                lines = run.stdout.strip().splitlines()
                self.peer_cache[key] = json.loads(lines[-1]) if run.returncode == 0 and lines else \
                    "failed: " + (run.stderr.strip().splitlines() or ["no output"])[-1][:120]
            except subprocess.TimeoutExpired:
                self.peer_cache[key] = "over 15 minutes"
        return self.peer_cache[key]

    def ours(self, scenario, associator, known, folder=None, extra=()):
        """Scores and CPU milliseconds a scan of ours; the faster of two runs, since both do the same work."""
        key = (scenario, associator, known, extra)
        if key not in self.ours_cache:
            folder = folder or os.path.join(self.data, scenario)
            tracks, times = (os.path.join(self.a.out, name) for name in ("tracks.csv", "times.csv"))
            command = [self.a.program, "track", folder, "--associator", associator, "--out", tracks, "--timings", times,
                       *(["--known-starts"] if known else []), *extra]
            best = None
            for _ in range(3):
                subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
                with open(times) as f:
                    cpu = [1e3 * float(row["cpu_s"]) for row in csv.DictReader(f)]
                if best is None or sum(cpu) < sum(best):
                    best = cpu
            self.ours_cache[key] = dict(cpu_ms=sum(best) / len(best), worst_ms=max(best), tracks=read_tracks(tracks))
        return self.ours_cache[key]

    def scored(self, scenario, associator, known, extra=()):
        """Ours, scored by the peers' own scorer."""
        import peers
        found = self.ours(scenario, associator, known, extra=extra)
        if "gospa" not in found:
            folder = os.path.join(self.data, scenario)
            meta, truth = peers.read_meta(folder), peers.read_csv(f"{folder}/truth.csv")
            estimates = [found["tracks"].get(scan, ([], [])) for scan in range(meta["scans"])]
            found.update(peers.score_multi(truth, estimates, meta))
        return found

    def lines(self, *command):
        """JSON lines of an example, or why there are none."""
        try:
            run = subprocess.run(command, capture_output=True, text=True, timeout=3_600)
        except OSError as error:
            return f"not run: {error}"
        except subprocess.TimeoutExpired:
            return "over an hour"
        if run.returncode:
            return "failed: " + (run.stderr.strip().splitlines() or ["no output"])[-1][:120]
        return [json.loads(line) for line in run.stdout.splitlines() if line.startswith("{")]

    # -------------------------------------------------------------------------------- rows
    def row(self, what, peer, ours, bar, met, note=""):
        self.rows.append(dict(what=what, peer=peer, ours=ours, bar=bar, met=None if met is None else bool(met), note=note))
        print(f"  {what}: {ours} ({bar})", file=sys.stderr, flush=True)

    def equal(self, what, scenario, algorithm, associator):
        # The peer's nearest neighbours are the nearest by distance; by likelihood ours is a different, better one.
        extra = ("--weigh", "distance") if associator == "gnn" else ()
        peer, ours = self.peer(scenario, algorithm), self.scored(scenario, associator, True, extra)["gospa"]
        if isinstance(peer, str):
            return self.row(what, peer, f"{ours:.3f}", "the peer's to 3 digits", None)
        off = abs(ours / peer["gospa"] - 1.0)
        note = f"off by {off:.1e}"
        if extra:
            note += f"; weighed by likelihood {self.scored(scenario, associator, True)['gospa']:.3f}"
        self.row(what, f"{peer['gospa']:.3f}", f"{ours:.3f}", "the peer's to 3 digits", off < 5e-4, note)

    def faster(self, what, scenario, algorithm, associator, bar):
        peer, ours = self.peer(scenario, algorithm), self.ours(scenario, associator, True)["cpu_ms"]
        if isinstance(peer, str):
            return self.row(what, peer, f"{1e3 * ours:.0f} us", f">= {bar:,} x", None)
        ratio = peer["cpu_ms"] / ours
        self.row(what, f"{peer['cpu_ms']:.1f} ms", f"{1e3 * ours:.0f} us", f">= {bar:,} x", ratio >= bar, f"{ratio:,.0f} x")

    def below(self, what, ours, bar, peer="", digits=2, unit="", note=""):
        self.row(what, peer, f"{ours:.{digits}f}{unit}", f"<= {bar:g}{unit}", ours <= bar, note)

    def association(self):
        for n, peer in ((5, "gnn2d"), (20, "gnn2d_kdtree"), (100, "gnn2d_kdtree"), (500, "gnn2d_kdtree")):
            self.equal(f"GNN, 2-D, {n} known starts: GOSPA", f"lin2d_n{n:03d}", f"known/{peer}", "gnn")
        for n, peer in ((5, "jpda_ehm2"), (20, "jpda_ehm2_kdtree"), (100, "jpda_ehm2_kdtree"), (500, "jpda_ehm2_kdtree")):
            self.equal(f"exact JPDA, 2-D, {n} known starts: GOSPA", f"lin2d_n{n:03d}", f"known/{peer}", "jpda")
        for n in (20, 100):
            self.equal(f"JPDA by belief propagation, 2-D, {n} known starts: GOSPA", f"lin2d_n{n:03d}", "known/jpda_lbp", "lbp")
        for n, bar in ((100, 1_000), (500, 1_500)):
            self.faster(f"GNN, {n} targets: CPU a scan", f"lin2d_n{n:03d}", "known/gnn2d_kdtree", "gnn", bar)
            self.faster(f"exact JPDA, {n} targets: CPU a scan", f"lin2d_n{n:03d}", "known/jpda_ehm2_kdtree", "jpda", bar)
        for scenario, bar in (("lin2d_n100", 72), ("lin2d_n500", 172), ("lin3d_n100", 95), ("lin2d_n020_dense", 45)):
            self.below(f"PMBM, known starts, {scenario}: GOSPA", self.scored(scenario, "pmbm", True)["gospa"], bar)
        dense = self.ours("lin2d_n020_dense", "jpda", True)
        peer = self.peer("lin2d_n020_dense", "known/jpda_ehm2")
        shown = peer if isinstance(peer, str) else f"{peer['cpu_ms']:.0f} ms, worst {peer['ms_max']:.0f} ms"
        self.below("exact JPDA, dense: mean CPU a scan", dense["cpu_ms"], 1.0, shown, 3, " ms")
        self.below("exact JPDA, dense: worst scan", dense["worst_ms"], 20.0, shown, 3, " ms")
        for scenario, what in (("lin2d_n020", "20"), ("lin2d_n100", "100"), ("lin2d_n500", "500"),
                               ("lin2d_n100_bd", "births and deaths")):
            ours, peer = self.scored(scenario, "pmbm", False), self.peer(scenario, "full/jpda_ehm2_kdtree")
            bar = None if isinstance(peer, str) else 0.85 * peer["gospa"]
            self.row(f"PMBM, nothing given, {what}: GOSPA", peer if isinstance(peer, str) else f"{peer['gospa']:.1f}",
                     f"{ours['gospa']:.1f}", "15 % below the peer", None if bar is None else ours["gospa"] <= bar)
        ours = self.scored("lin2d_n100", "pmbm", False)
        self.below("PMBM, nothing given, 100: false tracks a scan", ours["false"], 0.5)

    def published(self):
        """The two scenarios that only others' files hold."""
        for name in ("pmbm_williams15", "vo12"):
            what = f"{name}: " + ("rms GOSPA" if name.startswith("pmbm") else "OSPA")
            folder = self.a.others and os.path.join(self.a.others, name)
            if not folder or not os.path.isdir(folder):
                self.row(what, "", "not run: no folder (PEERS_DATA)", "", None)
                continue
            peer, bar, ours = (williams if name.startswith("pmbm") else vo)(self, folder)
            self.below(what, ours, bar, f"{peer:.3f} (its own code, on these files)", 3)

    def textbook(self):
        found = self.lines(os.path.join(self.a.examples, "textbook"), self.data)
        if isinstance(found, str):
            return self.row("textbook scenarios", "", found, "", None)
        ours = {(line["case"], line["metric"]): line["value"] for line in found}
        for case in ("ekf-raer-b6", "ukf-raer-b7"):
            self.below(f"ballistic, {case}: position error after 20 s over the Cramer-Rao bound",
                       ours[f"ballistic/{case}", "position_rmse_over_bound_from_20s"], 1.05, digits=3)
            nees, low, high = (ours[f"ballistic/{case}", f"nees_over_6{end}"] for end in ("", "_band_low", "_band_high"))
            self.row(f"ballistic, {case}: NEES/6", "", f"{nees:.3f}", f"{low:.3f} to {high:.3f}", low <= nees <= high)
        peer = self.peer("ballistic", "ukf:raer:b7")
        case = min((c for c, m in ours if m == "impact_120s_m" and c.endswith("raer-b7") and "particle" not in c),
                   key=lambda c: ours[c, "impact_120s_m"])
        text = isinstance(peer, str)
        at_120_s = None if text else find(peer, "120")
        bar = 0.8 * (at_120_s or 541.0)
        self.row(f"ballistic, unknown coefficient ({case.split('/')[1]}): impact error predicted at 120 s",
                 peer if text else f"{at_120_s:.0f} m", f"{ours[case, 'impact_120s_m']:.0f} m", f"<= {bar:.0f} m",
                 ours[case, "impact_120s_m"] <= bar)
        us = ours["ballistic/ukf-raer-b7", "cpu_us_per_update"]
        self.speed("ballistic, UKF: CPU an update", peer, us, 300)
        peer = self.peer("manoeuvre", "filterpy_imm2")
        self.below("manoeuvre, IMM with a turning model: position error", ours["manoeuvre/imm-turn", "position_rmse_m"], 19.5,
                   peer if isinstance(peer, str) else f"{peer.get('rmse', float('nan')):.2f} m", unit=" m")
        self.speed("manoeuvre, IMM: CPU an update", peer, ours["manoeuvre/imm-turn", "cpu_us_per_update"], 200)
        self.below("air traffic, IMM of the published settings, 500 runs: position error",
                   ours["atc2d-500/imm2", "position_rmse_m"], 107.6, unit=" m", note="with a turning model "
                   f"{ours['atc2d-500/imm-turn', 'position_rmse_m']:.1f} m")
        for case in ("reentry2d/ekf", "reentry2d/ekf+rts", "farina2d/ekf", "farina2d/ukf"):
            off = ours.get((case, "worst_run_off_reference_share"))
            if off is not None:
                self.row(f"{case.replace('/', ', ')}: worst run against the reference, share", "reference run by run",
                         f"{off:.1e}", "<= 1e-03", off <= 1e-3)

    def speed(self, what, peer, us, bar):
        if isinstance(peer, str):
            return self.row(what, peer, f"{us:.2f} us", f">= {bar} x", None)
        ratio = 1e3 * peer["cpu_ms"] / us
        self.row(what, f"{1e3 * peer['cpu_ms']:.0f} us", f"{us:.2f} us", f">= {bar} x", ratio >= bar, f"{ratio:.0f} x")

    def scale(self):
        million = os.path.join(self.a.examples, "million")
        found = self.lines(million, "1000000", "6", "2")
        if isinstance(found, str):
            return self.row("1,000,000 objects", "", found, "", None)
        last = found[-1]
        score = f"GOSPA {last['gospa']:.0f}, missed {last['missed']:.0f}, false {last['false']:.0f}, swaps {last['swaps']}"
        self.below("1,000,000 objects in 3-D, 2 threads: seconds a scan (wall, mean)", last["scan_mean_s"], 3.0, unit=" s",
                   note=f"worst {last['scan_worst_s']:.2f} s; {score}")
        self.below("1,000,000 objects: resident memory, truth and scoring among it", last["resident_gib"], 6.0, unit=" GiB",
                   note=f"{last['bytes_per_object']:.0f} bytes an object")
        found = self.lines(million, "--growth")
        if not isinstance(found, str):
            self.below("growth from 1,000 to 1,000,000 objects: k of time ~ n^k", found[-1]["k"], 1.10, digits=3)
        found = self.lines(million, "--burst")
        if not isinstance(found, str):
            last = found[-1]
            self.row("burst of 100 x clutter, and 10,000 plots in one gate: slowest scan", "",
                     f"{last['scan_worst_s']:.3f} s", "shown", None,
                     f"median {last['scan_median_s']:.4f} s; {last['shed_count']} shed and counted")

    def write(self):
        with open(os.path.join(self.a.out, "table.json"), "w") as f:
            json.dump(self.rows, f, indent=1)
        word = {True: "met", False: "MISSED", None: "–"}
        lines = ["| what | peer | Downrange | bar | | note |", "|---|---|---|---|---|---|"]
        lines += [f"| {r['what']} | {r['peer']} | {r['ours']} | {r['bar']} | {word[r['met']]} | {r['note']} |" for r in self.rows]
        text = "\n".join(lines) + "\n"
        with open(os.path.join(self.a.out, "table.md"), "w") as f:
            f.write(text)
        print(text)
        print("Peers: Stone Soup and FilterPy as in bench/requirements.txt. Not run beside: the Rust crates multisensor-lmb-filters-rs\n"
              "(wants birth sites, which these scenarios do not give) and tracktor (AGPL, a library without a program of its own).")


def find(peer, seconds):
    """The impact error that a peer predicted after so many seconds, however its JSON nests it."""
    for key, value in peer.items():
        if isinstance(value, dict) and "impact" in key:
            for at, error in value.items():
                if str(at).split(".")[0].strip("t_s") == seconds:
                    return float(error)
        if key.startswith("impact") and seconds in key:
            return float(value)
    return None


def read_tracks(path):
    """Scan -> (ids, positions)."""
    found = {}
    with open(path) as f:
        rows = csv.reader(f)
        names = next(rows)
        axes = [names.index(axis) for axis in ("x", "y", "z") if axis in names]
        for row in rows:
            ids, places = found.setdefault(int(row[0]), ([], []))
            ids.append(int(row[1]))
            places.append([float(row[i]) for i in axes])
    return found


def runs_of(bench, folder, meta, births, extra):
    """Ours on each run of a folder, as scan -> positions."""
    import peers
    plots = peers.read_csv(f"{folder}/meas.csv")
    here = os.path.join(bench.a.out, "one-run")
    os.makedirs(here, exist_ok=True)
    with open(f"{here}/meta.csv", "w") as f:
        f.write("key,value\n" + "".join(f"{key},{value}\n" for key, value in meta.items()))
    with open(f"{here}/birth.csv", "w") as f:
        f.write("from,to,count,x,vx,y,vy,sx,svx,sy,svy\n" + births)
    for run in range(int(plots[:, 0].max()) + 1):
        with open(f"{here}/meas.csv", "w") as f:
            f.write("scan,truth_id,x,y\n")
            f.writelines(f"{int(row[1])},-1,{row[2]!r},{row[3]!r}\n" for row in plots[plots[:, 0] == run].tolist())
        tracks = os.path.join(here, "tracks.csv")
        subprocess.run([bench.a.program, "track", here, "--associator", "pmbm", "--birth", "sites", *extra, "--out", tracks],
                       check=True, stdout=subprocess.DEVNULL)
        yield read_tracks(tracks)


def williams(bench, folder):
    """Root mean square GOSPA, c = 10 m; the authors' code on the same files, the bar, ours."""
    import numpy as np
    import peers
    truth = peers.read_csv(f"{folder}/truth.csv")
    meta = dict(dim=2, scans=81, dt=1, q=0.02, sigma=1, pd=0.9, ps=0.99, side=300, lam=10, p0_pos=1, p0_vel=1)
    births = "0,0,3,100,0,100,0,150,1,150,1\n1,80,0.005,100,0,100,0,150,1,150,1\n"
    squares = []
    for found in runs_of(bench, folder, meta, births, ["--report-from", "0.4"]):
        for scan in range(81):
            places = np.asarray(found.get(scan, ([], []))[1], float).reshape(-1, 2)
            squares.append(peers.gospa_ospa(truth[truth[:, 0] == scan][:, [2, 4]], places, 10.0)[0] ** 2)
    reference = peers.read_csv(f"{folder}/ref_runs.csv")
    return float(np.sqrt(np.mean(reference[:, 1] ** 2))), 2.96, float(np.sqrt(np.mean(squares)))


def vo(bench, folder):
    """Mean OSPA of order 1, c = 100 m; the PHD filter on the same files, the bar, ours."""
    import numpy as np
    import peers
    from scipy.optimize import linear_sum_assignment
    from scipy.spatial.distance import cdist
    truth = peers.read_csv(f"{folder}/truth.csv")
    meta = dict(dim=2, scans=100, dt=1, q=0, q_step=5, sigma=10, pd=0.98, ps=0.99, side=2000, lam=50, p0_pos=10, p0_vel=10)
    births = "".join(f"0,99,0.03,{x},0,{y},0,10,10,10,10\n" for x, y in ((0, 0), (400, -600), (-800, -200), (-200, 800)))
    values = []
    for found in runs_of(bench, folder, meta, births, ["--report-from", "0.4"]):
        for scan in range(100):
            there = truth[truth[:, 0] == scan][:, 1:3]
            places = np.asarray(found.get(scan, ([], []))[1], float).reshape(-1, 2)
            n, m = len(there), len(places)
            if max(n, m) == 0:
                values.append(0.0)
                continue
            distance = np.minimum(cdist(there, places), 100.0) if n and m else np.zeros((n, m))
            pairs = linear_sum_assignment(distance)
            values.append((distance[pairs].sum() + 100.0 * abs(n - m)) / max(n, m))
    return 19.148, 15.0, float(np.mean(values))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--examples", required=True, help="the folder of the examples textbook and million")
    parser.add_argument("--out", required=True)
    parser.add_argument("--others")
    parser.add_argument("--peers-python", help=argparse.SUPPRESS)
    parser.add_argument("--full", action="store_true")
    bench = Bench(parser.parse_args())
    bench.prepare()
    # The scores run where numpy is.
    if not os.environ.get("TABLE_INSIDE"):
        os.environ["TABLE_INSIDE"] = "1"
        os.execv(bench.python, [bench.python, os.path.abspath(__file__), *sys.argv[1:]])
    bench.association()
    bench.textbook()
    bench.published()
    bench.scale()
    bench.write()


if __name__ == "__main__":
    main()
