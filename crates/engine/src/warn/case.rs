//! One event that is warned of, or may have to be: what is known of its objects, and all that was said.

use super::{Conditions, EventView, Reason, Revision, RevisionKind};
use crate::assess::area::merge_overlapping;
use crate::assess::debris::DebrisBand;
use crate::assess::exposure::any_of;
use crate::assess::{Assessment, Exposure, HazardArea, Impact, Kind, Phase};
use crate::policy::Policy;
use crate::traffic::SurfacePosition;
use downrange_earth::Time;
use std::collections::{BTreeMap, BTreeSet};

/// An all-clear comes this long after the last possible time of a fall: pieces that come off at 12 km and sink at 100 m/s
/// need as long. Never later than the message itself would run out.
pub const ALL_CLEAR_MARGIN_S: f64 = 120.0;
/// An object that is not assessed for so long is no longer in the picture; its time of fall then decides alone.
pub const UNSEEN_S: f64 = 30.0;
/// A message is renewed this long before it runs out, or at half of its margin when that is shorter.
pub const RENEWAL_LEAD_S: f64 = 60.0;
/// Places of fall that go with a message, at most.
const PLACES_MAX: usize = 60;
/// Messages that add danger keep this distance, so that one scan with ten new pieces makes one update.
pub const URGENT_INTERVAL_S: f64 = 2.0;
/// A window that moves by more is told.
pub const WINDOW_CHANGE_S: f64 = 60.0;
/// The said area is outgrown when it holds by so much fewer of the samples than the new area does.
pub const HELD_LOSS_FRACTION: f64 = 0.05;
/// An area that shrinks below this share is told: people may leave shelter.
pub const SHRUNK_FRACTION: f64 = 0.5;

/// The area of a band of height that grows beyond this many times what was said is told.
const DEBRIS_GROWTH: f64 = 1.25;

/// A smaller area or another window is told only after it held for so long: while two explanations of a flight change
/// places, the larger area stays in force, instead of being taken back and said again.
pub const REFINEMENT_HOLD_S: f64 = 30.0;

/// What is known of one object.
#[derive(Debug, Clone)]
struct Watched {
    /// It is, or was, threat enough to be named.
    named: bool,
    threat: f64,
    kind: Kind,
    has_launch: bool,
    region: Option<(String, Option<String>)>,
    /// Landed or lost: nobody will see it any more.
    out_of_sight: bool,
    seen: Time,
    fall: Option<Fall>,
}

/// Its fall, with the one area that is warned as the only one.
#[derive(Debug, Clone)]
struct Fall {
    impact: Impact,
    area: HazardArea,
}

impl Watched {
    fn new(now: Time) -> Watched {
        Watched {
            named: false,
            threat: 0.0,
            kind: Kind::Unknown,
            has_launch: false,
            region: None,
            out_of_sight: false,
            seen: now,
            fall: None,
        }
    }

    fn look(&mut self, now: Time, assessment: &Assessment, policy: &Policy) {
        self.threat = assessment.kind.threat();
        self.kind = assessment.kind.most_probable();
        if let Some(launch) = &assessment.launch {
            self.has_launch = true;
            self.region = launch.region.clone().map(|name| (name, launch.region_local.clone())).or(self.region.take());
        }
        self.out_of_sight = matches!(assessment.phase, Phase::Landed | Phase::Lost);
        self.seen = assessment.time;
        let new = assessment.impact.as_ref().and_then(|i| Some((i, i.area_holding(policy.area_probability)?)));
        if let Some((impact, area)) = new {
            // Whoever is not seen any more may be anywhere where it was thought possible: a lost track never shrinks.
            let area = match &self.fall {
                Some(old) if assessment.phase == Phase::Lost => old.area.joined(&area.widened(policy.area_margin_m)),
                _ => area.widened(policy.area_margin_m),
            };
            self.fall = Some(Fall { impact: Impact { areas: vec![area.clone()], ..impact.clone() }, area });
        }
        let is_threat = self.threat >= policy.alert_probability && has_witnesses(assessment, policy);
        // Nobody is warned anew of a fall whose time is over, even if the object is still in the picture.
        let is_ahead = assessment.phase != Phase::Landed && self.over_by_time(policy).is_some_and(|over| now < over);
        self.named = if self.named { self.threat >= policy.cancel_probability } else { is_threat && is_ahead };
    }

