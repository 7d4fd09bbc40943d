//! How objects in the sky move: five models over one state, so that they can run as the modes of one
//! [`crate::imm::Imm`].
//!
//! State: `[x y z vx vy vz e0 e1 e2]`: position (m) and velocity (m/s) in the Earth-fixed, rotating frame (ECEF), and up to
//! three *extras* whose meaning belongs to the model. Coriolis and centrifugal terms are in the free fall; the air turns
//! with the Earth. Extras that a model does not use stand still in it.
//!
//! ```
//! use downrange_track::filter::Dynamics;
//! use downrange_track::motion::{Motion, State};
//! // 300 km over the equator, at rest, ballistic coefficient 3,000 kg/m²: after 10 s it has fallen by ½·g·t².
//! let start = State::from([6_678_137.0, 0.0, 0.0, 0.0, 0.0, 0.0, 8.0, 0.0, 0.0]);
//! let later = Motion::SKY[3].advance(&start, 10.0);
//! assert!((start[0] - later[0] - 0.5 * 8.91 * 100.0).abs() < 1.0);
//! ```

pub mod axis;
pub mod continuous;
mod force;
mod noise;

use crate::filter::Dynamics;
use crate::gaussian::Gaussian;
use force::Rate;
use nalgebra::{Matrix3, SMatrix, SVector, Vector3};

/// Position, velocity, extras.
pub type State = SVector<f64, 9>;

/// Longer than this nothing is predicted: a longer `dt_s` counts as this long, so that any finite one has a finite answer.
pub const HORIZON_S: f64 = 3_600.0;

/// A model of motion, with its tuning.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Motion {
    /// Straight flight at constant height, as aircraft cruise: lift carries the weight and bends the path around the Earth.
    /// No extras.
    NearConstantVelocity {
        /// Power spectral density of the acceleration noise, each axis.
        acceleration_density_m2ps3: f64,
    },
    /// A level turn. e0: turn rate about the local vertical (rad/s, anticlockwise seen from above), a random walk.
    CoordinatedTurn {
        /// Power spectral density of the acceleration noise, each axis.
        acceleration_density_m2ps3: f64,
        /// Power spectral density of the random walk of the turn rate.
        turn_rate_density_rad2ps3: f64,
    },
    /// An engine burns. e0: thrust acceleration net of drag (m/s²), along the velocity, at very low speed along the local
    /// vertical; e1: share of the mass that leaves per second (1/s). Constant thrust from a constant mass flow makes
    /// d e0/dt = e1·e0 and d e1/dt = e1² (Tsiolkovsky). Pitch-over and staging are noise.
    Boost {
        /// Power spectral density of the acceleration noise along the path.
        along_density_m2ps3: f64,
        /// Power spectral density of the acceleration noise across the path, each of two axes.
        across_density_m2ps3: f64,
        /// Power spectral density of the random walk of e0.
        thrust_density_m2ps5: f64,
        /// Power spectral density of the random walk of e1.
        flow_density_1ps3: f64,
    },
    /// Free fall with drag. e0: ln(ballistic coefficient m/(C_D·A) in kg/m²), a slow random walk.
    Ballistic {
        /// Power spectral density of the acceleration noise, each axis, where there is air.
        acceleration_density_m2ps3: f64,
        /// The same in space, where nothing but gravity acts. In between it falls with the density of the air.
        space_density_m2ps3: f64,
        /// Power spectral density of the random walk of e0.
        log_coefficient_density_1ps: f64,
        /// What a squared drag adds to that density: braking changes the Mach number, and the drag coefficient with it.
        braking_density_s3pm2: f64,
        /// Power spectral density of the wind, each axis: drag acts along the way through the air, so a body is carried by what
        /// blows as fast as drag stops it.
        wind_density_m2ps: f64,
    },
    /// Free fall with a specific force in the path's frame: e0 along the velocity, e1 up (in the vertical plane of the
    /// velocity), e2 to the right (m/s² all three), each a first-order Gauss–Markov process (Singer 1970).
    Manoeuvre {
        /// Power spectral density of the acceleration noise, each axis.
        acceleration_density_m2ps3: f64,
        /// Standard deviations of e0, e1, e2 in the long run.
        sigma_mps2: [f64; 3],
        /// Time constants of e0, e1, e2.
        time_constant_s: [f64; 3],
    },
}

