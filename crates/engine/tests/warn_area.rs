//! Hazard areas: what cannot be built, and hulls, merging, containment and size against the crate `geo`.

mod warn_common;

use downrange_engine::assess::area::{AREA_MIN_M2, convex_hull, merge_overlapping};
use downrange_engine::assess::{AreaError, HazardArea};
use downrange_engine::traffic::SurfacePosition;
use geo::{Area, ConvexHull, Coord, GeodesicArea, Intersects, LineString, MultiPoint, Point, Polygon, Validation};
use proptest::prelude::*;
use warn_common::*;

fn build(corners: &[(f64, f64)]) -> Result<HazardArea, AreaError> {
    HazardArea::new(0.95, corners.iter().map(|&(lat, lon)| at(lat, lon)).collect(), second(0.0), second(60.0))
}

/// The same ring for the judge: x is longitude, y is latitude, radians.
fn judged(ring: &[SurfacePosition]) -> Polygon {
    let line: Vec<Coord> = ring.iter().map(|p| Coord { x: p.longitude_rad, y: p.latitude_rad }).collect();
    Polygon::new(LineString::new(line), vec![])
}

fn point(p: SurfacePosition) -> Point {
    Point::new(p.longitude_rad, p.latitude_rad)
}

#[test]
fn bad_rings_are_refused_by_name() {
    let square = [(40.0, 130.0), (40.0, 131.0), (41.0, 131.0), (41.0, 130.0)];
    assert!(build(&square).is_ok());
    assert_eq!(build(&[]), Err(AreaError::TooFewCorners));
    assert_eq!(build(&square[..2]), Err(AreaError::TooFewCorners));
    assert_eq!(build(&[square[0], square[1], square[0], square[1]]), Err(AreaError::TooFewCorners));
    assert_eq!(build(&[square[0], square[2], square[1], square[3]]), Err(AreaError::SelfCrossing), "a bow tie");
    let pinched = [(0.0, 0.0), (0.0, 2.0), (1.0, 1.0), (2.0, 2.0), (2.0, 0.0), (1.0, 1.0)];
    assert_eq!(build(&pinched), Err(AreaError::SelfCrossing), "touches itself in a corner");
    let spike = [(0.0, 0.0), (0.0, 2.0), (0.0, 1.0), (1.0, 1.0)];
    assert_eq!(build(&spike), Err(AreaError::SelfCrossing), "runs back over its own edge");
    assert_eq!(build(&[(40.0, 130.0), (41.0, 131.0), (42.0, 132.0)]), Err(AreaError::Empty), "all on one line");
    for bad in [f64::NAN, f64::INFINITY, 90.1, -90.1] {
        assert_eq!(build(&[square[0], square[1], (bad, 130.5)]), Err(AreaError::NotOnEarth), "latitude {bad}");
    }
    assert_eq!(build(&[square[0], square[1], (41.0, f64::NEG_INFINITY)]), Err(AreaError::NotOnEarth));
    assert_eq!(build(&[square[0], square[1], (41.0, 1e30)]), Err(AreaError::NotOnEarth));
}

#[test]
fn bad_windows_and_probabilities_are_refused() {
    let ring = || vec![at(40.0, 130.0), at(40.0, 131.0), at(41.0, 131.0)];
    assert_eq!(HazardArea::new(0.95, ring(), second(1.0), second(0.0)), Err(AreaError::WindowBackwards));
    assert!(HazardArea::new(1.0, ring(), second(0.0), second(0.0)).is_ok(), "one moment, surely");
    for p in [0.0, -0.1, 1.000_001, f64::INFINITY] {
        assert_eq!(HazardArea::new(p, ring(), second(0.0), second(1.0)), Err(AreaError::Probability(p)));
    }
    let nan = HazardArea::new(f64::NAN, ring(), second(0.0), second(1.0));
    assert!(matches!(nan, Err(AreaError::Probability(p)) if p.is_nan()));
}

