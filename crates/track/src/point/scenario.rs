//! Reading the point-detection scenarios: small CSV texts, plain decimal numbers, SI units.

use super::kalman::Noise;

/// What is known about a scenario, from `meta.csv` (`key,value` lines; keys not named here are ignored).
#[derive(Clone, Debug, PartialEq)]
pub struct Meta {
    /// Number of dimensions, 2 or 3 (`dim`).
    pub dimension_count: usize,
    /// Number of scans (`scans`).
    pub scan_count: usize,
    /// Time between scans (`dt`).
    pub dt_s: f64,
    /// Density of the white acceleration noise, per axis (`q`).
    pub q_m2ps3: f64,
    /// Standard deviation of accelerations that stay the same between two scans, per axis (`q_step`; zero when not given).
    pub step_sigma_mps2: f64,
    /// Probability that an object is still there one scan later (`ps`; 0.998 when not given).
    pub survival_probability: f64,
    /// Standard deviation of a plot, per axis (`sigma`).
    pub sigma_m: f64,
    /// Probability that an object gives a plot in a scan (`pd`).
    pub detection_probability: f64,
    /// Edge of the square or cube that is watched (`side`).
    pub side_m: f64,
    /// Mean number of false plots per scan (`lam`).
    pub clutter_count: f64,
    /// Standard deviation of the known starting positions, per axis (`p0_pos`).
    pub start_sigma_m: f64,
    /// Standard deviation of the known starting velocities, per axis (`p0_vel`).
    pub start_sigma_mps: f64,
}

/// A known start of a track at scan 0, from `init.csv`. In two dimensions the third is zero.
#[derive(Clone, Debug, PartialEq)]
pub struct Start {
    /// Number of the track.
    pub track: u32,
    /// Position.
    pub position_m: [f64; 3],
    /// Velocity.
    pub velocity_mps: [f64; 3],
}

impl Meta {
    pub(super) fn noise(&self) -> Noise {
        Noise::new(self.dt_s, self.q_m2ps3, self.step_sigma_mps2)
    }
}

/// A place where objects appear, from `birth.csv`: a normal distribution of their first state. In two dimensions the
/// third axis is zero.
#[derive(Clone, Debug, PartialEq)]
pub struct Site {
    /// Objects appear from this scan on (`from`),
    pub first_scan: u32,
    /// up to this one (`to`).
    pub last_scan: u32,
    /// Mean number of objects per scan (`count`); that of objects there from the start when the site is open in scan 0 alone.
    pub count: f64,
    /// Mean position.
    pub position_m: [f64; 3],
    /// Mean velocity.
    pub velocity_mps: [f64; 3],
    /// Standard deviation of the position on each axis.
    pub sigma_m: [f64; 3],
    /// Standard deviation of the velocity on each axis.
    pub sigma_mps: [f64; 3],
}

/// A scenario: what a sensor saw, scan by scan.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// Models and sizes.
    pub meta: Meta,
    /// The plots of each scan in m, in two dimensions with z = 0. Which object they come from is not read.
    pub scans: Vec<Vec<[f64; 3]>>,
    /// Known starts, if `init.csv` was given.
    pub starts: Vec<Start>,
    /// Where objects appear, if it is known: see [`read_sites`].
    pub sites: Vec<Site>,
}

/// What is wrong with a scenario text.
#[derive(Clone, Debug, PartialEq)]
pub struct ScenarioError {
    /// Which of the texts: `meta.csv`, `meas.csv`, `init.csv` or `birth.csv`.
    pub file: &'static str,
    /// Line from 1; 0 when a line is missing.
    pub line: usize,
    /// The column or key.
    pub field: String,
    /// What stands there.
    pub value: String,
    /// What may stand there.
    pub allowed: &'static str,
}

impl core::fmt::Display for ScenarioError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let ScenarioError { file, line, field, value, allowed } = self;
        write!(f, "{file} line {line}: {field} is \"{value}\", allowed: {allowed}")
    }
}

impl core::error::Error for ScenarioError {}

/// More scans than this are refused (each takes memory even when it is empty).
const SCANS_LIMIT: f64 = 1e7;

