//! What must hold for any input.

use downrange_earth::atmosphere::{air, density_kgpm3};
use downrange_earth::geodetic::height_m;
use downrange_earth::gravity::{J2, MU_M3PS2, OMEGA_RADPS};
use downrange_earth::motion::{Integrator, ballistic_rate, fall};
use downrange_earth::{Ecef, Geodetic, Site, Time, geodesic};
use nalgebra::{SVector, Vector3};
use proptest::prelude::*;

fn place_of(state: &SVector<f64, 6>) -> Ecef {
    Ecef(Vector3::new(state[0], state[1], state[2]))
}

/// Energy in the rotating frame, which free flight keeps: v²/2 − potential − ω² (x² + y²)/2.
fn jacobi_constant_m2ps2(state: &SVector<f64, 6>) -> f64 {
    let r = place_of(state).0;
    let d = r.norm();
    let v = Vector3::new(state[3], state[4], state[5]);
    let a_over_d = 6_378_137.0 / d;
    let flattening = 0.5 * J2 * a_over_d * a_over_d * (3.0 * r.z * r.z / (d * d) - 1.0);
    v.norm_squared() / 2.0
        - MU_M3PS2 / d * (1.0 - flattening)
        - OMEGA_RADPS * OMEGA_RADPS * (r.x * r.x + r.y * r.y) / 2.0
}

