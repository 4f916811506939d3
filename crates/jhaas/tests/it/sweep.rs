//! What is left of hubs: listed, and removed only where nobody can have it.

use std::{fs, path::PathBuf};

use jhaas_domain::{course::CourseState, id::CourseId};
use jhaas_store::Connection as _;
use jhaas_testkit::{World, on_both};

use crate::place::Place;

fn place(world: &World) -> Place {
    Place::new().set("database.url", world.database.url.clone()).set("keys.seal", "07".repeat(32))
}

fn hub(place: &Place, course: CourseId) -> PathBuf {
    let folder = place.path("hubs").join(course.to_string());
    fs::create_dir_all(folder.join("homes/bob")).unwrap();
    folder
}

fn unknown(world: &World) -> CourseId {
    CourseId::new(&*world.app.clock, &*world.app.random)
}

#[tokio::test]
async fn hubs_of_courses_that_are_over_or_unknown_go_and_those_of_all_others_stay() {
    on_both(async |world: World| {
        let place = place(&world);
        let ada = world.leader("ada").await;
        let (mut stay, mut go) = (Vec::new(), Vec::new());
        for state in CourseState::ALL {
            let slug = format!("c-{}", state.as_str().to_lowercase());
            let id = world.course(&ada).slug(&slug).state(state).create().await;
            if state.holds_slug() { stay.push(hub(&place, id)) } else { go.push(hub(&place, id)) }
        }
        go.push(hub(&place, unknown(&world)));
        assert_eq!((stay.len(), go.len()), (6, 4));
        fs::create_dir_all(place.path("hubs/something else")).unwrap();
        place.doctor(&[]).await.assert_warning("leftovers", "4 hubs");

        let listed = place.run(&["sweep"]).await;
        assert_eq!(listed.code, 0, "{listed:?}");
        for folder in &go {
            assert!(listed.out.contains(folder.file_name().unwrap().to_str().unwrap()), "{listed:?}");
            assert!(folder.exists());
        }
        assert!(listed.out.contains("(unknown)") && listed.out.contains("(DEGRADED)"), "{listed:?}");
        assert!(listed.out.contains("4 left over"), "{listed:?}");

        let removed = place.run(&["sweep", "--remove"]).await;
        assert_eq!(removed.code, 0, "{removed:?}");
        assert!(go.iter().all(|folder| !folder.exists()) && stay.iter().all(|folder| folder.exists()));
        assert!(place.path("hubs/something else").exists());
        assert_eq!(place.doctor(&[]).await.part("leftovers").0, "ok");
    })
    .await;
}

#[tokio::test]
async fn the_dispatcher_looks_every_hour_for_what_administrators_should_see() {
    on_both(async |world: World| {
        let place = place(&world);
        let folder = hub(&place, unknown(&world));
        let found = async |world: &World| jhaas_app::sweep::found(&world.app).await.unwrap();
        assert_eq!(found(&world).await, None);
        fs::create_dir(place.path("objects")).unwrap();
        let looked = async || assert_eq!(place.run(&["dispatch"]).await.code, 0);
        looked().await;
        let first = found(&world).await.unwrap();
        assert_eq!(first.count, 1);
        assert!(folder.exists(), "it only looks");

        fs::remove_dir_all(&folder).unwrap();
        looked().await;
        assert_eq!(found(&world).await, Some(first), "an hour has not passed");
        let before = first.at.plus_minutes(-60);
        let note = format!("UPDATE settings SET updated_at = {}", before.as_millis());
        world.db.pool().execute_unprepared(&note).await.unwrap();
        looked().await;
        assert_eq!(found(&world).await.unwrap().count, 0);
    })
    .await;
}

#[tokio::test]
async fn a_database_without_courses_removes_nothing_unless_that_is_said() {
    on_both(async |world: World| {
        let place = place(&world);
        let folder = hub(&place, unknown(&world));
        let refused = place.run(&["sweep", "--remove"]).await;
        assert!(refused.code == 1 && refused.err.contains("is it the right one?"), "{refused:?}");
        assert!(folder.exists());
        assert_eq!(place.run(&["sweep", "--remove", "--all"]).await.code, 0);
        assert!(!folder.exists());
    })
    .await;
}

#[tokio::test]
async fn a_course_whose_row_cannot_be_read_keeps_its_hub() {
    on_both(async |world: World| {
        let place = place(&world);
        let ada = world.leader("ada").await;
        let id = world.course(&ada).state(CourseState::Deployed).create().await;
        let folder = hub(&place, id);
        for damage in ["spec = '{'", "state = 'OF_A_LATER_VERSION'"] {
            world.db.pool().execute_unprepared(&format!("UPDATE courses SET {damage}")).await.unwrap();
            let swept = place.run(&["sweep", "--remove"]).await;
            assert!(swept.code == 0 && swept.out.contains("Nothing is left over"), "{swept:?}");
            assert!(folder.exists());
        }
    })
    .await;
}
