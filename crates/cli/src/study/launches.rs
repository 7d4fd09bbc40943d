//! Where and when flights were said to have been launched, against where and when they were.

use super::Outcome;
use super::districts::Districts;
use super::figures::{Spread, rounded, spread};
use super::judge::Case;
use downrange_earth::{Geodetic, geodesic};
use downrange_engine::assess::Launch;
use downrange_engine::traffic::SurfacePosition;
use serde::Serialize;
use std::fmt::Write as _;

/// 95 % of a normal distribution, in two dimensions (√(−2·ln 0.05)) and in one: any textbook table.
const INSIDE95_SIGMAS: f64 = 2.448;
const WITHIN95_SIGMAS: f64 = 1.96;

/// What was said of one launch, when it was said first and last.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SaidLaunch {
    /// When it was said first, seconds after the epoch.
    pub first_s: f64,
    /// As it was said first and last.
    pub said: [Off; 2],
}

/// How far a said launch is off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Off {
    /// Of the place.
    pub place_m: f64,
    /// The same in sigmas of the said ellipse: how far the truth is along its long axis and to the right of that.
    pub sigmas: [f64; 2],
    /// Half axes of that ellipse, the long one first.
    pub semi_axes_m: [f64; 2],
    /// Of the time, either way.
    pub time_s: f64,
    /// The same in said sigmas.
    pub time_sigmas: f64,
    /// Whether the said place and the true one are of one district (or both of none).
    pub is_named: bool,
}

impl Off {
    /// Of a launch that was at a place on the ground, so many seconds before (or, negative, after) the said time.
    pub fn of(said: &Launch, truth: Geodetic, before_s: f64, districts: Option<&Districts>) -> Off {
        let position = said.position;
        let from =
            Geodetic { latitude_rad: position.latitude_rad, longitude_rad: position.longitude_rad, height_m: 0.0 };
        let way = geodesic::inverse(from, Geodetic { height_m: 0.0, ..truth });
        let (right, along) = (way.azimuth_start_rad - said.orientation_rad).sin_cos();
        let truth = SurfacePosition { latitude_rad: truth.latitude_rad, longitude_rad: truth.longitude_rad };
        Off {
            place_m: way.distance_m,
            sigmas: [way.distance_m * along / said.semi_major_m, way.distance_m * right / said.semi_minor_m],
            semi_axes_m: [said.semi_major_m, said.semi_minor_m],
            time_s: before_s.abs(),
            time_sigmas: before_s.abs() / said.time_sigma_s,
            is_named: districts.is_some_and(|all| all.holding(position) == all.holding(truth)),
        }
    }

    /// How far the place is off in sigmas of the said ellipse.
    fn place_sigmas(&self) -> f64 {
        self.sigmas[0].hypot(self.sigmas[1])
    }
}

/// `launches.csv`: every said launch of the judged worlds, as it was said first and last, for those who want to see where they
/// go wrong.
pub fn launches_csv(outcomes: &[(u64, Outcome)]) -> String {
    let mut text = "seed,class,faulty,said,after_s,error_km,along_sigmas,right_sigmas,semi_major_km,semi_minor_km,\
        time_error_s,time_sigmas,named\n"
        .to_string();
    for (seed, outcome) in outcomes {
        let Outcome::Judged(case) = outcome else { continue };
        let (Some(launch), Some(first_plot_s)) = (&case.launch, case.first_plot_s) else { continue };
        let of = format!("{seed},\"{}\",{}", case.class.words(), u8::from(case.is_faulty));
        for (said, off) in ["first", "last"].iter().zip(&launch.said) {
            let ([along, right], [major_m, minor_m]) = (off.sigmas, off.semi_axes_m);
            let _ = writeln!(
                text,
                "{of},{said},{:.1},{:.3},{along:.3},{right:.3},{:.3},{:.3},{:.1},{:.3},{}",
                launch.first_s - first_plot_s,
                off.place_m / 1e3,
                major_m / 1e3,
                minor_m / 1e3,
                off.time_s,
                off.time_sigmas,
                u8::from(off.is_named)
            );
        }
    }
    text
}

