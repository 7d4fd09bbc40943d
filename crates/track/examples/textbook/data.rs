//! CSV folders in, CPU time, JSON lines out.

use rustix::time::{ClockId, clock_gettime};
use std::path::{Path, PathBuf};

/// Columns by name, rows of numbers.
pub struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<f64>>,
}

impl Table {
    /// Reads one file; the error says which file and line.
    pub fn read(path: &Path) -> Result<Table, String> {
        let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
        let mut lines = text.lines();
        let columns: Vec<String> = lines.next().unwrap_or_default().split(',').map(|c| c.trim().to_string()).collect();
        let mut rows = Vec::new();
        for (line, text) in lines.enumerate().filter(|(_, text)| !text.trim().is_empty()) {
            let row: Result<Vec<f64>, _> = text.split(',').map(|field| field.trim().parse::<f64>()).collect();
            match row {
                Ok(row) if row.len() == columns.len() => rows.push(row),
                _ => return Err(format!("{}:{}: {} numbers are wanted", path.display(), line + 2, columns.len())),
            }
        }
        Ok(Table { columns, rows })
    }

    /// Rows with these columns in this order.
    pub fn pick<const K: usize>(&self, names: [&str; K]) -> Result<Vec<[f64; K]>, String> {
        let mut at = [0; K];
        for (at, name) in at.iter_mut().zip(names) {
            *at = self.columns.iter().position(|c| c == name).ok_or_else(|| format!("no column {name}"))?;
        }
        Ok(self.rows.iter().map(|row| at.map(|k| row[k])).collect())
    }
}

/// A folder of one scenario.
pub struct Folder(pub PathBuf);

impl Folder {
    /// Its own name, without the way to it.
    pub fn name(&self) -> String {
        self.0.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// The columns of one of its files.
    pub fn pick<const K: usize>(&self, file: &str, names: [&str; K]) -> Result<Vec<[f64; K]>, String> {
        Table::read(&self.0.join(file))?.pick(names).map_err(|e| format!("{file}: {e}"))
    }

    /// Rows by the run in their first column.
    pub fn runs<const K: usize>(&self, file: &str, names: [&str; K]) -> Result<Vec<Vec<[f64; K]>>, String> {
        let mut runs: Vec<Vec<[f64; K]>> = Vec::new();
        for row in self.pick(file, names)? {
            let run = row[0] as usize;
            if run > 100_000 {
                return Err(format!("{file}: run {run}"));
            }
            if runs.len() <= run {
                runs.resize(run + 1, Vec::new());
            }
            runs[run].push(row);
        }
        Ok(runs)
    }
}

/// CPU time of this thread, in microseconds: a busy machine does not count.
pub fn cpu_us() -> f64 {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    now.tv_sec as f64 * 1e6 + now.tv_nsec as f64 * 1e-3
}

/// Figures of one case, printed as they come.
pub struct Figures<'a>(pub &'a str);

impl Figures<'_> {
    /// One line.
    pub fn say(&self, metric: &str, value: f64) {
        // JSON has no infinities.
        let value = if value.is_finite() { format!("{value:.6}") } else { "null".into() };
        println!("{{\"case\":\"{}\",\"metric\":\"{metric}\",\"value\":{value}}}", self.0);
    }
}

/// Root mean square of a sum of squares.
pub fn rms(squares: &[f64]) -> f64 {
    libm::sqrt(squares.iter().sum::<f64>() / squares.len() as f64)
}

/// SplitMix64 with the Box–Muller transform, for draws that a folder does not hold.
pub struct Seeded(pub u64);

impl Seeded {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Standard normal.
    pub fn normal(&mut self) -> f64 {
        let radius = libm::sqrt(-2.0 * libm::log(1.0 - self.uniform()));
        radius * libm::cos(core::f64::consts::TAU * self.uniform())
    }
}