impl Motion {
    /// The five models with middling tuning, in the order of the enum. A starting point: sensors and objects differ.
    pub const SKY: [Motion; 5] = [
        Motion::NearConstantVelocity { acceleration_density_m2ps3: 0.1 },
        Motion::CoordinatedTurn { acceleration_density_m2ps3: 0.5, turn_rate_density_rad2ps3: 2e-5 },
        Motion::Boost {
            along_density_m2ps3: 2.0,
            across_density_m2ps3: 20.0,
            thrust_density_m2ps5: 2.0,
            flow_density_1ps3: 1e-6,
        },
        Motion::Ballistic {
            acceleration_density_m2ps3: 0.01,
            space_density_m2ps3: 1e-5,
            log_coefficient_density_1ps: 1e-4,
            // The coefficient of a slender body changes by some 15 % for each Mach number (310 m/s) between Mach 5 and 1.5
            // (McCoy, Modern Exterior Ballistics, chapter 4), and goes on doing so for some 5 s: (0.15/310)²·5.
            braking_density_s3pm2: 1.2e-6,
            // Winds of some 15 m/s (the jet stream blows twice as hard, the wind near the ground a third), another one every 5 s
            // on the way down: a first-order Gauss–Markov process has 2·σ²·τ far below 1/τ.
            wind_density_m2ps: 2_250.0,
        },
        Motion::Manoeuvre {
            acceleration_density_m2ps3: 0.01,
            sigma_mps2: [20.0, 30.0, 30.0],
            time_constant_s: [20.0, 15.0, 15.0],
        },
    ];

    /// How many of the extras it uses (the first ones).
    pub fn extras(&self) -> usize {
        match self {
            Motion::NearConstantVelocity { .. } => 0,
            Motion::CoordinatedTurn { .. } | Motion::Ballistic { .. } => 1,
            Motion::Boost { .. } => 2,
            Motion::Manoeuvre { .. } => 3,
        }
    }

    /// Mean and standard deviation of the extras in a newborn mode; an unused one has 0 ± 1, which keeps the covariance
    /// positive definite and touches nothing.
    pub fn prior_extras(&self) -> (Vector3<f64>, Vector3<f64>) {
        match self {
            Motion::NearConstantVelocity { .. } => (Vector3::zeros(), Vector3::repeat(1.0)),
            // Up to about a standard-rate turn (3°/s) at one standard deviation.
            Motion::CoordinatedTurn { .. } => (Vector3::zeros(), Vector3::new(0.05, 1.0, 1.0)),
            // Two to five g net, 1 % of the mass a second: liquid and solid first stages.
            Motion::Boost { .. } => (Vector3::new(25.0, 0.012, 0.0), Vector3::new(20.0, 0.01, 1.0)),
            // 3,000 kg/m², a factor of 2.7 either way: debris lies below, slender re-entry bodies above.
            Motion::Ballistic { .. } => (Vector3::new(libm::log(3_000.0), 0.0, 0.0), Vector3::new(1.0, 1.0, 1.0)),
            Motion::Manoeuvre { sigma_mps2, .. } => (Vector3::zeros(), Vector3::from(*sigma_mps2)),
        }
    }

    /// A new state of this model at a place, with a velocity of this mean and standard deviation (each axis, ECEF) and the
    /// prior extras.
    pub fn newborn(&self, place: &Gaussian<3>, velocity_mps: &Vector3<f64>, velocity_sigma_mps: f64) -> Gaussian<9> {
        let (extras, sigma) = self.prior_extras();
        let sigma = joined(&Vector3::zeros(), &Vector3::repeat(velocity_sigma_mps), &sigma);
        let mut born = Gaussian::diagonal(joined(&place.mean, velocity_mps, &extras), sigma);
        born.covariance.fixed_view_mut::<3, 3>(0, 0).copy_from(&place.covariance);
        born
    }

    /// Whether `component` of the state means the same in both models: position and velocity always do, extras only in the
    /// same kind of model.
    pub fn shares(from: &Motion, to: &Motion, component: usize) -> bool {
        component < 6 || core::mem::discriminant(from) == core::mem::discriminant(to)
    }

    /// Runs the equations of motion for `dt_s`; with the derivative of where it ends when `DERIVATIVE`.
    fn flow<const DERIVATIVE: bool>(&self, state: &State, dt_s: f64) -> (State, Blocks) {
        let (mut state, mut phi) = (*state, Blocks::IDENTITY);
        let mut left_s = within_horizon(dt_s);
        while left_s > 0.0 {
            let step_s = self.step_s(&state).min(left_s);
            // Two half-full steps rather than a full one and a sliver.
            let step_s = if step_s < left_s && left_s < 2.0 * step_s { 0.5 * left_s } else { step_s };
            if DERIVATIVE {
                (state, phi) = self.step_with_derivative(&state, &phi, step_s);
            } else {
                state = self.step(&state, step_s);
            }
            left_s -= step_s;
        }
        (state, phi)
    }

    /// One classical Runge–Kutta step of fourth order.
    fn step(&self, state: &State, h_s: f64) -> State {
        let rate = |s: &State| {
            let (acceleration, extras) = self.rate(s);
            joined(&velocity(s), &acceleration, &extras)
        };
        let k1 = rate(state);
        let k2 = rate(&(state + k1 * (0.5 * h_s)));
        let k3 = rate(&(state + k2 * (0.5 * h_s)));
        let k4 = rate(&(state + k3 * h_s));
        state + (k1 + (k2 + k3) * 2.0 + k4) * (h_s / 6.0)
    }

