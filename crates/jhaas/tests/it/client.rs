//! A person at a desk with a token for a portal that runs elsewhere: `jhaas login`, `jhaas course`.

mod office;

use std::{
    os::unix::fs::PermissionsExt as _,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{
    Router,
    http::{HeaderMap, StatusCode, header},
};
use jhaas_app::participation;
use jhaas_domain::{
    access_token::Scope,
    course::CourseState,
    deployment::{Action, ErrorClass},
};
use serde_json::Value;
use tokio::net::TcpListener;

use self::office::{Office, desk, json};
use crate::place::{Place, free_port};

const TOKEN: &str = "jhaas_0123456789abcdef";

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn who_logs_in_is_known_from_then_on_and_the_token_is_their_own_to_read() {
    let office = Office::open().await;
    let ada = office.world.leader("ada").await;
    let token = office.token(&ada, &[Scope::CoursesRead]).await;
    let desk = desk();
    let nobody = desk.run(&["whoami"]).await;
    assert_eq!(nobody.code, 2);
    assert!(nobody.err.contains("jhaas login --portal"), "{}", nobody.err);

    let login = ["login", "--portal", &office.url];
    let done = desk.run_with_input(&login, &format!("{token}\n")).await;
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(done.out.contains("ada <ada@university.example>"), "{}", done.out);
    let file = desk.path(".config/jhaas/client.toml");
    assert_eq!((mode(&file), mode(file.parent().unwrap())), (0o600, 0o700));
    assert_eq!(std::fs::read_dir(file.parent().unwrap()).unwrap().count(), 1);

    let who = desk.run(&["whoami"]).await;
    assert_eq!(who.code, 0, "{}", who.err);
    for words in [office.url.as_str(), "ada@university.example", "leader", "courses:read"] {
        assert!(who.out.contains(words), "{words}: {}", who.out);
    }
    assert_eq!(json(&desk.run(&["whoami", "--json"]).await)["email"], "ada@university.example");

    // What others can read is used no more.
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let open = desk.run(&["whoami"]).await;
    assert_eq!(open.code, 2);
    assert!(open.err.contains("others can read it"), "{}", open.err);

    let kept = desk.file("token", &token);
    let again = desk.run(&[&login[..], &["--token-file", kept.to_str().unwrap()]].concat()).await;
    assert_eq!(again.code, 0, "{}", again.err);
    assert_eq!(mode(&file), 0o600);
    for run in [&nobody, &done, &who, &open, &again] {
        assert!(!run.out.contains(&token) && !run.err.contains(&token), "{run:?}");
    }

    assert_eq!(desk.run(&["logout"]).await.code, 0);
    assert!(!file.exists());
    assert_eq!(desk.run(&["whoami"]).await.code, 2);
}

#[tokio::test]
async fn a_token_that_the_portal_does_not_take_is_not_kept() {
    let office = Office::open().await;
    let desk = desk();
    let refused = desk.run_with_input(&["login", "--portal", &office.url], TOKEN).await;
    assert_eq!(refused.code, 1);
    for words in ["Unauthorized", "account page", "(request "] {
        assert!(refused.err.contains(words), "{words}: {}", refused.err);
    }
    let password = desk.run_with_input(&["login", "--portal", &office.url], "fourteen green bicycles").await;
    assert_eq!(password.code, 2);
    assert!(!password.err.contains("bicycles"), "{}", password.err);
    assert!(!desk.path(".config").exists());
}

#[tokio::test]
async fn the_environment_goes_before_what_is_kept_and_a_token_to_its_own_portal_only() {
    let office = Office::open().await;
    let (ada, bob) = (office.world.leader("ada").await, office.world.student("bob").await);
    let (adas, bobs) =
        (office.token(&ada, &[Scope::CoursesRead]).await, office.token(&bob, &[Scope::CoursesRead]).await);
    let desk = office.desk_of(&adas).await;
    let file = desk.file("token", &format!("{bobs}\n"));
    let desk = desk.variable("JHAAS_TOKEN_FILE", &file);
    let portalless = desk.run(&["whoami"]).await;
    assert_eq!(portalless.code, 2);
    assert!(portalless.err.contains("JHAAS_PORTAL"), "{}", portalless.err);
    let desk = desk.variable("JHAAS_PORTAL", &office.url);
    assert_eq!(json(&desk.run(&["whoami", "--json"]).await)["email"], "bob@university.example");

    let elsewhere = office.desk_of(&adas).await.variable("JHAAS_PORTAL", "https://other.example.org");
    let kept = elsewhere.run(&["whoami"]).await;
    assert_eq!(kept.code, 2);
    assert!(kept.err.contains(&office.url) && kept.err.contains("other.example.org"), "{}", kept.err);
    let open = desk.run_with_input(&["login", "--portal", "http://portal.example.org"], &adas).await;
    assert_eq!(open.code, 2);
    assert!(open.err.contains("https only"), "{}", open.err);
}

#[tokio::test]
async fn a_token_is_not_sent_to_where_a_redirect_leads() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let other = listening(Router::new().fallback(async move || {
        count.fetch_add(1, Ordering::SeqCst);
        "{}"
    }))
    .await;
    let place = format!("http://127.0.0.1:{other}/api/v1/me");
    let first =
        listening(Router::new().fallback(async move || (StatusCode::FOUND, [(header::LOCATION, place)])))
            .await;
    let desk = desk();
    let led = desk.run_with_input(&["login", "--portal", &format!("http://localhost:{first}")], TOKEN).await;
    assert_eq!(led.code, 3, "{led:?}");
    assert!(led.err.contains(&format!("http://127.0.0.1:{other}")), "{}", led.err);
    assert_eq!(asked.load(Ordering::SeqCst), 0);
    assert!(!desk.path(".config").exists());
}

