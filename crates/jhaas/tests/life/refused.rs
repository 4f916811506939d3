//! What the machine refuses: a Python that does not work, a database that is damaged, a port that is taken.

use std::{
    fs,
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use jhaas_app::deployment;
use jhaas_domain::course::CourseState;

use crate::{home::Browser, line::Line};

/// Makes environments and installs packages, and then has none of them.
const BROKEN_PYTHON: &str = r#"#!/bin/sh
case "$*" in
*version_info*) echo '{"executable": "'"$0"'", "version_info": [3, 12, 1], "ensurepip": true}' ;;
*"-m venv"*) for folder; do :; done; mkdir -p "$folder/bin"; cp "$0" "$folder/bin/python" ;;
*"-m jupyterhub"*) echo "No module named jupyterhub" >&2; exit 1 ;;
esac
"#;

/// Makes another cell of each.
const WRONG: &str = "get_ipython().input_transformers_cleanup.append(lambda lines: ['print(41)\\n'])\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_python_fails_the_course_at_once_with_its_words() {
    let line = Line::new().await;
    let bin = line.path("bin");
    fs::create_dir(&bin).unwrap();
    for (name, text) in [("python3", BROKEN_PYTHON), ("uv", "#!/bin/sh\nexit 1\n")] {
        fs::write(bin.join(name), text).unwrap();
        fs::set_permissions(bin.join(name), fs::Permissions::from_mode(0o755)).unwrap();
    }
    fs::remove_file(bin.join("uv")).unwrap();
    let mut path = bin.into_os_string();
    path.push(":/usr/local/bin:/usr/bin:/bin");
    let id = line.due("broken").await;
    let cache = line.path("cache").into_os_string();
    let portal = line.portal_with_dispatcher(&[("PATH", path), ("JHAAS_HUBS__PYTHON_CACHE", cache)]).await;
    line.until_state(id, CourseState::Failed, None).await;
    let last = line.last(id).await.unwrap();
    let error = last.error.unwrap();
    assert_eq!((error.code.as_str(), last.attempt), ("hub-start-failed", 1), "{}", error.detail);
    assert!(error.detail.contains("No module named jupyterhub"), "{}", error.detail);
    assert_eq!(line.mails(id, "deployment_failed").await, ["ada"]);
    assert_eq!(line.mails(id, "failed_deployment_admin").await, ["root"]);
    line.assert_nothing_left(id).await;
    drop(portal);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_crashes_at_start_fails_and_works_after_the_repair_and_a_retry() {
    let line = Line::new().await;
    let portal = line.portal().await;
    let dispatcher = line.dispatcher();
    let id = line.due("crashes").await;
    let database = line.hub_folder(id).join("data/jupyterhub.sqlite");
    fs::create_dir_all(database.parent().unwrap()).unwrap();
    fs::write(&database, "this was a database once").unwrap();
    line.until_state(id, CourseState::Failed, Some(&dispatcher)).await;
    let error = line.last(id).await.unwrap().error.unwrap();
    assert_eq!(error.code, "hub-start-failed");
    assert!(error.detail.contains("file is not a database"), "{}", error.detail);
    assert_eq!(line.mails(id, "deployment_failed").await, ["ada"]);
    assert_eq!(line.mails(id, "failed_deployment_admin").await, ["root"]);
    line.assert_nothing_left(id).await;

    // Mended; but meanwhile somebody else has taken the port that the hub had.
    fs::remove_file(&database).unwrap();
    let port = u16::try_from(line.keeper_state(id)["hub_port"].as_u64().unwrap()).unwrap();
    let taken = TcpListener::bind(("127.0.0.1", port)).unwrap();
    deployment::retry(&line.world.app, &line.administrator, id).await.unwrap();
    line.until("the retry", id, Some(&dispatcher), async || {
        (line.world.stored(id).await.state == CourseState::Deployed).then_some(())
    })
    .await;
    line.assert_deployed(id, 1).await;
    assert_ne!(line.keeper_state(id)["hub_port"].as_u64().unwrap(), u64::from(port));
    drop((taken, portal));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_runs_but_computes_wrongly_fails_the_course_with_that_reason() {
    let line = Line::new().await;
    let portal = line.portal().await;
    let dispatcher = line.dispatcher();
    let id = line.due("wrong").await;
    let homes = line.hub_folder(id).join("homes");
    let over = Arc::new(AtomicBool::new(false));
    let watch = {
        let over = Arc::clone(&over);
        std::thread::spawn(move || {
            while !over.load(Ordering::Relaxed) {
                let students = fs::read_dir(&homes).into_iter().flatten().flatten().map(|entry| entry.path());
                for home in students {
                    let startup = home.join(".ipython/profile_default/startup");
                    // Whole at once: a kernel that finds an empty file would compute rightly.
                    let _ = fs::create_dir_all(&startup)
                        .and_then(|()| fs::write(startup.join("wrong"), WRONG))
                        .and_then(|()| fs::rename(startup.join("wrong"), startup.join("wrong.py")));
                }
                std::thread::sleep(Duration::from_millis(5));
            }
        })
    };
    line.until_state(id, CourseState::Failed, Some(&dispatcher)).await;
    over.store(true, Ordering::Relaxed);
    watch.join().unwrap();
    let last = line.last(id).await.unwrap();
    let error = last.error.unwrap();
    assert_eq!((error.code.as_str(), last.attempt), ("check-wrong-output", 1), "{}", error.detail);
    assert_eq!(line.mails(id, "hub_deployed").await, Vec::<String>::new());
    assert_eq!(line.mails(id, "deployment_failed").await, ["ada"]);
    assert_eq!(line.mails(id, "failed_deployment_admin").await, ["root"]);
    let browser = Browser::of(&line, &line.leader).await;
    let page = browser.client.get(line.url(&format!("/deployments/{}", last.id))).send().await.unwrap();
    let page = page.text().await.unwrap();
    assert!(page.contains("The notebook kernel runs, but computes wrongly"), "{page}");
    drop(portal);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_portal_at_a_taken_port_says_so_and_changes_nothing() {
    let line = Line::new().await;
    let internal = format!("http://portal.internal:{}", line.port);
    let portal = line.portal_with_dispatcher(&[("JHAAS_PORTAL__INTERNAL_URL", internal.into())]).await;
    // Hubs reach the portal by the name that they are told, whatever it resolves to.
    let client = jhaas_hubapi::http::client(&jhaas_hubapi::http::ClientOptions::default()).unwrap();
    let address = format!("http://127.0.0.1:{}/.well-known/openid-configuration", line.port);
    let answer = client.get(address).header("host", format!("portal.internal:{}", line.port)).send().await;
    assert_eq!(answer.unwrap().status(), 200);
    let gateway = fs::read_to_string(line.path("hubs/gateway.json")).unwrap();
    let (code, said) = line.start("second.log", &["serve"], &[]).ended().await;
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains(&format!("port {} is taken", line.port)), "{said}");
    assert_eq!(fs::read_to_string(line.path("hubs/gateway.json")).unwrap(), gateway);
    line.answers().await;

    let data = line.path("demo").display().to_string();
    let port = line.port.to_string();
    let (code, said) = line
        .start("demo.log", &["demo", "--no-courses", "--data", &data, "--port", &port], &[])
        .ended()
        .await;
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("is taken") && said.contains("--port"), "{said}");
    assert!(!line.path("demo").exists(), "it has begun to make data");
    drop(portal);
}
