//! The table of states against what the use cases do: each use case on a course in each state.

use std::{collections::BTreeSet, fmt::Write as _};

use jhaas_app::{
    Actor, App, Result, change, course, decision,
    deployment::{self, Finished, Step},
    staff,
};
use jhaas_domain::{
    account::Role,
    course::{CourseEvent, CourseRole, CourseState},
    deployment::{Action, ErrorClass},
    id::CourseId,
};
use jhaas_testkit::World;

use crate::help::{form, outcome, version};

/// What can be done to a course, by who may do everything.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Accept,
    Reject,
    SendBack,
    Revise,
    Change,
    Cancel,
    EndEarly,
    Stop,
    Retry,
    Redeploy,
    ForceDegrade,
    RenewInvite,
    NameStaff,
    /// The dispatcher looks, in the lead time.
    StepBefore,
    /// The dispatcher looks, after the end.
    StepAtEnd,
    /// The dispatcher looks, after end and grace.
    StepAfterGrace,
    /// A worker of the open deployment reports.
    Succeed,
    FailForNow,
    FailForGood,
    Lose,
}

const DEEDS: [Deed; 20] = [
    Deed::Accept,
    Deed::Reject,
    Deed::SendBack,
    Deed::Revise,
    Deed::Change,
    Deed::Cancel,
    Deed::EndEarly,
    Deed::Stop,
    Deed::Retry,
    Deed::Redeploy,
    Deed::ForceDegrade,
    Deed::RenewInvite,
    Deed::NameStaff,
    Deed::StepBefore,
    Deed::StepAtEnd,
    Deed::StepAfterGrace,
    Deed::Succeed,
    Deed::FailForNow,
    Deed::FailForGood,
    Deed::Lose,
];

async fn step(app: &App, id: CourseId) -> Result<bool> {
    Ok(deployment::step(app, id).await? != Step::Nothing)
}

/// Does it, and says whether anything was done; nothing when there is no open deployment to report about.
async fn act(world: &World, deed: Deed, who: &Actor, id: CourseId) -> Option<Result<bool>> {
    let app = &world.app;
    let seen = version(world, id).await;
    let ends_at = world.stored(id).await.spec.ends_at;
    let worker = || async {
        jhaas_store::deployment::open_of(app.db.pool(), id).await.unwrap()?;
        Some(world.start_attempt(id).await)
    };
    let changed = async || {
        let mut form = form(world, id).await;
        form.description = format!("Changed in version {seen}.");
        form
    };
    Some(match deed {
        Deed::Accept => {
            decision::accept(app, who, id, seen, &decision::Acceptance::default()).await.map(|()| true)
        }
        Deed::Reject => decision::reject(app, who, id, seen, "No.").await.map(|()| true),
        Deed::SendBack => decision::send_back(app, who, id, seen, "Why?").await.map(|()| true),
        Deed::Revise => course::revise(app, who, id, seen, &changed().await).await.map(|()| true),
        Deed::Change => change::change(app, who, id, seen, &changed().await).await.map(|_| true),
        Deed::Cancel => course::cancel(app, who, id, seen, "").await.map(|()| true),
        Deed::EndEarly => course::end_early(app, who, id, seen, "").await.map(|()| true),
        Deed::Stop => decision::stop(app, who, id, "Enough.").await.map(|()| true),
        Deed::Retry => deployment::retry(app, who, id).await.map(|_| true),
        Deed::Redeploy => deployment::redeploy(app, who, id).await.map(|_| true),
        Deed::ForceDegrade => deployment::force_degrade(app, who, id, "Enough.").await.map(|()| true),
        Deed::RenewInvite => course::renew_invite(app, who, id).await.map(|_| true),
        Deed::NameStaff => {
            staff::name(app, who, id, "tom@university.example", CourseRole::Assistant).await.map(|()| true)
        }
        Deed::StepBefore => step(app, id).await,
        Deed::StepAtEnd => {
            world.clock.set(ends_at);
            step(app, id).await
        }
        Deed::StepAfterGrace => {
            world.clock.set(ends_at.plus_days(3));
            step(app, id).await
        }
        Deed::Succeed => {
            let (deployment, attempt) = worker().await?;
            let status = world.succeeded(deployment, attempt).await;
            finished(deployment::finish(app, deployment, attempt, &status).await)
        }
        Deed::FailForNow => {
            let (deployment, attempt) = worker().await?;
            let status = world.failed(deployment, attempt, ErrorClass::Transient).await;
            finished(deployment::finish(app, deployment, attempt, &status).await)
        }
        Deed::FailForGood => {
            let (deployment, attempt) = worker().await?;
            let status = world.failed(deployment, attempt, ErrorClass::Permanent).await;
            finished(deployment::finish(app, deployment, attempt, &status).await)
        }
        Deed::Lose => {
            let (deployment, attempt) = worker().await?;
            finished(deployment::lost(app, deployment, attempt, "gone").await)
        }
    })
}

