//! The life of warnings: raised, changed, renewed, taken back, over.

use super::case::Case;
use super::{Decision, Reason, Revision, RevisionKind, decide};
use crate::assess::debris::DebrisBand;
use crate::assess::{Assessment, Exposure, Impact};
use crate::engine::Order;
use crate::policy::Policy;
use downrange_earth::Time;
use std::collections::BTreeMap;

/// The latest of every object of one event.
#[derive(Debug, Clone, Copy)]
pub struct EventView<'a> {
    /// Which event, e.g. `2022-01-14-1`.
    pub event: &'a str,
    /// The latest assessment of each of its objects, in any order.
    pub objects: &'a [&'a Assessment],
    /// Where pieces that nobody tracks pass the heights of aircraft, if something of it breaks up.
    pub debris: &'a [DebrisBand],
}

/// Why an order was not carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderError {
    /// There never was a warning of this name.
    UnknownWarning(String),
    /// The warning does not stand: it was taken back or is over already.
    NotStanding(String),
}

impl core::fmt::Display for OrderError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            OrderError::UnknownWarning(id) => write!(f, "there is no warning {id}"),
            OrderError::NotStanding(id) => {
                write!(f, "warning {id} does not stand: it was taken back or is over already")
            }
        }
    }
}

impl core::error::Error for OrderError {}

/// All warnings, standing and past; one per event.
#[derive(Debug, Clone)]
pub struct Desk {
    policy: Policy,
    /// Only events that were warned of: what was merely watched costs nothing here.
    cases: BTreeMap<String, Case>,
    now: Option<Time>,
}

impl Desk {
    /// No warning stands.
    pub fn new(policy: Policy) -> Desk {
        Desk { policy, cases: BTreeMap::new(), now: None }
    }

    /// Looks at the latest assessments of one event; returns what has to be said about it, if anything.
    ///
    /// `exposure` is asked, at most once, only when something may have to be said: it gets the falls that the warning
    /// covers and answers who is underneath. Nothing is raised without a valid area.
    pub fn consider(
        &mut self,
        now: Time,
        event: &EventView<'_>,
        exposure: impl FnOnce(&[&Impact]) -> Exposure,
    ) -> Option<Revision> {
        let now = self.advance(now);
        let mut case = self.cases.remove(event.event).unwrap_or_else(|| Case::new(event.event));
        let said = if case.is_closed() { None } else { self.look(now, &mut case, event, exposure) };
        if !case.said().is_empty() {
            self.cases.insert(event.event.to_owned(), case);
        }
        said
    }

    fn look(
        &self,
        now: Time,
        case: &mut Case,
        event: &EventView<'_>,
        exposure: impl FnOnce(&[&Impact]) -> Exposure,
    ) -> Option<Revision> {
        let policy = &self.policy;
        case.look(now, event, policy);
        let mut conditions = case.conditions(now, policy);
        let asked = case.must_ask(now, &conditions, policy).then(|| exposure(&case.falls(now, policy)));
        conditions.exposed_new = asked.as_ref().is_some_and(|exposure| case.names_new(exposure, policy));
        act(now, case, decide(conditions), asked, policy)
    }

    /// Carries out what a person decided: one person, one action, at once.
    ///
    /// # Errors
    /// [`OrderError`] when there is nothing to take back.
    pub fn order(&mut self, now: Time, order: &Order) -> Result<Revision, OrderError> {
        let now = self.advance(now);
        let Order::Cancel { warning, .. } = order;
        let case = self.cases.values_mut().find(|case| case.id() == warning);
        let case = case.ok_or_else(|| OrderError::UnknownWarning(warning.clone()))?;
        case.end(now, RevisionKind::Cancel, Reason::Ordered, &self.policy)
            .ok_or_else(|| OrderError::NotStanding(warning.clone()))
    }

    /// Lets time pass: warnings are renewed before they run out while the danger lasts, and end when all is down.
    pub fn tick(&mut self, now: Time) -> Vec<Revision> {
        let now = self.advance(now);
        let policy = &self.policy;
        let mut said = Vec::new();
        for case in self.cases.values_mut().filter(|case| case.is_standing()) {
            // Only renewal and all-clear are left.
            let passed = case.lasting_conditions(now, policy);
            said.extend(act(now, case, decide(passed), None, policy));
        }
        said
    }

    /// When [`Desk::tick`] must be called at the latest; always after the last time that was given.
    pub fn next_wake(&self) -> Option<Time> {
        let wake = self.cases.values().filter_map(|case| case.next_wake(&self.policy)).min()?;
        Some(self.now.map_or(wake, |now| if wake > now { wake } else { now.plus_s(1.0) }))
    }

    /// The last revision of every warning that stands, in order of event.
    pub fn standing(&self) -> impl Iterator<Item = &Revision> {
        self.cases.values().filter(|case| case.is_standing()).filter_map(|case| case.said().last())
    }

    /// Every revision of one warning, in order; nothing for a name that never was.
    pub fn history(&self, warning: &str) -> Option<&[Revision]> {
        self.cases.values().find(|case| case.id() == warning).map(Case::said)
    }

    /// Time never runs backwards here, whatever comes in.
    fn advance(&mut self, now: Time) -> Time {
        let now = self.now.map_or(now, |before| before.max(now));
        self.now = Some(now);
        now
    }
}

fn act(
    now: Time,
    case: &mut Case,
    decision: Decision,
    exposure: Option<Exposure>,
    policy: &Policy,
) -> Option<Revision> {
    match decision {
        Decision::Stay => None,
        Decision::Alert => {
            let reason = case.alert_reason(now, policy);
            case.speak(now, RevisionKind::Alert, reason, exposure, policy)
        }
        Decision::Update(reason) => case.speak(now, RevisionKind::Update, reason, exposure, policy),
        Decision::Cancel => case.end(now, RevisionKind::Cancel, Reason::NoThreat, policy),
        Decision::AllClear => case.end(now, RevisionKind::AllClear, Reason::AllDown, policy),
    }
}
