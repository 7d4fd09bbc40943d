//! The file on one track: what was seen of it since it was confirmed, and the assessments made of it.

use super::burn::Burn;
use super::catalogue::{Answer, Inquiry, Question};
use super::drag::Braked;
use super::drift;
use super::energy::{inertial_velocity_mps, orbit, reach_m};
use super::exposure::RegionIndex;
use super::fall::weather::Weather;
use super::fall::{self, History, KnownDrag, Ways};
use super::footprint;
use super::kind::{Features, afar_mps, aircraft_likelihood, probabilities};
use super::kinematics::{Kinematics, PLUME_HEIGHT_M, infrared_hits, stands};
use super::launch::{FirstState, RunBack};
use super::level::Level;
use super::lift::Lift;
use super::lost::Lost;
use super::orbited::{Orbited, Perigee};
use super::parted::{Back, Siblings, Trail};
use super::resume::{self, Sighting};
use super::spaceports;
use super::top::Top;
use super::{Assessment, Band, Evidence, Impact, Kind, KindProbabilities, Launch, Phase, TrackId};
use crate::picture::{Mode, Track};
use crate::plot::Sensor;
use crate::policy::Config;
use crate::traffic::SurfacePosition;
use crate::trust::CommonError;
use downrange_earth::geodetic::height_m;
use downrange_earth::{Ecef, Geodetic, Time, geodesic};
use downrange_track::gaussian::Gaussian;

/// The file on one track.
#[derive(Debug, Clone)]
pub struct Case {
    /// The track.
    pub track: TrackId,
    /// The first track of this object: this one, unless it was lost and found again.
    line: TrackId,
    /// Event and object name, once given.
    pub name: Option<(String, String)>,
    /// Whether the name says that it comes down.
    pub named_falling: bool,
    /// The latest assessment.
    pub latest: Option<Assessment>,
    /// Where it came from, as far as its event says.
    pub origin: Origin,
    /// Down, and said so; nothing more will be said of it.
    pub closed: bool,
    believed: f64,
    /// What it was said to be when it was last seen.
    kind_seen: Option<KindProbabilities>,
    /// It was lost and found again.
    is_resumed: bool,
    /// Plots that it had when it was last most likely an aircraft.
    aircraft_hits: Option<u32>,
    run_back: RunBack,
    launched: bool,
    burn: Burn,
    /// What it looked like when it was last seen.
    features_seen: Option<Features>,
    level: Level,
    top: Top,
    reach_m: f64,
    /// The same by its latest good state, not the best of all.
    reach_now_m: f64,
    /// Looks in a row in which no aircraft explained it.
    unlike_aircraft_looks: u32,
    lift: Lift,
    /// Where it went since it was launched.
    trail: Trail,
    /// Its latest plot.
    last_hit: Option<Time>,
    /// Where it was when it was last seen, and how many plots it had.
    last_seen: Option<Sighting>,
    /// When it was founded.
    first_seen: Option<Time>,
    hits_seen: u32,
    /// For how long it kept its height: it climbed or sank by less than [`STEADY_SINE`] of its way.
    steady_s: f64,
    /// Plots with which it was faster than anything that belongs to the Earth.
    afar_hits: u32,
    /// Nothing was seen of it on its way here, where it must have been seen.
    from_nowhere: bool,
    siblings: Siblings,
    orbited: Orbited,
    impact: Option<(Time, Impact)>,
    /// The forecast from when it was last seen.
    lost: Option<Lost>,
    assessed: Option<Time>,
    opened: Option<Time>,
    catalogue: Inquiry,
}

/// What is known beside a track of how it may come down.
#[derive(Debug, Clone, Copy)]
pub struct Around<'a> {
    /// What its position (m) and velocity (m/s) may be off by beyond what the track says.
    pub common_error: &'a CommonError,
    /// What is known of the wind.
    pub weather: &'a Weather,
}

/// Where an object came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Nobody saw.
    Unknown,
    /// It came off something that was launched, whose first track this is.
    Launch(TrackId),
    /// It came off something that came down from orbit.
    BreakUp,
}

