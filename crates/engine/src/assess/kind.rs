//! What flies: probabilities over the closed set of [`Kind`], from how it moves, whether it glows, and where it came from.
//!
//! Scores are likelihood times how often such things are in the sky; they are then made to sum to one. Self-reports
//! (ADS-B) take no part: a false one must never create, raise or suppress a threat.

use super::energy::normal_below;
use super::kinematics::rises_too_fast;
use super::orbited::ORBIT_PERIGEE_M;
use super::top::{Flatness, Stretch};
use super::{Kind, KindProbabilities, manoeuvre};

/// What is known of a track that tells kinds apart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Features {
    /// Plots used.
    pub hit_count: u32,
    /// Since its first plot.
    pub age_s: f64,
    /// Height above the ellipsoid, and one sigma.
    pub height_m: f64,
    /// One sigma of the height.
    pub height_sigma_m: f64,
    /// Speed over the ground.
    pub speed_mps: f64,
    /// One sigma of the speed.
    pub speed_sigma_mps: f64,
    /// Speed relative to axes that do not rotate.
    pub inertial_speed_mps: f64,
    /// Sine of the angle of climb.
    pub climb_sine: f64,
    /// Plots by infrared sensors: it was hot.
    pub infrared_hit_count: u32,
    /// It was seen rising from below, or with its engine on.
    pub launched: bool,
    /// It is hot and does not move.
    pub stands: bool,
    /// Height of the orbit's lowest point above the ground, and one sigma.
    pub perigee_height_m: f64,
    /// One sigma of that.
    pub perigee_sigma_m: f64,
    /// The highest that it was: what drag has slowed came from there all the same.
    pub perigee_height_max_m: f64,
    /// For how long its orbit has cleared the air, less for how long it has not since.
    pub orbited_s: f64,
    /// Highest point of the flight, seen or expected; absent while an engine burns.
    pub apogee_m: Option<f64>,
    /// How flat the flight is, while an engine burns as if it burned no longer.
    pub flatness: Flatness,
    /// By how many sigmas it sinks less steeply than free fall would make it.
    pub held_up_sigmas: f64,
    /// How far its way since the top is stretched by lift; absent before it has come down.
    pub stretch: Option<Stretch>,
    /// Since its launch; 0 when no launch is known.
    pub aloft_s: f64,
    /// Longest range that its energy could buy.
    pub reach_m: f64,
    /// Whether an engine burns.
    pub boosting: bool,
    /// For how long engines burned, from the launch on; 0 when no launch is known.
    pub burned_s: f64,
    /// Speed that they gave, over that time.
    pub burn_mean_mps2: f64,
    /// It was launched from where satellites are launched.
    pub from_spaceport: bool,
    /// Its own engine was seen, for long enough to be sure.
    pub seen_burning: bool,
    /// Since an engine was last seen burning.
    pub burnt_out_s: f64,
    /// Where the engine was seen to stop.
    pub burnout_height_m: Option<f64>,
    /// For how long the air carried it, engines off.
    pub lifted_s: f64,
    /// By how much less its height changed than that of anything that falls.
    pub kept_m: f64,
    /// It came faster than anything that belongs to the Earth.
    pub from_afar: bool,
    /// It comes down, where nothing else does, and a radar that should have seen it on its way saw nothing.
    pub from_nowhere: bool,
    /// For how long it kept its height, as aircraft do.
    pub steady_s: f64,
    /// Something it came off flew on with an engine.
    pub shed: bool,
    /// Something of the same launch reaches farther.
    pub outreached: bool,
    /// It flew on with an engine from something that came off it.
    pub sheds: bool,
    /// Mean of the logarithm of the ballistic coefficient (kg/m²).
    pub log_coefficient: f64,
    /// Its parent came from orbit or broke up.
    pub from_break_up: bool,
    /// It flew for some seconds as no aircraft can.
    pub never_aircraft: bool,
    /// How much better an entry of the satellite catalogue that stays in orbit explains it than chance: a ratio of
    /// likelihoods; 0 without one.
    pub catalogued_ratio: f64,
}