#[tokio::test]
async fn what_is_not_reached_and_what_is_no_portal_is_said_in_words() {
    let page = listening(Router::new().fallback(async || "<h1>Welcome</h1>")).await;
    let missing = listening(Router::new()).await;
    for port in [free_port(), page, missing] {
        let portal = format!("http://localhost:{port}");
        let away = desk().run_with_input(&["login", "--portal", &portal], TOKEN).await;
        assert_eq!(away.code, 3, "{away:?}");
        assert!(away.err.contains(&portal), "{}", away.err);
    }
}

#[tokio::test]
async fn a_request_that_got_no_answer_is_sent_again_under_the_same_name() {
    let keys = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&keys);
    // The portal behind a proxy that has lost it for a moment.
    let port = listening(Router::new().fallback(async move |headers: HeaderMap| {
        let mut keys = heard.lock().unwrap();
        keys.push(headers["idempotency-key"].to_str().unwrap().to_owned());
        match keys.len() {
            1 => (StatusCode::BAD_GATEWAY, "Bad gateway"),
            _ => (StatusCode::CREATED, "{ \"slug\": \"python\" }"),
        }
    }))
    .await;
    let desk =
        desk().variable("JHAAS_PORTAL", format!("http://localhost:{port}")).variable("JHAAS_TOKEN", TOKEN);
    let made = desk.run_with_input(&["course", "request", "-", "--json"], "{}").await;
    assert_eq!(json(&made)["slug"], "python");
    let keys = keys.lock().unwrap();
    assert_eq!(keys.len(), 2);
    assert!(keys[0].len() == 32 && keys[0] == keys[1], "{keys:?}");
}

/// Port of a server that is no portal.
async fn listening(router: Router) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async { axum::serve(listener, router).await });
    port
}