/// What was said of the launches of a study, first and last.
#[derive(Debug, Clone, Serialize)]
pub struct Launches {
    /// Flights that were launched.
    pub flights: usize,
    /// From the first plot of a flight to when its launch was first said, s.
    pub first_after_s: Spread,
    /// As it was said first, and last.
    pub said: [LaunchRow; 2],
}

/// Launches as they were said at some time.
#[derive(Debug, Clone, Serialize)]
pub struct LaunchRow {
    /// At which.
    pub of: &'static str,
    /// Flights with a said launch.
    pub flights: usize,
    /// Error of the place, km.
    pub error_km: Spread,
    /// Part whose true place is inside the ellipse of 95 %.
    pub inside95_fraction: Option<f64>,
    /// Error of the time, s.
    pub time_error_s: Spread,
    /// Part whose true time is within what holds 95 %.
    pub in_time95_fraction: Option<f64>,
    /// Part whose province is right.
    pub named_fraction: Option<f64>,
}

impl Launches {
    /// Of judged worlds.
    pub(super) fn of(cases: &[&Case]) -> Launches {
        let said: Vec<(&Case, &SaidLaunch)> =
            cases.iter().filter_map(|case| Some((*case, case.launch.as_ref()?))).collect();
        let after = said.iter().filter_map(|(case, launch)| Some(launch.first_s - case.first_plot_s?));
        let rows = [("as first said", 0), ("as last said", 1)];
        Launches {
            flights: cases.iter().filter(|case| case.is_launched).count(),
            first_after_s: spread(after.collect()),
            said: rows.map(|(of, at)| row(of, &said.iter().map(|(_, launch)| launch.said[at]).collect::<Vec<_>>())),
        }
    }
}

fn row(of: &'static str, offs: &[Off]) -> LaunchRow {
    let part = |is: &dyn Fn(&Off) -> bool| {
        let count = offs.iter().filter(|off| is(off)).count();
        (!offs.is_empty()).then(|| rounded(count as f64 / offs.len() as f64))
    };
    LaunchRow {
        of,
        flights: offs.len(),
        error_km: spread(offs.iter().map(|off| off.place_m / 1e3).collect()),
        inside95_fraction: part(&|off| off.place_sigmas() <= INSIDE95_SIGMAS),
        time_error_s: spread(offs.iter().map(|off| off.time_s).collect()),
        in_time95_fraction: part(&|off| off.time_sigmas <= WITHIN95_SIGMAS),
        named_fraction: part(&|off| off.is_named),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use downrange_earth::Time;

    /// A degree of latitude at 40.8° N is 111.05 km on WGS-84 (any table), one of longitude 84.36 km.
    #[test]
    fn val_an_error_is_measured_along_and_across_the_said_ellipse() {
        let degrees = |latitude_deg: f64, longitude_deg: f64| Geodetic::from_degrees(latitude_deg, longitude_deg, 0.0);
        let at = degrees(40.82, 140.74);
        let said = Launch {
            time: Time::from_tai_ns(0),
            time_sigma_s: 4.0,
            position: SurfacePosition { latitude_rad: at.latitude_rad, longitude_rad: at.longitude_rad },
            semi_major_m: 10e3,
            semi_minor_m: 1e3,
            orientation_rad: std::f64::consts::FRAC_PI_2,
            region: None,
            region_local: None,
        };
        let districts = Districts::built_in().unwrap();
        let east = Off::of(&said, degrees(40.82, 140.84), -6.0, Some(&districts));
        assert!((east.sigmas[0] - 0.8436).abs() < 1e-3 && east.sigmas[1].abs() < 0.01, "{east:?}");
        assert!((east.place_m - 8_436.0).abs() < 3.0 && (east.place_sigmas() - 0.8436).abs() < 1e-3, "{east:?}");
        assert!((east.time_s - 6.0).abs() < 1e-9 && (east.time_sigmas - 1.5).abs() < 1e-9 && east.is_named, "{east:?}");
        let north = Off::of(&said, degrees(40.92, 140.74), 0.0, Some(&districts));
        assert!((north.sigmas[1] / -11.105 - 1.0).abs() < 2e-3, "left of the long axis: {north:?}");
        assert!((north.place_sigmas() / 11.105 - 1.0).abs() < 2e-3, "{north:?}");
        assert!(!Off::of(&said, degrees(38.0, 127.0), 0.0, Some(&districts)).is_named, "another province");
    }
}
