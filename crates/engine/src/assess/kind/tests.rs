//! Kinds of objects as they show, and as they must not be taken for another.

use super::*;

fn flat(ratio: f64) -> Flatness {
    Flatness { ratio, sigma_ratio: 0.0 }
}

fn airliner() -> Features {
    Features {
        hit_count: 30,
        age_s: 20.0,
        height_m: 10_500.0,
        height_sigma_m: 300.0,
        speed_mps: 240.0,
        speed_sigma_mps: 20.0,
        inertial_speed_mps: 500.0,
        climb_sine: 0.0,
        infrared_hit_count: 0,
        launched: false,
        stands: false,
        perigee_height_m: -6_300e3,
        perigee_sigma_m: 10e3,
        perigee_height_max_m: -6_300e3,
        orbited_s: 0.0,
        apogee_m: None,
        flatness: flat(4.0),
        held_up_sigmas: 0.0,
        stretch: None,
        aloft_s: 0.0,
        reach_m: 10e3,
        boosting: false,
        burned_s: 0.0,
        burn_mean_mps2: 0.0,
        burnt_out_s: 0.0,
        burnout_height_m: None,
        lifted_s: 0.0,
        kept_m: 0.0,
        from_afar: false,
        from_nowhere: false,
        steady_s: 0.0,
        shed: false,
        outreached: false,
        sheds: false,
        from_spaceport: false,
        seen_burning: false,
        log_coefficient: 8.0,
        from_break_up: false,
        never_aircraft: false,
        catalogued_ratio: 0.0,
    }
}

#[test]
fn an_airliner_is_an_aircraft() {
    assert!(probabilities(&airliner()).of(Kind::Aircraft) > 0.98);
    let hot_by_chance = Features { hit_count: 50, infrared_hit_count: 4, steady_s: 24.0, ..airliner() };
    assert!(probabilities(&hot_by_chance).of(Kind::Aircraft) > 0.98);
    assert!(probabilities(&Features { infrared_hit_count: 20, ..hot_by_chance }).of(Kind::Aircraft) < 0.5);
    assert!(probabilities(&Features { steady_s: 0.0, ..hot_by_chance }).of(Kind::Aircraft) < 0.5);
}

#[test]
fn few_plots_tell_nothing() {
    let p = probabilities(&Features { hit_count: 3, age_s: 1.0, ..airliner() });
    assert!(p.threat() < 0.5);
    let fast = Features { hit_count: 3, age_s: 1.0, speed_mps: 3_000.0, launched: true, ..airliner() };
    assert_eq!(probabilities(&fast).most_probable(), Kind::Unknown);
}

#[test]
fn a_hot_climber_is_a_threat_and_a_flat_flight_is_lifted() {
    let rising = Features {
        height_m: 15e3,
        speed_mps: 1_200.0,
        climb_sine: 0.7,
        infrared_hit_count: 8,
        launched: true,
        boosting: true,
        ..airliner()
    };
    assert!(probabilities(&rising).threat() > 0.95);
    let flat_flight = Features {
        height_m: 35e3,
        speed_mps: 2_300.0,
        apogee_m: Some(38e3),
        flatness: flat(0.22),
        reach_m: 700e3,
        lifted_s: 20.0,
        boosting: false,
        ..rising
    };
    assert_eq!(probabilities(&flat_flight).most_probable(), Kind::QuasiBallistic);
    let lofted = Features { apogee_m: Some(180e3), flatness: flat(1.04), height_m: 100e3, ..flat_flight };
    assert_eq!(probabilities(&lofted).most_probable(), Kind::Ballistic);
}

