//! Who may enter a hub now: the one rule, asked at sign-in, at every refresh and at every page with a hub's link.

use serde::{Deserialize, Serialize};

use crate::{
    course::{CourseRole, CourseState},
    participation::ParticipationState,
    time::Timestamp,
};

/// All that the rule looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    pub state: CourseState,
    pub starts_at: Timestamp,
    /// Exclusive.
    pub ends_at: Timestamp,
    /// Leader, co-leader or assistant of this course, if that counts ([`CourseRole::counts`]).
    pub staff: Option<CourseRole>,
    /// Leader of this course, which does not count, for the account is no course leader any more.
    pub role_lost: bool,
    pub participation: Option<ParticipationState>,
    /// The synthetic student that checks this very course.
    pub synthetic: bool,
    /// The account is locked.
    pub locked: bool,
}

/// Why somebody may not enter now. Pages put it into words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The account is locked.
    Locked,
    /// Not in this course at all: whoever gets this must not learn that the course exists.
    Stranger,
    /// Applied, and nobody decided yet.
    NotDecided,
    /// On the waiting list.
    Waiting,
    /// Rejected or removed.
    Refused,
    /// Left the course.
    Left,
    /// Leads this course, but may lead none any more.
    RoleLost,
    /// The course starts later.
    NotStarted,
    /// The hub is being set up, repaired, or waits for its time.
    NotReady,
    /// The course is over.
    Over,
}

/// Leaders enter from DEPLOYED until the hub is removed, assistants until the end, participants from start to end, the
/// synthetic student while the hub is being deployed and afterwards.
///
/// # Errors
/// With the reason that helps the person most: first what concerns the person, then what concerns the time.
pub fn decide(facts: Facts, now: Timestamp) -> Result<CourseRole, Refusal> {
    if facts.locked {
        return Err(Refusal::Locked);
    }
    if facts.synthetic {
        let at_work = matches!(facts.state, CourseState::Deploying | CourseState::Deployed);
        return if at_work { Ok(CourseRole::Participant) } else { Err(Refusal::NotReady) };
    }
    let role = belongs(facts)?;
    let over = match role {
        CourseRole::Leader | CourseRole::CoLeader => false,
        CourseRole::Assistant | CourseRole::Participant => now >= facts.ends_at,
    };
    let gone = matches!(facts.state, CourseState::Degrading | CourseState::Degraded | CourseState::Cancelled);
    if over || gone {
        return Err(Refusal::Over);
    }
    if role == CourseRole::Participant && now < facts.starts_at {
        return Err(Refusal::NotStarted);
    }
    if facts.state == CourseState::Deployed { Ok(role) } else { Err(Refusal::NotReady) }
}

