//! The life of a warning: raised, changed, renewed, taken back, over.

mod warn_common;

use downrange_engine::assess::debris::DebrisBand;
use downrange_engine::assess::exposure::{ZoneIndex, exposure};
use downrange_engine::assess::{Assessment, Exposure, Impact, Phase, VesselExposure};
use downrange_engine::engine::Order;
use downrange_engine::policy::Policy;
use downrange_engine::traffic::{SurfacePosition, TrafficPicture};
use downrange_engine::warn::{
    ALL_CLEAR_MARGIN_S, Desk, EventView, OrderError, REFINEMENT_HOLD_S, Reason, Revision, RevisionKind, is_watch,
};
use proptest::prelude::*;
use warn_common::*;

const EVENT: &str = "2022-01-14-1";

fn sea() -> SurfacePosition {
    at(40.4, 129.6)
}

fn fall(at_s: f64) -> Impact {
    impact(sea(), 5_000.0, at_s, 5.0, 200)
}

/// A flying threat that two paths see.
fn threat(object: &str, now_s: f64, impact: Impact) -> Assessment {
    assessment(object, now_s, 0.97, 2, Phase::Midcourse, Some(impact))
}

fn nobody(_: &[&Impact]) -> Exposure {
    Exposure::default()
}

fn look(desk: &mut Desk, now_s: f64, objects: &[&Assessment]) -> Option<Revision> {
    let said = desk.consider(second(now_s), &EventView { event: EVENT, objects, debris: &[] }, nobody);
    if let Some(revision) = &said {
        assert_sound(revision);
    }
    said
}

/// P4: never a revision without objects, valid area, time and end; references complete.
fn assert_sound(r: &Revision) {
    assert!(!r.areas.is_empty() && r.areas.iter().all(|a| a.area_m2() > 0.0), "{r:?}");
    assert!(r.areas.iter().enumerate().all(|(i, a)| r.areas[i + 1..].iter().all(|b| !a.overlaps(b))));
    assert!(!r.objects.is_empty() && r.objects.is_sorted());
    assert!(r.onset >= r.time && r.expires > r.onset && r.expires > r.time, "{r:?}");
    assert!((0.0..=1.0).contains(&r.probability));
    assert_eq!(r.references.len() as u32, r.revision - 1);
    assert!(r.references.iter().enumerate().all(|(i, (number, time))| *number == i as u32 + 1 && *time <= r.time));
    assert_eq!(r.id, format!("{}-W", r.event));
}

#[test]
fn std_alert_update_all_clear() {
    let mut desk = Desk::new(Policy::default());
    assert_eq!(desk.next_wake(), None);
    let first = threat("a", 0.0, fall(300.0));
    let alert = look(&mut desk, 0.0, &[&first]).expect("a threat is said at once");
    assert_eq!((alert.kind, alert.reason, alert.revision), (RevisionKind::Alert, Reason::Launch, 1));
    assert_eq!(alert.region, Some(("North Pyongan".into(), Some("평안북도".into()))));
    assert_eq!(alert.onset, first.impact.as_ref().expect("falls").areas[0].earliest());
    assert!((alert.probability - 0.97).abs() < 1e-12);
    assert_eq!(look(&mut desk, 5.0, &[&first]), None, "nothing changed");

    let second_object = threat("b", 6.0, impact(offset(sea(), 60e3, 0.0), 5_000.0, 320.0, 5.0, 200));
    let update = look(&mut desk, 6.0, &[&first, &second_object]).expect("another object is said at once");
    assert_eq!((update.kind, update.reason, update.revision), (RevisionKind::Update, Reason::ObjectsChanged, 2));
    assert_eq!((update.objects.len(), update.areas.len()), (2, 2));
    assert!((update.probability - (1.0 - 0.03 * 0.03)).abs() < 1e-12);

    let landed = assessment("a", 320.0, 0.97, 2, Phase::Landed, first.impact.clone());
    assert_eq!(look(&mut desk, 340.0, &[&landed, &second_object]), None, "still inside the margin");
    let down = first.impact.as_ref().expect("falls").areas[0].latest();
    let after_first_s = down.seconds_since(second(0.0)) + ALL_CLEAR_MARGIN_S;
    let update = look(&mut desk, after_first_s, &[&landed, &second_object]).expect("the area of what is down is free");
    assert_eq!((update.objects.len(), update.areas.len()), (2, 1));

    let wake = desk.next_wake().expect("a warning stands");
    assert!(desk.tick(wake.plus_s(-0.5)).is_empty());
    let over = desk.tick(wake);
    assert_eq!(over.len(), 1);
    assert_sound(&over[0]);
    assert_eq!((over[0].kind, over[0].reason), (RevisionKind::AllClear, Reason::AllDown));
    assert_eq!((over[0].areas.clone(), over[0].exposure.clone()), (update.areas, Exposure::default()));
    assert_eq!((desk.standing().count(), desk.next_wake()), (0, None));
    assert_eq!(desk.history("2022-01-14-1-W").map(<[Revision]>::len), Some(4));
    assert_eq!(look(&mut desk, 2_000.0, &[&landed, &second_object]), None, "what is down is not raised again");
}