    /// The same for the state and the variational equation Φ' = A·Φ together.
    fn step_with_derivative(&self, state: &State, phi: &Blocks, h_s: f64) -> (State, Blocks) {
        let rate = |s: &State, p: &Blocks| {
            let (acceleration, extras, partials) = self.rate_with_partials(s);
            (joined(&velocity(s), &acceleration, &extras), partials.times(p))
        };
        let (k1, m1) = rate(state, phi);
        let (k2, m2) = rate(&(state + k1 * (0.5 * h_s)), &phi.plus(&m1, 0.5 * h_s));
        let (k3, m3) = rate(&(state + k2 * (0.5 * h_s)), &phi.plus(&m2, 0.5 * h_s));
        let (k4, m4) = rate(&(state + k3 * h_s), &phi.plus(&m3, h_s));
        let moved = phi.plus(&m1, h_s / 6.0).plus(&m2, h_s / 3.0).plus(&m3, h_s / 3.0).plus(&m4, h_s / 6.0);
        (state + (k1 + (k2 + k3) * 2.0 + k4) * (h_s / 6.0), moved)
    }
}

/// The transition matrix Φ = [pp pv pe; vp vv ve; 0 0 ee] in 3×3 blocks: extras run by themselves in all models, so their
/// rows are empty, and a product of blocks is a third of one of 9×9.
#[derive(Clone, Copy)]
struct Blocks {
    pp: Matrix3<f64>,
    pv: Matrix3<f64>,
    pe: Matrix3<f64>,
    vp: Matrix3<f64>,
    vv: Matrix3<f64>,
    ve: Matrix3<f64>,
    ee: Matrix3<f64>,
}

impl Blocks {
    const ZERO: Matrix3<f64> = Matrix3::new(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
    const ONE: Matrix3<f64> = Matrix3::new(1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0);
    const IDENTITY: Blocks = Blocks {
        pp: Blocks::ONE,
        pv: Blocks::ZERO,
        pe: Blocks::ZERO,
        vp: Blocks::ZERO,
        vv: Blocks::ONE,
        ve: Blocks::ZERO,
        ee: Blocks::ONE,
    };

    /// self + other·factor
    fn plus(&self, other: &Blocks, factor: f64) -> Blocks {
        Blocks {
            pp: self.pp + other.pp * factor,
            pv: self.pv + other.pv * factor,
            pe: self.pe + other.pe * factor,
            vp: self.vp + other.vp * factor,
            vv: self.vv + other.vv * factor,
            ve: self.ve + other.ve * factor,
            ee: self.ee + other.ee * factor,
        }
    }

    fn matrix(&self) -> SMatrix<f64, 9, 9> {
        let mut out = SMatrix::<f64, 9, 9>::zeros();
        let rows =
            [[&self.pp, &self.pv, &self.pe], [&self.vp, &self.vv, &self.ve], [&Blocks::ZERO, &Blocks::ZERO, &self.ee]];
        for (i, row) in rows.into_iter().enumerate() {
            for (j, block) in row.into_iter().enumerate() {
                out.fixed_view_mut::<3, 3>(3 * i, 3 * j).copy_from(block);
            }
        }
        out
    }
}

impl Rate {
    /// A·Φ, with A = [0 I 0; ∂a/∂p ∂a/∂v ∂a/∂e; 0 0 ∂ė/∂e].
    fn times(&self, phi: &Blocks) -> Blocks {
        Blocks {
            pp: phi.vp,
            pv: phi.vv,
            pe: phi.ve,
            vp: self.by_position * phi.pp + self.by_velocity * phi.vp,
            vv: self.by_position * phi.pv + self.by_velocity * phi.vv,
            ve: self.by_position * phi.pe + self.by_velocity * phi.ve + self.by_extras * phi.ee,
            ee: self.extras_by_extras * phi.ee,
        }
    }
}

impl Dynamics<9> for Motion {
    fn advance(&self, state: &State, dt_s: f64) -> State {
        self.flow::<false>(state, dt_s).0
    }

    fn jacobian(&self, state: &State, dt_s: f64) -> SMatrix<f64, 9, 9> {
        self.flow::<true>(state, dt_s).1.matrix()
    }

    fn noise(&self, state: &State, dt_s: f64) -> SMatrix<f64, 9, 9> {
        noise::added(self, state, within_horizon(dt_s))
    }

    fn advance_with_jacobian(&self, state: &State, dt_s: f64) -> (State, SMatrix<f64, 9, 9>) {
        let (state, phi) = self.flow::<true>(state, dt_s);
        (state, phi.matrix())
    }
}

/// The time that is really predicted: none for a negative one or a NaN.
fn within_horizon(dt_s: f64) -> f64 {
    if dt_s > 0.0 { dt_s.min(HORIZON_S) } else { 0.0 }
}

fn position(state: &State) -> Vector3<f64> {
    state.fixed_rows::<3>(0).into_owned()
}

fn velocity(state: &State) -> Vector3<f64> {
    state.fixed_rows::<3>(3).into_owned()
}

fn extras(state: &State) -> Vector3<f64> {
    state.fixed_rows::<3>(6).into_owned()
}

fn joined(a: &Vector3<f64>, b: &Vector3<f64>, c: &Vector3<f64>) -> State {
    State::from([a.x, a.y, a.z, b.x, b.y, b.z, c.x, c.y, c.z])
}
