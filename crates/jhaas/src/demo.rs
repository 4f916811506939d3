//! The demo: the whole life of courses on this machine, with people and courses to try.

use std::{
    fs::{self, File},
    io::Write as _,
    net::{Ipv4Addr, Ipv6Addr},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use figment::value::Value;
use jhaas_app::App;
use jhaas_domain::clock::Random as _;
use jhaas_worker::keeper;

use crate::{
    adapters::{SystemClock, SystemRandom},
    config::{Config, Engine},
    paths, python,
    seed::{self, People},
    serve::{self, End, Portal, listen},
};

/// Locked while a demo runs; also tells that a folder is a demo's.
const LOCK: &str = "demo.lock";
const UNFINISHED: &str = "unfinished";
/// What stopping all hubs and servers may take.
const STOP_WITHIN: Duration = Duration::from_secs(20);

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Port of portal and hubs; 0 takes a free one.
    #[arg(long, default_value_t = 8000)]
    port: u16,
    /// Folder of all data; empty, or of an earlier demo.
    #[arg(long)]
    data: Option<PathBuf>,
    /// Throws the data of an earlier demo away.
    #[arg(long)]
    fresh: bool,
    /// Only the people: no courses to look at.
    #[arg(long)]
    no_courses: bool,
    /// Settings that differ from the demo's.
    #[arg(long)]
    config: Option<PathBuf>,
}

/// Runs until Ctrl-C; hubs are stopped then and come back at the next start.
///
/// # Errors
/// Says what is missing or taken, and what to do.
pub(crate) async fn run(args: Args) -> Result<()> {
    let port = if args.port == 0 { free_port()? } else { args.port };
    let listeners = listen(&[(Ipv4Addr::LOCALHOST, port).into(), (Ipv6Addr::LOCALHOST, port).into()]).await?;
    let data = Data::open(args.data.unwrap_or_else(paths::demo_data), args.fresh).await?;

    println!("JHaaS demo, data in {}", data.folder.display());
    let loaded = Config::load(args.config.as_deref(), &data.settings(port)?)?;
    if loaded.config.hubs.engine != Engine::Local {
        bail!("hubs.engine: the demo runs hubs on this machine only; use `jhaas serve` for a cluster");
    }
    let progress = |line: &str| println!("  {line}");
    python::make(&python::options(&loaded.config.hubs.python_cache), &progress).await?;

    let app = serve::app(&loaded.config).await?;
    app.db.migrate().await?;
    let people = seed::people(&app, &data.password()?).await?;
    if !args.no_courses && !seed::has_courses(&app, &people).await? {
        let unfinished = data.unfinished()?;
        seed::courses(&app, &people).await?;
        fs::remove_file(unfinished)?;
    }
    greet(&app, &people);

    let hubs = loaded.config.hubs.dir.clone();
    let end = End::by_signal(|| say("\nStopping the hubs … (Ctrl-C again ends them at once)"))?;
    let served = Portal { loaded, app, listeners, metrics: Vec::new(), with_dispatcher: true, demo: true }
        .run(&end)
        .await;
    // Whatever ended the portal, no hub stays behind.
    let left = tokio::select! {
        left = stop_all(&hubs, STOP_WITHIN) => left,
        () = end.hurry.cancelled() => stop_all(&hubs, Duration::ZERO).await,
    };
    served?;
    let left = left?;
    if !left.is_empty() {
        bail!("these processes of hubs did not end: {left:?}");
    }
    say("All stopped. The next start goes on from here; --fresh starts anew.");
    Ok(())
}