/// From a top of 55 km: a free fall, a sink of seven degrees from 38 km on, and one of two from 42 km on, at the same place of
/// the sky; one that was out of sight until it had been up for seven minutes; and one that dives then.
#[test]
fn glides_and_pull_ups_are_told_by_how_far_and_how_long_they_fly() {
    let seen = |height_m: f64, climb_sine: f64, ratio: f64, held_up_sigmas: f64| Features {
        height_m,
        speed_mps: 2_000.0,
        climb_sine,
        launched: true,
        seen_burning: true,
        apogee_m: Some(55e3),
        flatness: flat(0.4),
        held_up_sigmas,
        stretch: Some(Stretch { ratio, sigma_ratio: 0.01 }),
        aloft_s: 220.0,
        reach_m: 700e3,
        ..airliner()
    };
    let kind = |f: &Features| probabilities(f).most_probable();
    assert_eq!(kind(&seen(33e3, -0.35, 1.02, 0.0)), Kind::QuasiBallistic, "a glider would have been caught by now");
    assert_eq!(kind(&seen(28e3, -0.12, 1.25, 5.0)), Kind::QuasiBallistic);
    assert_eq!(kind(&seen(34e3, -0.03, 1.9, 12.0)), Kind::Glide);
    let late = Features { stretch: None, held_up_sigmas: 0.0, aloft_s: 420.0, ..seen(34e3, -0.03, 1.0, 0.0) };
    assert_eq!(kind(&late), Kind::Glide);
    assert_ne!(kind(&Features { aloft_s: 220.0, ..late }), Kind::Glide);
    assert_ne!(kind(&Features { climb_sine: -0.5, ..late }), Kind::Glide);
    let high = Features { stretch: None, ..seen(50e3, 0.1, 1.0, 0.0) };
    let glides = |apogee_m: f64| probabilities(&Features { apogee_m: Some(apogee_m), ..high }).of(Kind::Glide);
    assert!(glides(48e3) < 0.3 && glides(70e3) > 0.7, "before it lifts: {} {}", glides(48e3), glides(70e3));
}

/// As a glider and a pull-up look before they lift: 55 km up, as flat, with as much energy.
#[test]
fn what_keeps_its_height_or_burned_high_glides() {
    let coasting = Features {
        height_m: 50e3,
        speed_mps: 2_200.0,
        climb_sine: 0.05,
        launched: true,
        seen_burning: true,
        apogee_m: Some(55e3),
        flatness: flat(0.4),
        reach_m: 700e3,
        ..airliner()
    };
    let glides = |f: &Features| probabilities(f).of(Kind::Glide);
    let burned_to = |height_m: f64| Features { burnout_height_m: Some(height_m), ..coasting };
    assert!(glides(&burned_to(25e3)) < 0.5 * glides(&coasting));
    assert!(glides(&burned_to(34e3)) > 1.5 * glides(&coasting));
    let kept = Features { height_m: 36e3, kept_m: 3e3, ..burned_to(25e3) };
    assert!(glides(&kept) > 0.9, "{:?}", probabilities(&kept));
}

/// Seen by infrared sensors alone up to 24 km, at 1,900 m/s and as flat as pull-ups are.
#[test]
fn a_plume_that_is_gone_is_spent_and_what_radars_follow_is_not() {
    let burning = Features {
        hit_count: 27,
        infrared_hit_count: 27,
        height_m: 24e3,
        speed_mps: 1_900.0,
        speed_sigma_mps: 160.0,
        climb_sine: 0.42,
        launched: true,
        boosting: true,
        flatness: Flatness { ratio: 0.59, sigma_ratio: 0.15 },
        reach_m: 430e3,
        ..airliner()
    };
    let spent = burning.spent().expect("it was a plume");
    assert_eq!(spent.burnout_height_m, Some(24e3));
    assert_eq!(probabilities(&spent).most_probable(), Kind::QuasiBallistic, "{:?}", probabilities(&spent));
    assert!(probabilities(&spent).of(Kind::Glide) < probabilities(&burning).of(Kind::Glide));
    assert_eq!(Features { boosting: false, ..burning }.spent(), None);
    assert_eq!(Features { hit_count: 60, ..burning }.spent(), None, "radars have it");
}

/// An entry tells a satellite from a few plots whose orbit says nothing yet; it does not hide what was seen rising.
#[test]
fn an_entry_of_the_catalogue_makes_a_satellite_of_what_did_not_rise() {
    let young = Features {
        age_s: 12.0,
        height_m: 500e3,
        speed_mps: 7_400.0,
        speed_sigma_mps: 400.0,
        inertial_speed_mps: 7_600.0,
        perigee_height_m: -300e3,
        perigee_sigma_m: 1_500e3,
        reach_m: 20_000e3,
        ..airliner()
    };
    assert!(probabilities(&young).threat() > 0.02);
    let catalogued = Features { catalogued_ratio: 3e3, ..young };
    assert!(probabilities(&catalogued).threat() < 1e-3, "{:?}", probabilities(&catalogued));
    let rising = Features { launched: true, boosting: true, climb_sine: 0.7, ..catalogued };
    assert!(probabilities(&rising).threat() > 0.2, "{:?}", probabilities(&rising));
}