#[test]
fn std_an_alert_needs_probability_witnesses_and_an_area() {
    let raised = |a: &Assessment| look(&mut Desk::new(Policy::default()), 0.0, &[a]).is_some();
    assert!(raised(&threat("a", 0.0, fall(300.0))));
    assert!(!raised(&assessment("a", 0.0, 0.89, 2, Phase::Midcourse, Some(fall(300.0)))), "not probable enough");
    assert!(!raised(&assessment("a", 0.0, 0.97, 1, Phase::Midcourse, Some(fall(300.0)))), "one witness");
    assert!(!raised(&assessment("a", 0.0, 0.97, 2, Phase::Midcourse, None)), "no fall");
    let without_area = Impact { areas: vec![], ..fall(300.0) };
    assert!(!raised(&threat("a", 0.0, without_area)), "no area");
    assert!(!raised(&threat("a", 0.0, fall(-1_000.0))), "down long ago");
    let unlikely = assessment("a", 0.0, 0.5, 2, Phase::Midcourse, Some(fall(300.0)));
    let single = assessment("b", 0.0, 0.99, 1, Phase::Midcourse, Some(fall(300.0)));
    assert_eq!(look(&mut Desk::new(Policy::default()), 0.0, &[&unlikely, &single]), None, "each lacks something else");
    assert_eq!(look(&mut Desk::new(Policy::default()), 0.0, &[]), None);
}

#[test]
fn std_one_witness_of_what_an_alert_asks_for_otherwise_is_a_watch() {
    let policy = Policy::default();
    let seen_by = |paths: usize, probability: f64, phase: Phase, fall: Option<Impact>| {
        is_watch(&assessment("a", 0.0, probability, paths, phase, fall), &policy)
    };
    assert!(seen_by(1, 0.97, Phase::Midcourse, Some(fall(300.0))) && seen_by(1, 0.97, Phase::Lost, Some(fall(300.0))));
    assert!(!seen_by(2, 0.97, Phase::Midcourse, Some(fall(300.0))), "an alert");
    assert!(!seen_by(1, 0.89, Phase::Midcourse, Some(fall(300.0))), "not probable enough");
    assert!(!seen_by(1, 0.97, Phase::Midcourse, None), "no fall");
    assert!(!seen_by(1, 0.97, Phase::Landed, Some(fall(300.0))), "down");
    let trusting = Policy { independent_paths_min: 1, ..policy.clone() };
    let single = assessment("a", 0.0, 0.97, 1, Phase::Midcourse, Some(fall(300.0)));
    assert!(
        !is_watch(&single, &trusting) && look(&mut Desk::new(trusting), 0.0, &[&single]).is_some(),
        "policy says so"
    );
}

#[test]
fn std_only_threats_are_named() {
    let mut desk = Desk::new(Policy::default());
    let airliner = assessment("b", 0.0, 0.02, 2, Phase::Midcourse, Some(fall(300.0)));
    let alert = look(&mut desk, 0.0, &[&threat("a", 0.0, fall(300.0)), &airliner]).expect("alert");
    assert_eq!(alert.objects, ["a"]);
}