impl Features {
    /// For how long this track has been seen without an engine.
    pub(super) fn fallen_s(&self) -> f64 {
        match (self.boosting, self.seen_burning) {
            (true, _) => 0.0,
            (false, true) => self.burnt_out_s.min(self.age_s),
            (false, false) => self.age_s,
        }
    }

    /// What a plume was, once sensors of hot objects, which see every plume, see it no more: spent. `None` for what did not burn,
    /// and for what others than they had found.
    pub(super) fn spent(self) -> Option<Features> {
        let by_plume = self.boosting && SPENT_SHARE * f64::from(self.infrared_hit_count) > f64::from(self.hit_count);
        by_plume.then_some(Features { burnout_height_m: Some(self.height_m), ..self })
    }
}

/// A track is of a plume if more than one in so many of its plots are of hot objects.
const SPENT_SHARE: f64 = 2.0;

/// In 10,000 objects over a busy sea: so many are aircraft, so many satellites in radar view; the rest is one threat.
const AIRCRAFT_PER_THREAT: f64 = 100.0;
const SATELLITES_PER_THREAT: f64 = 30.0;
/// Stones that fall from the sky slow down within seconds from speeds that no tracker follows: what comes down from nowhere is
/// one so many times more often than a piece, or a missile, that nobody saw on its way. Our choice.
const STONES_PER_THREAT: f64 = 50.0;
/// Fewer plots or less time than this tell little.
const HITS_TO_TELL: u32 = 6;
const AGE_TO_TELL_S: f64 = 3.0;
/// What was first seen coming down needs more: meteors come down too, and are gone within seconds. Pieces of what was followed
/// before do not.
const HITS_TO_TELL_FALLING: u32 = 12;
const AGE_TO_TELL_FALLING_S: f64 = 10.0;
/// The climb of a young track is hardly known: what does not rise by so many sigmas, and looks like something that came from above,
/// is taken to come down.
const SURELY_SIGMAS: f64 = 2.0;
const COMES_DOWN: [Kind; 3] = [Kind::Reentry, Kind::Debris, Kind::Meteor];
const GOES_UP: [Kind; 4] = [Kind::Ballistic, Kind::QuasiBallistic, Kind::Glide, Kind::SpaceLaunch];
/// A speed is known when its sigma is less than this share of it, or of this if it is slower.
const SPEED_KNOWN_SHARE: f64 = 0.2;
const SPEED_KNOWN_FROM_MPS: f64 = 500.0;
/// So much lift is no accident of a tumbling piece.
const LIFTED_TO_TELL_S: f64 = 8.0;
/// What a sensor of hot objects sees three times is hardly a cold aircraft.
const HOT_AIRCRAFT: f64 = 1e-3;
/// False hot plots are fewer than one in so many. What burns is hot in a third of its plots or more: infrared sensors look as often
/// as radars do.
const HITS_PER_CHANCE: u32 = 8;
/// What flew as no aircraft can is none, however slow and low it gets.
const NEVER: f64 = 1e-4;
/// A dive alone proves little: young tracks know their climb badly.
const DIVE_FLOOR: f64 = 0.02;
/// Sigmas of young tracks are optimistic: the filters start far from where they are linear.
const YOUNG_S: f64 = 15.0;
const YOUNG_SIGMAS: f64 = 2.0;

/// How many of its own sigmas a sigma of a track of this age is worth.
pub(super) fn young_doubt(age_s: f64) -> f64 {
    if age_s < YOUNG_S { YOUNG_SIGMAS } else { 1.0 }
}