#[test]
fn bad_sizes_one_square_metre_and_a_continent() {
    let square = |side_m: f64| {
        let c = at(38.0, 135.0);
        let ring = vec![c, offset(c, side_m, 0.0), offset(c, side_m, side_m), offset(c, 0.0, side_m)];
        HazardArea::new(0.95, ring, second(0.0), second(1.0))
    };
    let small = square(1.1).expect("a little more than one square metre");
    assert!((small.area_m2() - 1.21).abs() < 0.01, "{}", small.area_m2());
    assert!(small.contains(offset(at(38.0, 135.0), 0.5, 0.5)) && !small.contains(offset(at(38.0, 135.0), 1.2, 0.5)));
    assert_eq!(square(0.9), Err(AreaError::Empty), "less than {AREA_MIN_M2} m²");
    let continent = build(&[(-35.0, -18.0), (-35.0, 52.0), (37.0, 52.0), (37.0, -18.0)]).expect("Africa");
    assert!(continent.contains(at(9.0, 18.0)) && !continent.contains(at(48.0, 18.0)));
}

#[test]
fn bad_dateline_either_way_of_writing_is_the_same_small_area() {
    let jumping = build(&[(40.0, 179.0), (40.0, -179.0), (42.0, -179.0), (42.0, 179.0)]).expect("valid");
    let running = build(&[(40.0, 179.0), (40.0, 181.0), (42.0, 181.0), (42.0, 179.0)]).expect("valid");
    let behind = build(&[(40.0, -181.0), (40.0, -179.0), (42.0, -179.0), (42.0, -181.0)]).expect("valid");
    for area in [&jumping, &running, &behind] {
        assert!((area.area_m2() / running.area_m2() - 1.0).abs() < 1e-12);
        for inside in [at(41.0, 180.0), at(41.0, -180.0), at(41.0, 179.5), at(41.0, -179.5), at(41.0, 540.0)] {
            assert!(area.contains(inside), "{inside:?}");
        }
        assert!(!area.contains(at(41.0, 0.0)) && !area.contains(at(41.0, 178.0)) && !area.contains(at(43.0, 180.0)));
        let west_rad = area.ring().iter().map(|p| p.longitude_rad).fold(f64::INFINITY, f64::min);
        assert!(west_rad.abs() <= core::f64::consts::PI + 1e-9, "written from {west_rad}");
    }
    assert!(jumping.overlaps(&behind) && running.overlaps(&behind));
}

#[test]
fn bad_poles_a_ring_around_one_is_closed_over_it() {
    let cap = build(&[(80.0, 0.0), (80.0, 90.0), (80.0, 180.0), (80.0, -90.0)]).expect("a cap");
    assert!(cap.contains(at(90.0, 12.0)) && cap.contains(at(85.0, -170.0)) && !cap.contains(at(79.0, 45.0)));
    // Spherical cap 2πR²(1 - sin φ), the ellipsoid differs by less than 1 %.
    let sphere_m2 = 2.0 * core::f64::consts::PI * 6.371e6 * 6.371e6 * (1.0 - libm::sin(80f64.to_radians()));
    assert!((cap.area_m2() / sphere_m2 - 1.0).abs() < 0.01);
    let south = build(&[(-80.0, 0.0), (-85.0, 120.0), (-80.0, -120.0)]).expect("a cap");
    assert!(south.contains(at(-90.0, 0.0)) && !south.contains(at(90.0, 0.0)));
    let hull = convex_hull(&[at(89.0, 0.0), at(88.0, 120.0), at(88.5, -120.0)]);
    let area = HazardArea::new(0.95, hull, second(0.0), second(1.0)).expect("a belt to the pole");
    assert!(area.contains(at(90.0, 0.0)) && area.contains(at(88.0, 33.0)) && !area.contains(at(87.0, 33.0)));
}

#[test]
fn std_rings_are_closed_and_counter_clockwise() {
    let clockwise = build(&[(40.0, 130.0), (41.0, 130.0), (41.0, 131.0), (40.0, 131.0)]).expect("valid");
    assert_eq!(clockwise.ring().len(), 5);
    assert_eq!(clockwise.ring()[0], clockwise.ring()[4]);
    assert!(judged(clockwise.ring()).signed_area() > 0.0);
    let again = HazardArea::new(0.95, clockwise.ring().to_vec(), second(0.0), second(60.0));
    assert_eq!(again.as_ref(), Ok(&clockwise), "its own ring builds the same area");
}

