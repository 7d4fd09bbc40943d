//! Who is underneath: probabilities against falls that are simply drawn, and the ways to be wrong.

mod warn_common;

use core::f64::consts::PI;
use downrange_engine::assess::Impact;
use downrange_engine::assess::exposure::{
    AIRCRAFT_HEIGHT_M, AIRCRAFT_LENGTH_M, AIRCRAFT_SPAN_M, BODY_HALF_LENGTH_M, RegionIndex, VESSEL_RADIUS_M, ZoneIndex,
    any_of, exposure,
};
use downrange_engine::policy::{Policy, Region, Rings, Zone};
use downrange_engine::traffic::{SurfacePosition, TrafficPicture};
use proptest::prelude::*;
use warn_common::*;

/// Names everybody, however small the probability.
fn everybody() -> Policy {
    Policy { vessel_probability: 0.0, aircraft_probability: 0.0, zone_probability: 0.0, ..Policy::default() }
}

fn no_zones() -> ZoneIndex {
    ZoneIndex::new(&[])
}

fn vessel_probability(fall: &Impact, place: SurfacePosition, speed_mps: f64) -> f64 {
    let mut traffic = TrafficPicture::new();
    traffic.report(&vessel(1, place, 0.0, speed_mps, 0.0));
    let said = exposure(&[fall], &traffic, &no_zones(), &everybody(), second(0.0));
    said.vessels.first().map_or(0.0, |v| v.probability)
}

#[test]
fn val_vessel_probability_against_drawn_falls() {
    const DRAWS: u32 = 1_000_000;
    let centre = at(40.4, 129.6);
    let (sigma_m, fall_s, sigma_s, speed_mps) = (1_500.0, 300.0, 20.0, 10.0);
    for east_sigmas in [0.0, 0.7, 1.4, 2.0] {
        // She sails north and would be east of the centre at the mean time of the fall.
        let start = offset(centre, east_sigmas * sigma_m, -speed_mps * fall_s);
        let mut traffic = TrafficPicture::new();
        traffic.report(&vessel(1, start, 0.0, speed_mps, 0.0));
        let blur_m =
            traffic.vessels_at(second(0.0)).next().and_then(|v| v.reckoned(second(fall_s))).expect("known").sigma_m;
        let mut draw = Draw(11);
        let mut hits = 0u32;
        for _ in 0..DRAWS {
            let ([x, y], [bx, by], [t, _]) = (draw.normal(), draw.normal(), draw.normal());
            let east_m = sigma_m * x - east_sigmas * sigma_m + blur_m * bx;
            let north_m = sigma_m * y - speed_mps * sigma_s * t + blur_m * by;
            hits += u32::from(libm::hypot(east_m, north_m) < VESSEL_RADIUS_M);
        }
        let drawn = f64::from(hits) / f64::from(DRAWS);
        // Thirty sets of 500 falls: the mean shows the error of the method, the spread that of a finite set.
        let ratios: Vec<f64> = (0..30)
            .map(|seed| drawn_impact(1_000 * seed, centre, sigma_m, fall_s, sigma_s, 500))
            .map(|fall| vessel_probability(&fall, start, speed_mps) / drawn)
            .collect();
        let mean = ratios.iter().sum::<f64>() / 30.0;
        let spread = libm::sqrt(ratios.iter().map(|r| (r - mean) * (r - mean)).sum::<f64>() / 29.0);
        println!("vessel {east_sigmas} sigma off: drawn {drawn:.2e}, said/drawn mean {mean:.3}, spread {spread:.3}");
        assert!((mean - 1.0).abs() < 0.15, "mean ratio {mean} at {east_sigmas} sigma");
        assert!(
            spread < 0.2 && ratios.iter().all(|r| (0.5..2.0).contains(r)),
            "spread {spread} at {east_sigmas} sigma"
        );
    }
}

