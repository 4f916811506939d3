//! Ten courses at the same time, each with a real hub.

use std::time::Instant;

use jhaas_domain::course::CourseState;

use crate::line::{Line, carrying, hubs, until};

const COURSES: usize = 10;

#[tokio::test(flavor = "multi_thread")]
async fn ten_courses_due_in_the_same_second_deploy_in_turn_and_end_in_the_same_second() {
    let line = Line::alone().await;
    let mut courses = Vec::new();
    for number in 0..COURSES {
        courses.push(line.due(&format!("crowd-{number}")).await);
    }
    let portal = line.portal().await;
    let dispatcher = line.dispatcher();
    let at_once = line.world.app.settings.dispatch.concurrency;
    let all_are = async |state: CourseState| {
        dispatcher.pass().await.unwrap();
        let mut there = 0;
        for id in &courses {
            let found = line.world.stored(*id).await.state;
            assert!(found != CourseState::Failed, "{:?}", line.last(*id).await.map(|last| last.error));
            there += usize::from(found == state);
        }
        (there == COURSES).then_some(())
    };

    let begin = Instant::now();
    until("ten hubs", async || all_are(CourseState::Deployed).await).await;
    println!("{COURSES} deployed in {:?}", begin.elapsed());
    let mut turns = Vec::new();
    for id in &courses {
        assert_eq!(hubs(*id).len(), 1, "{:?}", hubs(*id));
        assert!(line.hub_answers(*id).await);
        let last = line.last(*id).await.unwrap();
        assert_eq!(last.attempt, 1, "{:?}", last.error);
        turns.push((last.started_at.unwrap(), last.finished_at.unwrap()));
    }
    // Who waits longest comes first, beside others or before them, and no more than allowed are at work.
    assert!(turns.is_sorted_by_key(|(started, _)| *started), "{turns:?}");
    for (started, _) in &turns {
        let beside = turns.iter().filter(|(from, to)| from <= started && started < to).count();
        assert!(beside <= at_once, "{beside} at once");
    }

    let begin = Instant::now();
    for id in &courses {
        line.end(*id).await;
    }
    until("the end of ten hubs", async || all_are(CourseState::Degraded).await).await;
    println!("{COURSES} degraded in {:?}", begin.elapsed());
    for id in &courses {
        assert_eq!(carrying(*id), []);
        assert_eq!(line.mails(*id, "hub_degraded").await, ["ada"]);
    }
    drop(portal);
}
