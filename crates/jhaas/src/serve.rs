//! The portal as a process: what is opened, started and ended, in which order.

use std::{
    collections::BTreeMap,
    fs::DirBuilder,
    net::{Ipv4Addr, SocketAddr},
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use jhaas_app::{
    App,
    context::Background,
    seal::Sealer,
    settings::{DispatchSettings, HubSettings, Settings},
};
use jhaas_dispatch::{
    Dispatcher, MailRoom,
    hub::Hubs,
    launcher::{
        Launcher,
        process::{ProcessLauncher, ProcessOptions},
    },
};
use jhaas_domain::{clock::Clock, cluster::Cluster, policy::Policy};
use jhaas_gateway::{Gateway, GatewayOptions, Limits, Tables, api_router, serve_api, serve_public};
use jhaas_identity::Clients;
use jhaas_lang::Lang;
use jhaas_mail::{Branding, Credentials, FolderMailer, Mailer, Person, Security, SmtpMailer, SmtpSettings};
use jhaas_objects::{Objects, ObjectsConfig};
use jhaas_store::Database;
use jhaas_web::{
    router::router,
    state::{HubsOf, ProvidersOf, WebOptions, WebState},
    view::Site,
};
use jhaas_worker::{Launcher as KeeperLauncher, engine::local::Gateway as GatewayFile, keeper};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::Notify,
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;

use crate::{
    adapters::{SystemClock, SystemRandom},
    cli::local_options,
    config::{self, Config, Engine, Loaded, MailSecurity, MailTransport},
    doctor::label_below,
    institution,
    routes::{Open, Routes},
    sweep,
};

/// What Ctrl-C in the demo may take, servers of people included.
const STOP_WITHIN: Duration = Duration::from_secs(20);
/// What a worker of the local engine may take to stop softly.
pub(crate) const LOCAL_GRACE: Duration = Duration::from_secs(15);
const NOT_MIGRATED: &str = "the database is older than this version: run `jhaas migrate` first";
/// What workers of this machine are told.
const WORKER_FILE: &str = "worker.toml";
/// How soon a keeper that was killed is followed by another.
const KEEPERS_EVERY: Duration = Duration::from_secs(15);

/// The portal, until it is told to end; hubs go on.
///
/// # Errors
/// When a part of the outside that is needed from the start does not work; says which.
pub(crate) async fn run(loaded: Loaded, with_dispatcher: bool) -> Result<()> {
    let listeners = listen(&loaded.config.portal.listen).await?;
    let metrics = listen(&loaded.config.portal.metrics_listen).await?;
    let app = app(&loaded.config).await?;
    if !app.db.is_postgres() {
        app.db.migrate().await?;
    } else if !app.db.is_current().await? {
        bail!(NOT_MIGRATED);
    }
    refuse_lost_clusters(&loaded.config, &app.db).await?;
    // Lead times, grace and reminders may be other ones than when the courses were written.
    if let Err(error) = jhaas_app::course::correct_due(&app).await {
        // One course that cannot be read is no reason not to serve the others.
        tracing::error!(%error, "portal.due_not_corrected");
    }
    let end = End::by_signal(|| {})?;
    Portal { loaded, app, listeners, metrics, with_dispatcher, demo: false }.run(&end).await
}

/// A hub whose cluster is not known any more could neither be changed nor removed.
async fn refuse_lost_clusters(config: &Config, db: &Database) -> Result<()> {
    let named: Vec<&str> = config.places().map(|(key, _)| key).collect();
    let lost = jhaas_app::course::lost_clusters(db, &named).await?;
    if lost.is_empty() {
        return Ok(());
    }
    bail!(
        "clusters: courses are on {}, which the configuration does not name; name it until they are over",
        lost.join(", ")
    )
}

/// Opens the addresses.
///
/// # Errors
/// Names the address that is taken.
pub(crate) async fn listen(addresses: &[SocketAddr]) -> Result<Vec<TcpListener>> {
    let mut listeners = Vec::new();
    for address in addresses {
        match TcpListener::bind(address).await {
            Ok(listener) => listeners.push(listener),
            // A machine without IPv6 serves on IPv4 alone.
            Err(error)
                if address.is_ipv6()
                    && !listeners.is_empty()
                    && error.kind() != std::io::ErrorKind::AddrInUse =>
            {
                tracing::info!(%address, %error, "portal.address_not_there");
            }
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
                bail!(
                    "port {} is taken by another program: end that program, or choose another port with --port or \
                     portal.listen",
                    address.port()
                );
            }
            Err(error) => return Err(error).with_context(|| format!("cannot listen on {address}")),
        }
    }
    Ok(listeners)
}

