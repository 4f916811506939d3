//! The doctor: says that all is well where it is, and names each part that is not, with a remedy.

use std::net::TcpListener;

use jhaas_domain::course::CourseState;
use jhaas_store::{Database, entity::sealed_secret};
use jhaas_testkit::{World, at, on_both};

use crate::{
    config::on_cluster,
    place::{Findings, Place},
};

async fn migrated(place: Place) -> Place {
    let ended = place.run(&["migrate"]).await;
    assert_eq!(ended.code, 0, "{}", ended.err);
    place
}

/// Enough for the part about open files, whatever the machine allows.
const MANY_FILES: u32 = 4096;

fn healthy() -> Place {
    Place::new().open_files(MANY_FILES)
}

#[tokio::test]
async fn before_the_first_start_nothing_is_wrong_and_nothing_is_made() {
    let place = healthy();
    let found = place.doctor(&[]).await;
    assert_eq!(found.code, 0, "{found:#?}");
    assert_eq!(found.with("failed"), Vec::<&str>::new(), "{found:#?}");
    assert_eq!(found.with("warning"), Vec::<&str>::new(), "{found:#?}");
    assert_eq!(place.names(), Vec::<String>::new());
    assert_eq!(found.report["verdict"], "ok");
}

#[tokio::test]
async fn after_the_first_start_every_part_is_well() {
    let place = migrated(healthy()).await;
    let found = place.doctor(&[]).await;
    let parts = found.report["parts"].as_array().unwrap().len();
    assert_eq!(found.with("ok").len(), parts, "{found:#?}");
    assert_eq!(found.code, 0);

    let lines = place.run(&["doctor"]).await;
    assert_eq!(lines.code, 0);
    let shown: Vec<&str> = lines.out.lines().filter(|line| line.starts_with("ok ")).collect();
    assert_eq!(shown.len(), parts, "{}", lines.out);
    assert!(lines.out.ends_with("0 failed, 0 with a warning.\n"), "{}", lines.out);
}

#[tokio::test]
async fn beside_a_running_portal_its_ports_are_its_own() {
    let place = healthy();
    let _portal = place.serve().await;
    let found = place.doctor(&[]).await;
    assert_eq!(found.code, 0, "{found:#?}");
    assert!(found.part("listening").1.starts_with("the portal answers at"), "{found:#?}");
    assert!(found.part("gateway api").1.starts_with("the portal answers at"), "{found:#?}");
    assert_eq!(found.part("sealed secrets").0, "ok");
}

