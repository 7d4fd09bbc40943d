//! A spatial index over points: who is near here, in time that does not grow with the number of objects.

/// Points in `D` dimensions (2 or 3), sorted by the cell of a regular grid they lie in. Where the box around the points
/// has few cells they are addressed directly; where it has many (objects far apart in a large sky) their numbers are
/// hashed into about as many buckets as there are points. Either way memory is linear in the number of points and
/// the order of the answers depends on the points only.
#[derive(Clone, Debug)]
pub struct Grid<const D: usize> {
    origin: [f64; D],
    per_cell: f64,
    cells: [u32; D],
    /// `None`: the bucket is the cell number. `Some(mask)`: the bucket is a hash of it.
    mask: Option<u64>,
    start: Vec<u32>,
    entries: Vec<Entry<D>>,
}

#[derive(Clone, Copy, Debug)]
struct Entry<const D: usize> {
    position: [f64; D],
    cell: u64,
    index: u32,
}

/// Why a grid could not be built.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum GridError {
    /// A coordinate is infinite or not a number.
    NotFinite {
        /// Which point.
        index: usize,
        /// Its coordinate.
        value: f64,
    },
    /// The cell size must be finite and above zero.
    CellSize {
        /// What was given.
        value: f64,
    },
    /// More points than a 32-bit index can name.
    TooMany {
        /// How many were given.
        count: usize,
    },
}

impl core::fmt::Display for GridError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            GridError::NotFinite { index, value } => write!(f, "point {index}: coordinate {value}, must be finite"),
            GridError::CellSize { value } => write!(f, "cell size {value}, must be finite and above zero"),
            GridError::TooMany { count } => write!(f, "{count} points, at most {}", u32::MAX - 1),
        }
    }
}

impl core::error::Error for GridError {}

/// Cells along one axis: three of them still fit into one 64-bit cell number. Wider worlds get larger cells.
const CELLS_PER_AXIS: f64 = 1_048_576.0;

impl<const D: usize> Grid<D> {
    /// Sorts `points` (any one length unit) into cells of edge `cell_size` (same unit; best about the usual search
    /// radius). The edge grows where the points span more than about a million cells along one axis.
    ///
    /// ```
    /// use downrange_track::associate::grid::Grid;
    /// let grid = Grid::build(&[[0.0, 0.0], [3.0, 4.0], [50.0, 0.0]], 10.0).unwrap();
    /// let mut near = Vec::new();
    /// grid.for_each_within([0.0, 0.0], 5.0, |index| near.push(index));
    /// assert_eq!(near, [0, 1]);
    /// ```
    pub fn build(points: &[[f64; D]], cell_size: f64) -> Result<Self, GridError> {
        if !(cell_size.is_finite() && cell_size > 0.0) {
            return Err(GridError::CellSize { value: cell_size });
        }
        if points.len() >= u32::MAX as usize {
            return Err(GridError::TooMany { count: points.len() });
        }
        let (low, high) = bounds(points)?;
        let span = (0..D).fold(0.0, |span: f64, axis| span.max(high[axis] - low[axis]));
        // The span of finite numbers may still overflow; then every point falls into cell zero and all are compared.
        let per_cell = (1.0 / cell_size).min((CELLS_PER_AXIS - 1.0) / span);
        let mut grid =
            Grid { origin: low, per_cell, cells: [1; D], mask: None, start: Vec::new(), entries: Vec::new() };
        for (axis, &high) in high.iter().enumerate() {
            grid.cells[axis] = grid.coordinate(high, axis) + 1;
        }
        let total: u64 = grid.cells.iter().map(|&count| u64::from(count)).product();
        let direct = 4 * points.len() as u64 + 64;
        if total > direct {
            grid.mask = Some((points.len() as u64).next_power_of_two() - 1);
        }
        grid.sort(points, total);
        Ok(grid)
    }

    fn sort(&mut self, points: &[[f64; D]], total: u64) {
        let buckets = self.mask.map_or(total, |mask| mask + 1) as usize;
        let cells: Vec<u64> = points.iter().map(|point| self.cell(point)).collect();
        let mut start = vec![0u32; buckets + 1];
        for &cell in &cells {
            start[self.bucket(cell) + 1] += 1;
        }
        for bucket in 0..buckets {
            start[bucket + 1] += start[bucket];
        }
        let mut next = start.clone();
        let mut entries = vec![Entry { position: [0.0; D], cell: 0, index: 0 }; points.len()];
        for (index, (&position, &cell)) in points.iter().zip(&cells).enumerate() {
            let slot = &mut next[self.bucket(cell)];
            entries[*slot as usize] = Entry { position, cell, index: index as u32 };
            *slot += 1;
        }
        (self.start, self.entries) = (start, entries);
    }

