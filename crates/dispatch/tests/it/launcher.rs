//! Workers as processes.
#![expect(clippy::disallowed_methods, reason = "plays a portal that is a process of its own")]

use std::{
    env, fs,
    future::Future,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use jhaas_dispatch::launcher::{
    Launch, LaunchError, Launcher, WorkerState,
    process::{ProcessLauncher, ProcessOptions},
};
use jhaas_domain::{
    clock::Clock, cluster::MAIN, contract::Secrets, deployment::ErrorClass, id::DeploymentId, time::Timestamp,
};
use tempfile::TempDir;
use tokio::sync::Notify;

const LONG: Duration = Duration::from_secs(120);

#[derive(Default)]
struct HandClock(AtomicI64);

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

/// A folder for workers, and a launcher whose workers do what `worker.sh` has under this name.
struct Bench {
    folder: TempDir,
    mode: &'static str,
    grace: Duration,
    clock: Arc<HandClock>,
    wake: Arc<Notify>,
}

impl Bench {
    fn new(mode: &'static str) -> Self {
        let folder = TempDir::new().unwrap();
        fs::create_dir(folder.path().join("out")).unwrap();
        Self { folder, mode, grace: LONG, clock: Arc::default(), wake: Arc::default() }
    }

    fn launcher(&self) -> ProcessLauncher {
        launcher(self.folder.path(), self.mode, self.grace, self.clock.clone(), self.wake.clone())
    }

    fn out(&self, name: &str) -> PathBuf {
        self.folder.path().join("out").join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.out(name)).unwrap()
    }

    fn secrets_left(&self) -> usize {
        fs::read_dir(self.folder.path().join("workers/secrets")).unwrap().count()
    }
}

impl Drop for Bench {
    /// Nothing that a failed test has started stays.
    fn drop(&mut self) {
        for entry in fs::read_dir(self.folder.path().join("workers")).into_iter().flatten().flatten() {
            let Ok(note) = fs::read_to_string(entry.path()) else { continue };
            let Some((_, rest)) = note.split_once("\"worker\":\"") else { continue };
            let pid = rest
                .split(':')
                .next()
                .and_then(|pid| pid.parse().ok())
                .and_then(rustix::process::Pid::from_raw);
            if let Some(pid) = pid {
                let _ = rustix::process::kill_process_group(pid, rustix::process::Signal::KILL);
            }
        }
    }
}

fn launcher(
    folder: &Path,
    mode: &str,
    grace: Duration,
    clock: Arc<HandClock>,
    wake: Arc<Notify>,
) -> ProcessLauncher {
    let options = ProcessOptions {
        program: Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/worker.sh")),
        arguments: vec![mode.into(), folder.join("out").into()],
        folder: folder.join("workers"),
        pass: vec!["JHAAS_TEST_PASSED".to_owned()],
        grace,
    };
    ProcessLauncher::new(options, clock, wake).unwrap()
}

fn launch() -> Launch {
    let secrets = Secrets {
        client_id: "course".to_owned(),
        client_secret: "client-canary".to_owned(),
        hub_token: "hub-canary".to_owned(),
        crypt_key: "crypt-canary".to_owned(),
        proxy_token: "proxy-canary".to_owned(),
        state_passphrase: "a passphrase of the test".to_owned(),
        ticket: None,
    };
    Launch {
        deployment: "0190a000-0000-7000-8000-000000000001".parse().unwrap(),
        attempt: 1,
        cluster: MAIN.to_owned(),
        secrets,
    }
}

async fn within<F: Future>(seconds: u64, work: F) -> F::Output {
    tokio::time::timeout(Duration::from_secs(seconds), work).await.expect("it takes too long")
}