/// The wish that this process ends.
pub(crate) struct End {
    pub asked: CancellationToken,
    /// Asked a second time: without patience.
    pub hurry: CancellationToken,
}

impl End {
    /// By SIGINT, SIGTERM or SIGHUP; `told` is called at the first one.
    ///
    /// # Errors
    /// When signals cannot be received.
    pub(crate) fn by_signal(told: impl FnOnce() + Send + 'static) -> Result<Self> {
        let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
        let [interrupt, terminate, hangup] = kinds.map(signal);
        let (mut interrupt, mut terminate, mut hangup) = (interrupt?, terminate?, hangup?);
        let end = Self { asked: CancellationToken::new(), hurry: CancellationToken::new() };
        let (asked, hurry) = (end.asked.clone(), end.hurry.clone());
        tokio::spawn(async move {
            let mut told = Some(told);
            loop {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                    _ = hangup.recv() => {}
                }
                match told.take() {
                    Some(told) => {
                        told();
                        asked.cancel();
                    }
                    None => hurry.cancel(),
                }
            }
        });
        Ok(end)
    }
}

/// Everything that one portal process runs.
pub(crate) struct Portal {
    pub loaded: Loaded,
    pub app: App,
    pub listeners: Vec<TcpListener>,
    /// Where metrics are read.
    pub metrics: Vec<TcpListener>,
    pub with_dispatcher: bool,
    /// Shows the mailbox and says that it is a demo.
    pub demo: bool,
}

impl Portal {
    /// Serves until `end`. Hubs of the local engine go on.
    ///
    /// # Errors
    /// When something that is needed does not start.
    pub(crate) async fn run(self, end: &End) -> Result<()> {
        let Self { loaded, app, listeners, metrics, with_dispatcher, demo } = self;
        let config = &loaded.config;
        let shutdown = CancellationToken::new();
        let mut tasks = JoinSet::new();
        if config.hubs.beyond_loopback {
            tracing::warn!("portal.beyond_loopback: the local engine isolates nobody");
        }

        let tables = match config.hubs.engine {
            Engine::Local => local_hubs(&loaded, &app, &listeners, &mut tasks, &shutdown).await?,
            // Routes of hubs on a cluster are the cluster's.
            Engine::OpenTofu => Tables::open(None)?,
        };

        let objects = Objects::open(&config.objects)?;
        let hubs = Hubs::new(&config.hubs.client_options())?;
        let portal_hubs = hubs.clone();
        let mail_room = mail_room(config, &app)?;
        tasks.spawn(done(mail_room.run(shutdown.clone())));
        tasks.spawn(done(jhaas_dispatch::revocation::run(app.clone(), hubs.clone(), shutdown.clone())));
        let open = Arc::new(Open(tables.clone()));
        tasks.spawn(done(jhaas_dispatch::visit::run(app.clone(), hubs.clone(), open, shutdown.clone())));
        let providers = providers(config, &app)?;
        let asking = jhaas_dispatch::identity::run(app.clone(), Arc::clone(&providers), shutdown.clone());
        tasks.spawn(done(asking));
        tasks.spawn(done(jhaas_dispatch::housekeeping::run(app.clone(), shutdown.clone())));
        tasks.spawn(done(crate::metrics::serve(app.clone(), metrics, shutdown.clone())));
        if with_dispatcher {
            let dispatcher = dispatcher(&loaded, &app, objects.clone()).await?;
            tasks.spawn(done(dispatcher.run(shutdown.clone())));
            tasks.spawn(done(sweep::watch(config.clone(), app.clone(), shutdown.clone())));
            tasks.spawn(done(jhaas_dispatch::health::run(app.clone(), hubs, shutdown.clone())));
        }

        // Without TLS of its own, the gateway then stands behind a proxy that has it: then everybody has its address.
        let behind_proxy = config.hubs.scheme == "https";
        let limits = Limits::default();
        let per_client = if behind_proxy { limits.connections } else { limits.connections_per_client };
        let gateway = Gateway::new(
            tables,
            GatewayOptions {
                service_name: Some(app.settings.institution.clone()),
                portal_url: Some(app.settings.public_url.clone()),
                trust_forwarded: behind_proxy,
                limits: Limits { connections_per_client: per_client, ..limits },
                ..GatewayOptions::default()
            },
        );
        let addresses = [&config.portal.public_url, &config.portal.internal_url];
        let portal_hosts = addresses.iter().filter_map(|url| url.host_str()).map(str::to_owned).collect();
        let router = web(config, &app, Arc::new(portal_hubs), providers, objects, demo)?;
        tasks.spawn(logged(
            "portal",
            serve_public(listeners, router, portal_hosts, gateway, shutdown.clone()),
        ));

        let early = tokio::select! {
            () = end.asked.cancelled() => None,
            ended = tasks.join_next() => ended,
        };
        shutdown.cancel();
        let drained = async {
            tokio::join!(app.background.end(), async { while tasks.join_next().await.is_some() {} });
        };
        let drained = tokio::time::timeout(STOP_WITHIN, drained);
        tokio::select! {
            drained = drained => if drained.is_err() { tracing::warn!("portal.tasks_cut") },
            () = end.hurry.cancelled() => tracing::warn!("portal.tasks_cut"),
        }
        match early {
            None => Ok(()),
            Some(Ok(())) => bail!("a part of the portal has ended by itself"),
            Some(Err(error)) => Err(error).context("a part of the portal has ended by itself"),
        }
    }
}