/// Followed for long in orbit, and then led astray: 2 km/s slower all at once, 600 km up. What comes down through the air did leave.
#[test]
fn what_has_orbited_for_long_orbits_on() {
    let slowed = Features {
        age_s: 90.0,
        height_m: 600e3,
        speed_mps: 5_000.0,
        speed_sigma_mps: 100.0,
        inertial_speed_mps: 5_200.0,
        perigee_height_m: -4_300e3,
        perigee_sigma_m: 200e3,
        perigee_height_max_m: 600e3,
        reach_m: 5_000e3,
        ..airliner()
    };
    assert!(probabilities(&slowed).threat() > 0.9);
    let astray = Features { orbited_s: 40.0, ..slowed };
    assert!(probabilities(&astray).of(Kind::Satellite) > 0.99, "{:?}", probabilities(&astray));
    assert!(probabilities(&Features { height_m: 90e3, ..astray }).threat() > 0.9);
}

#[test]
fn what_nobody_saw_part_from_another_may_be_its_stage_and_what_left_one_behind_is_hardly_one() {
    let lofted = Features {
        height_m: 100e3,
        speed_mps: 2_000.0,
        climb_sine: 0.5,
        launched: true,
        apogee_m: Some(300e3),
        flatness: flat(1.4),
        reach_m: 900e3,
        ..airliner()
    };
    let stage = |f: &Features| probabilities(f).of(Kind::Debris);
    assert!((0.008..0.012).contains(&stage(&lofted)), "alone: {}", stage(&lofted));
    let beside = Features { outreached: true, ..lofted };
    assert!((0.25..0.35).contains(&stage(&beside)), "something of its launch goes farther: {}", stage(&beside));
    assert!(stage(&Features { sheds: true, ..beside }) < 0.008);
    assert!(stage(&Features { seen_burning: true, ..beside }) < 0.008);
    assert!(stage(&Features { shed: true, ..lofted }) > 0.9);
    // What was pushed across its way for seconds and keeps its height for longer than anything that falls is no spent stage.
    let carried = Features { shed: true, height_m: 36e3, lifted_s: 10.0, kept_m: 6e3, ..lofted };
    assert!(stage(&carried) < 0.1, "carried: {}", stage(&carried));
    assert!(stage(&Features { lifted_s: 1.0, kept_m: 1e3, ..carried }) > 0.9, "by chance");
}

/// Figures of a webcast (BulgariaSat-1): 138 s of burning at 17.1 m/s² in the mean, then 119 km of apogee; and those of a missile
/// of short range.
#[test]
fn a_first_stage_from_a_spaceport_is_no_missile_and_what_burned_shortly_is_no_first_stage() {
    let coasting = Features {
        height_m: 108e3,
        speed_mps: 2_188.0,
        launched: true,
        seen_burning: true,
        burned_s: 138.0,
        burn_mean_mps2: 17.1,
        burnt_out_s: 60.0,
        apogee_m: Some(119e3),
        flatness: flat(0.65),
        reach_m: 748e3,
        ..airliner()
    };
    let from_spaceport = Features { from_spaceport: true, ..coasting };
    assert_eq!(probabilities(&coasting).most_probable(), Kind::Ballistic);
    assert_eq!(probabilities(&from_spaceport).most_probable(), Kind::Debris);
    let short = Features { burned_s: 45.0, burn_mean_mps2: 30.0, ..coasting };
    assert!(probabilities(&short).of(Kind::Debris) < 0.01, "{:?}", probabilities(&short));
}

/// From where satellites are launched, too, what turns down at 44 km is a missile, although nobody saw it burn.
#[test]
fn what_turns_down_low_carries_no_satellite() {
    let falling = Features {
        height_m: 37e3,
        speed_mps: 1_880.0,
        climb_sine: -0.18,
        launched: true,
        from_spaceport: true,
        apogee_m: Some(44e3),
        flatness: flat(0.39),
        reach_m: 490e3,
        ..airliner()
    };
    assert_eq!(probabilities(&falling).most_probable(), Kind::QuasiBallistic, "{:?}", probabilities(&falling));
    let high = Features { height_m: 70e3, apogee_m: Some(90e3), ..falling };
    assert!(probabilities(&high).of(Kind::SpaceLaunch) > 0.3, "{:?}", probabilities(&high));
}