/// Fastest and highest that aircraft fly: airliners and business jets with a strong tail wind; sigma of the border.
const AIRCRAFT_SPEED_MPS: f64 = 420.0;
const AIRCRAFT_HEIGHT_M: f64 = 19e3;
/// The fastest and highest that flew for long in the air: a reconnaissance aircraft of 980 m/s and 26 km.
const FAST_SPEED_MPS: f64 = 1_050.0;
const FAST_HEIGHT_M: f64 = 27e3;
/// So many aircraft are as fast, as a share of all, before and after one has kept its height for so long.
const FAST_FLOOR: f64 = 0.01;
const FAST_SHARE: f64 = 0.2;
const STEADY_TO_TELL_S: f64 = 15.0;
/// Aircraft do not dive or climb steeper than this for long.
const AIRCRAFT_CLIMB_SINE: f64 = 0.5;
/// What has been in orbit for so long, and is higher than this, where no air brakes, is so all the same when its track seems to have
/// left it: braking out of an orbit takes minutes. Our choice.
const ORBITED_S: f64 = 20.0;
const AIRLESS_M: f64 = 200e3;
const ORBITS_ON: f64 = 0.99;
/// Escape velocity at the surface: what is faster does not belong to the Earth.
const ESCAPE_MPS: f64 = 11_100.0;
/// Low in the air, what comes from an orbit has slowed below the speed of the lowest ones (7.9 km/s) and what was launched never was
/// faster: what is, came from outside and has been slowed. Our choice of border.
const LOW_MPS: f64 = 9_000.0;
const LOW_M: f64 = 60e3;

/// What is faster than this, in axes that do not rotate, came from outside.
pub fn afar_mps(height_m: f64) -> f64 {
    if height_m < LOW_M { LOW_MPS } else { ESCAPE_MPS }
}

/// What stands and is something that flies all the same is one in so many.
const STANDS: f64 = 1_000.0;

/// How well an aircraft explains place, speed and climb: 1 for an airliner in cruise.
pub fn aircraft_likelihood(f: &Features) -> f64 {
    let doubt = young_doubt(f.age_s);
    let slow = normal_below((AIRCRAFT_SPEED_MPS - f.speed_mps) / libm::hypot(doubt * f.speed_sigma_mps, 30.0));
    let low = normal_below((AIRCRAFT_HEIGHT_M - f.height_m) / libm::hypot(doubt * f.height_sigma_m, 1_000.0));
    let climb_sigma = libm::hypot(doubt * f.speed_sigma_mps / f.speed_mps.max(50.0), 0.05);
    let level = normal_below((AIRCRAFT_CLIMB_SINE - libm::fabs(f.climb_sine)) / climb_sigma);
    let common = slow * low * level.max(if f.from_break_up { NEVER } else { DIVE_FLOOR });
    common.max(fast_aircraft_likelihood(f, doubt)).max(balloon_likelihood(f, doubt))
}

/// The same for balloons: slow and high, they keep their height.
fn balloon_likelihood(f: &Features, doubt: f64) -> f64 {
    if f.launched || f.from_break_up || f.infrared_hit_count >= 3 {
        return 0.0;
    }
    let slow = normal_below((BALLOON_SPEED_MPS - f.speed_mps) / libm::hypot(doubt * f.speed_sigma_mps, 15.0));
    let low = normal_below((BALLOON_HEIGHT_M - f.height_m) / libm::hypot(doubt * f.height_sigma_m, 1_000.0));
    let sink_mps = f.climb_sine * f.speed_mps / libm::hypot(doubt * f.speed_sigma_mps, 8.0);
    slow * low * libm::exp(-0.5 * sink_mps * sink_mps) * BALLOON_SHARE
}

/// Balloons drift with winds of up to about 100 m/s, below 45 km; one object in fifty held up by air is one.
const BALLOON_SPEED_MPS: f64 = 100.0;
const BALLOON_HEIGHT_M: f64 = 45e3;
const BALLOON_SHARE: f64 = 0.02;