/// What hubs of this machine need of the portal's process: the API of their routes, and keepers.
async fn local_hubs(
    loaded: &Loaded,
    app: &App,
    listeners: &[TcpListener],
    tasks: &mut JoinSet<()>,
    shutdown: &CancellationToken,
) -> Result<Tables> {
    let config = &loaded.config;
    let hubs_dir = private_folder(&config.hubs.dir)?;
    loaded.write_for_workers(&hubs_dir.join(WORKER_FILE))?;
    let tables = Tables::open(Some(hubs_dir.join("routes")))?;
    let api = gateway_api(&hubs_dir, config).await?;
    let public_port = listeners.first().map_or(Ok(0), |listener| listener.local_addr().map(|a| a.port()))?;
    GatewayFile {
        api: format!("http://{}", api.local_addr()?),
        public_port,
        portal_public: Some(app.settings.public_url.clone()),
        portal_internal: Some(app.settings.internal_url.clone()),
        stopped: false,
    }
    .write(&hubs_dir)?;
    tasks.spawn(logged("gateway.api", serve_api(vec![api], api_router(tables.clone()), shutdown.clone())));
    let mut routes = Routes::new(app.clone(), tables.clone());
    routes.look().await;
    let launcher = local_options(&config.hubs)?.launcher;
    let keepers = Keepers { hubs: hubs_dir, launcher, tables: tables.clone() };
    keepers.look();
    tasks.spawn(done(routes.follow(shutdown.clone())));
    tasks.spawn(done(keepers.follow(shutdown.clone())));
    Ok(tables)
}

/// Sees to it that each hub that is to run has a keeper.
struct Keepers {
    hubs: PathBuf,
    launcher: KeeperLauncher,
    tables: Tables,
}

impl Keepers {
    /// Looks again and again until `shutdown`, for a keeper may be killed.
    async fn follow(self, shutdown: CancellationToken) {
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep(KEEPERS_EVERY) => {}
            }
            self.look();
        }
    }

    fn look(&self) {
        match keeper::adopt_all(&self.hubs, &self.launcher) {
            Ok(adopted) => {
                for course in adopted {
                    tracing::info!(course, "keeper.adopted");
                    // Nothing of the hub runs, or is about to end: its routes lead to ports that others may have.
                    self.tables.clear(&course);
                }
            }
            Err(error) => tracing::error!(%error, "keeper.not_adopted"),
        }
    }
}

/// Makes the folder, for its owner alone, where there is none.
///
/// # Errors
/// Names the folder.
pub(crate) fn private_folder(path: &Path) -> Result<PathBuf> {
    let cannot = || format!("the folder {} cannot be used", path.display());
    DirBuilder::new().recursive(true).mode(0o700).create(path).with_context(cannot)?;
    path.canonicalize().with_context(cannot)
}

async fn done(task: impl Future<Output = ()>) {
    task.await;
}

async fn logged<E: std::fmt::Display>(name: &'static str, task: impl Future<Output = Result<(), E>>) {
    if let Err(error) = task.await {
        tracing::error!(name, %error, "task.ended");
    }
}