/// Falling objects are assessed this often, others at the contract's slowest rate.
const THREAT_EVERY_S: f64 = 2.0;
/// A fall that has been followed for this long, and does not burn, changes slowly.
const SETTLED_AFTER_S: f64 = 60.0;
const SETTLED_EVERY_S: f64 = 4.0;
const OTHERS_EVERY_S: f64 = 5.0;
/// A state is good enough to be run back to the launch when it is known this well.
const GOOD_PLACE_SIGMA_M: f64 = 3_000.0;
const GOOD_SPEED_SIGMA_MPS: f64 = 120.0;
/// Not seen for longer than this: lost.
const LOST_AFTER_S: f64 = 10.0;
/// After a silence fewer plots than this are as likely false ones that happened to fit.
const RETURN_HITS: u32 = 3;
/// So many plots make an aircraft well known.
const AIRCRAFT_HITS: u32 = 20;
/// A state is not carried forward by the filters for longer than this.
const PREDICT_MAX_S: f64 = 60.0;
/// Falls drawn per assessment: for what can still do much, and for slender bodies, of which the light ones fall far from the others;
/// and for what tumbles.
const FALLS_MANY: usize = 240;
const FALLS_FEW: usize = 64;
/// So many good looks in a row, in which an aircraft is this unlikely, show that it is none.
const UNLIKE_LOOKS: u32 = 15;
const UNLIKE_LIKELIHOOD: f64 = 1e-3;
/// So many plots with which it was surely so fast, beyond its first ones, show that it came from outside. Plots, not looks: six
/// sensors give them in two, and a meteor may be as fast for no more.
const AFAR_HITS: u32 = 3;
const AFAR_AFTER_HITS: u32 = 7;
const AFAR_SIGMAS: f64 = 3.0;
/// Below this threat an object is not worth flying to the ground.
const THREAT_TO_FALL: f64 = 0.3;
/// What came into view as rockets do, in the directions of one sensor, and is still hot after so long, is one: meteors are gone.
const ROSE_S: f64 = 10.0;
/// So many looks in a row at an engine, while it rises, show a launch whatever its first state was.
const LAUNCH_LOOKS: u32 = 12;
/// Bodies from orbit break up above this height.
pub const BREAK_UP_DONE_M: f64 = 55e3;
/// What climbs or sinks by less than this share of its way keeps its height.
const STEADY_SINE: f64 = 0.05;
/// Something that flew on has this much more reach than what it left behind.
const OUTRUN_REACH: f64 = 1.15;
/// The filter's ballistic model knows drag when it is this probable: else others explain what drag does.
const BALLISTIC_LEAST: f64 = 0.5;
/// What is looked for on its way here: so long before it was founded, and only of what falls as steeply as this, or flies as level
/// and faster than this.
const BEFORE_S: f64 = 15.0;
const FALLING_SINE: f64 = 0.15;
const GRAZING_MPS: f64 = 2_000.0;
/// A fall is over when this share of its samples has been down for one sigma of its time: it is not known better than that.
const DOWN_SHARE: f64 = 0.99;

impl Case {
    /// Opens the file on a confirmed track.
    pub fn open(track: &Track) -> Case {
        Case {
            track: track.id,
            line: track.id,
            name: None,
            named_falling: false,
            believed: 0.0,
            kind_seen: None,
            is_resumed: false,
            aircraft_hits: None,
            latest: None,
            origin: Origin::Unknown,
            closed: false,
            run_back: RunBack::default(),
            launched: false,
            burn: Burn::default(),
            features_seen: None,
            level: Level::default(),
            top: Top::default(),
            reach_m: 0.0,
            reach_now_m: 0.0,
            unlike_aircraft_looks: 0,
            lift: Lift::default(),
            trail: Trail::default(),
            last_hit: None,
            last_seen: None,
            first_seen: Some(track.born),
            hits_seen: 0,
            steady_s: 0.0,
            afar_hits: 0,
            from_nowhere: false,
            siblings: Siblings::default(),
            orbited: Orbited::NONE,
            impact: None,
            lost: None,
            assessed: None,
            opened: None,
            catalogue: Inquiry::default(),
        }
    }

