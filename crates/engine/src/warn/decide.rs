//! The rule by which a warning is raised, changed and taken back: one small table, without any state.

use super::Reason;

/// All that a decision rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Conditions {
    /// A person took the warning of this event back.
    pub closed_by_person: bool,
    /// A warning of this event stands.
    pub standing: bool,
    /// Some object is a threat: probable enough, seen by enough independent paths, with a valid area that is not over.
    pub threat: bool,
    /// Every object of the event has turned out to be no threat.
    pub no_threat: bool,
    /// Every warned object is down, with margin.
    pub all_down: bool,
    /// An object belongs to the threat that was not named.
    pub object_new: bool,
    /// The danger is larger than said: outside the said area, or earlier than said.
    pub danger_grew: bool,
    /// People or districts are underneath that were not named.
    pub exposed_new: bool,
    /// The danger is smaller or better known than said.
    pub refined: bool,
    /// The standing message runs out while the danger lasts.
    pub expiring: bool,
    /// Enough time has passed for a message that adds danger.
    pub urgent_due: bool,
    /// Enough time has passed for a message that only refines.
    pub refinement_due: bool,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Say nothing.
    Stay,
    /// Raise the warning.
    Alert,
    /// Change it, for this reason.
    Update(Reason),
    /// Take it back: no threat.
    Cancel,
    /// It is over: all down.
    AllClear,
}

/// The table; the first row that fits decides.
///
/// | closed by a person | → nothing, ever again |
/// |---|---|
/// | not standing, threat | alert |
/// | not standing | nothing |
/// | no threat | cancel, at once |
/// | all down | all-clear, at once |
/// | new object, more danger | update, as soon as an urgent message is due |
/// | new people underneath, refined | update, as soon as a refinement is due |
/// | running out | renew |
///
/// ```
/// use downrange_engine::warn::{Conditions, Decision, decide};
/// let threat = Conditions { threat: true, ..Conditions::default() };
/// assert_eq!(decide(threat), Decision::Alert);
/// assert_eq!(decide(Conditions { closed_by_person: true, ..threat }), Decision::Stay);
/// ```
pub fn decide(c: Conditions) -> Decision {
    match c {
        Conditions { closed_by_person: true, .. } => Decision::Stay,
        Conditions { standing: false, threat: true, .. } => Decision::Alert,
        Conditions { standing: false, .. } => Decision::Stay,
        Conditions { no_threat: true, .. } => Decision::Cancel,
        Conditions { all_down: true, .. } => Decision::AllClear,
        Conditions { object_new: true, urgent_due: true, .. } => Decision::Update(Reason::ObjectsChanged),
        Conditions { danger_grew: true, urgent_due: true, .. } => Decision::Update(Reason::AreaChanged),
        Conditions { exposed_new: true, refinement_due: true, .. } => Decision::Update(Reason::ExposureChanged),
        Conditions { refined: true, refinement_due: true, .. } => Decision::Update(Reason::AreaChanged),
        Conditions { expiring: true, .. } => Decision::Update(Reason::Renewed),
        _ => Decision::Stay,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every combination there is.
    fn all() -> impl Iterator<Item = Conditions> {
        (0u32..1 << 12).map(|bits| {
            let bit = |n: u32| bits >> n & 1 == 1;
            Conditions {
                closed_by_person: bit(0),
                standing: bit(1),
                threat: bit(2),
                no_threat: bit(3),
                all_down: bit(4),
                object_new: bit(5),
                danger_grew: bit(6),
                exposed_new: bit(7),
                refined: bit(8),
                expiring: bit(9),
                urgent_due: bit(10),
                refinement_due: bit(11),
            }
        })
    }

    #[test]
    fn std_every_row_obeys_the_rules() {
        for c in all() {
            let decision = decide(c);
            let open = c.standing && !c.closed_by_person;
            assert_eq!(decision == Decision::Alert, !c.closed_by_person && !c.standing && c.threat, "{c:?}");
            assert_eq!(decision == Decision::Cancel, open && c.no_threat, "{c:?}");
            assert_eq!(decision == Decision::AllClear, open && !c.no_threat && c.all_down, "{c:?}");
            let urgent = c.urgent_due && (c.object_new || c.danger_grew);
            let refinement = c.refinement_due && (c.exposed_new || c.refined);
            let update = open && !c.no_threat && !c.all_down && (urgent || refinement || c.expiring);
            assert_eq!(matches!(decision, Decision::Update(_)), update, "{c:?}");
            if let Decision::Update(reason) = decision {
                match reason {
                    Reason::ObjectsChanged => assert!(c.object_new && c.urgent_due),
                    Reason::AreaChanged => assert!((c.danger_grew && c.urgent_due) || (c.refined && c.refinement_due)),
                    Reason::ExposureChanged => assert!(c.exposed_new && c.refinement_due && !urgent),
                    Reason::Renewed => assert!(c.expiring && !urgent && !refinement),
                    other => panic!("an update for {other:?}"),
                }
            }
        }
    }

    #[test]
    fn std_the_table_has_as_many_rows_of_each_outcome_as_counted_by_hand() {
        let count = |decision: Decision| all().filter(|&c| decide(c) == decision).count();
        assert_eq!(count(Decision::Alert), 512);
        assert_eq!(count(Decision::Cancel), 512);
        assert_eq!(count(Decision::AllClear), 256);
        assert_eq!(count(Decision::Update(Reason::ObjectsChanged)), 64);
        assert_eq!(count(Decision::Update(Reason::AreaChanged)), 32 + 20);
        assert_eq!(count(Decision::Update(Reason::ExposureChanged)), 40);
        assert_eq!(count(Decision::Update(Reason::Renewed)), 50);
        assert_eq!(count(Decision::Stay), 2048 + 512 + 50);
    }
}