    /// When its time of fall is over, with margin; nothing while there is no fall.
    fn over_by_time(&self, policy: &Policy) -> Option<Time> {
        Some(self.fall.as_ref()?.area.latest().plus_s(ALL_CLEAR_MARGIN_S.min(margin_s(policy))))
    }

    /// From when on it is surely down: its time is over and nobody sees it fly any more.
    fn down_from(&self, policy: &Policy) -> Option<Time> {
        let by_time = self.over_by_time(policy)?;
        Some(if self.out_of_sight { by_time } else { by_time.max(self.seen.plus_s(UNSEEN_S)) })
    }

    fn is_down(&self, now: Time, policy: &Policy) -> bool {
        self.down_from(policy).is_some_and(|from| now >= from)
    }
}

fn has_witnesses(assessment: &Assessment, policy: &Policy) -> bool {
    assessment.evidence.independent_paths >= policy.independent_paths_min
}

/// Whether this is a watch: it would be an alert if more independent witnesses had seen it.
pub fn is_watch(assessment: &Assessment, policy: &Policy) -> bool {
    let has_area = assessment.impact.as_ref().is_some_and(|i| i.area_holding(policy.area_probability).is_some());
    let is_threat = assessment.kind.threat() >= policy.alert_probability && assessment.phase != Phase::Landed;
    is_threat && has_area && !has_witnesses(assessment, policy)
}

/// At least a second, whatever the policy says: a message must have an end that lies ahead.
fn margin_s(policy: &Policy) -> f64 {
    policy.expiry_margin_s.max(1.0)
}

/// One event.
#[derive(Debug, Clone)]
pub(super) struct Case {
    event: String,
    id: String,
    closed_by_person: bool,
    standing: bool,
    objects: BTreeMap<String, Watched>,
    /// Objects whose fall the last revision covers.
    covered: BTreeSet<String>,
    /// Where pieces pass the heights of aircraft.
    debris: Vec<DebrisBand>,
    said: Vec<Revision>,
    asked: Option<Time>,
    /// Since when, without a break, the danger is smaller or at another time than said.
    refined_since: Option<Time>,
}