/// The part that somebody has, whatever the time.
fn belongs(facts: Facts) -> Result<CourseRole, Refusal> {
    if let Some(role) = facts.staff {
        return Ok(role);
    }
    match facts.participation {
        Some(ParticipationState::Admitted) => Ok(CourseRole::Participant),
        Some(ParticipationState::Applied) => Err(Refusal::NotDecided),
        Some(ParticipationState::Waiting) => Err(Refusal::Waiting),
        Some(ParticipationState::Rejected | ParticipationState::Removed) => Err(Refusal::Refused),
        Some(ParticipationState::Left) => Err(Refusal::Left),
        None if facts.role_lost => Err(Refusal::RoleLost),
        None => Err(Refusal::Stranger),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp(1_000);
    const END: Timestamp = Timestamp(2_000);
    const BEFORE: Timestamp = Timestamp(999);
    const LAST: Timestamp = Timestamp(1_999);

    fn facts(state: CourseState) -> Facts {
        Facts {
            state,
            starts_at: START,
            ends_at: END,
            staff: None,
            role_lost: false,
            participation: None,
            synthetic: false,
            locked: false,
        }
    }

    fn staff(state: CourseState, role: CourseRole) -> Facts {
        Facts { staff: Some(role), ..facts(state) }
    }

    fn part(state: CourseState, participation: ParticipationState) -> Facts {
        Facts { participation: Some(participation), ..facts(state) }
    }

    #[test]
    fn the_entry_table() {
        use CourseRole as R;
        use CourseState as S;
        use ParticipationState as P;
        use Refusal as No;
        let admitted = |state| part(state, P::Admitted);
        for (line, facts, now, expected) in [
            (1, admitted(S::Deployed), BEFORE, Err(No::NotStarted)),
            (2, admitted(S::Deployed), START, Ok(R::Participant)),
            (3, admitted(S::Deployed), LAST, Ok(R::Participant)),
            (4, admitted(S::Deployed), END, Err(No::Over)),
            (5, admitted(S::Accepted), BEFORE, Err(No::NotStarted)),
            (6, admitted(S::Accepted), START, Err(No::NotReady)),
            (7, admitted(S::Deploying), START, Err(No::NotReady)),
            (8, admitted(S::Failed), START, Err(No::NotReady)),
            (9, admitted(S::Degrading), START, Err(No::Over)),
            (10, admitted(S::Degraded), START, Err(No::Over)),
            (11, admitted(S::Cancelled), BEFORE, Err(No::Over)),
            (12, part(S::Deployed, P::Applied), START, Err(No::NotDecided)),
            (13, part(S::Deployed, P::Waiting), START, Err(No::Waiting)),
            (14, part(S::Deployed, P::Rejected), START, Err(No::Refused)),
            (15, part(S::Deployed, P::Removed), START, Err(No::Refused)),
            (16, part(S::Deployed, P::Left), START, Err(No::Left)),
            (17, facts(S::Deployed), START, Err(No::Stranger)),
            (18, staff(S::Deployed, R::Leader), BEFORE, Ok(R::Leader)),
            (19, staff(S::Deployed, R::CoLeader), BEFORE, Ok(R::CoLeader)),
            (20, staff(S::Deployed, R::Assistant), BEFORE, Ok(R::Assistant)),
            (21, staff(S::Deployed, R::Leader), END, Ok(R::Leader)),
            (22, staff(S::Deployed, R::CoLeader), END, Ok(R::CoLeader)),
            (23, staff(S::Deployed, R::Assistant), LAST, Ok(R::Assistant)),
            (24, staff(S::Deployed, R::Assistant), END, Err(No::Over)),
            (25, staff(S::Deploying, R::Leader), START, Err(No::NotReady)),
            (26, staff(S::Accepted, R::Leader), START, Err(No::NotReady)),
            (27, staff(S::Degrading, R::Leader), START, Err(No::Over)),
            (28, staff(S::Requested, R::Leader), BEFORE, Err(No::NotReady)),
        ] {
            assert_eq!(decide(facts, now), expected, "line {line}");
        }
    }

    #[test]
    fn the_synthetic_student_enters_while_the_hub_is_deployed_and_afterwards() {
        for state in CourseState::ALL {
            let synthetic = Facts { synthetic: true, ..facts(state) };
            let expected = matches!(state, CourseState::Deploying | CourseState::Deployed);
            assert_eq!(decide(synthetic, BEFORE).is_ok(), expected, "{state:?}");
        }
    }

    #[test]
    fn a_locked_account_enters_nowhere() {
        for state in CourseState::ALL {
            for role in CourseRole::ALL {
                let locked = Facts { locked: true, ..staff(state, role) };
                assert_eq!(decide(locked, START), Err(Refusal::Locked));
            }
        }
    }

    #[test]
    fn an_assistant_who_also_takes_part_enters_as_assistant() {
        let both = Facts {
            participation: Some(ParticipationState::Rejected),
            ..staff(CourseState::Deployed, CourseRole::Assistant)
        };
        assert_eq!(decide(both, START), Ok(CourseRole::Assistant));
    }
}