#[test]
fn val_aircraft_probability_against_bodies_sinking_past_boxes() {
    const DRAWS: u32 = 2_000_000;
    let centre = at(38.0, 135.0);
    let (sigma_m, fall_s, sigma_s, speed_mps, height_m) = (800.0, 60.0, 2.0, 240.0, 6_000.0);
    let sink_mps = 12_000.0 / 40.0;
    let fall = impact(centre, sigma_m, fall_s, sigma_s, 500);
    // At half of the height between 12 km and the ground the body passes 20 s before the fall.
    let pass_s = fall_s - 20.0;
    let start = offset(centre, 0.5 * sigma_m, -speed_mps * pass_s);
    let mut traffic = TrafficPicture::new();
    traffic.report(&aircraft("71C0AB", start, 0.0, height_m, speed_mps));
    let known = traffic.aircraft_at(second(0.0)).next().expect("known");
    let blur_m = known.reckoned(second(fall_s)).expect("known").sigma_m;
    let said = exposure(&[&fall], &traffic, &no_zones(), &everybody(), second(0.0)).aircraft[0].probability;
    let half_span_m = 0.5 * AIRCRAFT_SPAN_M + BODY_HALF_LENGTH_M;
    let half_length_m = 0.5 * AIRCRAFT_LENGTH_M + BODY_HALF_LENGTH_M;
    let half_passing_s = (0.5 * AIRCRAFT_HEIGHT_M + BODY_HALF_LENGTH_M) / sink_mps;
    let mut draw = Draw(5);
    let mut hits = 0u32;
    for _ in 0..DRAWS {
        let ([x, y], [bx, by], [t, _]) = (draw.normal(), draw.normal(), draw.normal());
        let east_m = sigma_m * x - 0.5 * sigma_m + blur_m * bx;
        // Along the track, in steps through the height of the aircraft: the box moves while the body sinks.
        let hit = (0..=20).any(|k| {
            let dt_s = half_passing_s * (f64::from(k) / 10.0 - 1.0);
            let north_m = sigma_m * y - speed_mps * (sigma_s * t + dt_s) + blur_m * by;
            north_m.abs() < half_length_m && east_m.abs() < half_span_m
        });
        hits += u32::from(hit);
    }
    let drawn = f64::from(hits) / f64::from(DRAWS);
    println!("aircraft: said {said:.2e}, drawn {drawn:.2e}, ratio {:.2}", said / drawn);
    assert!(said / drawn < 1.35 && drawn / said < 1.35, "said {said:e}, drawn {drawn:e}");
}

#[test]
fn val_few_or_no_samples_still_say_who_is_inside() {
    let centre = at(40.4, 129.6);
    for samples in [0, 1, 2, 10] {
        let fall = impact(centre, 5_000.0, 300.0, 5.0, samples);
        let mut traffic = TrafficPicture::new();
        traffic.report(&vessel(1, offset(centre, 9_000.0, 0.0), 0.0, 0.0, 0.0));
        traffic.report(&vessel(2, offset(centre, 90_000.0, 0.0), 0.0, 0.0, 0.0));
        let said = exposure(&[&fall], &traffic, &no_zones(), &Policy::default(), second(0.0));
        let named: Vec<u32> = said.vessels.iter().map(|v| v.mmsi).collect();
        assert_eq!(named, [1], "{samples} samples");
        assert!(said.vessels[0].probability.is_finite());
    }
}

#[test]
fn std_a_vessel_inside_the_area_is_named_however_improbable() {
    let centre = at(40.4, 129.6);
    // So wide that no vessel reaches the threshold.
    let fall = impact(centre, 200_000.0, 300.0, 5.0, 300);
    let mut traffic = TrafficPicture::new();
    traffic.report(&vessel(1, offset(centre, 300_000.0, 0.0), 0.0, 0.0, 0.0));
    traffic.report(&vessel(2, offset(centre, 600_000.0, 0.0), 0.0, 0.0, 0.0));
    let said = exposure(&[&fall], &traffic, &no_zones(), &Policy::default(), second(0.0));
    assert_eq!(said.vessels.len(), 1);
    assert!(said.vessels[0].mmsi == 1 && said.vessels[0].probability < Policy::default().vessel_probability);
}