#[tokio::test]
async fn a_course_is_asked_for_with_a_file_and_every_wrong_field_is_named() {
    let office = Office::open().await;
    let ada = office.world.leader("ada").await;
    let desk = office.desk_of(&office.token(&ada, &Scope::ALL).await).await;
    let wrong =
        office.entry("python").replace("seats = 20", "seats = 0").replace("\"python\" # slug", "\"-\"");
    desk.file("wrong.toml", &wrong);
    let refused = desk.run(&["course", "request", "wrong.toml"]).await;
    assert_eq!(refused.code, 1);
    for words in ["Unprocessable", "\n  slug: ", "\n  seats: ", "\n(request "] {
        assert!(refused.err.contains(words), "{words}: {}", refused.err);
    }
    assert!(!refused.err.contains("title:"), "{}", refused.err);
    let unknown = desk.run_with_input(&["course", "request", "-"], "titel = \"Python\"").await;
    assert_eq!(unknown.code, 1);
    assert!(unknown.err.contains("titel"), "{}", unknown.err);
    for (file, holds) in
        [("nowhere.toml", ""), ("broken.json", "{"), ("list.json", "[]"), ("broken.toml", "a =")]
    {
        if !holds.is_empty() {
            desk.file(file, holds);
        }
        let unread = desk.run(&["course", "request", file]).await;
        assert_eq!(unread.code, 2, "{unread:?}");
        assert!(unread.err.contains(file), "{}", unread.err);
    }

    desk.file("course.toml", &office.entry("python"));
    let request = ["course", "request", "course.toml", "--key", "one", "--json"];
    let made = json(&desk.run(&request).await);
    assert_eq!((&made["slug"], &made["state"]), (&"python".into(), &"REQUESTED".into()));
    assert_eq!(json(&desk.run(&request).await)["id"], made["id"], "the same key makes no second course");
    let shown = desk.run(&["course", "show", "python"]).await;
    for words in ["Course python", "REQUESTED", "Seats:        20", made["id"].as_str().unwrap()] {
        assert!(shown.out.contains(words), "{words}: {}", shown.out);
    }
    let taken = desk.run(&["course", "request", "course.toml"]).await;
    assert_eq!(taken.code, 1);
    assert!(taken.err.contains("\n  slug: "), "{}", taken.err);

    let unasked = desk.run(&["course", "cancel", "python"]).await;
    assert_eq!(unasked.code, 2);
    assert!(unasked.err.contains("--yes"), "{}", unasked.err);
    let cancelled = desk.run(&["course", "cancel", "python", "--yes"]).await;
    assert_eq!(cancelled.code, 0, "{}", cancelled.err);
    // The address is free again, and means the course that has it now.
    let next = json(&desk.run(&["course", "request", "course.toml", "--json"]).await);
    assert_ne!(next["id"], made["id"]);
    assert_eq!(json(&desk.run(&["course", "show", "python", "--json"]).await)["id"], next["id"]);
    let old = made["id"].as_str().unwrap();
    assert_eq!(json(&desk.run(&["course", "show", old, "--json"]).await)["state"], "CANCELLED");
    assert_eq!(desk.run(&["course", "show", "unknown"]).await.code, 1);
}

