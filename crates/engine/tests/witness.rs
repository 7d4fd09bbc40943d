//! Witnesses: what one data link says is said once, however many sensors say it.

#[allow(dead_code, reason = "shared with other tests, which use the rest")]
mod sky_common;

use downrange_engine::engine::{Engine, Input, Output};
use downrange_engine::plot::{Measurement, SensorIndex, Seq};
use downrange_engine::policy::Config;
use downrange_engine::warn::RevisionKind;
use proptest::prelude::*;
use sky_common::{Report, World, config, second};

const DURATION_S: f64 = 40.0;

/// Sensors in the place of the first of [`config`], one on each of these links.
fn twins(links: &[&str]) -> Config {
    let mut config = config();
    let first = config.sensors[0].clone();
    config.sensors = links
        .iter()
        .enumerate()
        .map(|(index, link)| {
            let mut sensor = first.clone();
            sensor.id = format!("radar-{index}");
            sensor.path = Some((*link).into());
            sensor
        })
        .collect();
    config
}

/// What sensor 0 of the world says, said by `count` sensors: copies are this late and this far off in range.
fn copied(world: &World, count: usize, delay_s: f64, jitter_m: f64) -> Vec<Report> {
    let own = world.reports(DURATION_S).into_iter().filter(|report| report.plot.sensor == SensorIndex(0));
    let mut reports: Vec<Report> = own
        .flat_map(|report| {
            (0..count).map(move |copy| {
                let mut said = report;
                said.plot.sensor = SensorIndex(copy as u16);
                said.received_s += delay_s * copy as f64;
                said.plot.time = report.plot.time.plus_s(0.1 * delay_s * copy as f64);
                if let Measurement::Radar { range_m, .. } = &mut said.plot.measurement {
                    *range_m += jitter_m * copy as f64 * if report.received_s.fract() < 0.2 { 1.0 } else { -1.0 };
                }
                said
            })
        })
        .collect();
    reports.sort_by(|a, b| a.received_s.total_cmp(&b.received_s));
    reports
}

/// What was found: the second of the first alert, whether a fall was forecast, and
/// the most paths that an object was credited with.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Found {
    alert_s: Option<f64>,
    has_forecast_fall: bool,
    paths_most: usize,
}

fn run(config: Config, reports: &[Report]) -> Found {
    let mut engine = Engine::new(config);
    let mut found = Found { alert_s: None, has_forecast_fall: false, paths_most: 0 };
    for (number, report) in reports.iter().enumerate() {
        for output in engine.step(second(report.received_s), Seq(number as u64), Input::Plot(report.plot)) {
            match output {
                Output::Revision(revision) if revision.kind == RevisionKind::Alert => {
                    found.alert_s = found.alert_s.or(Some(report.received_s));
                }
                Output::Assessment(assessment) => {
                    found.has_forecast_fall |= assessment.impact.is_some();
                    found.paths_most = found.paths_most.max(assessment.evidence.independent_paths);
                }
                _ => {}
            }
        }
    }
    found
}

#[test]
fn sim_a_fall_that_one_link_reports_is_a_watch_and_no_alert() {
    let world = World::new(11);
    for count in 2..=6 {
        let found = run(twins(&vec!["link-7"; count]), &copied(&world, count, 0.0, 0.0));
        assert_eq!(found, Found { alert_s: None, has_forecast_fall: true, paths_most: 1 }, "{count} sensors");
    }
}

#[test]
fn sim_copies_that_come_late_and_differ_a_little_are_still_one_witness() {
    let world = World::new(11);
    for (count, delay_s, jitter_m) in [(2, 0.4, 15.0), (4, 0.2, 10.0), (6, 0.1, 5.0)] {
        let found = run(twins(&vec!["link-7"; count]), &copied(&world, count, delay_s, jitter_m));
        assert_eq!((found.alert_s, found.paths_most), (None, 1), "{count} sensors");
        assert!(found.has_forecast_fall, "{count} sensors: the watch is kept");
    }
}

#[test]
fn sim_one_witness_is_enough_where_policy_says_so() {
    let mut config = twins(&["link-7", "link-7"]);
    config.policy.independent_paths_min = 1;
    assert!(run(config, &copied(&World::new(11), 2, 0.0, 0.0)).alert_s.is_some());
}

#[test]
fn sim_two_paths_are_alerted_as_fast_as_if_one_were_enough_plus_two_looks_of_the_second() {
    let world = World::new(11);
    let reports = world.reports(DURATION_S);
    let alert_s = |config: Config| run(config, &reports).alert_s;
    let mut lax = config();
    lax.policy.independent_paths_min = 1;
    let (two, one) = (alert_s(config()).expect("alerted"), alert_s(lax).expect("alerted"));
    assert!(two <= one + 2.0, "{two} s with two witnesses, {one} s with one");
    // The same radars on one link: a watch.
    let mut shared = config();
    shared.sensors.iter_mut().for_each(|sensor| sensor.path = Some("link-7".into()));
    assert_eq!(alert_s(shared), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]

    #[test]
    fn prop_no_number_of_sensors_on_one_link_raises_an_alert(
        seed in 0_u64..1_000, count in 2_usize..=6, delay_s in 0.0..0.5_f64, jitter_m in 0.0..20.0_f64
    ) {
        let found = run(twins(&vec!["link-7"; count]), &copied(&World::new(seed), count, delay_s, jitter_m));
        prop_assert_eq!(found.alert_s, None);
        prop_assert!(found.paths_most <= 1);
    }
}