/// The same for the few aircraft that fly faster and higher: only what keeps its height is one, the surer the longer it does.
fn fast_aircraft_likelihood(f: &Features, doubt: f64) -> f64 {
    if f.launched || f.from_break_up || f.infrared_hit_count >= 3 {
        return 0.0;
    }
    let slow = normal_below((FAST_SPEED_MPS - f.speed_mps) / libm::hypot(doubt * f.speed_sigma_mps, 40.0));
    let low = normal_below((FAST_HEIGHT_M - f.height_m) / libm::hypot(doubt * f.height_sigma_m, 1_000.0));
    let climb_sigma = libm::hypot(doubt * f.speed_sigma_mps / f.speed_mps.max(50.0), 0.03);
    let steady = libm::exp(-0.5 * (f.climb_sine / climb_sigma) * (f.climb_sine / climb_sigma));
    let shown = (f.steady_s / STEADY_TO_TELL_S).min(1.0);
    slow * low * (FAST_FLOOR + (FAST_SHARE - FAST_FLOOR) * shown) * steady.max(shown * 0.5)
}

/// How many of its own sigmas a sigma is worth: velocities from a handful of plots are off by more than the filter says, most
/// of all where two sensors do not quite agree.
fn few_plots_doubt(f: &Features) -> f64 {
    1.0 + FEW_PLOTS_DOUBT * libm::exp(-f64::from(f.hit_count) / FEW_PLOTS)
}

const FEW_PLOTS_DOUBT: f64 = 5.0;
const FEW_PLOTS: f64 = 8.0;

/// Whether it keeps its height as aircraft do and is so seldom seen hot that false hot plots explain it.
fn is_hot_by_chance(f: &Features) -> bool {
    f.steady_s >= STEADY_TO_TELL_S && HITS_PER_CHANCE * f.infrared_hit_count < f.hit_count
}

/// Probability of every kind.
pub fn probabilities(f: &Features) -> KindProbabilities {
    let mut score = [0.0; 10];
    let mut set = |kind: Kind, value: f64| {
        debug_assert!(!value.is_nan(), "{kind:?} of {f:?}");
        score[kind as usize] = value.max(0.0);
    };
    let hot = if f.infrared_hit_count >= 3 && !is_hot_by_chance(f) { HOT_AIRCRAFT } else { 1.0 };
    set(
        Kind::Aircraft,
        AIRCRAFT_PER_THREAT * aircraft_likelihood(f) * hot * if f.never_aircraft { NEVER } else { 1.0 },
    );

    let orbital =
        normal_below((f.perigee_height_m - ORBIT_PERIGEE_M) / (few_plots_doubt(f) * f.perigee_sigma_m).max(1e3))
            * normal_below((f.height_m - 110e3) / libm::hypot(f.height_sigma_m, 3e3));
    let orbital = if f.orbited_s > ORBITED_S && f.height_m > AIRLESS_M { orbital.max(ORBITS_ON) } else { orbital };
    // What was seen rising is on its way, whatever orbit it has reached.
    let launched_satellite = if f.launched { 1e-3 } else { 1.0 };
    set(Kind::Satellite, (SATELLITES_PER_THREAT * orbital + f.catalogued_ratio) * launched_satellite);

    let border_mps = afar_mps(f.height_m);
    let escapes =
        if f.from_afar { 1.0 } else { normal_below((f.inertial_speed_mps - border_mps) / f.speed_sigma_mps.max(50.0)) };
    let falls = (1.0 - orbital) * (1.0 - escapes);
    let stones = if f.from_nowhere && !f.from_break_up { STONES_PER_THREAT * falls } else { 0.0 };
    set(Kind::Meteor, (3.0 * escapes + stones) * if f.launched { 0.01 } else { 1.0 });

    if f.launched {
        let [ballistic, quasi, glide, space, debris] = launched_split(f);
        set(Kind::Ballistic, falls * ballistic);
        set(Kind::QuasiBallistic, falls * quasi);
        set(Kind::Glide, falls * glide);
        set(Kind::SpaceLaunch, falls * space + orbital);
        set(Kind::Debris, falls * debris);
    } else {
        let [ballistic, reentry, debris] = fallen_split(f);
        // What did not come from orbit was launched, seen or not.
        let [falling, quasi, glide, ..] = launched_split(f);
        let any = (falling + quasi + glide).max(1e-9);
        set(Kind::Ballistic, falls * ballistic * falling / any);
        set(Kind::QuasiBallistic, falls * ballistic * quasi / any);
        set(Kind::Glide, falls * ballistic * glide / any);
        set(Kind::Reentry, falls * reentry);
        set(Kind::Debris, falls * debris);
    }
    // A young track can be of two objects, or of none: before its speed is known it tells nothing, unless it glows.
    let speed_known = f.speed_sigma_mps < SPEED_KNOWN_SHARE * f.speed_mps.max(SPEED_KNOWN_FROM_MPS);
    let surely_rises = f.climb_sine * f.speed_mps > SURELY_SIGMAS * f.speed_sigma_mps;
    let [down, up] = [&COMES_DOWN[..], &GOES_UP[..]].map(|kinds| kinds.iter().map(|&k| score[k as usize]).sum::<f64>());
    let seems_to_rise = f.climb_sine > 0.0 && up > down;
    let rises = (surely_rises || seems_to_rise) && !rises_too_fast(f.height_m, f.speed_mps);
    let (hits, age_s) = if f.launched || f.from_break_up || rises {
        (HITS_TO_TELL, AGE_TO_TELL_S)
    } else {
        (HITS_TO_TELL_FALLING, AGE_TO_TELL_FALLING_S)
    };
    let told = f.hit_count >= hits && f.age_s >= age_s && (speed_known || f.infrared_hit_count >= 3);
    // A fire is none of the kinds.
    score[Kind::Unknown as usize] = if f.stands {
        STANDS
    } else if told {
        0.01
    } else {
        20.0
    };
    let sum: f64 = score.iter().sum();
    KindProbabilities(score.map(|s| s / sum))
}