#[tokio::test]
async fn a_configuration_that_cannot_be_read_is_the_only_finding() {
    let found = Place::new().set("portal.colour", "red").doctor(&[]).await;
    found.assert_failed("configuration", "colour");
    assert_eq!(found.report["parts"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_configuration_without_environments_or_in_maintenance_is_named() {
    let place = Place::new().section("policy", "catalogue = []");
    place.doctor(&[]).await.assert_failed("configuration", "no environment");
    let place = Place::new().set("dispatcher.maintenance", true);
    place.doctor(&[]).await.assert_warning("configuration", "maintenance");
}

#[tokio::test]
async fn keys_that_are_missing_or_guessable_are_named() {
    Place::new().set("keys.seal", "").doctor(&[]).await.assert_failed("keys", "keys.seal");
    let place = Place::new().set("keys.seal", "0".repeat(64));
    place.doctor(&[]).await.assert_failed("keys", "guess");
}

#[tokio::test]
async fn a_public_address_that_cannot_be_an_issuer_is_named() {
    let place = Place::new().set("portal.public_url", "https://university.example/jhaas");
    place.doctor(&[]).await.assert_failed("public address", "path");
    let place = Place::new().set("portal.public_url", "http://portal.university.example");
    place.doctor(&[]).await.assert_warning("public address", "unprotected");
    let place = Place::new()
        .set("portal.public_url", "https://courses.university.example")
        .set("hubs.scheme", "http");
    place.doctor(&[]).await.assert_failed("public address", "http");
}

#[tokio::test]
async fn what_the_other_role_needs_is_not_tested_for_this_one() {
    let portal = on_cluster().doctor(&["--for", "serve"]).await;
    for part in ["states", "opentofu", "cluster", "jobs"] {
        assert_eq!(portal.part(part), ("skipped", "only the dispatcher needs it", ""), "{portal:#?}");
    }
    assert_eq!(portal.part("listening").0, "ok");

    let dispatcher = on_cluster().doctor(&["--for", "dispatch"]).await;
    for part in ["listening", "gateway api", "hub names"] {
        assert_eq!(dispatcher.part(part), ("skipped", "only the portal needs it", ""), "{dispatcher:#?}");
    }
    for part in ["states", "cluster"] {
        dispatcher.assert_failed(part, "");
    }
}

#[tokio::test]
async fn a_port_that_another_program_has_is_named() {
    let place = Place::new();
    let _other = TcpListener::bind(("127.0.0.1", place.port())).unwrap();
    place.doctor(&[]).await.assert_failed("listening", "taken by another program");

    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = other.local_addr().unwrap().port();
    let place = Place::new().set("hubs.gateway_api_port", i64::from(port));
    place.doctor(&[]).await.assert_failed("gateway api", "taken by another program");
}

#[tokio::test]
async fn a_database_that_does_not_answer_is_named_without_its_password() {
    for url in ["postgres://jhaas:hidden@127.0.0.1:1/jhaas", "mysql://jhaas:hidden@127.0.0.1/jhaas"] {
        let found = Place::new().set("database.url", url).doctor(&[]).await;
        found.assert_failed("database", "");
        let said = format!("{found:?}");
        assert!(!said.contains("hidden"), "{said}");
        assert_eq!(found.part("due instants").0, "skipped");
    }
}

#[tokio::test]
async fn a_database_file_that_cannot_be_made_or_read_is_named() {
    let place = Place::new();
    let url = format!("sqlite://{}?mode=rwc", place.path("nowhere/jhaas.sqlite").display());
    place.set("database.url", url).doctor(&[]).await.assert_failed("database", "is not there");

    let place = Place::new();
    let url = format!("sqlite://{}", place.path("jhaas.sqlite").display());
    place.set("database.url", url).doctor(&[]).await.assert_failed("database", "does not allow to make it");

    let place = Place::new();
    place.file("jhaas.sqlite", &"this is no database ".repeat(100));
    place.doctor(&[]).await.assert_failed("database", "");
}

#[tokio::test]
async fn a_database_file_that_everyone_can_read_is_named() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = migrated(Place::new()).await;
    let folder = place.config_file();
    let folder = folder.parent().unwrap();
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).unwrap();
    place.doctor(&[]).await.assert_warning("database file", "can read");
}

#[tokio::test]
async fn tables_of_an_earlier_version_are_named() {
    let place = Place::new();
    place.file("jhaas.sqlite", "");
    let found = place.doctor(&[]).await;
    found.assert_failed("migrations", "earlier version");
    assert_eq!(found.part("writing").0, "skipped");
}

#[tokio::test]
async fn a_database_that_cannot_be_written_is_named() {
    let place = migrated(Place::new()).await;
    let url = format!("sqlite://{}?mode=ro", place.path("jhaas.sqlite").display());
    place.set("database.url", url).doctor(&[]).await.assert_failed("writing", "");
}

#[tokio::test]
async fn secrets_that_no_key_opens_are_named() {
    let place = migrated(Place::new()).await;
    let url = format!("sqlite://{}", place.path("jhaas.sqlite").display());
    let db = Database::connect(&url, 1).await.unwrap();
    let row = sealed_secret::Model {
        owner: "portal".to_owned(),
        name: "of another key".to_owned(),
        key_id: "0badc0de".to_owned(),
        sealed: "AAAA".to_owned(),
        created_at: 0,
    };
    assert_eq!(jhaas_store::secret::insert_absent(db.pool(), vec![row]).await.unwrap(), 1);
    place.doctor(&[]).await.assert_failed("sealed secrets", "1 of 1");
}

fn on(world: &World) -> Place {
    // With the key of the tests' own application.
    Place::new().set("database.url", world.database.url.as_str()).set("keys.seal", "07".repeat(32))
}

#[tokio::test]
async fn courses_that_would_be_looked_at_too_late_are_named_until_the_next_start() {
    on_both(|world| async move {
        world.clock.set(at("2026-01-01T08:00:00+01:00"));
        let lena = world.leader("lena").await;
        let from = world.now().plus_days(7);
        let course = world.course(&lena).time(from, from.plus_days(60)).state(CourseState::Accepted);
        course.slug("accepted").create().await;
        world.course(&lena).slug("deployed").state(CourseState::Deployed).create().await;

        let found = on(&world).doctor(&[]).await;
        assert_eq!(found.part("due instants"), ("ok", "right for all 2 courses", ""));

        let later = on(&world).set("schedule.lead_minutes", 120);
        let found = later.doctor(&[]).await;
        found.assert_failed("due instants", "wrong for 1 of 2 courses: accepted");
        let portal = later.serve().await;
        assert_eq!(later.doctor(&[]).await.part("due instants").0, "ok");
        drop(portal);
    })
    .await;
}

#[tokio::test]
async fn people_whom_a_setting_shuts_out_are_counted_before_and_after() {
    on_both(|world| async move {
        let app = &world.app;
        for name in ["ada", "bob", "eve"] {
            let person = world.student(name).await;
            let tx = app.db.begin().await.unwrap();
            let mut row = jhaas_store::account::by_id(&tx, person.account).await.unwrap().unwrap();
            row.password_hash = Some("of a password".to_owned());
            jhaas_store::account::save(&tx, row).await.unwrap();
            tx.commit().await.unwrap();
            if name == "ada" {
                jhaas_testkit::linked(app, &person, "https://id.university.example", "ada").await;
            }
        }
        world.student("una").await;
        let part = "ways to sign in";
        assert_eq!(on(&world).doctor(&[]).await.part(part), ("ok", "by password", ""));
        let provider = "[providers.university]\nname = \"University\"\nissuer = \"https://id.university.example\"\n\
                        client_id = \"jhaas\"\nclient_secret = \"hidden\"";
        let found = on(&world).section("sign_in", provider).doctor(&[]).await;
        let says = "by password and by university; people who cannot sign in without a password: 3";
        assert_eq!(found.part(part), ("ok", says, ""));
        let without = format!("passwords = false\n{provider}");
        let found = on(&world).section("sign_in", &without).doctor(&[]).await;
        found.assert_warning(part, "passwords are off: 3");
    })
    .await;
}

#[tokio::test]
async fn a_clock_that_went_back_is_named() {
    on_both(|world| async move {
        world.clock.set(at("2099-01-01T08:00:00Z"));
        let lena = world.leader("lena").await;
        world.course(&lena).create().await;
        on(&world).doctor(&[]).await.assert_failed("clock", "2099-01-01");
    })
    .await;
}

#[tokio::test]
async fn an_object_store_that_does_not_work_is_named() {
    let place = Place::new();
    place.file("objects", "");
    place.doctor(&[]).await.assert_failed("objects", "no folder");
    let s3 = r#"
        kind = "s3"
        endpoint = "http://127.0.0.1:1"
        bucket = "jhaas"
        access_key_id = "id"
        secret_access_key = "hidden"
    "#;
    let found = Place::new().section("objects", s3).doctor(&[]).await;
    found.assert_failed("objects", "cannot be reached");
    assert!(!format!("{found:?}").contains("hidden"));
}

#[tokio::test]
async fn an_object_store_that_works_is_tried_in_earnest() {
    let place = Place::new();
    std::fs::create_dir(place.path("objects")).unwrap();
    let found = place.doctor(&[]).await;
    assert!(found.part("objects").1.ends_with("writing, reading, locking and deleting work"), "{found:#?}");
}

fn smtp(host: &str, port: u16, more: &str) -> String {
    format!("transport = \"smtp\"\nhost = \"{host}\"\nport = {port}\n{more}")
}

#[tokio::test]
async fn mail_that_reaches_nobody_is_named() {
    let place = Place::new().section("mail", &smtp("127.0.0.1", 1, ""));
    place.doctor(&[]).await.assert_failed("mail", "127.0.0.1:1");
    let place = Place::new().section("mail", &smtp("", 25, ""));
    place.doctor(&[]).await.assert_failed("mail", "mail.host");
    let place = Place::new().set("mail.from", "nobody");
    place.doctor(&[]).await.assert_failed("mail", "mail.from");

    let insecure = smtp("127.0.0.1", 25, "security = \"none\"\nuser = \"jhaas\"\npassword = \"hidden\"");
    let found = Place::new().section("mail", &insecure).doctor(&[]).await;
    found.assert_failed("mail", "unprotected");
    assert!(!format!("{found:?}").contains("hidden"));

    let place = Place::new().set("portal.public_url", "https://portal.university.example");
    place.doctor(&[]).await.assert_warning("mail", "reach nobody");
}

#[tokio::test]
async fn a_missing_program_of_the_local_engine_is_named() {
    let place = Place::new();
    let nothing = place.path("");
    let found = place.variable("PATH", nothing).doctor(&[]).await;
    found.assert_failed("python", "git");
    assert!(found.part("python").2.contains("install"));
}

#[tokio::test]
async fn a_folder_of_hubs_that_is_none_is_named() {
    let place = Place::new();
    place.file("hubs", "");
    place.doctor(&[]).await.assert_failed("hubs folder", "no folder");
}

#[tokio::test]
async fn hub_names_that_lead_nowhere_are_named() {
    let place = Place::new().set("hubs.domain", "hubs.invalid");
    place.doctor(&[]).await.assert_failed("hub names", ".hubs.invalid");
}

#[tokio::test]
async fn too_few_open_files_are_named() {
    let found: Findings = Place::new().open_files(256).doctor(&[]).await;
    found.assert_warning("open files", "256");
    assert_eq!(found.code, 0, "a warning is no failure");
    assert_eq!(found.report["verdict"], "warning");
    assert!(found.err.is_empty(), "{}", found.err);
}

#[tokio::test]
async fn a_provider_that_does_not_answer_is_named() {
    let provider = "
        [providers.university]
        name = \"University account\"
        issuer = \"http://127.0.0.1:1/realms/university\"
        client_id = \"jhaas\"
        client_secret = \"hidden\"
    ";
    let found = Place::new().section("sign_in", provider).doctor(&[]).await;
    found.assert_failed("sign-in", "university: the provider cannot be reached");
    assert!(!format!("{found:?}").contains("hidden"));
}