/// The loopback address of the route tables: the same after a restart, so that hubs that kept running find it.
async fn gateway_api(hubs_dir: &Path, config: &Config) -> Result<TcpListener> {
    let wanted = match config.hubs.gateway_api_port {
        0 => GatewayFile::read(hubs_dir)?
            .and_then(|file| file.api.rsplit(':').next().and_then(|port| port.parse().ok()))
            .unwrap_or(0),
        port => port,
    };
    let bind = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    match bind(wanted).await {
        Ok(listener) => Ok(listener),
        Err(_) if config.hubs.gateway_api_port == 0 => Ok(bind(0).await?),
        Err(error) => Err(error).with_context(|| format!("hubs.gateway_api_port: cannot listen on {wanted}")),
    }
}

/// The application from its configuration; does not migrate.
///
/// # Errors
/// When the database cannot be reached or a key is wrong.
pub(crate) async fn app(config: &Config) -> Result<App> {
    let database = &config.database;
    app_on(config, Database::join(&database.url, database.max_connections).await.context("the database")?)
}

/// The same for whoever wants to be alone in the database.
///
/// # Errors
/// When the database cannot be reached or a key is wrong.
pub(crate) async fn app_outside(config: &Config) -> Result<App> {
    app_on(config, Database::connect(&config.database.url, 2).await.context("the database")?)
}

fn app_on(config: &Config, db: Database) -> Result<App> {
    let (newest, older) = config.seal_keys()?;
    Ok(App {
        db,
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        settings: Arc::new(settings(config)?),
        sealer: Arc::new(Sealer::new(newest, &older)),
        wake: Arc::new(Notify::new()),
        background: Background::default(),
    })
}

/// What use cases need of the configuration.
///
/// # Errors
/// When there is no such time zone, or a file cannot be read.
pub(crate) fn settings(config: &Config) -> Result<Settings> {
    let text = |url: &url::Url| url.as_str().trim_end_matches('/').to_owned();
    Ok(Settings {
        institution: config.institution.name.clone(),
        public_url: text(&config.portal.public_url),
        internal_url: text(&config.portal.internal_url),
        hub_scheme: config.hubs.scheme.clone(),
        clusters: clusters(config),
        zone: jiff::tz::TimeZone::get(&config.portal.time_zone)?,
        policy: policy(config),
        schedule: config.schedule.clone(),
        dispatch: DispatchSettings {
            concurrency: config.dispatcher.concurrency,
            lease_seconds: config.dispatcher.lease_seconds,
            deadline_seconds: config.dispatcher.deadline_seconds,
            maintenance: config.dispatcher.maintenance,
            ..DispatchSettings::default()
        },
        hubs: HubSettings {
            concurrent_spawns: config.hubs.concurrent_spawns,
            cull_idle_seconds: config.hubs.cull_idle_seconds,
            server_start_timeout_seconds: config.hubs.server_start_timeout_seconds,
            engines: match config.hubs.engine {
                Engine::Local => BTreeMap::new(),
                Engine::OpenTofu => config
                    .places()
                    .map(|(key, cluster)| Ok((key.to_owned(), cluster.engine(&config.policy)?)))
                    .collect::<Result<_>>()?,
            },
        },
        passwords: config.sign_in.passwords,
        refresh_seconds: config.sign_in.refresh_seconds,
        one_refresh_token: config.sign_in.one_refresh_token(),
        registration: registration(config),
    })
}

/// No course may have the portal's own name.
fn policy(config: &Config) -> Policy {
    let mut policy = config.policy.clone();
    for url in [&config.portal.public_url, &config.portal.internal_url] {
        for cluster in clusters(config) {
            policy.reserved_slugs.extend(label_below(url, &cluster.domain));
        }
    }
    policy
}

/// Where hubs run: this machine counts as a cluster.
fn clusters(config: &Config) -> Vec<Cluster> {
    let domain = &config.hubs.domain;
    match config.hubs.engine {
        Engine::Local => vec![Cluster { capacity: config.policy.capacity, ..Cluster::main(domain) }],
        Engine::OpenTofu => {
            let places = config.places();
            places.map(|(key, cluster)| cluster.as_domain(key, domain, &config.policy)).collect()
        }
    }
}

/// Who makes an account here chooses a password.
fn registration(config: &Config) -> bool {
    config.portal.registration && config.sign_in.passwords
}

