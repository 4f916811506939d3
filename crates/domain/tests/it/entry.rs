//! Who may enter, against a second statement of the rule.

use jhaas_domain::{
    account::Role,
    course::{CourseRole, CourseState},
    entry::{Facts, Refusal, decide},
    participation::ParticipationState,
    time::Timestamp,
};
use proptest::prelude::*;

const STAFF: [CourseRole; 3] = [CourseRole::Leader, CourseRole::CoLeader, CourseRole::Assistant];

prop_compose! {
    fn any_facts()(
        state in prop::sample::select(&CourseState::ALL[..]),
        staff in prop::option::of(prop::sample::select(&STAFF[..])),
        role_lost in prop::bool::weighted(0.1),
        participation in prop::option::of(prop::sample::select(&ParticipationState::ALL[..])),
        synthetic in prop::bool::weighted(0.1),
        locked in prop::bool::weighted(0.1),
        start in 10_i64..20, length in 1_i64..20,
    ) -> Facts {
        let (starts_at, ends_at) = (Timestamp(start), Timestamp(start + length));
        Facts { state, starts_at, ends_at, staff, role_lost, participation, synthetic, locked }
    }
}

/// As what the person may enter.
fn model(facts: Facts, now: Timestamp) -> Option<CourseRole> {
    let before_end = now < facts.ends_at;
    let running = facts.starts_at <= now && before_end;
    let is_up = facts.state == CourseState::Deployed;
    if facts.locked {
        return None;
    }
    if facts.synthetic {
        return (is_up || facts.state == CourseState::Deploying).then_some(CourseRole::Participant);
    }
    let admitted = facts.participation == Some(ParticipationState::Admitted);
    let role = facts.staff.or(admitted.then_some(CourseRole::Participant))?;
    let in_time = match role {
        CourseRole::Leader | CourseRole::CoLeader => true,
        CourseRole::Assistant => before_end,
        CourseRole::Participant => running,
    };
    (is_up && in_time).then_some(role)
}

proptest! {
    #[test]
    fn exactly_those_enter_who_may(facts in any_facts(), now in 0_i64..50) {
        let now = Timestamp(now);
        let decided = decide(facts, now);
        prop_assert_eq!(decided.ok(), model(facts, now));
        let known = facts.staff.is_some()
            || facts.role_lost
            || facts.participation.is_some()
            || facts.synthetic
            || facts.locked;
        prop_assert_eq!(decided == Err(Refusal::Stranger), !known, "a stranger learns nothing else");
    }
}

#[test]
fn only_the_leaders_part_hangs_on_the_institutions_role() {
    for role in CourseRole::ALL {
        assert!(role.counts(&[Role::Leader]), "{role:?}");
        assert_eq!(role.counts(&[Role::Governance, Role::Administrator]), role != CourseRole::Leader);
    }
}