/// ln odds that an engine seen for a moment belongs to a carrier of satellites: one launch in twenty. Our choice: there are more
/// of them in the world, but they are announced and seldom fly where missiles do.
const SPACE_LAUNCH_LOG_ODDS: f64 = -2.9;
/// The same where satellites are launched: one in two, since missiles are tested at some of those sites, too. Our choice.
const SPACEPORT_LOG_ODDS: f64 = 0.0;
/// Carriers start slowly, with little more thrust than weight, and burn for minutes: recorded webcasts of orbital launches show
/// 12 to 16 m/s² from the launch to the end of the first stage; published burn times and speeds of missiles give 20 to 40 m/s²
/// (Hwasong-12: about 4,800 m/s in 150 s; Hwasong-15: 7,000 m/s in 280 s).
const CARRIER_BELOW_MPS2: f64 = 19.0;
const CARRIER_LOG_ODDS_PER_MPS2: f64 = 0.7;
/// It tells from this time of burning on, and fully from that.
const CARRIER_FROM_S: [f64; 2] = [60.0, 110.0];
/// First stages of carriers burn for longer than this: solid ones 80 to 110 s (Scout, Vega, Epsilon), others 120 to 170 s. Published
/// burn times of missiles of short range are 30 to 70 s.
const SHORTEST_STAGE_S: f64 = 75.0;
/// And what is left of them flies on to more than this: the solid boosters of the Space Shuttle, spent at 45 km, came to 67 km.
const STAGE_APOGEE_M: f64 = 60e3;
/// Missiles burn no longer than this.
const MISSILE_BURN_MAX_S: f64 = 330.0;
/// What nobody saw part from another, nor burn, may be a stage all the same: often when something of its launch reaches farther,
/// seldom when it is alone, and hardly when it was followed from its burn on, or left a stage behind (whose missile then nobody
/// saw; a third stage). Our choice.
const STAGE_BESIDE: f64 = 0.3;
const STAGE_ALONE: f64 = 0.01;
const STAGE_THAT_BURNED: f64 = 0.005;
/// Between two stages no engine burns for about this long.
const STAGING_S: f64 = 18.0;

