//! The table of states against the one in the product's description.

use jhaas_domain::course::{
    CourseEvent as E,
    CourseState::{self as S, *},
};
use proptest::prelude::*;

/// Every line of the description; what is not here must be refused.
const MODEL: &[(S, E, S)] = &[
    (Requested, E::Accept, Accepted),
    (Requested, E::Reject, Rejected),
    (Requested, E::SendBack, Requested),
    (Requested, E::Revise, Requested),
    (Requested, E::Cancel, Cancelled),
    (Requested, E::Expire, Cancelled),
    (Rejected, E::Revise, Requested),
    (Rejected, E::Cancel, Cancelled),
    (Accepted, E::Cancel, Cancelled),
    (Accepted, E::Expire, Cancelled),
    (Accepted, E::StartDeploying, Deploying),
    (Deploying, E::DeploySucceeded, Deployed),
    (Deploying, E::DeployFailed, Failed),
    (Deploying, E::StartDegrading, Degrading),
    (Deployed, E::UpdateSucceeded, Deployed),
    (Deployed, E::UpdateFailed, Deployed),
    (Deployed, E::StartDeploying, Deploying),
    (Deployed, E::StartDegrading, Degrading),
    (Degrading, E::DegradeSucceeded, Degraded),
    (Degrading, E::DegradeFailed, Failed),
    (Failed, E::StartDeploying, Deploying),
    (Failed, E::StartDegrading, Degrading),
];

#[test]
fn exactly_the_described_transitions_exist() {
    for state in S::ALL {
        for event in E::ALL {
            let described = MODEL.iter().find(|(from, by, _)| (*from, *by) == (state, event));
            assert_eq!(state.after(event), described.map(|(_, _, to)| *to), "{state:?} + {event:?}");
        }
    }
}

#[test]
fn every_state_is_reached_and_only_the_last_two_are_final() {
    for state in S::ALL {
        let reached = state == Requested || MODEL.iter().any(|(_, _, to)| *to == state);
        let left = MODEL.iter().any(|(from, _, to)| *from == state && *to != state);
        assert!(reached, "{state:?}");
        assert_eq!(left, !matches!(state, Degraded | Cancelled), "{state:?}");
    }
}

#[test]
fn names_read_back() {
    for state in S::ALL {
        assert_eq!(S::parse(state.as_str()), Some(state));
        assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
    }
}

proptest! {
    /// Whatever happens in whatever order: a hub that was ever begun is removed before the course is over, and a slug
    /// that was given back for good is never taken again.
    #[test]
    fn no_history_leaves_a_hub_behind(events in prop::collection::vec(0..E::ALL.len(), 0..40)) {
        let (mut state, mut hub) = (Requested, false);
        for number in events {
            let event = E::ALL[number];
            let Some(next) = state.after(event) else { continue };
            match event {
                E::StartDeploying => hub = true,
                E::DegradeSucceeded => hub = false,
                _ => {}
            }
            prop_assert!(!matches!(state, Degraded | Cancelled));
            state = next;
            prop_assert!(!hub || state.holds_slug(), "{state:?} gives the slug of a living hub away");
        }
    }
}