/// Reads a scenario from the contents of its files. `init` is needed only for known starts.
///
/// ```
/// let meta = "key,value\ndim,2\nscans,2\ndt,1\nq,0.1\nsigma,10\npd,0.9\nside,500\nlam,1\np0_pos,10\np0_vel,3\n";
/// let meas = "scan,truth_id,x,y\n0,-1,3.5,4.5\n1,0,7.0,8.0\n";
/// let scenario = downrange_track::point::read_scenario(meta, meas, None).unwrap();
/// assert_eq!(scenario.scans, [vec![[3.5, 4.5, 0.0]], vec![[7.0, 8.0, 0.0]]]);
/// ```
pub fn read_scenario(meta: &str, meas: &str, init: Option<&str>) -> Result<Scenario, ScenarioError> {
    let meta = read_meta(meta)?;
    let axes = &["x", "y", "z"][..meta.dimension_count];
    let mut scans = vec![Vec::new(); meta.scan_count];
    let columns: Vec<&str> = ["scan", "truth_id"].into_iter().chain(axes.iter().copied()).collect();
    for row in Table::open("meas.csv", meas, &columns)? {
        let row = row?;
        let scan = row.index(0, meta.scan_count)?;
        let mut plot = [0.0; 3];
        for (axis, value) in plot.iter_mut().enumerate().take(meta.dimension_count) {
            *value = row.number(2 + axis)?;
        }
        scans[scan].push(plot);
    }
    let starts = init.map_or(Ok(Vec::new()), |init| read_starts(init, meta.dimension_count))?;
    Ok(Scenario { meta, scans, starts, sites: Vec::new() })
}

/// Reads where objects appear from the content of `birth.csv`: one row per site, columns
/// `from,to,count,x,vx,y,vy,sx,svx,sy,svy` (in three dimensions also `z,vz` and `sz,svz`), in m and m/s.
///
/// ```
/// let birth = "from,to,count,x,vx,y,vy,sx,svx,sy,svy\n0,0,3,100,0,100,0,150,1,150,1\n";
/// let sites = downrange_track::point::read_sites(birth, 2).unwrap();
/// assert_eq!((sites[0].count, sites[0].sigma_m), (3.0, [150.0, 150.0, 0.0]));
/// ```
pub fn read_sites(birth: &str, dimension_count: usize) -> Result<Vec<Site>, ScenarioError> {
    let dimensions = dimension_count.clamp(2, 3);
    let columns: &[&str] = if dimensions == 2 { &SITE_COLUMNS_2D } else { &SITE_COLUMNS_3D };
    let mut sites = Vec::new();
    for row in Table::open("birth.csv", birth, columns)? {
        let row = row?;
        let mut site = Site {
            first_scan: row.index(0, u32::MAX as usize)? as u32,
            last_scan: row.index(1, u32::MAX as usize)? as u32,
            count: row.at_least_zero(2)?,
            position_m: [0.0; 3],
            velocity_mps: [0.0; 3],
            sigma_m: [0.0; 3],
            sigma_mps: [0.0; 3],
        };
        for axis in 0..dimensions {
            site.position_m[axis] = row.number(3 + 2 * axis)?;
            site.velocity_mps[axis] = row.number(4 + 2 * axis)?;
            site.sigma_m[axis] = row.at_least_zero(3 + 2 * (dimensions + axis))?;
            site.sigma_mps[axis] = row.at_least_zero(4 + 2 * (dimensions + axis))?;
        }
        sites.push(site);
    }
    Ok(sites)
}

const SITE_COLUMNS_2D: [&str; 11] = ["from", "to", "count", "x", "vx", "y", "vy", "sx", "svx", "sy", "svy"];
const SITE_COLUMNS_3D: [&str; 15] =
    ["from", "to", "count", "x", "vx", "y", "vy", "z", "vz", "sx", "svx", "sy", "svy", "sz", "svz"];

fn read_starts(init: &str, dimensions: usize) -> Result<Vec<Start>, ScenarioError> {
    let columns = &["id", "x", "vx", "y", "vy", "z", "vz"][..1 + 2 * dimensions];
    let mut starts = Vec::new();
    for row in Table::open("init.csv", init, columns)? {
        let row = row?;
        let mut start =
            Start { track: row.index(0, u32::MAX as usize)? as u32, position_m: [0.0; 3], velocity_mps: [0.0; 3] };
        for axis in 0..dimensions {
            start.position_m[axis] = row.number(1 + 2 * axis)?;
            start.velocity_mps[axis] = row.number(2 + 2 * axis)?;
        }
        starts.push(start);
    }
    Ok(starts)
}