/// The outside providers by which people sign in; asks none of them yet.
///
/// # Errors
/// When a file with certificates cannot be used.
fn providers(config: &Config, app: &App) -> Result<ProvidersOf> {
    let clients = Clients::new(config.sign_in.settings(), &app.settings.public_url, &app.clock, &app.random);
    Ok(Arc::new(clients.context("sign_in.providers")?))
}

async fn dispatcher(loaded: &Loaded, app: &App, objects: Objects) -> Result<Dispatcher> {
    let launcher = launcher(loaded, app).await?;
    Ok(Dispatcher::new(app.clone(), objects, launcher))
}

/// Where workers run, as configured.
///
/// # Errors
/// When the folder of workers or the settings of the cluster cannot be used.
pub(crate) async fn launcher(loaded: &Loaded, app: &App) -> Result<Arc<dyn Launcher>> {
    let (config, clock) = (&loaded.config, Arc::clone(&app.clock));
    Ok(match config.dispatcher.launcher {
        config::Launcher::Process => {
            let hubs_dir = private_folder(&config.hubs.dir)?;
            loaded.write_for_workers(&hubs_dir.join(WORKER_FILE))?;
            Arc::new(workers(&hubs_dir, grace(config), clock, Arc::clone(&app.wake))?)
        }
        config::Launcher::Kubernetes => {
            config.check_certificates()?;
            let deadline = Duration::from_secs(u64::try_from(config.dispatcher.deadline_seconds)?);
            let files = config.places().map(|(key, _)| Ok((key.to_owned(), loaded.for_jobs(key)?)));
            let files = files.collect::<Result<_>>()?;
            Arc::new(config.jobs.launcher(files, deadline, grace(config), clock).await?)
        }
    })
}

/// Where the states of hubs on a cluster are.
///
/// # Errors
/// When the settings can never work.
pub(crate) fn states(config: &Config) -> Result<Option<Objects>> {
    let settings = config.tofu.state.clone().filter(|_| config.hubs.engine == Engine::OpenTofu);
    Ok(settings.map(|settings| Objects::open(&ObjectsConfig::S3(settings))).transpose()?)
}

/// From the request that a worker stops to its end by force.
fn grace(config: &Config) -> Duration {
    match config.hubs.engine {
        Engine::Local => LOCAL_GRACE,
        Engine::OpenTofu => config.places().map(|(_, cluster)| cluster.grace()).max().unwrap_or(LOCAL_GRACE),
    }
}

/// The workers of this machine.
///
/// # Errors
/// When their folder cannot be made private.
pub(crate) fn workers(
    hubs_dir: &Path,
    grace: Duration,
    clock: Arc<dyn Clock>,
    wake: Arc<Notify>,
) -> Result<ProcessLauncher> {
    let options = ProcessOptions {
        program: None,
        arguments: vec!["--config".into(), hubs_dir.join(WORKER_FILE).into()],
        folder: hubs_dir.join("workers"),
        // The cache folder too: a worker must find the Python environment that was made for it.
        pass: ["TZ", "JHAAS_LOG", "JHAAS_CACHE_DIR", "XDG_CACHE_HOME"]
            .into_iter()
            .chain(jhaas_worker::NETWORK)
            .map(str::to_owned)
            .collect(),
        grace,
    };
    Ok(ProcessLauncher::new(options, clock, wake)?)
}

fn mail_room(config: &Config, app: &App) -> Result<MailRoom> {
    let mail = &config.mail;
    let mailer: Arc<dyn Mailer> = match mail.transport {
        MailTransport::Folder => Arc::new(FolderMailer::new(&mail.folder)),
        MailTransport::Smtp => Arc::new(smtp(mail)?),
    };
    Ok(MailRoom::new(app.clone(), mailer, branding(config, app), sender(&mail.from)?))
}

/// The way to the mail server; connects to nothing yet.
///
/// # Errors
/// When the settings cannot work.
pub(crate) fn smtp(mail: &config::Mail) -> Result<SmtpMailer> {
    Ok(SmtpMailer::new(SmtpSettings {
        host: mail.host.clone(),
        port: mail.port,
        security: match mail.security {
            MailSecurity::Starttls => Security::StartTls,
            MailSecurity::Tls => Security::Tls,
            MailSecurity::None => Security::Plain,
        },
        credentials: (!mail.user.is_empty())
            .then(|| Credentials { user: mail.user.clone(), password: mail.password.clone() }),
        ca_pem: read_optional(&mail.ca_file)?,
        hello_name: None,
        timeout: Duration::from_secs(30),
        keep: 2,
    })?)
}

