//! A radar whose north, range and clock are off: found while it works, from aircraft that report themselves.
//!
//! `cargo run --release -p downrange-track --example ex09_registration`

use downrange_earth::{Enu, Geodetic, Site};
use downrange_track::gaussian::Gaussian;
use downrange_track::observe::Radar;
use downrange_track::register::{Known, Outcome, Plot, Registration};
use nalgebra::{Vector3, Vector6, vector};

#[allow(dead_code, reason = "each example uses its part")]
#[path = "shared/draw.rs"]
mod draw;

pub(crate) fn main() {
    let mut draw = draw::Draw(9);
    let site = Site::new(Geodetic::from_degrees(38.2, 128.6, 120.0));
    // It reads 150 m too far, 0.4 degrees too far right, 0.1 degrees too high, and stamps its plots 0.8 s late.
    let bias = vector![150.0, 0.4_f64.to_radians(), 0.1_f64.to_radians(), 0.8];
    let sigma = vector![40.0, 0.1_f64.to_radians(), 0.1_f64.to_radians()];
    let prior = Gaussian::diagonal(vector![0.0, 0.0, 0.0, 0.0], vector![300.0, 0.01, 0.01, 2.0]);
    let mut registration = Registration::<4>::new([prior], vector![0.0, 0.0, 0.0, 0.0]).expect("a prior");
    for second in 0..120 {
        let time_s = f64::from(second);
        // Another of many airliners each second, on any heading, between 20 and 150 km away.
        let (range_m, bearing_rad) = (draw.between(20e3, 150e3), draw.between(0.0, std::f64::consts::TAU));
        let heading_rad = draw.between(0.0, std::f64::consts::TAU);
        let place = site.place(Enu(vector![range_m * bearing_rad.sin(), range_m * bearing_rad.cos(), 10e3]));
        let velocity =
            site.ecef_to_enu().transpose() * vector![230.0 * heading_rad.sin(), 230.0 * heading_rad.cos(), 0.0];
        let state = Vector6::new(place.0.x, place.0.y, place.0.z, velocity.x, velocity.y, velocity.z);
        let reported = Known { time_s, state: Gaussian::diagonal(state, vector![20.0, 20.0, 20.0, 1.0, 1.0, 1.0]) };

        let noise = Vector3::from_fn(|i, _| sigma[i] * draw.normal());
        let seen = Radar::measurement(&site.look(place)) + bias.fixed_rows::<3>(0) + noise;
        let plot = Plot { sensor: 0, site, time_s: time_s + bias[3], measured: Gaussian::diagonal(seen, sigma) };
        registration.known(&plot, &reported).expect("finite numbers");

        if [4, 19, 119].contains(&second) {
            let found = registration.bias(0).expect("sensor 0");
            let shown = [1.0, 57.295_78, 57.295_78, 1.0];
            let [r, a, e, c] =
                [0, 1, 2, 3].map(|i| (found.mean[i] * shown[i], found.covariance[(i, i)].sqrt() * shown[i]));
            println!(
                "after {:3} plots: range {:4.0} ± {:3.0} m, azimuth {:.3} ± {:.3}°, elevation {:.3} ± {:.3}°, clock {:.2} ± {:.2} s",
                second + 1,
                r.0,
                r.1,
                a.0,
                a.1,
                e.0,
                e.1,
                c.0,
                c.1
            );
        }
    }
    let found = registration.bias(0).expect("sensor 0");
    for i in 0..4 {
        let sigmas = (found.mean[i] - bias[i]).abs() / found.covariance[(i, i)].sqrt();
        assert!(sigmas < 4.0, "component {i} is {sigmas:.1} sigmas off");
    }
    // A report that lies is left out.
    let liar = Known {
        time_s: 200.0,
        state: Gaussian::diagonal(
            Vector6::new(site.ecef().0.x + 90e3, site.ecef().0.y, site.ecef().0.z, 0.0, 0.0, 0.0),
            vector![20.0, 20.0, 20.0, 1.0, 1.0, 1.0],
        ),
    };
    let elsewhere =
        Plot { sensor: 0, site, time_s: 200.8, measured: Gaussian::diagonal(vector![60e3, 1.0, 0.1], sigma) };
    assert!(matches!(registration.known(&elsewhere, &liar), Ok(Outcome::Outlier(_))));
}