    fn is_piece(&self) -> bool {
        self.origin == Origin::BreakUp
    }

    /// Probability that it comes down, by the latest assessment.
    pub fn threat(&self) -> f64 {
        self.latest.as_ref().map_or(0.0, |a| a.kind.threat())
    }

    /// The same, also while it has no name yet.
    pub fn believed_threat(&self) -> f64 {
        self.believed
    }

    /// When it is due again.
    pub fn due(&self) -> Option<Time> {
        let falling = self.name.is_none() || self.threat() >= THREAT_TO_FALL;
        let settled = self.latest.as_ref().zip(self.opened).is_some_and(|(latest, opened)| {
            latest.phase != Phase::Boost && latest.time.seconds_since(opened) > SETTLED_AFTER_S
        });
        let every_s = match (falling, settled) {
            (true, false) => THREAT_EVERY_S,
            (true, true) => SETTLED_EVERY_S,
            (false, _) => OTHERS_EVERY_S,
        };
        self.assessed.map(|at| at.plus_s(every_s))
    }

    /// This object came off another of its event: what is known of the other's launch is known of this one's.
    pub fn came_off(&mut self, parent: &Case) {
        if parent.launched {
            self.origin = Origin::Launch(parent.root());
            self.launched = true;
            self.run_back.inherit(&parent.run_back);
            self.burn.inherit(&parent.burn);
        } else if parent.breaks_up() && !self.came_from_below() {
            // A track of the plots of several pieces may seem to climb, or to burn: no rocket begins in the midst of them.
            self.launched = false;
            self.run_back.forget_launch();
            self.origin = Origin::BreakUp;
        }
    }

    /// Whether it was launched and followed from where a break-up does not begin any more.
    fn came_from_below(&self) -> bool {
        let first = self.run_back.first().filter(|_| self.launched);
        first.is_some_and(|first| height_m(first.place) < BREAK_UP_DONE_M)
    }

    /// How badly it fits that this track is the object that another file lost: see [`resume::misfit`]. `None` when it is not, or
    /// that one is not lost.
    pub fn fits_as(&self, now: Time, lost: &Case) -> Option<f64> {
        let (was, is) = (lost.last_seen?, self.last_seen?);
        let gone = lost.named_falling && !lost.closed && now.seconds_since(was.time) > LOST_AFTER_S;
        let alone = !lost.is_piece() && !self.is_piece() && self.first_seen? > was.time;
        let misfit = || resume::fall_misfit(&was, &is).or_else(|| resume::misfit(&was, &is));
        (gone && alone).then(misfit).flatten()
    }

    /// Whether it turned up on the way of a meteor that was lost of late: then it is what is left of that.
    pub fn is_left_of(&self, meteor: &Case) -> bool {
        let from_afar = meteor.afar_hits >= AFAR_HITS;
        meteor.last_seen.zip(self.last_seen).is_some_and(|(was, is)| from_afar && resume::is_left_of(&was, &is))
    }

    /// What the satellite catalogue is to be asked for it, if it is time.
    pub fn question(&mut self, track: &Track) -> Option<Question> {
        self.catalogue.question(track)
    }

    /// Takes what the satellite catalogue says.
    pub fn hear(&mut self, answer: &Answer) {
        if self.catalogue.hear(answer) {
            // It counts at once.
            self.assessed = None;
        }
    }

    /// It is the object that another file lost: takes over the file, which is closed.
    pub fn resume(&mut self, lost: &mut Case) {
        let old = lost.clone();
        *self = Case {
            track: self.track,
            latest: None,
            last_hit: self.last_hit,
            last_seen: self.last_seen,
            first_seen: self.first_seen,
            hits_seen: self.hits_seen,
            burn: old.burn.resumed(&self.burn),
            is_resumed: true,
            top: old.top.or(self.top),
            reach_m: old.reach_m.max(self.reach_m),
            assessed: None,
            ..old
        };
        lost.closed = true;
        lost.latest = None;
    }