    /// Calls `visit` with the index of every point within `radius` of `point` (border included), each once. An
    /// infinite or NaN centre or radius, or a negative radius, finds nothing.
    pub fn for_each_within(&self, point: [f64; D], radius: f64, mut visit: impl FnMut(u32)) {
        if !(radius >= 0.0 && radius.is_finite() && point.iter().all(|x| x.is_finite())) || self.entries.is_empty() {
            return;
        }
        let limit = radius * radius;
        let mut low = [0u32; D];
        let mut high = [0u32; D];
        let mut rows = 1u64;
        for axis in 0..D {
            low[axis] = self.coordinate(point[axis] - radius, axis);
            high[axis] = self.coordinate(point[axis] + radius, axis);
            rows = rows.saturating_mul(u64::from(high[axis] - low[axis]) + 1);
        }
        let mut check = |entry: &Entry<D>| {
            if squared_distance(&entry.position, &point) <= limit {
                visit(entry.index);
            }
        };
        if rows > self.entries.len() as u64 {
            self.entries.iter().for_each(check);
            return;
        }
        let mut at = low;
        loop {
            self.visit_row(at, high[0], &mut check);
            // The next row: the higher axes count up like digits; axis 0 is the row itself.
            let Some(axis) = (1..D).find(|&axis| at[axis] < high[axis]) else { return };
            at[axis] += 1;
            at[1..axis].copy_from_slice(&low[1..axis]);
        }
    }

    fn visit_row(&self, from: [u32; D], to: u32, check: &mut impl FnMut(&Entry<D>)) {
        let first = self.number(&from);
        let last = first + u64::from(to - from[0]);
        if self.mask.is_none() {
            let range = self.start[first as usize] as usize..self.start[last as usize + 1] as usize;
            self.entries[range].iter().for_each(check);
            return;
        }
        for cell in first..=last {
            let bucket = self.bucket(cell);
            let range = self.start[bucket] as usize..self.start[bucket + 1] as usize;
            self.entries[range].iter().filter(|entry| entry.cell == cell).for_each(&mut *check);
        }
    }

    fn coordinate(&self, value: f64, axis: usize) -> u32 {
        // `as` clamps negatives and NaN to zero; above, the query is clamped to the last cell.
        let cell = ((value - self.origin[axis]) * self.per_cell) as u32;
        if self.start.is_empty() { cell } else { cell.min(self.cells[axis] - 1) }
    }

    fn number(&self, cell: &[u32; D]) -> u64 {
        (0..D).rev().fold(0, |number, axis| number * u64::from(self.cells[axis]) + u64::from(cell[axis]))
    }

    fn cell(&self, point: &[f64; D]) -> u64 {
        let mut cell = [0; D];
        for axis in 0..D {
            cell[axis] = self.coordinate(point[axis], axis);
        }
        self.number(&cell)
    }

    fn bucket(&self, cell: u64) -> usize {
        match self.mask {
            None => cell as usize,
            // Knuth's multiplicative hash with 2^64 / golden ratio; its high bits are the well mixed ones.
            Some(mask) => ((cell.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) & mask) as usize,
        }
    }
}

fn bounds<const D: usize>(points: &[[f64; D]]) -> Result<([f64; D], [f64; D]), GridError> {
    let Some(first) = points.first() else { return Ok(([0.0; D], [0.0; D])) };
    let (mut low, mut high) = (*first, *first);
    for (index, point) in points.iter().enumerate() {
        for axis in 0..D {
            if !point[axis].is_finite() {
                return Err(GridError::NotFinite { index, value: point[axis] });
            }
            low[axis] = low[axis].min(point[axis]);
            high[axis] = high[axis].max(point[axis]);
        }
    }
    Ok((low, high))
}

pub(crate) fn squared_distance<const D: usize>(a: &[f64; D], b: &[f64; D]) -> f64 {
    (0..D).map(|axis| (a[axis] - b[axis]) * (a[axis] - b[axis])).sum()
}