#[test]
fn std_cancelled_when_it_turns_out_an_aircraft_and_raised_again_when_not() {
    let mut desk = Desk::new(Policy::default());
    look(&mut desk, 0.0, &[&threat("a", 0.0, fall(300.0))]).expect("alert");
    let doubtful = assessment("a", 1.0, 0.3, 2, Phase::Midcourse, None);
    assert_eq!(look(&mut desk, 1.0, &[&doubtful]), None, "doubt takes nothing back");
    let airliner = assessment("a", 2.0, 0.05, 2, Phase::Midcourse, None);
    let cancel = look(&mut desk, 2.0, &[&airliner]).expect("cancel");
    assert_eq!((cancel.kind, cancel.reason, cancel.revision), (RevisionKind::Cancel, Reason::NoThreat, 2));
    assert_eq!(look(&mut desk, 3.0, &[&airliner]), None);
    let again = look(&mut desk, 4.0, &[&threat("a", 4.0, fall(300.0))]).expect("a threat after all");
    assert_eq!((again.kind, again.revision), (RevisionKind::Alert, 3));
    assert_eq!(again.references, [(1, second(0.0)), (2, second(2.0))]);
}

#[test]
fn std_bands_of_debris_are_said_at_once_and_outlast_what_is_tracked() {
    let band = |upper_m: f64, end_s: f64| DebrisBand {
        lower_m: upper_m - 6_096.0,
        upper_m,
        area: area(sea(), 40_000.0, 200.0, end_s),
    };
    let (high, low) = (band(12_192.0, 400.0), band(6_096.0, 4_000.0));
    let mut desk = Desk::new(Policy::default());
    let mut say = |now_s: f64, phase, debris: &[DebrisBand]| {
        let object = assessment("a", now_s, 0.97, 2, phase, Some(fall(300.0)));
        desk.consider(second(now_s), &EventView { event: EVENT, objects: &[&object], debris }, nobody)
    };
    assert!(say(0.0, Phase::Descent, &[]).expect("alert").debris.is_empty());
    let update = say(3.0, Phase::Descent, &[high.clone(), low.clone()]).expect("more danger than was said");
    assert_eq!(update.debris, [high.clone(), low.clone()]);
    assert_eq!(say(6.0, Phase::Descent, &[high.clone(), low.clone()]), None);
    let over = say(900.0, Phase::Landed, core::slice::from_ref(&low)).expect("all down");
    assert_eq!((over.kind, over.debris), (RevisionKind::AllClear, vec![low]));
}

#[test]
fn std_cancel_by_one_person_is_at_once_and_for_good() {
    let mut desk = Desk::new(Policy::default());
    let object = threat("a", 0.0, fall(300.0));
    let alert = look(&mut desk, 0.0, &[&object]).expect("alert");
    let order = Order::Cancel { warning: alert.id.clone(), person: "duty officer".into() };
    let cancel = desk.order(second(0.1), &order).expect("taken back");
    assert_sound(&cancel);
    assert_eq!((cancel.kind, cancel.reason, cancel.time), (RevisionKind::Cancel, Reason::Ordered, second(0.1)));
    assert_eq!(cancel.areas, alert.areas);
    assert_eq!(desk.order(second(0.2), &order), Err(OrderError::NotStanding(alert.id)));
    assert_eq!(look(&mut desk, 5.0, &[&object, &threat("b", 5.0, fall(400.0))]), None, "not raised again");
    assert!(desk.tick(second(10_000.0)).is_empty());
    let unknown = Order::Cancel { warning: "2022-01-14-2-W".into(), person: "duty officer".into() };
    assert_eq!(desk.order(second(0.3), &unknown), Err(OrderError::UnknownWarning("2022-01-14-2-W".into())));
}

