//! Workers killed with SIGKILL while they work on a real hub.

use jhaas_domain::{course::CourseState, deployment::Phase};

use crate::line::{Line, hubs, kill};

#[tokio::test(flavor = "multi_thread")]
async fn workers_killed_while_they_apply_and_verify_leave_one_hub_that_works_and_later_nothing() {
    let line = Line::new().await;
    let portal = line.portal().await;
    let dispatcher = line.dispatcher();
    let id = line.due("killed").await;
    let mut attempt = 0;
    for phase in [Phase::Applying, Phase::Verifying] {
        attempt += 1;
        kill(line.worker_in(id, (attempt, phase), Some(&dispatcher)).await);
    }
    line.until_state(id, CourseState::Deployed, Some(&dispatcher)).await;
    line.assert_deployed(id, attempt + 1).await;
    assert_eq!(line.mails(id, "deployment_failed").await, Vec::<String>::new());

    line.end(id).await;
    for (attempt, phase) in [(1, Phase::Starting), (2, Phase::Applying)] {
        kill(line.worker_in(id, (attempt, phase), Some(&dispatcher)).await);
    }
    line.until_state(id, CourseState::Degraded, Some(&dispatcher)).await;
    line.assert_nothing_left(id).await;
    assert!(!line.hub_folder(id).exists());
    assert_eq!(line.mails(id, "hub_degraded").await, ["ada"]);
    assert_eq!(hubs(id), []);
    drop(portal);
}