prop_compose! {
    fn any_place(height: std::ops::Range<f64>)(sin_lat in -1.0..1.0_f64, lon in -180.0..180.0_f64, height in height) -> Geodetic {
        Geodetic::from_degrees(libm::asin(sin_lat).to_degrees(), lon, height)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn prop_free_flight_keeps_the_jacobi_constant(
        from in any_place(2e5..2e6), v in prop::array::uniform3(-6e3..6e3_f64), time_s in -900.0..900.0_f64,
    ) {
        let r = from.ecef().0;
        let start = SVector::from([r.x, r.y, r.z, v[0], v[1], v[2]]);
        let integrator = Integrator { tolerance: SVector::from([1e-4, 1e-4, 1e-4, 1e-7, 1e-7, 1e-7]), step_max_s: 60.0 };
        let rate = |_: f64, state: &SVector<f64, 6>| ballistic_rate(state, f64::INFINITY);
        let flown = integrator.fly(start, time_s, rate, |state| height_m(place_of(state)));
        prop_assert!(!flown.failed);
        let change = jacobi_constant_m2ps2(&flown.state) - jacobi_constant_m2ps2(&start);
        prop_assert!(change.abs() < 0.1, "{change} of {}", jacobi_constant_m2ps2(&start));
        // And back to where it came from.
        let back = integrator.fly(flown.state, -flown.time_s, rate, |_| 1.0);
        prop_assert!((back.state - start).fixed_rows::<3>(0).norm() < 0.1);
    }

    #[test]
    fn prop_ecef_round_trip(from in any_place(-1e4..1e8)) {
        let there = from.ecef();
        let again = there.geodetic();
        let step = there.0.norm() * f64::EPSILON;
        prop_assert!((again.ecef().0 - there.0).norm() < 4.0 * step);
        prop_assert!((again.height_m - from.height_m).abs() < 4.0 * step);
    }

    #[test]
    fn prop_fast_height_within_centimetres(low in any_place(-1e4..1e6), high in any_place(1e6..4e7)) {
        prop_assert!((height_m(low.ecef()) - low.height_m).abs() < 0.05);
        prop_assert!((height_m(high.ecef()) - high.height_m).abs() < 0.25);
    }

    #[test]
    fn prop_no_place_is_without_coordinates(r in prop::array::uniform3(-1e9..1e9_f64), scale in 0.0..1.0_f64) {
        let somewhere = Ecef(Vector3::from(r) * (scale * scale * scale * scale)).geodetic();
        prop_assert!(somewhere.latitude_rad.abs() <= 1.58 && somewhere.height_m.is_finite());
    }

    #[test]
    fn prop_direct_undoes_inverse(from in any_place(0.0..1.0), to in any_place(0.0..1.0)) {
        let path = geodesic::inverse(from, to);
        let there = geodesic::direct(from, path.azimuth_start_rad, path.distance_m);
        let at_ellipsoid = Geodetic { height_m: 0.0, ..to };
        prop_assert!((there.ecef().0 - at_ellipsoid.ecef().0).norm() < 1e-6);
        let reverse = geodesic::inverse(to, from);
        prop_assert!((reverse.distance_m - path.distance_m).abs() < 1e-7);
    }

    #[test]
    fn prop_site_round_trip(at in any_place(-100.0..5e3), r in prop::array::uniform3(-1e7..1e7_f64)) {
        let site = Site::new(at);
        let seen = Ecef(Vector3::from(r));
        prop_assert!((site.place_at(site.look(seen)).0 - seen.0).norm() < 1e-7);
    }

    #[test]
    fn prop_density_falls(height in -1e4..1.1e6_f64, rise in 1e-3..1e4_f64) {
        prop_assert!(density_kgpm3(height + rise) <= density_kgpm3(height));
        prop_assert_eq!(air(height).density_kgpm3, density_kgpm3(height));
    }

    #[test]
    fn prop_utc_round_trip(ns in any::<i64>()) {
        let time = Time::from_tai_ns(ns);
        let text = time.utc_string(9);
        prop_assert_eq!(Time::from_utc_str(&text).map(Time::tai_ns), Ok(ns), "{}", text);
        let (year, month, day) = time.utc_date();
        let date = format!("{year:04}-{month:02}-{day:02}T");
        prop_assert!(text.starts_with(&date), "{} {}", text, date);
    }

    #[test]
    fn prop_any_text_is_taken_or_refused(text in "\\PC{0,40}", seconds in any::<i64>(), shift_s in any::<f64>()) {
        let _ = Time::from_utc_str(&text);
        let time = Time::from_unix(seconds, u32::MAX);
        let _ = (time.utc_string(255), time.unix_s(), time.plus_s(shift_s).seconds_since(time));
    }

    #[test]
    fn prop_any_state_ends(values in prop::array::uniform8(any::<f64>())) {
        let place = Ecef(Vector3::new(values[0], values[1], values[2]));
        let flown = fall(place, Vector3::new(values[3], values[4], values[5]), values[6], values[7].clamp(-1e4, 1e4));
        prop_assert!(flown.failed || flown.state.iter().all(|value| value.is_finite()));
    }
}

#[test]
fn val_density_is_continuous() {
    for border_m in [0.0, 11_019.07, 20_063.12, 32_161.90, 47_350.09, 51_412.49, 71_802.0, 86_000.0, 120_000.0] {
        let (below, above) = (density_kgpm3(border_m - 0.01), density_kgpm3(border_m + 0.01));
        assert!((below / above - 1.0).abs() < 1e-5, "{border_m}: {below} {above}");
    }
}

/// hifitime is right about every instant but the leap seconds themselves, so the judge looks before and after them.
#[test]
fn val_utc_of_hifitime() {
    let start = hifitime::Epoch::from_gregorian_tai_at_midnight(1970, 1, 1).to_tai_duration();
    let mut judged = 0;
    for year in 1972..2040 {
        for (month, day, hour, minute, second) in
            [(1, 1, 0, 0, 0), (2, 28, 23, 59, 59), (6, 30, 23, 59, 58), (7, 1, 0, 0, 1), (12, 31, 23, 59, 59)]
        {
            let theirs = hifitime::Epoch::from_gregorian_utc(year, month, day, hour, minute, second, 123_456_789);
            let theirs = (theirs.to_tai_duration() - start).total_nanoseconds();
            let text = format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.123456789Z");
            let ours = Time::from_utc_str(&text).unwrap();
            assert_eq!(i128::from(ours.tai_ns()), theirs, "{text}");
            assert_eq!(ours.utc_string(9), text);
            judged += 1;
        }
    }
    println!("{judged} instants agree with hifitime to the nanosecond");
}