/// A port that is free just now, for port 0 would be another one on each address.
fn free_port() -> Result<u16> {
    Ok(std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// The terminal may be gone; the end goes on nevertheless.
fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

fn greet(app: &App, people: &People) {
    println!("\n  Portal   {}", app.settings.public_url);
    println!("  Mailbox  {}/mailbox\n", app.settings.public_url);
    println!("  Sign in with the password  {}  as", people.password);
    for person in &people.all {
        println!("    {:<26} {}", person.email, person.what);
    }
    println!(
        "\n  Hubs run on this machine as you and isolate nobody: for trying only. Ctrl-C ends it all.\n"
    );
}

/// The folder of a demo; locked while one runs.
struct Data {
    folder: PathBuf,
    _lock: File,
}

impl Data {
    async fn open(folder: PathBuf, fresh: bool) -> Result<Self> {
        let cannot = || format!("the folder {} cannot be used", folder.display());
        let folder = serve::private_folder(&folder)?;
        let is_empty = fs::read_dir(&folder).with_context(cannot)?.next().is_none();
        if !is_empty && !folder.join(LOCK).is_file() {
            bail!("{} holds other things than a demo: choose an empty folder with --data", folder.display());
        }
        let lock = File::create(folder.join(LOCK)).with_context(cannot)?;
        if lock.try_lock().is_err() {
            bail!(
                "a demo runs already with the data in {}: end it, or choose another folder with --data",
                folder.display()
            );
        }
        if fresh || folder.join(UNFINISHED).exists() {
            empty(&folder).await?;
        }
        Ok(Self { folder, _lock: lock })
    }

    /// Marks that courses are being made: as long as the file is there, the next start begins anew.
    fn unfinished(&self) -> Result<PathBuf> {
        let file = self.folder.join(UNFINISHED);
        File::create(&file)?;
        Ok(file)
    }

    fn settings(&self, port: u16) -> Result<Vec<(&'static str, Value)>> {
        let path = |name: &str| Value::from(self.folder.join(name).display().to_string());
        let zone = jiff::tz::TimeZone::system();
        let zone = zone.iana_name().filter(|name| *name != "Etc/Unknown").unwrap_or("Europe/Berlin");
        Ok(vec![
            ("portal.listen", vec![format!("127.0.0.1:{port}"), format!("[::1]:{port}")].into()),
            ("portal.public_url", format!("http://localhost:{port}").into()),
            ("portal.internal_url", format!("http://127.0.0.1:{port}").into()),
            ("institution.name", "JHaaS Demo".into()),
            ("portal.time_zone", zone.into()),
            (
                "database.url",
                format!("sqlite://{}?mode=rwc", self.folder.join("jhaas.sqlite").display()).into(),
            ),
            ("objects.path", path("objects")),
            ("hubs.dir", path("hubs")),
            ("hubs.domain", format!("localhost:{port}").into()),
            ("mail.folder", path("mails")),
            ("keys.seal", self.kept("seal.key", || random_hex(32))?.into()),
            ("policy.allow_local_git", true.into()),
        ])
    }

    fn password(&self) -> Result<String> {
        self.kept("password", || random_hex(6))
    }

    /// The content of a private file, made when it is not there.
    fn kept(&self, name: &str, make: impl FnOnce() -> String) -> Result<String> {
        let file = self.folder.join(name);
        if let Ok(text) = fs::read_to_string(&file) {
            return Ok(text);
        }
        let text = make();
        let mut options = File::options();
        let mut written = options.create(true).truncate(true).write(true).mode(0o600).open(&file)?;
        written.write_all(text.as_bytes())?;
        Ok(text)
    }
}

fn random_hex(bytes: usize) -> String {
    let mut random = vec![0; bytes];
    SystemRandom.fill(&mut random);
    hex::encode(random)
}

/// Stops workers, hubs and servers; returns the processes that are left even then.
async fn stop_all(hubs: &Path, within: Duration) -> Result<Vec<i32>> {
    // The workers first: they would start again what is stopped here.
    serve::workers(hubs, serve::LOCAL_GRACE, Arc::new(SystemClock), Arc::default())?.end_all(within).await?;
    Ok(keeper::stop_all(hubs, within).await?)
}

/// Ends what an earlier demo may have left running, then throws its data away.
async fn empty(folder: &Path) -> Result<()> {
    let hubs = folder.join("hubs");
    if hubs.is_dir() {
        stop_all(&hubs, STOP_WITHIN).await?;
    }
    for name in ["hubs", "objects", "mails"] {
        remove(&folder.join(name), |path| fs::remove_dir_all(path))?;
    }
    for name in ["jhaas.sqlite", "jhaas.sqlite-wal", "jhaas.sqlite-shm", "seal.key", "password", UNFINISHED] {
        remove(&folder.join(name), |path| fs::remove_file(path))?;
    }
    Ok(())
}

fn remove(path: &Path, how: impl Fn(&Path) -> std::io::Result<()>) -> Result<()> {
    match how(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", path.display()))
        }
        _ => Ok(()),
    }
}