async fn until(ready: impl Fn() -> bool) {
    within(20, async {
        while !ready() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
}

/// Waits for the worker's end; gives what is said about it.
async fn gone(launcher: &ProcessLauncher, worker_ref: &str) -> String {
    within(20, async {
        loop {
            match launcher.state(worker_ref).await.unwrap() {
                WorkerState::Gone { detail } => return detail,
                WorkerState::Running => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
    })
    .await
}

fn is_alive(pid: &str) -> bool {
    fs::read_to_string(format!("/proc/{}/stat", pid.trim())).is_ok_and(|stat| !stat.contains(") Z "))
}

#[tokio::test]
async fn the_end_of_a_worker_wakes_whoever_waits_for_work() {
    let bench = Bench::new("fail");
    let woken = bench.wake.notified();
    let worker_ref = bench.launcher().start(&launch()).await.unwrap();
    within(20, woken).await;
    // How it ended is noted by then.
    let state = bench.launcher().state(&worker_ref).await.unwrap();
    assert!(matches!(state, WorkerState::Gone { detail } if detail.contains("exit status: 3")));
}

/// Lets another process play the portal: start a worker in `folder`, perhaps cancel it, and end.
fn other_portal(folder: &Path, mode: &str, act: &str) -> String {
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", "launcher::another_process", "--ignored", "--nocapture"])
        .env("JHAAS_TEST_FOLDER", folder)
        .env("JHAAS_TEST_MODE", mode)
        .env("JHAAS_TEST_ACT", act)
        .env("JHAAS_TEST_PASSED", "on purpose")
        .env("JHAAS_DATABASE__PASSWORD", "environment-canary")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let found = text.split_once("worker_ref=<").and_then(|(_, rest)| rest.split_once('>'));
    found.unwrap().0.to_owned()
}

#[tokio::test]
#[ignore = "other tests run it as a process of its own"]
async fn another_process() {
    let [folder, mode, act] = ["FOLDER", "MODE", "ACT"]
        .map(|name| env::var(format!("JHAAS_TEST_{name}")).expect("run by another test"));
    let folder = Path::new(&folder);
    let launcher = launcher(folder, &mode, LONG, Arc::default(), Arc::default());
    let worker_ref = launcher.start(&launch()).await.unwrap();
    match act.as_str() {
        "cancel" => {
            until(|| folder.join("out/ready").exists()).await;
            launcher.cancel(&worker_ref).await.unwrap();
        }
        "wait" => drop(gone(&launcher, &worker_ref).await),
        _ => {}
    }
    println!("worker_ref=<{worker_ref}>");
}

#[test]
fn a_worker_gets_its_secrets_by_a_private_file_and_nothing_of_the_portals_environment() {
    let bench = Bench::new("look");
    let worker_ref = other_portal(bench.folder.path(), "look", "wait");

    let secrets: Secrets = serde_json::from_str(&bench.read("secrets")).unwrap();
    assert_eq!(secrets, launch().secrets);
    assert_eq!(bench.read("modes"), "600\n700\n700\n");
    assert_eq!(bench.secrets_left(), 0);

    let arguments = bench.read("arguments");
    let expected = [
        "worker",
        "--deployment",
        "0190a000-0000-7000-8000-000000000001",
        "--attempt",
        "1",
        "--secrets-file",
    ];
    assert_eq!(arguments.lines().take(6).collect::<Vec<_>>(), expected);
    let environment = bench.read("environment");
    assert!(!format!("{arguments}{environment}").contains("canary"), "{arguments}{environment}");
    assert!(environment.contains("JHAAS_TEST_PASSED=on purpose"));
    for line in environment.lines() {
        let name = line.split('=').next().unwrap();
        // The shell itself sets the last three.
        let known = ["PATH", "HOME", "LANG", "TMPDIR", "JHAAS_TEST_PASSED", "PWD", "OLDPWD", "_"];
        assert!(known.contains(&name), "{line}");
    }
    let pid = worker_ref.split(':').next().unwrap();
    assert_eq!(bench.read("group"), format!("{pid} {pid}\n"));
    assert_eq!(bench.read("directory"), "/\n");
}

#[tokio::test]
async fn how_a_worker_ended_and_its_last_words_are_known() {
    let bench = Bench::new("fail");
    let launcher = bench.launcher();
    let worker_ref = launcher.start(&launch()).await.unwrap();
    let detail = gone(&launcher, &worker_ref).await;
    assert!(detail.contains("exit status: 3"), "{detail}");
    assert!(detail.contains("reading the request\nthere is no request"), "{detail}");
    assert_eq!(bench.secrets_left(), 0);
    // Nobody waits in vain: it is no zombie.
    let pid = worker_ref.split(':').next().unwrap();
    until(|| !Path::new("/proc").join(pid).exists()).await;
    launcher.cancel(&worker_ref).await.unwrap();
    assert_eq!(gone(&bench.launcher(), &worker_ref).await, detail);
}

#[tokio::test]
async fn a_cancelled_worker_is_asked_and_may_finish() {
    let bench = Bench::new("polite");
    let launcher = bench.launcher();
    let worker_ref = launcher.start(&launch()).await.unwrap();
    until(|| bench.out("ready").exists()).await;
    assert_eq!(launcher.state(&worker_ref).await, Ok(WorkerState::Running));
    launcher.cancel(&worker_ref).await.unwrap();
    launcher.cancel(&worker_ref).await.unwrap();
    let detail = gone(&launcher, &worker_ref).await;
    assert!(detail.contains("exit status: 0"), "{detail}");
    assert!(bench.out("asked").exists());
}

#[tokio::test]
async fn a_worker_that_does_not_stop_is_killed_with_its_children() {
    let mut bench = Bench::new("stubborn");
    bench.grace = Duration::from_millis(400);
    let launcher = bench.launcher();
    let worker_ref = launcher.start(&launch()).await.unwrap();
    until(|| bench.out("ready").exists()).await;
    launcher.cancel(&worker_ref).await.unwrap();
    assert_eq!(launcher.state(&worker_ref).await, Ok(WorkerState::Running));
    let detail = gone(&launcher, &worker_ref).await;
    assert!(detail.contains("signal: 9"), "{detail}");
    let child = bench.read("child");
    until(|| !is_alive(&child)).await;
}

#[tokio::test]
async fn what_a_dead_worker_left_behind_is_ended() {
    let bench = Bench::new("orphan");
    let launcher = bench.launcher();
    let worker_ref = launcher.start(&launch()).await.unwrap();
    gone(&launcher, &worker_ref).await;
    let child = bench.read("child");
    assert!(is_alive(&child));
    launcher.cancel(&worker_ref).await.unwrap();
    until(|| !is_alive(&child)).await;
}

#[tokio::test]
async fn a_worker_outlives_the_portal_and_a_new_portal_finds_it() {
    let bench = Bench::new("polite");
    let worker_ref = other_portal(bench.folder.path(), "polite", "leave");
    let launcher = bench.launcher();
    assert_eq!(launcher.state(&worker_ref).await, Ok(WorkerState::Running));
    // The same attempt is not started again.
    assert_eq!(launcher.start(&launch()).await.unwrap(), worker_ref);
    until(|| bench.out("ready").exists()).await;
    launcher.cancel(&worker_ref).await.unwrap();
    gone(&launcher, &worker_ref).await;
    assert!(bench.out("asked").exists());
    assert_eq!(bench.secrets_left(), 0);
}

#[tokio::test]
async fn a_new_portal_ends_what_the_old_one_had_asked_to_stop() {
    let bench = Bench::new("stubborn");
    let worker_ref = other_portal(bench.folder.path(), "stubborn", "cancel");
    let launcher = bench.launcher();
    launcher.cancel(&worker_ref).await.unwrap();
    assert_eq!(launcher.state(&worker_ref).await, Ok(WorkerState::Running));
    bench.clock.0.store(i64::try_from(LONG.as_millis()).unwrap(), Ordering::SeqCst);
    launcher.cancel(&worker_ref).await.unwrap();
    gone(&launcher, &worker_ref).await;
    let child = bench.read("child");
    until(|| !is_alive(&child)).await;
}

#[tokio::test]
async fn an_attempt_has_one_worker_however_many_start_it() {
    let bench = Bench::new("count");
    let launchers = [bench.launcher(), bench.launcher()];
    let starts = (0..8).map(|number| {
        let launcher = launchers[number % 2].clone();
        tokio::spawn(async move { launcher.start(&launch()).await })
    });
    let mut refs: Vec<String> = futures::future::join_all(starts)
        .await
        .into_iter()
        .map(|started| started.unwrap().unwrap())
        .collect();
    refs.dedup();
    assert_eq!(refs.len(), 1, "{refs:?}");
    until(|| bench.out("count").exists()).await;
    let next = Launch { attempt: 2, ..launch() };
    let second = launchers[0].start(&next).await.unwrap();
    assert_ne!(second, refs[0]);
    until(|| bench.read("count").lines().count() == 2).await;
    for worker_ref in [&refs[0], &second] {
        launchers[1].cancel(worker_ref).await.unwrap();
        gone(&launchers[0], worker_ref).await;
    }
    assert_eq!(bench.read("count"), "one\none\n");
}

#[tokio::test]
async fn all_workers_end_when_all_is_to_end_also_those_of_an_earlier_portal() {
    let bench = Bench::new("stubborn");
    let stubborn = other_portal(bench.folder.path(), "stubborn", "leave");
    let polite = launcher(bench.folder.path(), "polite", LONG, bench.clock.clone(), Arc::default());
    let polite = polite.start(&Launch { attempt: 2, ..launch() }).await.unwrap();
    until(|| bench.out("ready").exists() && bench.out("child").exists()).await;
    let launcher = bench.launcher();
    launcher.end_all(Duration::from_millis(500)).await.unwrap();
    for worker_ref in [&stubborn, &polite] {
        assert!(matches!(launcher.state(worker_ref).await, Ok(WorkerState::Gone { .. })));
    }
    let child = bench.read("child");
    until(|| !is_alive(&child)).await;
    launcher.end_all(LONG).await.unwrap();
}

#[tokio::test]
async fn another_process_with_the_same_number_is_left_alone() {
    let mut bench = Bench::new("count");
    bench.grace = Duration::ZERO;
    let launcher = bench.launcher();
    let worker_ref = launcher.start(&launch()).await.unwrap();
    let (pid, began) = worker_ref.split_once(':').unwrap();
    let earlier = format!("{pid}:{}", began.parse::<u64>().unwrap() - 1);
    assert!(matches!(launcher.state(&earlier).await, Ok(WorkerState::Gone { .. })));
    launcher.cancel(&earlier).await.unwrap();
    assert_eq!(launcher.state(&worker_ref).await, Ok(WorkerState::Running));
    launcher.cancel(&worker_ref).await.unwrap();
    gone(&launcher, &worker_ref).await;
}

#[tokio::test]
async fn references_that_are_none_are_refused() {
    let bench = Bench::new("look");
    let launcher = bench.launcher();
    for worker_ref in ["", "1", "0:1", "-1:1", "1:x", "jhaas-worker-abc", "1:2:3", "99999999999:1"] {
        let error = launcher.state(worker_ref).await.unwrap_err();
        assert!(matches!(error, LaunchError::BadRef { .. }), "{worker_ref}: {error}");
        assert!(launcher.cancel(worker_ref).await.is_err());
    }
}

#[tokio::test]
async fn a_worker_that_cannot_be_started_leaves_no_secret() {
    let bench = Bench::new("look");
    let options = ProcessOptions {
        program: Some("/nonexistent/jhaas".into()),
        arguments: Vec::new(),
        folder: bench.folder.path().join("workers"),
        pass: Vec::new(),
        grace: LONG,
    };
    let launcher = ProcessLauncher::new(options, bench.clock.clone(), Arc::default()).unwrap();
    let error = launcher.start(&launch()).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Permanent);
    assert!(error.to_string().contains("/nonexistent/jhaas"), "{error}");
    assert_eq!(bench.secrets_left(), 0);
    // Once it can be started, it is.
    let worker_ref = bench.launcher().start(&launch()).await.unwrap();
    gone(&bench.launcher(), &worker_ref).await;
    assert!(bench.out("arguments").exists());
}

#[tokio::test]
async fn notes_and_logs_of_old_attempts_go() {
    let bench = Bench::new("fail");
    let folder = bench.folder.path().join("workers");
    let launcher = bench.launcher();
    let old: DeploymentId = "01000000-0000-7000-8000-000000000001".parse().unwrap();
    for attempt in 0..250 {
        let note = format!(
            r#"{{"deployment":"{old}","attempt":{attempt},"worker":"999999:1","kill_at":null,"exit":"exit status: 0"}}"#
        );
        fs::write(folder.join(format!("{old}-{attempt:06}.json")), note).unwrap();
        fs::write(folder.join(format!("{old}-{attempt:06}.log")), "x").unwrap();
    }
    let worker_ref = launcher.start(&launch()).await.unwrap();
    gone(&launcher, &worker_ref).await;
    for ending in ["json", "log"] {
        let left: Vec<PathBuf> = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|found| found == ending))
            .collect();
        assert_eq!(left.len(), 200);
        assert!(!left.contains(&folder.join(format!("{old}-000000.{ending}"))));
        assert!(left.contains(&folder.join(format!("{old}-000249.{ending}"))));
    }
}