    /// The track that this one came off, or what that came off, back to the one that rose from the ground.
    fn root(&self) -> TrackId {
        match self.origin {
            Origin::Launch(root) => root,
            Origin::Unknown | Origin::BreakUp => self.line,
        }
    }

    /// What comes down in pieces: from orbit, or a piece itself.
    pub fn breaks_up(&self) -> bool {
        let kind = self.latest.as_ref().map(|latest| latest.kind);
        self.is_piece() || kind.is_some_and(|kind| kind.of(Kind::Reentry) + kind.of(Kind::Debris) > 0.5)
    }

    /// Whether this one flew on with an engine from where the two parted: then the other was shed.
    pub fn outran(&self, other: &Case) -> bool {
        let related = self.root() == other.root() && self.line != other.line;
        let together =
            self.last_hit.zip(other.last_hit).is_some_and(|(a, b)| libm::fabs(a.seconds_since(b)) < LOST_AFTER_S);
        let farther = other.reach_now_m > 0.0 && self.reach_now_m > OUTRUN_REACH * other.reach_now_m;
        related && together && other.burn.looks_in_a_row() == 0 && farther
    }

    /// Where it must have been a while before it was founded, if it comes down; `None` for what does not.
    pub fn place_before(&self, track: &Track) -> Option<Ecef> {
        let state = Kinematics::of(track);
        let back_s = track.time.seconds_since(track.born) + BEFORE_S;
        let falls = state.climb_sine < -FALLING_SINE
            || (state.climb_sine < FALLING_SINE && state.speed_mps - state.speed_sigma_mps > GRAZING_MPS);
        (falls && state.height_m < BREAK_UP_DONE_M && !self.launched)
            .then(|| Ecef(state.place_m - state.velocity_mps * back_s))
    }

    /// The free fall that leads to where it is; `None` for what was seen to burn itself.
    pub fn back(&self, track: &Track) -> Option<Back> {
        let spread: [f64; 2] = track.spread().into();
        (!self.burn.is_proven()).then(|| Back::of(track.time, track.position_m(), track.velocity_mps(), spread))
    }

    /// How badly it fits that something parted from this one; `None` when it cannot have.
    pub fn parted_misfit(&self, back: &Back) -> Option<f64> {
        back.misfit(&self.trail).filter(|_| self.named_falling)
    }

    /// Whether the other is of the same event and reaches farther: then this one may be a stage of it that nobody saw part.
    pub fn is_outreached_by(&self, other: &Case) -> bool {
        let of_one_event = || {
            let names = self.name.as_ref().zip(other.name.as_ref());
            names.is_some_and(|((event, _), (others, _))| event == others)
        };
        self.named_falling && self.line != other.line && other.reach_m > OUTRUN_REACH * self.reach_m && of_one_event()
    }

    /// Notes whether something else of its event reaches farther.
    pub fn note_outreached(&mut self, outreached: bool) {
        self.siblings.note_outreached(outreached);
    }

    /// Notes whether nothing was seen of it on its way, and nothing else that it may be; `None` while it does not come down.
    pub fn note_from_nowhere(&mut self, track: &Track, from_nowhere: Option<bool>) {
        let rises = Kinematics::of(track).climb_sine > FALLING_SINE;
        self.from_nowhere = resume::comes_from_nowhere(self.from_nowhere, from_nowhere, rises);
    }

    /// Whether something flew on from it by now, and whether it flew on from something.
    pub fn note_outrun(&mut self, outrun: bool, outruns: bool) {
        self.siblings.note_outrun(outrun, outruns);
    }

    /// What is known of its drag.
    pub fn drag(&self, track: &Track) -> KnownDrag {
        let followed = track.mode_probabilities()[Mode::Ballistic as usize] > BALLISTIC_LEAST;
        let filter = self.lift.has_felt_air() && followed;
        match self.braked(track.time) {
            Some(braked) if !(filter && braked.agrees_with(track.mode(Mode::Ballistic))) => KnownDrag::Braked(braked),
            _ if filter => KnownDrag::Filter,
            _ => KnownDrag::Nothing,
        }
    }

