//! Input that cannot be used.

/// Why a tracker could not be made or a scan not be taken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SwarmError {
    /// A setting is out of range.
    Setting {
        /// Which.
        name: &'static str,
        /// What was given.
        value: f64,
        /// What is allowed.
        allowed: &'static str,
    },
    /// The standard deviation of a plot must be finite and above zero.
    Sigma {
        /// What was given.
        value_m: f64,
    },
    /// The detection probability must lie inside (0, 1).
    Detection {
        /// What was given.
        probability: f64,
    },
    /// The density of plots from no track must be finite and above zero.
    Stray {
        /// What was given, per cubic metre.
        density: f64,
    },
    /// More plots than allowed.
    Plots {
        /// How many there were.
        count: usize,
        /// How many may be.
        limit_count: usize,
    },
    /// A scan must come after the one before it, and not too long after.
    Clock {
        /// Seconds since the scan before.
        dt_s: f64,
        /// How many may be.
        limit_s: f64,
    },
}

impl core::fmt::Display for SwarmError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            SwarmError::Setting { name, value, allowed } => write!(f, "{name} is {value}, allowed is {allowed}"),
            SwarmError::Sigma { value_m } => write!(f, "sigma {value_m} m, must be finite and above zero"),
            SwarmError::Detection { probability } => {
                write!(f, "detection probability {probability}, must lie inside (0, 1)")
            }
            SwarmError::Stray { density } => write!(f, "stray density {density} per m³, must be finite and above zero"),
            SwarmError::Plots { count, limit_count } => write!(f, "{count} plots in one scan, at most {limit_count}"),
            SwarmError::Clock { dt_s, limit_s } => {
                write!(f, "{dt_s} s after the scan before, must be above zero and at most {limit_s}")
            }
        }
    }
}

impl core::error::Error for SwarmError {}