/// What the burn says for a carrier of satellites, in ln odds.
fn carrier_log_odds(f: &Features) -> f64 {
    let [from_s, fully_s] = CARRIER_FROM_S;
    let shown = ((f.burned_s - from_s) / (fully_s - from_s)).clamp(0.0, 1.0);
    let slow = (CARRIER_LOG_ODDS_PER_MPS2 * (CARRIER_BELOW_MPS2 - f.burn_mean_mps2)).clamp(-5.0, 5.0);
    let long = ((f.burned_s - MISSILE_BURN_MAX_S) / 20.0).clamp(0.0, 5.0);
    let low = match f.apogee_m {
        Some(apogee_m) if f.climb_sine < 0.0 || f.stretch.is_some() => {
            ((STAGE_APOGEE_M - apogee_m) / 4e3).clamp(0.0, 4.0)
        }
        _ => 0.0,
    };
    // No carrier's first stage is spent so soon.
    let spent = logistic((f.burnt_out_s - STAGING_S) / 4.0);
    let short = if f.burned_s > 0.0 { ((SHORTEST_STAGE_S - f.burned_s) / 5.0).clamp(0.0, 3.0) } else { 0.0 };
    shown * slow + long - spent * short - low
}

/// Ballistic, quasi-ballistic, glide, space launch, debris (a spent stage); they sum to one.
fn launched_split(f: &Features) -> [f64; 5] {
    let before = if f.from_spaceport { SPACEPORT_LOG_ODDS } else { SPACE_LAUNCH_LOG_ODDS };
    let on_the_way = logistic(before + carrier_log_odds(f));
    let fast = normal_below((f.inertial_speed_mps - 7_000.0) / 300.0)
        * if f.boosting { 0.9 } else { normal_below(f.perigee_height_m / 300e3 + 1.0) };
    // What burned as carriers do and flies on without an engine, far too slow for an orbit, is their first stage.
    let left_behind = on_the_way * (1.0 - fast) * logistic((f.burnt_out_s - STAGING_S) / 4.0);
    let to_orbit = fast.max(on_the_way - left_behind);
    let unseen = match (f.sheds || f.seen_burning, f.outreached) {
        (true, _) => STAGE_THAT_BURNED,
        (false, true) => STAGE_BESIDE,
        (false, false) => STAGE_ALONE,
    };
    let stage = if f.shed { 0.95 } else { left_behind.max(unseen) };
    let rest = ((1.0 - to_orbit) * (1.0 - stage)).max(0.0);
    let (to_orbit, stage) = (to_orbit * (1.0 - stage), stage);
    let (lifted, gliding) = match f.apogee_m {
        Some(apogee_m) => (manoeuvre::lifted_log_odds(f, apogee_m), manoeuvre::gliding_log_odds(f, apogee_m)),
        None => manoeuvre::burning_log_odds(f),
    };
    let (lifted, gliding) = (logistic(lifted), logistic(gliding));
    [rest * (1.0 - lifted), rest * lifted * (1.0 - gliding), rest * lifted * gliding, to_orbit, stage]
}

fn logistic(log_odds: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-log_odds))
}

/// Ballistic, re-entry, debris for what was not seen rising; they sum to one.
fn fallen_split(f: &Features) -> [f64; 3] {
    if f.from_break_up {
        return [0.01, 0.04, 0.95];
    }
    // Something from orbit comes in flat and nearly at orbital speed.
    let from_orbit = normal_below((f.perigee_height_max_m + 1_500e3) / 500e3);
    // Light pieces drift down; what is heavy and whole does not.
    let light = normal_below((libm::log(300.0) - f.log_coefficient) / 0.7);
    let whole = normal_below((f.height_m - 55e3) / 5e3);
    // Pieces tumble; what the air carries for long does not.
    let tumbling = if f.lifted_s > LIFTED_TO_TELL_S { 0.05 } else { 1.0 };
    let debris = light * (1.0 - whole) * tumbling + 0.02;
    let rest = (1.0 - debris).max(0.0);
    [rest * (1.0 - from_orbit), rest * from_orbit, debris.min(1.0)]
}

#[cfg(test)]
mod tests {
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
                for (launched, boosting, from_break_up) in
                    [(true, true, false), (true, false, false), (false, false, true)]
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
}