    /// Its mass over drag area, as far as what brakes it was seen.
    fn braked(&self, time: Time) -> Option<Braked> {
        self.lift.braked(time)
    }

    /// The wind that it fell through lately, as far as it shows it.
    pub fn wind(&self) -> Option<drift::Shown> {
        self.lift.wind()
    }

    /// The launch, once it is known that there was one.
    pub fn launch(&self) -> Option<&Launch> {
        self.run_back.launch()
    }

    /// Takes note of the track's state; call it whenever the picture changed.
    pub fn note(&mut self, track: &Track, sensors: &[Sensor]) {
        let predicted_s = track.time.seconds_since(track.last_hit);
        let is_prediction = predicted_s > LOST_AFTER_S || (predicted_s > 0.0 && track.missed_in_a_row > 0);
        if is_prediction || !self.is_back(track) {
            return;
        }
        let since_s = self.last_hit.map_or(0.0, |last| track.last_hit.seconds_since(last).clamp(0.0, LOST_AFTER_S));
        self.last_hit = Some(track.last_hit);
        let later_hits = track.hits.saturating_sub(self.hits_seen.max(AFAR_AFTER_HITS));
        self.hits_seen = track.hits;
        let state = Kinematics::of(track);
        self.steady_s = if libm::fabs(state.climb_sine) < STEADY_SINE {
            self.steady_s + since_s
        } else {
            (self.steady_s - 2.0 * since_s).max(0.0)
        };
        if stands(track, sensors) {
            (self.launched, self.run_back, self.impact, self.lost) = (false, RunBack::default(), None, None);
            self.burn.forget();
            return;
        }
        let known = state.speed_sigma_mps < GOOD_SPEED_SIGMA_MPS && state.place_sigma_m < GOOD_PLACE_SIGMA_M;
        let surely_rises = state.surely_rises_from_ground() && state.place_sigma_m < GOOD_PLACE_SIGMA_M;
        let boosting = self.burn.note(track, &state, sensors, known, surely_rises);
        let inertial_mps = inertial_velocity_mps(state.place_m, state.velocity_mps).norm();
        if inertial_mps - AFAR_SIGMAS * state.speed_sigma_mps > afar_mps(state.height_m) {
            self.afar_hits += later_hits;
        }
        let rose = track.rose && state.rises_from_ground() && track.last_hit.seconds_since(track.born) > ROSE_S;
        if known || ((surely_rises || rose) && !self.is_piece()) {
            let is_first = self.run_back.first().is_none();
            self.run_back.note(FirstState::of(track.time, &state, boosting));
            self.launched |= is_first && state.rises_from_ground() && !self.is_piece();
        }
        if known {
            self.note_known(track, sensors, &state, boosting, since_s);
        }
        let sigmas = [state.place_sigma_m, state.speed_sigma_mps];
        self.lift.note(track.time, state.place_m, state.velocity_mps, sigmas, !boosting && known);
        self.last_seen = Some(Sighting {
            time: track.time,
            place_m: state.place_m,
            velocity_mps: state.velocity_mps,
            place_sigma_m: state.place_sigma_m,
            speed_sigma_mps: state.speed_sigma_mps,
            boosting,
        });
    }

    /// Takes note of a state that is known well, so long after the one before it.
    fn note_known(&mut self, track: &Track, sensors: &[Sensor], state: &Kinematics, boosting: bool, since_s: f64) {
        // What it once was for long enough, it stays.
        if self.unlike_aircraft_looks < UNLIKE_LOOKS {
            let unlike = aircraft_likelihood(&self.features(track, sensors)) < UNLIKE_LIKELIHOOD;
            self.unlike_aircraft_looks = if unlike { self.unlike_aircraft_looks + 1 } else { 0 };
        }
        self.orbited.note(Perigee::of(state), since_s);
        self.reach_now_m = reach_m(state.height_m, state.speed_mps);
        self.top.note(state, boosting);
        self.reach_m = self.reach_m.max(self.reach_now_m);
        let rises_below_orbits = state.climb_sine > 0.0 && state.height_m < PLUME_HEIGHT_M;
        self.launched |= self.burn.looks_in_a_row() >= LAUNCH_LOOKS && rises_below_orbits && !self.is_piece();
        if self.launched {
            self.trail.note(track.time, state.place_m, state.velocity_mps);
        }
        self.level.note(track.time, state.height_m, state.speed_mps, !boosting);
    }