#[tokio::test]
async fn all_courses_are_listed_however_many_parts_the_list_has() {
    let office = Office::open().await;
    let (ada, root) = (office.world.leader("ada").await, office.world.administrator("root").await);
    for number in 0..101 {
        office.world.course(&ada).slug(&format!("python-{number}")).create().await;
    }
    let id = office.world.course(&ada).slug("bells").state(CourseState::Deployed).create().await;
    let desk = office.desk_of(&office.token(&ada, &[Scope::CoursesRead]).await).await;
    let all = json(&desk.run(&["course", "list", "--json"]).await);
    assert_eq!(all.as_array().unwrap().len(), 102);
    let table = desk.run(&["course", "list"]).await;
    assert_eq!(table.out.lines().count(), 103, "{}", table.out);
    assert!(table.out.starts_with("ADDRESS "), "{}", table.out);
    let running = json(&desk.run(&["course", "list", "--state", "deployed", "--json"]).await);
    assert_eq!((running[0]["id"].clone(), running.as_array().unwrap().len()), (id.to_string().into(), 1));
    let found = json(&desk.run(&["course", "list", "--search", "python-7", "--json"]).await);
    assert_eq!(found.as_array().unwrap().len(), 11);
    let none = desk.run(&["course", "list", "--joined"]).await;
    assert_eq!((none.code, none.out.as_str()), (0, ""));
    let odd = desk.run(&["course", "list", "--state", "gone"]).await;
    assert_eq!(odd.code, 2);

    let refused = desk.run(&["course", "list", "--all"]).await;
    assert_eq!(refused.code, 1);
    let desk = office.desk_of(&office.token(&root, &[Scope::CoursesRead, Scope::Admin]).await).await;
    assert_eq!(json(&desk.run(&["course", "list", "--json"]).await), Value::Array(Vec::new()));
    let everybodys = json(&desk.run(&["course", "list", "--all", "--json"]).await);
    assert_eq!(everybodys.as_array().unwrap().len(), 102);
}

#[tokio::test]
async fn a_log_is_read_and_followed_to_the_end_of_the_last_attempt() {
    let office = Office::open().await;
    let (ada, root) = (office.world.leader("ada").await, office.world.administrator("root").await);
    let course = office.world.course(&ada).state(CourseState::Deploying).create().await;
    let desk = office.desk_of(&office.token(&ada, &Scope::ALL).await).await;
    let (deployment, attempt) = office.world.start_attempt(course).await;
    office.write(deployment, attempt, &["one", "two \u{1b}[31mred"]).await;
    let log = desk.run(&["course", "log", "python"]).await;
    assert_eq!(log.code, 0, "{}", log.err);
    assert_eq!(log.out.lines().count(), 2, "{}", log.out);
    assert!(log.out.contains("applying") && log.out.contains("  one\n"), "{}", log.out);
    assert!(!log.out.contains('\u{1b}'), "{}", log.out);
    let raw = desk.run(&["course", "log", "python", "--json"]).await;
    let lines: Vec<Value> = raw.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&lines[0]["text"], &lines[1]["cursor"]), (&"one".into(), &"1.0.2".into()));

    // It goes on with the second attempt, and fails with it.
    let happens = async {
        let status = office.world.failed(deployment, attempt, ErrorClass::Transient).await;
        jhaas_app::deployment::finish(&office.world.app, deployment, attempt, &status).await.unwrap();
        office.later();
        let (_, second) = office.world.start_attempt(course).await;
        office.write(deployment, second, &["three"]).await;
        let status = office.world.failed(deployment, second, ErrorClass::Permanent).await;
        jhaas_app::deployment::finish(&office.world.app, deployment, second, &status).await.unwrap();
    };
    let followed = desk.run_along(&["course", "log", "-f", &course.to_string()], happens).await;
    assert_eq!(followed.code, 1, "{followed:?}");
    let texts: Vec<&str> = followed.out.lines().filter_map(|line| line.split("  ").last()).collect();
    assert_eq!(texts, ["one", "two \u{fffd}[31mred", "three"]);
    assert!(followed.err.contains("hub-start-failed"), "{}", followed.err);
    let first = desk.run(&["course", "log", "python", "--attempt", "1"]).await;
    assert_eq!(first.out.lines().count(), 2, "{}", first.out);

    let refused = desk.run(&["course", "retry", "python"]).await;
    assert_eq!(refused.code, 1, "{refused:?}");
    let desk = office.desk_of(&office.token(&root, &Scope::ALL).await).await;
    let again = desk.run(&["course", "retry", "python"]).await;
    assert_eq!(again.code, 0, "{}", again.err);
    assert!(again.out.contains("course log -f"), "{}", again.out);
    let (deployment, attempt) = office.world.start_attempt(course).await;
    office.write(deployment, attempt, &["well"]).await;
    let status = office.world.succeeded(deployment, attempt).await;
    jhaas_app::deployment::finish(&office.world.app, deployment, attempt, &status).await.unwrap();
    let followed = desk.run(&["course", "log", "-f", "python"]).await;
    assert_eq!(followed.code, 0, "{followed:?}");
    assert!(followed.out.ends_with("  well\n") && followed.err.contains("succeeded"), "{followed:?}");
}