#[test]
fn std_growing_danger_is_said_at_once_refinement_waits() {
    let mut desk = Desk::new(Policy::default());
    look(&mut desk, 0.0, &[&threat("a", 0.0, fall(300.0))]).expect("alert");
    let moved =
        |now_s: f64, km: f64| threat("a", now_s, impact(offset(sea(), km * 1e3, 0.0), 5_000.0, 300.0, 5.0, 200));
    assert_eq!(look(&mut desk, 1.0, &[&moved(1.0, 30.0)]), None, "two seconds between messages");
    let update = look(&mut desk, 2.0, &[&moved(2.0, 30.0)]).expect("the fall left the area");
    assert_eq!(update.reason, Reason::AreaChanged);
    let smaller = threat("a", 5.0, impact(offset(sea(), 30e3, 0.0), 2_000.0, 300.0, 5.0, 200));
    assert_eq!(look(&mut desk, 5.0, &[&smaller]), None, "only smaller");
    assert_eq!(look(&mut desk, 12.0, &[&smaller]), None, "it may yet be larger");
    let update = look(&mut desk, 5.0 + REFINEMENT_HOLD_S, &[&smaller]).expect("it stayed smaller");
    assert!(update.areas[0].area_m2() < 1e9);
    let at_time =
        |now_s: f64, fall_s: f64| threat("a", now_s, impact(offset(sea(), 30e3, 0.0), 2_000.0, fall_s, 5.0, 200));
    let update = look(&mut desk, 40.0, &[&at_time(40.0, 200.0)]).expect("earlier is said at once");
    assert!(update.onset < second(200.0));
    assert_eq!(look(&mut desk, 55.0, &[&at_time(55.0, 290.0)]), None, "later is no hurry");
    assert!(look(&mut desk, 55.0 + REFINEMENT_HOLD_S, &[&at_time(85.0, 290.0)]).is_some());
}

#[test]
fn std_two_explanations_that_change_places_do_not_flap() {
    let mut desk = Desk::new(Policy::default());
    let with_spread = |now_s: f64, sigma_m: f64| threat("a", now_s, impact(sea(), sigma_m, 300.0, 5.0, 200));
    look(&mut desk, 0.0, &[&with_spread(0.0, 20_000.0)]).expect("alert");
    for step in 1..20 {
        let now_s = 10.0 * f64::from(step);
        let sigma_m = if step % 2 == 0 { 20_000.0 } else { 2_000.0 };
        assert_eq!(look(&mut desk, now_s, &[&with_spread(now_s, sigma_m)]), None, "at {now_s} s");
    }
}

#[test]
fn std_a_lost_track_never_shrinks() {
    let mut desk = Desk::new(Policy::default());
    let alert = look(&mut desk, 0.0, &[&threat("a", 0.0, fall(300.0))]).expect("alert");
    let lost =
        assessment("a", 20.0, 0.97, 2, Phase::Lost, Some(impact(offset(sea(), 8e3, 0.0), 1_000.0, 300.0, 5.0, 200)));
    for now_s in [20.0, 31.0, 42.0] {
        if let Some(update) = look(&mut desk, now_s, &[&lost]) {
            let held = alert.areas[0].ring().iter().all(|&p| update.areas.iter().any(|a| a.contains(p)));
            assert!(held, "the area of a lost track shrank");
        }
    }
}

#[test]
fn std_newly_exposed_people_are_told_after_the_interval() {
    let mut desk = Desk::new(Policy::default());
    let object = threat("a", 0.0, fall(300.0));
    look(&mut desk, 0.0, &[&object]).expect("alert");
    let view = [&object];
    let view = EventView { event: EVENT, objects: &view, debris: &[] };
    let ship = |probability: f64| {
        move |_: &[&Impact]| Exposure {
            vessels: vec![VesselExposure { mmsi: 1, name: None, impact_time: second(300.0), probability }],
            ..Exposure::default()
        }
    };
    assert_eq!(desk.consider(second(5.0), &view, ship(0.1)), None);
    assert_eq!(desk.consider(second(11.0), &view, ship(1e-9)), None, "too improbable to be news");
    let update = desk.consider(second(22.0), &view, ship(0.1)).expect("she was not named");
    assert_eq!((update.reason, update.exposure.vessels.len()), (Reason::ExposureChanged, 1));
    assert_eq!(desk.consider(second(40.0), &view, ship(0.2)), None, "named already");
}

#[test]
fn std_renewed_before_it_runs_out_while_something_still_flies() {
    let policy = Policy { expiry_margin_s: 100.0, ..Policy::default() };
    let mut desk = Desk::new(policy);
    let object = threat("a", 0.0, fall(60.0));
    let mut standing = look(&mut desk, 0.0, &[&object]).expect("alert");
    let mut renewed = 0;
    // It is seen flying long after it should have been down.
    for step in 1..120 {
        let now_s = f64::from(step) * 5.0;
        let object = threat("a", now_s, fall(60.0));
        let said = look(&mut desk, now_s, &[&object]).into_iter().chain(desk.tick(second(now_s))).last();
        if let Some(revision) = said {
            assert_eq!((revision.kind, revision.reason), (RevisionKind::Update, Reason::Renewed));
            standing = revision;
            renewed += 1;
        }
        assert!(standing.expires > second(now_s), "ran out while the danger lasts");
    }
    assert!(renewed >= 5, "{renewed}");
}