    /// Whether it was seen all the time, or often enough again after a silence: what one plot does to a track that was lost
    /// for long is not news of the object.
    fn is_back(&self, track: &Track) -> bool {
        let silent = self.last_hit.is_some_and(|last| track.last_hit.seconds_since(last) > LOST_AFTER_S);
        !silent || track.hits >= self.hits_seen + RETURN_HITS
    }

    /// A new assessment at event time `now`. `None` while it has no name.
    pub fn assess(
        &mut self,
        now: Time,
        track: &Track,
        around: &Around,
        config: &Config,
        regions: &RegionIndex,
    ) -> Option<&Assessment> {
        self.assessed = Some(now);
        self.opened.get_or_insert(now);
        let features = self.features(track, &config.sensors);
        let kind = self.judge(now, track, &features);
        if self.launched {
            self.run_back.find(regions);
        }
        self.forecast_fall(track, around, &kind, &features);
        self.grow_lost(now, track);
        let (event, object) = self.name.clone()?;
        let shown = shown_state(track, now);
        let threat = kind.threat() >= THREAT_TO_FALL;
        let impact = self.impact.as_ref().map(|(_, impact)| impact.clone()).filter(|_| threat);
        let phase = phase(now, track, &features, impact.as_ref());
        let landed = phase == Phase::Landed;
        let place = Ecef(shown.mean.fixed_rows::<3>(0).into_owned()).geodetic();
        // Out of sight, the filters do not know the ground.
        let down = impact.as_ref().filter(|_| landed || place.height_m < 0.0);
        let told_reach =
            (threat && self.reach_m > 0.0 && (self.launched || features.apogee_m.is_some())).then_some(self.reach_m);
        self.latest = Some(Assessment {
            time: now,
            event,
            object,
            track: track.id,
            phase,
            position: down.map_or(place, |impact| ground(impact.position)),
            speed_mps: if landed { 0.0 } else { shown.mean.fixed_rows::<3>(3).norm() },
            kind,
            band: told_reach.filter(|_| self.launched).map(Band::of_reach_m),
            reach_m: told_reach,
            range_m: self
                .launch()
                .zip(impact.as_ref())
                .map(|(launch, impact)| geodesic::inverse(ground(launch.position), ground(impact.position)).distance_m),
            apogee_m: features.apogee_m.filter(|_| threat),
            launch: self.launch().cloned().filter(|_| threat),
            impact,
            catalogued: self.catalogue.sure_entry().cloned(),
            evidence: Evidence::of(track, config),
        });
        self.closed |= landed;
        self.latest.as_ref()
    }

    /// What it is, by what it looks like now and what was said of it before.
    fn judge(&mut self, now: Time, track: &Track, features: &Features) -> KindProbabilities {
        // What is out of sight shows nothing new of what it is: a prediction of its path is not evidence.
        let seen = now.seconds_since(track.last_hit) <= LOST_AFTER_S && self.is_back(track);
        // Nor does a false plot that happens to fit make anything else of what was an aircraft for many.
        let once = self.aircraft_hits.is_some_and(|hits| hits > AIRCRAFT_HITS && track.hits < hits + RETURN_HITS);
        let fresh = probabilities(features);
        let kind = match self.kind_seen {
            Some(kind) if !seen => self.features_seen.and_then(Features::spent).map_or(kind, |f| probabilities(&f)),
            Some(kind) if once && fresh.threat() > kind.threat() => kind,
            // What was lost and found is what it was, until enough was seen of it again.
            Some(kind) if self.is_resumed && fresh.most_probable() == Kind::Unknown => kind,
            _ => fresh,
        };
        if seen {
            self.features_seen = Some(*features);
        }
        if seen && fresh.of(Kind::Aircraft) > 0.5 {
            self.aircraft_hits = Some(track.hits);
        }
        self.kind_seen = Some(kind);
        self.believed = kind.threat();
        kind
    }

