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
/// Tumbling and radars that err make as much seem carried that is not; no more than so many ln odds speak against a stage. Our choice.
const CARRIED_BY_CHANCE: f64 = 3.0;
const CARRIED_LOG_ODDS_MAX: f64 = 7.0;
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
    // Nothing carries a spent stage.
    let carried = f.apogee_m.map_or(0.0, |apogee_m| manoeuvre::carried_log_odds(f, apogee_m) - CARRIED_BY_CHANCE);
    let odds = stage / (1.0 - stage).max(1e-9) * libm::exp(-carried.clamp(0.0, CARRIED_LOG_ODDS_MAX));
    let stage = odds / (1.0 + odds);
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
mod tests;
