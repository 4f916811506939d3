//! What a sweep takes for nobody's.

use std::collections::{BTreeMap, BTreeSet};

use jhaas_app::sweep::{Nobodys, without_hub};
use jhaas_domain::course::CourseState;
use jhaas_testkit::{on_both, on_both_with};

#[tokio::test]
async fn what_is_kept_of_a_hub_is_not_nobodys_until_its_time() {
    on_both_with(
        |settings| settings.schedule.keep_homes_days = 1,
        |world| async move {
            let ada = world.leader("ada").await;
            let id = world.course(&ada).state(CourseState::Degraded).create().await;
            let judged = async || {
                let clusters = BTreeSet::from(["main".to_owned()]);
                without_hub(&world.app, &BTreeMap::from([(id, clusters)])).await.unwrap().remove(&id)
            };
            assert_eq!(judged().await, None);
            world.clock.set(world.stored(id).await.homes_until.unwrap());
            jhaas_app::deployment::step(&world.app, id).await.unwrap();
            assert_eq!(judged().await, None, "somebody is at it");
            world.succeed(id).await;
            assert_eq!(judged().await, Some(Nobodys::Over(CourseState::Degraded)));
        },
    )
    .await;
}

#[tokio::test]
async fn what_lies_on_another_cluster_than_the_courses_is_nobodys() {
    on_both(|world| async move {
        let ada = world.leader("ada").await;
        let id = world.course(&ada).state(CourseState::Deployed).create().await;
        let judged = async |clusters: &[&str]| {
            let clusters: BTreeSet<String> = clusters.iter().map(|&name| name.to_owned()).collect();
            without_hub(&world.app, &BTreeMap::from([(id, clusters)])).await.unwrap().remove(&id)
        };
        assert_eq!(judged(&[]).await, None, "on this machine, or in a state");
        assert_eq!(judged(&["main"]).await, None);
        for clusters in [&["east"][..], &["east", "main"]] {
            assert_eq!(judged(clusters).await, Some(Nobodys::Elsewhere("main".to_owned())));
        }
    })
    .await;
}