    fn features(&self, track: &Track, sensors: &[Sensor]) -> Features {
        let state = Kinematics::of(track);
        let stands = stands(track, sensors);
        let boosting = self.burn.is_on(track, &state, sensors) && !self.is_piece() && !stands;
        let surface_m = state.place_m.norm() - state.height_m;
        let flight = orbit(state.place_m, state.velocity_mps);
        let perigee = Perigee::of(&state);
        let apogee_m = self.top.apogee_m(&state, flight.apogee_m - surface_m, boosting);
        let age_s = track.last_hit.seconds_since(track.born);
        let ballistic = track.mode(Mode::Ballistic);
        let (burned_s, burned_mps) = self.burn.since(self.launch().map(|launch| launch.time));
        Features {
            hit_count: track.hits,
            age_s,
            height_m: state.height_m,
            height_sigma_m: state.place_sigma_m,
            speed_mps: state.speed_mps,
            speed_sigma_mps: state.speed_sigma_mps,
            inertial_speed_mps: inertial_velocity_mps(state.place_m, state.velocity_mps).norm(),
            climb_sine: state.climb_sine,
            infrared_hit_count: infrared_hits(track, sensors),
            launched: self.launched,
            stands,
            perigee_height_m: perigee.height_m,
            perigee_sigma_m: perigee.sigma_m,
            apogee_m: (!boosting).then_some(apogee_m),
            flatness: self.top.flatness(apogee_m, &state, boosting),
            held_up_sigmas: self.top.held_up_sigmas(&state, age_s),
            stretch: self.top.stretch(&state),
            reach_m: self.reach_m.max(if self.top.is_seen() { 0.0 } else { reach_m(state.height_m, state.speed_mps) }),
            boosting,
            burned_s,
            burn_mean_mps2: burned_mps / burned_s.max(1.0),
            from_spaceport: (self.launch())
                .is_some_and(|launch| spaceports::is_from_one(launch.position, launch.semi_major_m)),
            seen_burning: self.burn.is_proven(),
            burnt_out_s: self.burn.out_s(track.time),
            burnout_height_m: self.burn.out_height_m(),
            lifted_s: self.lift.lifted_s,
            kept_m: self.level.kept_m(),
            aloft_s: self.launch().map_or(0.0, |launch| track.last_hit.seconds_since(launch.time)),
            from_afar: self.afar_hits >= AFAR_HITS,
            from_nowhere: self.from_nowhere,
            steady_s: self.steady_s,
            shed: self.siblings.was_shed(),
            outreached: self.siblings.is_outreached(),
            sheds: self.siblings.has_shed(),
            perigee_height_max_m: self.orbited.perigee_height_max_m.max(perigee.height_m),
            orbited_s: self.orbited.cleared_s,
            log_coefficient: ballistic.mean[6],
            from_break_up: self.is_piece(),
            never_aircraft: self.unlike_aircraft_looks >= UNLIKE_LOOKS,
            catalogued_ratio: self.catalogue.ratio(),
        }
    }