#[test]
fn val_area_against_geodesic_area_of_the_judge() {
    // The judge's edges are geodesics, ours straight in longitude and latitude: it gets ours in small steps.
    let rings: [&[(f64, f64)]; 4] = [
        &[(40.0, 130.0), (40.0, 131.0), (41.0, 131.0), (41.0, 130.0)],
        &[(35.0, 120.0), (33.0, 150.0), (60.0, 160.0), (50.0, 118.0)],
        &[(-60.0, 170.0), (-60.0, 200.0), (-20.0, 185.0)],
        &[(-1.0, -1.0), (-1.0, 1.0), (1.0, 0.0)],
    ];
    let mut worst = 0.0f64;
    for ring in rings {
        let area = build(ring).expect("valid");
        let mut line = Vec::new();
        for edge in area.ring().windows(2) {
            for k in 0..2000 {
                let share = f64::from(k) / 2000.0;
                line.push(Coord {
                    x: (edge[0].longitude_rad + share * (edge[1].longitude_rad - edge[0].longitude_rad)).to_degrees(),
                    y: (edge[0].latitude_rad + share * (edge[1].latitude_rad - edge[0].latitude_rad)).to_degrees(),
                });
            }
        }
        let judge_m2 = Polygon::new(LineString::new(line), vec![]).geodesic_area_signed();
        worst = worst.max((area.area_m2() / judge_m2 - 1.0).abs());
    }
    println!("area against geodesic area: worst ratio off by {worst:.1e}");
    assert!(worst < 1e-6, "{worst:e}");
}

/// A star around a place: simple, seldom convex.
fn star() -> impl Strategy<Value = Vec<SurfacePosition>> {
    (-60.0..60.0f64, -180.0..180.0f64, prop::collection::vec((0.2..1.0f64, 0.2..1.0f64), 3..24)).prop_map(
        |(lat, lon, spokes)| {
            let whole: f64 = spokes.iter().map(|s| s.1).sum();
            let mut angle = 0.0;
            spokes
                .iter()
                .map(|(radius, step)| {
                    angle += core::f64::consts::TAU * step / whole;
                    at(lat + 5.0 * radius * libm::sin(angle), lon + 5.0 * radius * libm::cos(angle))
                })
                .collect()
        },
    )
}