#[test]
fn a_young_track_that_seems_to_rise_is_waited_for_if_it_looks_like_a_piece() {
    let piece = Features {
        hit_count: 7,
        age_s: 5.0,
        height_m: 35e3,
        speed_mps: 900.0,
        speed_sigma_mps: 90.0,
        climb_sine: 0.1,
        log_coefficient: 4.0,
        ..airliner()
    };
    assert_eq!(probabilities(&piece).most_probable(), Kind::Unknown, "{:?}", probabilities(&piece));
    assert!(probabilities(&Features { climb_sine: 0.4, ..piece }).threat() > 0.9, "it surely rises");
    assert!(probabilities(&Features { log_coefficient: 8.5, ..piece }).threat() > 0.9, "it is heavy");
    assert!(probabilities(&Features { hit_count: 12, age_s: 12.0, ..piece }).threat() > 0.9, "it was followed");
}

/// Plots of two meteors, seconds apart, can make such a track.
#[test]
fn a_young_track_that_rises_faster_than_rockets_is_waited_for() {
    let fast = Features {
        hit_count: 7,
        age_s: 6.0,
        height_m: 44e3,
        speed_mps: 6_300.0,
        speed_sigma_mps: 300.0,
        inertial_speed_mps: 6_500.0,
        climb_sine: 0.4,
        ..airliner()
    };
    assert_eq!(probabilities(&fast).most_probable(), Kind::Unknown, "{:?}", probabilities(&fast));
    assert!(probabilities(&Features { hit_count: 12, age_s: 11.0, ..fast }).threat() > 0.9, "it was followed");
    let rocket = Features { speed_mps: 2_200.0, inertial_speed_mps: 2_400.0, ..fast };
    assert!(probabilities(&rocket).threat() > 0.9, "{:?}", probabilities(&rocket));
}

#[test]
fn what_comes_down_from_nowhere_is_a_stone_unless_something_broke_up() {
    let slowed = Features {
        height_m: 29e3,
        speed_mps: 500.0,
        inertial_speed_mps: 700.0,
        climb_sine: -0.3,
        hit_count: 20,
        never_aircraft: true,
        log_coefficient: 4.5,
        ..airliner()
    };
    assert!(probabilities(&slowed).threat() > 0.9, "{:?}", probabilities(&slowed));
    let stone = Features { from_nowhere: true, ..slowed };
    assert!(probabilities(&stone).of(Kind::Meteor) > 0.9 && probabilities(&stone).threat() < 0.1);
    let piece = Features { from_break_up: true, ..stone };
    assert!(probabilities(&piece).threat() > 0.9);
}

#[test]
fn what_burns_has_not_fallen_yet_and_a_track_has_fallen_no_longer_than_it_was_seen() {
    let old = Features { age_s: 300.0, seen_burning: true, burnt_out_s: 80.0, ..airliner() };
    assert_eq!(old.fallen_s(), 80.0);
    assert_eq!(Features { boosting: true, ..old }.fallen_s(), 0.0);
    assert_eq!(Features { age_s: 20.0, ..old }.fallen_s(), 20.0, "it was lost and is seen by another track");
    assert_eq!(Features { seen_burning: false, burnt_out_s: 0.0, ..old }.fallen_s(), 300.0);
}

#[test]
fn orbits_are_satellites_and_decaying_ones_come_down() {
    let satellite = Features {
        height_m: 500e3,
        speed_mps: 7_400.0,
        inertial_speed_mps: 7_600.0,
        perigee_height_m: 490e3,
        reach_m: 20_000e3,
        ..airliner()
    };
    assert!(probabilities(&satellite).of(Kind::Satellite) > 0.95);
    let decaying = Features { height_m: 90e3, perigee_height_m: 60e3, perigee_height_max_m: 60e3, ..satellite };
    assert!(probabilities(&decaying).of(Kind::Reentry) > 0.9, "{:?}", probabilities(&decaying));
}

/// Every combination of far-out features gives probabilities that sum to one.
#[test]
fn prop_probabilities_sum_to_one() {
    for height_m in [-100.0, 5e3, 60e3, 400e3, 3e6] {
        for speed_mps in [0.0, 300.0, 2_500.0, 7_800.0, 20_000.0] {
            for (launched, boosting, from_break_up) in [(true, true, false), (true, false, false), (false, false, true)]
            {
                let f = Features {
                    height_m,
                    speed_mps,
                    inertial_speed_mps: speed_mps,
                    launched,
                    boosting,
                    from_break_up,
                    ..airliner()
                };
                let sum: f64 = probabilities(&f).0.iter().sum();
                assert!((sum - 1.0).abs() < 1e-12);
            }
        }
    }
}