    /// Flies the ways down again if there is news of the track; what is lost keeps its last forecast.
    fn forecast_fall(&mut self, track: &Track, around: &Around, kind: &KindProbabilities, features: &Features) {
        let fresh = self.impact.as_ref().is_some_and(|(at, _)| *at == track.last_hit);
        if fresh || kind.threat() < THREAT_TO_FALL || !track.is_grown() || self.coasts(track) || !self.is_back(track) {
            return;
        }
        let ways = ways(kind, features, self.origin);
        let count = if ways.stage + ways.piece > 0.9 { FALLS_FEW } else { FALLS_MANY };
        let began = self.launch().map_or(track.born, |launch| launch.time);
        let history =
            History { burned_s: track.time.seconds_since(began), drag: self.drag(track), polar: self.lift.polar() };
        // Where it comes down, as far as that was known a moment ago.
        let place = self.impact.as_ref().map_or(Ecef(track.position_m()), |(_, last)| ground(last.position).ecef());
        let winds = around.weather.over(track.time, place);
        let falls = fall::draw(track, around.common_error, &history, &ways, &winds, count);
        // Most of it stays up: no place of fall to speak of.
        if falls.share < 0.2 {
            self.impact = None;
            return;
        }
        let factors = ways.factors(features.fallen_s(), falls.left_s(track.time));
        if let Some(impact) = footprint::impact(falls.samples, &factors) {
            self.lost = Some(Lost::from(impact.samples.clone(), &ways, &factors, features.height_m));
            self.impact = Some((track.last_hit, impact));
        }
    }

    /// A lost object's areas grow: its last forecast holds all that such bodies do, but it may have been lost because it did
    /// something else.
    fn grow_lost(&mut self, now: Time, track: &Track) {
        let (Some((_, impact)), Some(lost)) = (&mut self.impact, &mut self.lost) else { return };
        if let Some(grown) = lost.grown(now.seconds_since(track.last_hit) - LOST_AFTER_S) {
            *impact = grown;
        }
    }

    /// The state is a prediction, not an update, and there is a forecast from the update already.
    fn coasts(&self, track: &Track) -> bool {
        self.impact.is_some() && track.time.seconds_since(track.last_hit) > LOST_AFTER_S
    }
}

/// How likely each way of coming down is.
fn ways(kind: &KindProbabilities, features: &Features, origin: Origin) -> Ways {
    let threat = kind.threat().max(1e-9);
    let burning = if features.boosting { 0.85 } else { 0.0 };
    let share = |kinds: &[Kind]| (1.0 - burning) * kinds.iter().map(|&k| kind.of(k)).sum::<f64>() / threat;
    let whole = features.height_m > BREAK_UP_DONE_M;
    let (entering, debris) = (share(&[Kind::Reentry]), share(&[Kind::Debris]));
    let (stage, piece) =
        if matches!(origin, Origin::Launch(_)) || features.launched { (debris, 0.0) } else { (0.0, debris) };
    Ways {
        falling: share(&[Kind::Ballistic, Kind::SpaceLaunch]),
        stage,
        piece: piece + if whole { 0.0 } else { entering },
        burning,
        pulling_up: share(&[Kind::QuasiBallistic]),
        gliding: share(&[Kind::Glide]),
        breaking_up: if whole { entering } else { 0.0 },
    }
}

fn phase(now: Time, track: &Track, features: &Features, impact: Option<&Impact>) -> Phase {
    let silent_s = now.seconds_since(track.last_hit);
    if let Some(impact) = impact {
        let down = impact.samples.iter().filter(|s| s.time.plus_s(impact.time_sigma_s) < now).count() as f64;
        if down >= DOWN_SHARE * impact.samples.len() as f64 {
            return Phase::Landed;
        }
    }
    if silent_s > LOST_AFTER_S {
        Phase::Lost
    } else if features.boosting {
        Phase::Boost
    } else if features.climb_sine < -0.05 && aircraft_likelihood(features) < 0.1 {
        Phase::Descent
    } else {
        Phase::Midcourse
    }
}

/// The state at event time, by the filters, for showing where it is.
fn shown_state(track: &Track, now: Time) -> Gaussian<9> {
    let mut shown = track.clone();
    let end = if now.seconds_since(shown.time) > PREDICT_MAX_S { shown.time.plus_s(PREDICT_MAX_S) } else { now };
    while shown.time < end {
        let step = shown.time.plus_s(1.0).min(end);
        shown.predict(step);
    }
    shown.combined()
}

fn ground(p: SurfacePosition) -> Geodetic {
    Geodetic { latitude_rad: p.latitude_rad, longitude_rad: p.longitude_rad, height_m: 0.0 }
}