fn read_optional(file: &PathBuf) -> Result<Option<Vec<u8>>> {
    if file.as_os_str().is_empty() {
        return Ok(None);
    }
    std::fs::read(file).map(Some).with_context(|| format!("cannot read {}", file.display()))
}

fn branding(config: &Config, app: &App) -> Branding {
    Branding {
        institution: app.settings.institution.clone(),
        portal_url: app.settings.public_url.clone(),
        footer: config.institution.mail_footer.clone(),
        preferences_url: Some(format!("{}/account", app.settings.public_url)),
    }
}

/// `Name <address>` or an address alone.
///
/// # Errors
/// When there is no address in it.
pub(crate) fn sender(text: &str) -> Result<Person> {
    let (name, address) = match text.split_once('<') {
        Some((name, rest)) => (name.trim(), rest.trim_end().strip_suffix('>').unwrap_or("")),
        None => ("", text.trim()),
    };
    if !address.contains('@') {
        bail!("mail.from: needs an address, for instance `JHaaS <jhaas@university.example>`");
    }
    Ok(Person { name: name.to_owned(), address: address.to_owned() })
}

fn web(
    config: &Config,
    app: &App,
    hubs: HubsOf,
    providers: ProvidersOf,
    objects: Objects,
    demo: bool,
) -> Result<axum::Router> {
    let site = Site {
        institution: institution::read(&config.institution)?,
        zone: app.settings.zone.clone(),
        default_lang: Lang::default(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        demo,
        registration: registration(config),
        local_hubs: config.hubs.engine == Engine::Local,
        https: config.portal.public_url.scheme() == "https",
        clock: Arc::clone(&app.clock),
    };
    let options = WebOptions { trusted_proxies: config.portal.trusted_proxies.clone(), providers };
    Ok(router(WebState::new(app.clone(), hubs, Arc::new(site), objects, options)?))
}

/// One pass and what else is due, for a timer outside; then passes go on until so much time is over, so that nothing has
/// to wait for the next run.
///
/// # Errors
/// When the database or the object store cannot be reached.
pub(crate) async fn dispatch(loaded: Loaded, go_on: Duration) -> Result<()> {
    let end = End::by_signal(|| {})?;
    let (over, asked) = (tokio::time::Instant::now() + go_on, end.asked.clone());
    tokio::spawn(async move {
        tokio::time::sleep_until(over).await;
        asked.cancel();
    });
    let config = &loaded.config;
    let app = app(config).await?;
    if !app.db.is_current().await? {
        bail!(NOT_MIGRATED);
    }
    refuse_lost_clusters(config, &app.db).await?;
    let passed = match Objects::open_existing(&config.objects) {
        Ok(objects) => first_pass(dispatcher(&loaded, &app, objects).await?).await,
        // What needs no objects is done all the same.
        Err(error) => Err(anyhow::Error::from(error)),
    };
    match passed {
        // A hub that hangs, or a mail server, holds up no pass.
        Ok(dispatcher) if !go_on.is_zero() => {
            let ((), done) = tokio::join!(dispatcher.run(end.asked), other_duties(config, &app));
            done
        }
        passed => {
            other_duties(config, &app).await?;
            passed.map(drop)
        }
    }
}

/// What is due besides passes.
async fn other_duties(config: &Config, app: &App) -> Result<()> {
    mail_room(config, app)?.send_due().await?;
    let hubs = Hubs::new(&config.hubs.client_options())?;
    jhaas_dispatch::revocation::run_due(app, &hubs).await?;
    jhaas_dispatch::visit::run_left(app, &hubs).await?;
    jhaas_dispatch::health::look(app, &hubs).await?;
    sweep::look(config, app).await;
    Ok(())
}

async fn first_pass(dispatcher: Dispatcher) -> Result<Dispatcher> {
    let report = dispatcher.pass().await?;
    tracing::info!(?report, "dispatch.pass");
    Ok(dispatcher)
}

/// # Errors
/// When the database cannot be reached or a migration fails.
pub(crate) async fn migrate(config: &Config) -> Result<()> {
    let db = Database::connect(&config.database.url, 2).await.context("the database")?;
    db.migrate().await?;
    println!("The database is up to date.");
    // Better told before the new version is rolled out than by it.
    refuse_lost_clusters(config, &db).await
}