fn places(
    lat: core::ops::Range<f64>,
    lon: core::ops::Range<f64>,
    most: usize,
) -> impl Strategy<Value = Vec<SurfacePosition>> {
    prop::collection::vec((lat, lon), 3..most).prop_map(|v| v.into_iter().map(|(a, b)| at(a, b)).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn prop_containment_agrees_with_the_judge(ring in star(), probes in prop::collection::vec((-6.0..6.0f64, -6.0..6.0f64), 40)) {
        let Ok(area) = HazardArea::new(0.95, ring, second(0.0), second(1.0)) else { return Ok(()) };
        let polygon = judged(area.ring());
        let middle = area.ring()[0];
        for (lat, lon) in probes {
            let p = SurfacePosition {
                latitude_rad: middle.latitude_rad + lat.to_radians(),
                longitude_rad: middle.longitude_rad + lon.to_radians(),
            };
            prop_assert_eq!(area.contains(p), polygon.intersects(&point(p)));
            let turned = SurfacePosition { longitude_rad: p.longitude_rad - core::f64::consts::TAU, ..p };
            prop_assert_eq!(area.contains(turned), area.contains(p));
        }
    }

    #[test]
    fn prop_validity_agrees_with_the_judge(ring in places(-30.0..30.0, -30.0..30.0, 9)) {
        let valid = judged(&ring).is_valid();
        prop_assert_eq!(HazardArea::new(0.5, ring, second(0.0), second(1.0)).is_ok(), valid);
    }

    /// On a coarse grid corners meet, edges touch and overlap all the time.
    #[test]
    fn prop_validity_agrees_with_the_judge_on_a_grid(ring in prop::collection::vec((0i8..4, 0i8..4), 3..8)) {
        // Steps of 1/64 rad, which have no rounding: what is on one line is so exactly.
        let corner = |&(a, b): &(i8, i8)| SurfacePosition { latitude_rad: f64::from(a) / 64.0, longitude_rad: f64::from(b) / 64.0 };
        let ring: Vec<SurfacePosition> = ring.iter().map(corner).collect();
        let mut once = ring.clone();
        once.dedup();
        while once.len() > 1 && once.first() == once.last() {
            once.pop();
        }
        let valid = once.len() >= 3 && judged(&once).is_valid() && judged(&once).unsigned_area() > 0.0;
        prop_assert_eq!(HazardArea::new(0.5, ring.clone(), second(0.0), second(1.0)).is_ok(), valid, "{:?}", ring);
    }

    #[test]
    fn prop_hull_holds_its_points_and_is_the_judges(points in places(-55.0..55.0, 100.0..250.0, 40)) {
        let hull = convex_hull(&points);
        let area = HazardArea::new(0.95, hull.clone(), second(0.0), second(1.0));
        prop_assert!(area.is_ok());
        let area = area.expect("checked");
        for &p in &points {
            prop_assert!(area.contains(p) || near_border(&area, p), "{:?} outside", p);
        }
        let judge = MultiPoint::new(points.iter().map(|&p| point(p)).collect()).convex_hull();
        prop_assert_eq!(judge.exterior().0.len(), hull.len() + 1);
        prop_assert!((judge.unsigned_area() / judged(area.ring()).unsigned_area() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn prop_hull_holds_its_points_anywhere_on_the_globe(points in places(-90.0..90.0, -180.0..180.0, 12)) {
        if let Ok(area) = HazardArea::new(0.95, convex_hull(&points), second(0.0), second(1.0)) {
            for p in points {
                prop_assert!(area.contains(p) || near_border(&area, p));
            }
        } else {
            prop_assert!(false, "the hull of three places is an area");
        }
    }

    #[test]
    fn prop_merged_areas_never_overlap_and_hold_all(rings in prop::collection::vec(star(), 1..12), shrink in 0.2..3.0f64) {
        let areas: Vec<HazardArea> = rings.iter().enumerate().filter_map(|(k, ring)| {
            // Drawn together, so that many overlap.
            let ring = ring.iter().map(|p| SurfacePosition {
                latitude_rad: p.latitude_rad * shrink / 3.0, longitude_rad: p.longitude_rad * shrink / 9.0 }).collect();
            HazardArea::new(0.5 + 0.04 * k as f64, ring, second(k as f64), second(100.0 - k as f64)).ok()
        }).collect();
        let merged = merge_overlapping(&areas);
        for (i, a) in merged.iter().enumerate() {
            let rebuilt = HazardArea::new(a.probability(), a.ring().to_vec(), a.earliest(), a.latest());
            prop_assert!(rebuilt.is_ok(), "a merged area is a valid area");
            for b in &merged[i + 1..] {
                prop_assert!(!a.overlaps(b));
                prop_assert!(!judged(a.ring()).intersects(&judged(b.ring())));
            }
        }
        for a in &areas {
            let inside = merged.iter().find(|m| a.ring().iter().all(|&p| m.contains(p)));
            prop_assert!(inside.is_some(), "every area is inside one of the merged");
            let m = inside.expect("checked");
            prop_assert!(m.probability() <= a.probability());
            prop_assert!(m.earliest() <= a.earliest() && m.latest() >= a.latest());
        }
        prop_assert!(merged.len() <= areas.len());
        prop_assert_eq!(merge_overlapping(&merged), merged.clone(), "merging again changes nothing");
    }
}

/// Within a micrometre of an edge: longitudes that were moved by a whole turn are rounded.
fn near_border(area: &HazardArea, p: SurfacePosition) -> bool {
    let (a, b) = (1e-13, -1e-13);
    [(a, a), (a, b), (b, a), (b, b)].iter().any(|(x, y)| {
        area.contains(SurfacePosition { latitude_rad: p.latitude_rad + x, longitude_rad: p.longitude_rad + y })
    })
}

#[test]
fn std_merging_states_the_smaller_claim_and_the_joint_window() {
    let c = at(40.0, 130.0);
    let one = HazardArea::new(0.95, round(c, 10e3, 12), second(0.0), second(60.0)).expect("valid");
    let two = HazardArea::new(0.99, round(offset(c, 15e3, 0.0), 10e3, 12), second(30.0), second(90.0)).expect("valid");
    let far = HazardArea::new(0.5, round(offset(c, 90e3, 0.0), 10e3, 12), second(0.0), second(10.0)).expect("valid");
    let merged = merge_overlapping(&[one, far.clone(), two]);
    assert_eq!(merged.len(), 2);
    assert_eq!((merged[0].probability(), merged[0].earliest(), merged[0].latest()), (0.95, second(0.0), second(90.0)));
    assert_eq!(merged[1], far);
    assert!(merge_overlapping(&[]).is_empty());
}
