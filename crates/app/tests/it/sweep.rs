//! What a sweep takes for nobody's.

use std::collections::{BTreeMap, BTreeSet};

use jhaas_app::sweep::{Nobodys, without_hub};
use jhaas_domain::course::CourseState;
use jhaas_testkit::on_both;

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