impl Case {
    pub(super) fn new(event: &str) -> Case {
        Case {
            event: event.to_owned(),
            id: format!("{event}-W"),
            closed_by_person: false,
            standing: false,
            objects: BTreeMap::new(),
            covered: BTreeSet::new(),
            debris: Vec::new(),
            said: Vec::new(),
            asked: None,
            refined_since: None,
        }
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn is_standing(&self) -> bool {
        self.standing
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed_by_person
    }

    pub(super) fn said(&self) -> &[Revision] {
        &self.said
    }

    /// Takes the latest assessments. While no warning stands nothing is remembered from earlier.
    pub(super) fn look(&mut self, now: Time, event: &EventView<'_>, policy: &Policy) {
        let assessments = event.objects;
        self.debris = event.debris.to_vec();
        if !self.standing {
            self.objects.clear();
        }
        // What the picture withdrew (a ghost, a second track on the same body) leaves the count.
        self.objects.retain(|name, _| assessments.iter().any(|assessment| assessment.object == *name));
        for assessment in assessments {
            let object = self.objects.entry(assessment.object.clone()).or_insert_with(|| Watched::new(now));
            object.look(now, assessment, policy);
        }
        let refined = self.said.last().filter(|_| self.standing).is_some_and(|last| self.is_refined(last, now, policy));
        self.refined_since = refined.then(|| self.refined_since.unwrap_or(now));
    }

    fn named(&self) -> impl Iterator<Item = (&String, &Watched)> {
        self.objects.iter().filter(|(_, object)| object.named)
    }

    fn falling(&self, now: Time, policy: &Policy) -> impl Iterator<Item = (&String, &Fall)> {
        let up = self.named().filter(move |(_, object)| !object.is_down(now, policy));
        up.filter_map(|(name, object)| Some((name, object.fall.as_ref()?)))
    }

    /// The falls that a message of now covers.
    pub(super) fn falls(&self, now: Time, policy: &Policy) -> Vec<&Impact> {
        self.falling(now, policy).map(|(_, fall)| &fall.impact).collect()
    }

    fn areas(&self, now: Time, policy: &Policy) -> Vec<HazardArea> {
        merge_overlapping(&self.falling(now, policy).map(|(_, fall)| fall.area.clone()).collect::<Vec<_>>())
    }

    /// What the decision table asks; who is newly underneath is not known yet.
    pub(super) fn conditions(&self, now: Time, policy: &Policy) -> Conditions {
        let lasting = self.lasting_conditions(now, policy);
        let Some(last) = self.said.last().filter(|_| self.standing) else { return lasting };
        Conditions {
            object_new: self.named().any(|(name, _)| !last.objects.contains(name)),
            danger_grew: self.falling(now, policy).any(|(_, fall)| fall.outgrows(last)) || self.debris_grew(last),
            refined: self.covers_others(now, policy)
                || self.refined_since.is_some_and(|since| now.seconds_since(since) >= REFINEMENT_HOLD_S),
            ..lasting
        }
    }

    /// The same without what is new: time alone adds no danger and nobody underneath.
    pub(super) fn lasting_conditions(&self, now: Time, policy: &Policy) -> Conditions {
        let threat = self.falling(now, policy).next().is_some();
        let Some(last) = self.said.last().filter(|_| self.standing) else {
            return Conditions { closed_by_person: self.closed_by_person, threat, ..Conditions::default() };
        };
        let since_s = now.seconds_since(last.time);
        Conditions {
            closed_by_person: self.closed_by_person,
            standing: true,
            threat,
            no_threat: self.named().next().is_none(),
            all_down: self.named().all(|(_, object)| object.is_down(now, policy)),
            expiring: now >= self.renewal(last, policy),
            urgent_due: since_s >= URGENT_INTERVAL_S,
            refinement_due: since_s >= policy.update_interval_s,
            ..Conditions::default()
        }
    }

    /// Whether pieces come through a band that was not said, or beyond what was said of it.
    fn debris_grew(&self, last: &Revision) -> bool {
        self.debris.iter().any(|band| {
            let Some(said) = last.debris.iter().find(|said| said.upper_m == band.upper_m) else { return true };
            let earlier = said.area.earliest().seconds_since(band.area.earliest()) > WINDOW_CHANGE_S;
            earlier || said.area.joined(&band.area).area_m2() > DEBRIS_GROWTH * said.area.area_m2()
        })
    }

    fn renewal(&self, last: &Revision, policy: &Policy) -> Time {
        last.expires.plus_s(-RENEWAL_LEAD_S.min(0.5 * margin_s(policy)))
    }

    /// Whether the last revision covers other objects than one of now would.
    fn covers_others(&self, now: Time, policy: &Policy) -> bool {
        !self.falling(now, policy).map(|(name, _)| name).eq(self.covered.iter())
    }

    /// Whether the window moved, or the area shrank.
    fn is_refined(&self, last: &Revision, now: Time, policy: &Policy) -> bool {
        let areas = self.areas(now, policy);
        let (Some(said), Some(new)) = (window(&last.areas), window(&areas)) else { return false };
        let moved = |a: Time, b: Time| a.seconds_since(b).abs() > WINDOW_CHANGE_S;
        let size_m2 = |areas: &[HazardArea]| areas.iter().map(HazardArea::area_m2).sum::<f64>();
        moved(said.0, new.0) || moved(said.1, new.1) || size_m2(&areas) < SHRUNK_FRACTION * size_m2(&last.areas)
    }

    /// Whether something may be said now, so that it must be known who is underneath. Who is newly underneath an area that
    /// did not change is asked once per update interval.
    pub(super) fn must_ask(&mut self, now: Time, c: &Conditions, policy: &Policy) -> bool {
        let asked_lately = self.asked.is_some_and(|t| now.seconds_since(t) < policy.update_interval_s);
        let urgent = c.urgent_due && (c.object_new || c.danger_grew);
        let refine = c.refinement_due && (c.refined || !asked_lately);
        let over = c.no_threat || c.all_down;
        let must = if c.standing { !over && (urgent || refine || c.expiring) } else { c.threat };
        if must {
            self.asked = Some(now);
        }
        must
    }

    /// Whether somebody is probably enough underneath who was not named by the last revision.
    pub(super) fn names_new(&self, exposure: &Exposure, policy: &Policy) -> bool {
        let Some(last) = self.said.last() else { return false };
        let vessels: BTreeSet<u32> = last.exposure.vessels.iter().map(|v| v.mmsi).collect();
        let aircraft: BTreeSet<&str> = last.exposure.aircraft.iter().map(|a| a.icao.as_str()).collect();
        let zones: BTreeSet<&str> = last.exposure.zones.iter().map(|z| z.id.as_str()).collect();
        exposure.vessels.iter().any(|v| v.probability >= policy.vessel_probability && !vessels.contains(&v.mmsi))
            || exposure.aircraft.iter().any(|a| !aircraft.contains(a.icao.as_str()))
            || exposure.zones.iter().any(|z| z.probability >= policy.zone_probability && !zones.contains(z.id.as_str()))
    }

    /// Why an alert of now is raised.
    pub(super) fn alert_reason(&self, now: Time, policy: &Policy) -> Reason {
        let leader = self.leader(now, policy);
        match leader.map(|object| (object.kind, object.has_launch)) {
            Some((Kind::Reentry, _) | (Kind::Debris, false)) => Reason::Reentry,
            _ => Reason::Launch,
        }
    }

    /// The first object by name that still falls.
    fn leader(&self, now: Time, policy: &Policy) -> Option<&Watched> {
        self.named().map(|(_, object)| object).find(|object| !object.is_down(now, policy))
    }

    /// Raises or changes the warning; nothing without an area, whoever asks.
    pub(super) fn speak(
        &mut self,
        now: Time,
        kind: RevisionKind,
        reason: Reason,
        exposure: Option<Exposure>,
        policy: &Policy,
    ) -> Option<Revision> {
        let areas = self.areas(now, policy);
        let (earliest, latest) = window(&areas)?;
        let last_exposure = || self.said.last().map(|last| last.exposure.clone());
        let revision = Revision {
            time: now,
            id: self.id.clone(),
            revision: self.next_number(),
            kind,
            reason,
            status: policy.status,
            event: self.event.clone(),
            objects: self.named().map(|(name, _)| name.clone()).collect(),
            region: self.named().find_map(|(_, object)| object.region.clone()),
            object_kind: self.leader(now, policy)?.kind,
            places: self.leader(now, policy)?.fall.as_ref().map_or_else(Vec::new, |fall| places(&fall.impact)),
            onset: earliest.max(now),
            expires: latest.max(now).plus_s(margin_s(policy)),
            areas,
            debris: self.debris.clone(),
            exposure: exposure.or_else(last_exposure).unwrap_or_default(),
            probability: self.probability(),
            references: self.references(),
        };
        self.covered = self.falling(now, policy).map(|(name, _)| name.clone()).collect();
        self.standing = true;
        self.refined_since = None;
        self.said.push(revision.clone());
        Some(revision)
    }

    /// Takes the warning back, or says that it is over; what was warned is free again.
    pub(super) fn end(&mut self, now: Time, kind: RevisionKind, reason: Reason, policy: &Policy) -> Option<Revision> {
        let last = self.said.last().filter(|_| self.standing)?;
        let revision = Revision {
            time: now,
            revision: self.next_number(),
            kind,
            reason,
            onset: now,
            expires: last.expires.max(now.plus_s(margin_s(policy))),
            exposure: Exposure::default(),
            debris: still_falling(now, kind, &last.debris),
            probability: if kind == RevisionKind::AllClear { 0.0 } else { self.probability() },
            references: self.references(),
            ..last.clone()
        };
        self.standing = false;
        self.closed_by_person = reason == Reason::Ordered;
        self.objects.clear();
        self.covered.clear();
        self.said.push(revision.clone());
        Some(revision)
    }

    fn next_number(&self) -> u32 {
        self.said.last().map_or(1, |last| last.revision + 1)
    }

    fn references(&self) -> Vec<(u32, Time)> {
        self.said.iter().map(|r| (r.revision, r.time)).collect()
    }

    /// Probability that anything that was named comes down.
    fn probability(&self) -> f64 {
        let said = self.said.last().map(|last| last.objects.as_slice()).unwrap_or_default();
        let counts = |(name, object): &(&String, &Watched)| object.named || said.contains(name);
        any_of(self.objects.iter().filter(counts).map(|(_, object)| object.threat))
    }

    /// When the desk has to look again by itself.
    pub(super) fn next_wake(&self, policy: &Policy) -> Option<Time> {
        let last = self.said.last().filter(|_| self.standing)?;
        let all_down = self.named().filter_map(|(_, object)| object.down_from(policy)).max();
        Some(all_down.map_or(self.renewal(last, policy), |down| down.min(self.renewal(last, policy))))
    }
}

/// The bands that stay in force when a warning ends: what was tracked is down before the lightest pieces are. What was no danger
/// threw none.
fn still_falling(now: Time, kind: RevisionKind, bands: &[DebrisBand]) -> Vec<DebrisBand> {
    let left = bands.iter().filter(|band| kind == RevisionKind::AllClear && band.area.latest() > now);
    left.cloned().collect()
}

impl Fall {
    /// Whether the said areas no longer hold this fall as they claim: too many of the samples that the new area holds, or
    /// the most probable place, lie outside, or it comes earlier than said.
    fn outgrows(&self, last: &Revision) -> bool {
        let said = |place| last.areas.iter().any(|area| area.contains(place));
        let new = |place| self.area.contains(place);
        let earlier = window(&last.areas)
            .is_some_and(|(earliest, _)| earliest.seconds_since(self.area.earliest()) > WINDOW_CHANGE_S);
        let samples = &self.impact.samples;
        let lost = if samples.is_empty() {
            self.area.ring().iter().any(|&corner| !said(corner))
        } else {
            let lost = samples.iter().filter(|s| new(s.position) && !said(s.position)).count();
            lost as f64 > HELD_LOSS_FRACTION * samples.len() as f64
        };
        lost || earlier || (new(self.impact.position) && !said(self.impact.position))
    }
}

/// Earliest and latest time of all areas.
fn window(areas: &[HazardArea]) -> Option<(Time, Time)> {
    let earliest = areas.iter().map(HazardArea::earliest).min()?;
    Some((earliest, areas.iter().map(HazardArea::latest).max()?))
}

/// Some of the samples of a fall, evenly taken.
fn places(impact: &Impact) -> Vec<SurfacePosition> {
    let step = impact.samples.len().div_ceil(PLACES_MAX).max(1);
    impact.samples.iter().step_by(step).map(|sample| sample.position).collect()
}