fn finished(result: Result<Finished>) -> Result<bool> {
    result.map(|finished| finished != Finished::Ignored)
}

/// The courses that the deeds are tried on: every state, and both ways to have failed.
const BEGINNINGS: [(&str, CourseState, Action); 10] = [
    ("REQUESTED", CourseState::Requested, Action::Deploy),
    ("REJECTED", CourseState::Rejected, Action::Deploy),
    ("ACCEPTED", CourseState::Accepted, Action::Deploy),
    ("DEPLOYING", CourseState::Deploying, Action::Deploy),
    ("DEPLOYED", CourseState::Deployed, Action::Deploy),
    ("DEGRADING", CourseState::Degrading, Action::Deploy),
    ("DEGRADED", CourseState::Degraded, Action::Deploy),
    ("FAILED deploy", CourseState::Failed, Action::Deploy),
    ("FAILED degrade", CourseState::Failed, Action::Degrade),
    ("CANCELLED", CourseState::Cancelled, Action::Deploy),
];

#[tokio::test]
async fn use_cases_move_courses_along_the_table_and_no_other_way() {
    let world = World::sqlite().await;
    let begin = world.now();
    let leader = world.leader("ada").await;
    world.student("tom").await;
    let everybody = Actor { roles: Role::ALL.to_vec(), ..leader.clone() };
    let mut table = String::new();
    let mut seen = BTreeSet::new();
    for (number, (name, state, failed)) in BEGINNINGS.into_iter().enumerate() {
        writeln!(table, "{name}").unwrap();
        for deed in DEEDS {
            world.clock.set(begin);
            let slug = format!("c{number}-{}", format!("{deed:?}").to_lowercase());
            let mut course = world.course(&leader).slug(&slug);
            course = if state == CourseState::Failed { course.failed(failed) } else { course.state(state) };
            let id = course.create().await;
            let Some(result) = act(&world, deed, &everybody, id).await else { continue };
            let after = world.stored(id).await.state;
            let done = result.as_ref().is_ok_and(|done| *done);
            let line = match &result {
                Ok(true) => format!("→ {}", after.as_str()),
                Ok(false) => "nothing".to_owned(),
                Err(_) => outcome(&result),
            };
            writeln!(table, "  {:<16}{line}", format!("{deed:?}")).unwrap();
            assert!(done || after == state, "{name} {deed:?}: refused, and yet it moved");
            if after != state {
                // Withdrawing what failed goes by two steps of the table at most.
                let direct = CourseEvent::ALL.into_iter().any(|event| state.after(event) == Some(after));
                assert!(direct, "{name} {deed:?}: the table knows no way to {after:?}");
                seen.insert((state, after));
            }
        }
    }
    let described: BTreeSet<_> = CourseState::ALL
        .into_iter()
        .flat_map(|from| CourseEvent::ALL.into_iter().filter_map(move |by| Some((from, from.after(by)?))))
        .filter(|(from, to)| from != to)
        .collect();
    assert_eq!(seen, described, "every way of the table is gone by some use case");
    insta::assert_snapshot!(table);
}