#[test]
fn std_several_falls_join_and_the_most_endangered_is_first() {
    let centre = at(40.4, 129.6);
    let (one, two) = (impact(centre, 3_000.0, 300.0, 5.0, 300), impact(centre, 3_000.0, 400.0, 5.0, 300));
    let mut traffic = TrafficPicture::new();
    for mmsi in 1..=5 {
        traffic.report(&vessel(mmsi, offset(centre, 1_000.0 * f64::from(6 - mmsi), 0.0), 0.0, 0.0, 0.0));
    }
    let both = exposure(&[&one, &two], &traffic, &no_zones(), &everybody(), second(0.0));
    let order: Vec<u32> = both.vessels.iter().map(|v| v.mmsi).collect();
    assert_eq!(order, [5, 4, 3, 2, 1]);
    let alone =
        |fall: &Impact| exposure(&[fall], &traffic, &no_zones(), &everybody(), second(0.0)).vessels[0].probability;
    let joined = 1.0 - (1.0 - alone(&one)) * (1.0 - alone(&two));
    assert!((both.vessels[0].probability / joined - 1.0).abs() < 1e-9);
    let time = both.vessels[0].impact_time;
    assert!(time.seconds_since(second(300.0)).abs() < 5.0 || time.seconds_since(second(400.0)).abs() < 5.0);
    assert_eq!(any_of([]), 0.0);
    assert_eq!(any_of([1.0, 0.3]), 1.0);
}

fn square(id: &str, south: f64, west: f64, side: f64, hole: Option<f64>) -> Zone {
    let ring = |s: f64, w: f64, d: f64| vec![at(s, w), at(s, w + d), at(s + d, w + d), at(s + d, w), at(s, w)];
    let mut rings: Rings = vec![ring(south, west, side)];
    rings.extend(hole.map(|d| ring(south + 0.5 * (side - d), west + 0.5 * (side - d), d)));
    Zone { id: id.into(), name: id.into(), population: None, polygons: vec![rings] }
}

#[test]
fn val_district_shares_are_shares_and_never_certain() {
    let centre = at(40.0, 130.0);
    let fall = impact(centre, 10_000.0, 300.0, 5.0, 1000);
    let zones = ZoneIndex::new(&[
        square("east", 38.0, 130.0, 4.0, None),
        square("west", 38.0, 126.0, 4.0, None),
        square("far", 10.0, 10.0, 1.0, None),
    ]);
    let said = exposure(&[&fall], &TrafficPicture::new(), &zones, &Policy::default(), second(0.0));
    assert_eq!(said.zones.len(), 2, "{:?}", said.zones);
    let sum: f64 = said.zones.iter().map(|z| z.probability).sum();
    assert!((sum - 1.0).abs() < 2e-3 && (said.zones[0].probability - 0.5).abs() < 0.06, "{:?}", said.zones);
    let all = ZoneIndex::new(&[square("all", 30.0, 120.0, 20.0, None)]);
    let said = exposure(&[&fall], &TrafficPicture::new(), &all, &Policy::default(), second(0.0));
    assert!(said.zones[0].probability > 0.999 && said.zones[0].probability < 1.0);
}

#[test]
fn std_holes_borders_and_the_dateline_of_districts() {
    let zones = ZoneIndex::new(&[
        square("ring", 0.0, 0.0, 4.0, Some(2.0)),
        square("next", 0.0, 4.0, 4.0, None),
        square("dateline", 0.0, 178.0, 4.0, None),
    ]);
    let holding = |lat: f64, lon: f64| zones.holding(at(lat, lon)).collect::<Vec<usize>>();
    assert_eq!(holding(0.5, 0.5), [0]);
    assert_eq!(holding(2.0, 2.0), Vec::<usize>::new(), "in the hole");
    assert_eq!(holding(2.0, 4.0).len(), 1, "a shared border belongs to one district");
    assert_eq!(holding(1.0, 179.0), [2]);
    assert_eq!(holding(1.0, -179.0), [2]);
    assert_eq!(holding(1.0, 181.0), [2]);
    assert_eq!(holding(f64::NAN, 1.0), Vec::<usize>::new());
}

#[test]
fn std_a_launch_off_the_coast_keeps_the_nearest_province() {
    let region = |name: &str, zone: Zone| Region {
        name: name.into(),
        name_local: None,
        country: "KP".into(),
        polygons: zone.polygons,
    };
    let index = RegionIndex::new(&[
        region("A", square("", 40.0, 124.0, 1.0, None)),
        region("B", square("", 40.0, 125.5, 1.0, None)),
    ]);
    let name = |lat: f64, lon: f64| index.name_of(at(lat, lon)).map(|r| r.name.as_str());
    assert_eq!(name(40.5, 124.5), Some("A"));
    assert_eq!(name(40.5, 125.15), Some("A"), "13 km off A, 30 km off B");
    assert_eq!(name(40.5, 125.4), Some("B"));
    assert_eq!(name(39.9, 124.5), Some("A"), "11 km south");
    assert_eq!(name(39.7, 124.5), None, "33 km south: at sea");
    assert_eq!(index.name_of(SurfacePosition { latitude_rad: f64::NAN, longitude_rad: 0.0 }), None);
    assert_eq!(RegionIndex::new(&[]).name_of(at(40.5, 124.5)), None);
}