#[tokio::test]
async fn a_running_course_ends_when_its_leader_says_yes() {
    let office = Office::open().await;
    let ada = office.world.leader("ada").await;
    office.world.course(&ada).state(CourseState::Deployed).create().await;
    office.world.course(&ada).slug("broken").failed(Action::Degrade).create().await;
    let desk = office.desk_of(&office.token(&ada, &Scope::ALL).await).await;
    assert_eq!(desk.run(&["course", "end", "python"]).await.code, 2);
    assert_eq!(json(&desk.run(&["course", "show", "python", "--json"]).await)["stop_requested"], false);
    let ended = desk.run(&["course", "end", "python", "--yes", "--reason", "Done.", "--json"]).await;
    assert_eq!(json(&ended)["stop_requested"], true);
    let refused = desk.run(&["course", "cancel", "python", "--yes"]).await;
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("Conflict: "), "{}", refused.err);
}

#[tokio::test]
async fn people_are_admitted_refused_and_removed_by_their_address() {
    let office = Office::open().await;
    let world = &office.world;
    let ada = world.leader("ada").await;
    let course = world.course(&ada).state(CourseState::Deployed).create().await;
    let view = jhaas_app::course::view(&world.app, &ada, course).await.unwrap();
    let invite = view.invite_url.unwrap();
    let token = invite.rsplit('/').next().unwrap();
    for name in ["bob", "cyd"] {
        participation::apply(&world.app, &world.student(name).await, token).await.unwrap();
    }
    let desk = office.desk_of(&office.token(&ada, &Scope::ALL).await).await;
    let admitted = desk.run(&["course", "admit", "python", "bob@university.example"]).await;
    assert_eq!(admitted.out, "bob@university.example: admitted\n", "{}", admitted.err);
    let people = desk.run(&["course", "participants", "python"]).await;
    assert!(people.out.contains("bob@university.example  admitted"), "{}", people.out);
    let waiting =
        json(&desk.run(&["course", "participants", "python", "--state", "applied", "--json"]).await);
    assert_eq!((&waiting[0]["name"], waiting.as_array().unwrap().len()), (&"cyd".into(), 1));
    let early = desk.run(&["course", "remove", "python", "cyd@university.example", "--yes"]).await;
    assert_eq!(early.code, 1);
    assert!(early.err.contains("Conflict: "), "{}", early.err);
    let id = waiting[0]["id"].as_str().unwrap();
    let refused = desk.run(&["course", "reject", "python", id, "--reason", "Full.", "--yes"]).await;
    assert_eq!(refused.code, 0, "{}", refused.err);
    assert_eq!(desk.run(&["course", "remove", "python", "bob@university.example"]).await.code, 2);
    let removed = desk.run(&["course", "remove", "python", "bob@university.example", "--yes"]).await;
    assert_eq!(removed.code, 0, "{}", removed.err);
    assert_eq!(desk.run(&["course", "admit", "python", "eve@university.example"]).await.code, 1);
    let states = json(&desk.run(&["course", "participants", "python", "--json"]).await);
    let states: Vec<&Value> = states.as_array().unwrap().iter().map(|one| &one["state"]).collect();
    assert_eq!(states, ["removed", "rejected"]);
}

#[tokio::test]
async fn shells_complete_the_commands() {
    for shell in ["bash", "zsh", "fish"] {
        let script = Place::new().run(&["completions", shell]).await;
        assert_eq!(script.code, 0, "{}", script.err);
        for word in ["login", "participants"] {
            assert!(script.out.contains(word), "{shell}: {word}");
        }
    }
}