fn read_meta(text: &str) -> Result<Meta, ScenarioError> {
    let find = |key: &str| {
        let mut lines = text.lines().enumerate().skip(1);
        let found =
            lines.find_map(|(at, line)| Some((at + 1, line.split_once(',').filter(|(k, _)| k.trim() == key)?.1)));
        found.map(|(at, value)| (at, value.trim()))
    };
    let number = |key: &str, allowed: &'static str, ok: fn(f64) -> bool| {
        let (line, value) = find(key).unwrap_or((0, ""));
        let parsed = value.parse::<f64>().ok().filter(|&parsed| parsed.is_finite() && ok(parsed));
        parsed.ok_or_else(|| ScenarioError { file: "meta.csv", line, field: key.into(), value: value.into(), allowed })
    };
    let optional = |key: &str, default: f64, allowed: &'static str, ok: fn(f64) -> bool| {
        if find(key).is_some() { number(key, allowed, ok) } else { Ok(default) }
    };
    let above = "a number above zero";
    let from = "a number of at least zero";
    Ok(Meta {
        dimension_count: number("dim", "2 or 3", |d| d == 2.0 || d == 3.0)? as usize,
        scan_count: number("scans", "a whole number from 1 to 1e7", |n| (1.0..=SCANS_LIMIT).contains(&n))? as usize,
        dt_s: number("dt", above, |x| x > 0.0)?,
        q_m2ps3: number("q", from, |x| x >= 0.0)?,
        step_sigma_mps2: optional("q_step", 0.0, from, |x| x >= 0.0)?,
        survival_probability: optional("ps", 0.998, "a probability above zero, at most one", |p| p > 0.0 && p <= 1.0)?,
        sigma_m: number("sigma", above, |x| x > 0.0)?,
        detection_probability: number("pd", "a probability above zero, below one", |p| p > 0.0 && p < 1.0)?,
        side_m: number("side", above, |x| x > 0.0)?,
        clutter_count: number("lam", above, |x| x > 0.0)?,
        start_sigma_m: number("p0_pos", above, |x| x > 0.0)?,
        start_sigma_mps: number("p0_vel", above, |x| x > 0.0)?,
    })
}

/// A comma separated text with one header line and numbers only: no quoting, so no library is needed.
struct Table<'a> {
    file: &'static str,
    columns: Vec<&'a str>,
    lines: core::iter::Enumerate<core::str::Lines<'a>>,
}

struct Row<'a> {
    file: &'static str,
    line: usize,
    columns: Vec<&'a str>,
    fields: Vec<&'a str>,
}

impl<'a> Table<'a> {
    fn open(file: &'static str, text: &'a str, columns: &[&'a str]) -> Result<Self, ScenarioError> {
        let mut lines = text.lines().enumerate();
        let header = lines.next().map_or("", |(_, line)| line.trim_end());
        if !header.split(',').eq(columns.iter().copied()) {
            let allowed = if columns == SITE_COLUMNS_2D {
                "from,to,count,x,vx,y,vy,sx,svx,sy,svy"
            } else if columns == SITE_COLUMNS_3D {
                "from,to,count,x,vx,y,vy,z,vz,sx,svx,sy,svy,sz,svz"
            } else if columns.len() == 4 {
                "scan,truth_id,x,y"
            } else if columns[0] == "scan" {
                "scan,truth_id,x,y,z"
            } else if columns.len() == 5 {
                "id,x,vx,y,vy"
            } else {
                "id,x,vx,y,vy,z,vz"
            };
            let value = header.chars().take(80).collect();
            return Err(ScenarioError { file, line: 1, field: "header".into(), value, allowed });
        }
        Ok(Table { file, columns: columns.to_vec(), lines })
    }
}

impl<'a> Iterator for Table<'a> {
    type Item = Result<Row<'a>, ScenarioError>;

    fn next(&mut self) -> Option<Self::Item> {
        let (at, line) = self.lines.find(|(_, line)| !line.trim().is_empty())?;
        let row = Row {
            file: self.file,
            line: at + 1,
            columns: self.columns.clone(),
            fields: line.split(',').map(str::trim).collect(),
        };
        if row.fields.len() == row.columns.len() {
            return Some(Ok(row));
        }
        Some(Err(ScenarioError {
            file: self.file,
            line: at + 1,
            field: "number of columns".into(),
            value: row.fields.len().to_string(),
            allowed: "as many as the header has",
        }))
    }
}

impl Row<'_> {
    fn number(&self, column: usize) -> Result<f64, ScenarioError> {
        let value = self.fields[column].parse::<f64>().ok().filter(|value| value.is_finite());
        value.ok_or_else(|| self.error(column, "a finite decimal number"))
    }

    fn at_least_zero(&self, column: usize) -> Result<f64, ScenarioError> {
        let value = self.number(column)?;
        if value >= 0.0 { Ok(value) } else { Err(self.error(column, "a number of at least zero")) }
    }

    fn index(&self, column: usize, limit: usize) -> Result<usize, ScenarioError> {
        let value = self.fields[column].parse::<usize>().ok().filter(|&value| value < limit);
        value.ok_or_else(|| self.error(column, "a whole number from zero, below the number of scans"))
    }

    fn error(&self, column: usize, allowed: &'static str) -> ScenarioError {
        ScenarioError {
            file: self.file,
            line: self.line,
            field: self.columns[column].into(),
            value: self.fields[column].chars().take(80).collect(),
            allowed,
        }
    }
}