#[test]
fn bad_ten_thousand_false_vessels_far_away_name_nobody() {
    let mut traffic = TrafficPicture::new();
    let mut draw = Draw(3);
    for mmsi in 0..10_000 {
        let place = at(-60.0 + 60.0 * draw.uniform(), -180.0 + 180.0 * draw.uniform());
        traffic.report(&vessel(mmsi, place, 0.0, 10.0, 360.0 * draw.uniform()));
    }
    let fall = impact(at(40.4, 129.6), 5_000.0, 300.0, 5.0, 300);
    let said = exposure(&[&fall], &traffic, &no_zones(), &Policy::default(), second(0.0));
    assert!(said.vessels.is_empty());
    assert_eq!(
        exposure(&[], &traffic, &no_zones(), &everybody(), second(0.0)).vessels.len(),
        0,
        "no fall, nobody underneath"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(40) })]

    /// On the centre of the fall, a narrower fall is a denser one.
    #[test]
    fn prop_probability_grows_with_density(sigma_m in 300.0..20_000.0f64, wider in 1.05..4.0f64) {
        let centre = at(40.4, 129.6);
        // Samples in pairs opposite each other: the mean is the centre.
        let symmetric = |sigma_m: f64| {
            let mut fall = impact(centre, sigma_m, 300.0, 0.0, 100);
            let mirrored: Vec<_> = fall.samples.iter().map(|s| {
                let mirror = |p: SurfacePosition| SurfacePosition {
                    latitude_rad: 2.0 * centre.latitude_rad - p.latitude_rad,
                    longitude_rad: 2.0 * centre.longitude_rad - p.longitude_rad };
                downrange_engine::assess::FallSample { position: mirror(s.position), aloft: mirror(s.aloft), ..*s }
            }).collect();
            fall.samples.extend(mirrored);
            fall
        };
        let dense = vessel_probability(&symmetric(sigma_m), centre, 0.0);
        let thin = vessel_probability(&symmetric(sigma_m * wider), centre, 0.0);
        prop_assert!(dense > thin, "{} {}", dense, thin);
    }

    #[test]
    fn prop_probability_falls_with_distance(sigma_m in 1_000.0..20_000.0f64, bearing in 0.0..(2.0 * PI)) {
        let centre = at(40.4, 129.6);
        let fall = impact(centre, sigma_m, 300.0, 5.0, 500);
        let (s, c) = libm::sincos(bearing);
        let at_sigmas = |k: f64| vessel_probability(&fall, offset(centre, k * sigma_m * s, k * sigma_m * c), 0.0);
        let steps: Vec<f64> = [0.0, 1.5, 3.0, 4.5].iter().map(|&k| at_sigmas(k)).collect();
        prop_assert!(steps.windows(2).all(|w| w[0] > w[1]), "{:?}", steps);
        prop_assert!(steps.iter().all(|p| (0.0..=1.0).contains(p)));
    }

    #[test]
    fn prop_any_numbers_give_probabilities(lat in -90.0..90.0f64, lon in -180.0..180.0f64, speed in -10.0..2000.0f64, samples in 0usize..6, sigma_m in 1.0..4e5f64) {
        let mut traffic = TrafficPicture::new();
        traffic.report(&vessel(1, at(lat, lon), -100.0, speed, 45.0));
        traffic.report(&aircraft("A", at(lat, lon), -100.0, 1e9, speed));
        let fall = impact(at(lat * 0.6, lon), sigma_m, 30.0, 5.0, samples);
        let said = exposure(&[&fall], &traffic, &no_zones(), &everybody(), second(0.0));
        prop_assert!(said.vessels.iter().all(|v| (0.0..=1.0).contains(&v.probability)));
        prop_assert!(said.aircraft.iter().all(|a| (0.0..=1.0).contains(&a.probability)));
    }
}