#[test]
fn std_a_warning_to_water_alone_goes_out_with_ships() {
    let mut traffic = TrafficPicture::new();
    traffic.report(&vessel(273_000_100, sea(), 0.0, 5.0, 0.0));
    let object = threat("a", 0.0, fall(300.0));
    let view = [&object];
    let policy = Policy::default();
    let mut desk = Desk::new(policy.clone());
    let ask = |falls: &[&Impact]| exposure(falls, &traffic, &ZoneIndex::new(&[]), &policy, second(0.0));
    let alert =
        desk.consider(second(0.0), &EventView { event: EVENT, objects: &view, debris: &[] }, ask).expect("alert");
    assert_eq!((alert.exposure.vessels.len(), alert.exposure.zones.len()), (1, 0));
    assert_eq!(desk.standing().count(), 1);
}

#[test]
fn bad_time_running_backwards_changes_no_order() {
    let mut desk = Desk::new(Policy::default());
    let alert = look(&mut desk, 100.0, &[&threat("a", 100.0, fall(300.0))]).expect("alert");
    let order = Order::Cancel { warning: alert.id, person: "duty officer".into() };
    let cancel = desk.order(second(-86_400.0), &order).expect("taken back");
    assert_eq!(cancel.time, second(100.0), "not before what was said");
    assert_sound(&cancel);
}

#[test]
fn bad_ten_thousand_false_vessels_raise_nothing() {
    let mut traffic = TrafficPicture::new();
    for mmsi in 0..10_000 {
        traffic.report(&vessel(mmsi, sea(), 0.0, 10.0, 0.0));
    }
    let mut desk = Desk::new(Policy::default());
    let airliner = assessment("a", 0.0, 0.02, 2, Phase::Midcourse, None);
    let view = [&airliner];
    let policy = Policy::default();
    let ask = |falls: &[&Impact]| exposure(falls, &traffic, &ZoneIndex::new(&[]), &policy, second(0.0));
    assert_eq!(desk.consider(second(0.0), &EventView { event: EVENT, objects: &view, debris: &[] }, ask), None);
    assert_eq!(desk.next_wake(), None);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(60) })]

    /// Whatever is assessed, in any order, every revision is sound and the numbers have no gap.
    #[test]
    fn prop_any_life_is_sound(steps in prop::collection::vec(
        (0usize..3, 0.0..1.0f64, 0usize..4, 0usize..5, 0.0..400.0f64, 0.5..50.0f64, 0.0..40.0f64), 1..25)) {
        const PHASES: [Phase; 5] = [Phase::Boost, Phase::Midcourse, Phase::Descent, Phase::Landed, Phase::Lost];
        let mut desk = Desk::new(Policy::default());
        let mut latest: Vec<Option<Assessment>> = vec![None; 3];
        let (mut now_s, mut last) = (0.0, 0);
        for (object, odds, paths, phase, fall_s, sigma_km, wait_s) in steps {
            now_s += wait_s;
            let threat = if odds < 0.2 { 0.05 } else { 0.95 };
            let fall = impact(offset(sea(), sigma_km * 2e3, 0.0), sigma_km * 1e3, fall_s, 5.0, 30);
            let fall = (odds < 0.9).then_some(fall);
            latest[object] = Some(assessment(["a", "b", "c"][object], now_s, threat, paths, PHASES[phase], fall));
            let view: Vec<&Assessment> = latest.iter().flatten().collect();
            let said = look(&mut desk, now_s, &view);
            for revision in said.into_iter().chain(desk.tick(second(now_s))) {
                assert_sound(&revision);
                prop_assert_eq!(revision.revision, last + 1);
                last = revision.revision;
            }
            if let Some(wake) = desk.next_wake() {
                prop_assert!(wake > second(now_s));
            }
        }
        // Left alone, every warning ends by itself.
        for _ in 0..1000 {
            let Some(wake) = desk.next_wake() else { break };
            desk.tick(wake).iter().for_each(assert_sound);
        }
        prop_assert_eq!(desk.standing().count(), 0);
    }
}
