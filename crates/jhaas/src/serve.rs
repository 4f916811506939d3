//! The portal as a process: what is opened, started and ended, in which order.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use jhaas_app::{
    App,
    seal::Sealer,
    settings::{DispatchSettings, HubSettings, Settings},
};
use jhaas_dispatch::{
    Dispatcher, MailRoom,
    hub::Hubs,
    launcher::process::{ProcessLauncher, ProcessOptions},
};
use jhaas_domain::clock::Clock;
use jhaas_gateway::{Gateway, GatewayOptions, Tables, api_router, serve_api, serve_public};
use jhaas_hubapi::http::ClientOptions;
use jhaas_lang::Lang;
use jhaas_mail::{Branding, Credentials, FolderMailer, Mailer, Person, Security, SmtpMailer, SmtpSettings};
use jhaas_objects::Objects;
use jhaas_store::Database;
use jhaas_web::{
    router::router,
    state::{HubsOf, WebOptions, WebState},
    view::Site,
};
use jhaas_worker::{engine::local::Gateway as GatewayFile, keeper};
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
    config::{self, Config, Loaded, MailSecurity, MailTransport},
    institution, routes,
};

/// What Ctrl-C in the demo may take, servers of people included.
const STOP_WITHIN: Duration = Duration::from_secs(20);

/// The portal, until it is told to end; hubs go on.
///
/// # Errors
/// When a part of the outside that is needed from the start does not work; says which.
pub(crate) async fn run(loaded: Loaded, with_dispatcher: bool) -> Result<()> {
    let listeners = listen(&loaded.config.portal.listen).await?;
    let app = app(&loaded.config).await?;
    if !app.db.is_postgres() {
        app.db.migrate().await?;
    } else if !app.db.is_current().await? {
        bail!("the database is older than this version: run `jhaas migrate` first");
    }
    // Lead times, grace and reminders may be other ones than when the courses were written.
    jhaas_app::course::correct_due(&app).await?;
    Portal { loaded, app, listeners, with_dispatcher, demo: false }.run(ended()).await
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

/// Resolves at SIGINT or SIGTERM.
pub(crate) async fn ended() {
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

/// Everything that one portal process runs.
pub(crate) struct Portal {
    pub loaded: Loaded,
    pub app: App,
    pub listeners: Vec<TcpListener>,
    pub with_dispatcher: bool,
    /// Shows the mailbox and says that it is a demo.
    pub demo: bool,
}

impl Portal {
    /// Serves until `end`. Hubs of the local engine go on.
    ///
    /// # Errors
    /// When something that is needed does not start.
    pub(crate) async fn run(self, end: impl Future<Output = ()>) -> Result<()> {
        let Self { loaded, app, listeners, with_dispatcher, demo } = self;
        let config = &loaded.config;
        let shutdown = CancellationToken::new();
        let mut tasks = JoinSet::new();

        std::fs::create_dir_all(&config.hubs.dir)
            .with_context(|| format!("cannot make {}", config.hubs.dir.display()))?;
        let hubs_dir = config.hubs.dir.canonicalize()?;
        loaded.write_for_workers(&hubs_dir.join("worker.toml"))?;
        let tables = Tables::open(Some(hubs_dir.join("routes")))?;
        let api = gateway_api(&hubs_dir, config).await?;
        let public_port =
            listeners.first().map_or(Ok(0), |listener| listener.local_addr().map(|a| a.port()))?;
        GatewayFile {
            api: format!("http://{}", api.local_addr()?),
            public_port,
            portal_public: Some(app.settings.public_url.clone()),
            portal_internal: Some(app.settings.internal_url.clone()),
        }
        .write(&hubs_dir)?;
        tasks
            .spawn(logged("gateway.api", serve_api(vec![api], api_router(tables.clone()), shutdown.clone())));
        routes::sync(&app, &tables, &mut std::collections::HashMap::new()).await?;
        let adopted = keeper::adopt_all(&hubs_dir, &local_options(&config.hubs)?.launcher)?;
        tracing::info!(adopted, "keeper.adopted");
        tasks.spawn(done(routes::follow(app.clone(), tables.clone(), shutdown.clone())));

        let objects = Objects::open(&config.objects)?;
        let hubs = Hubs::new(&ClientOptions::default())?;
        let portal_hubs = hubs.clone();
        let mail_room = mail_room(config, &app)?;
        tasks.spawn(done(mail_room.run(shutdown.clone())));
        tasks.spawn(done(jhaas_dispatch::revocation::run(app.clone(), hubs.clone(), shutdown.clone())));
        let open = Arc::new(routes::Open(tables.clone()));
        tasks.spawn(done(jhaas_dispatch::visit::run(app.clone(), hubs.clone(), open, shutdown.clone())));
        tasks.spawn(done(jhaas_dispatch::housekeeping::run(app.clone(), shutdown.clone())));
        if with_dispatcher {
            let dispatcher = dispatcher(&app, objects.clone(), &hubs_dir)?;
            tasks.spawn(done(dispatcher.run(shutdown.clone())));
            tasks.spawn(done(jhaas_dispatch::health::run(app.clone(), hubs, shutdown.clone())));
        }

        let gateway = Gateway::new(
            tables,
            GatewayOptions {
                service_name: Some(app.settings.institution.clone()),
                portal_url: Some(app.settings.public_url.clone()),
                ..GatewayOptions::default()
            },
        );
        let portal_host = config.portal.public_url.host_str().unwrap_or("localhost").to_owned();
        let router = web(config, &app, Arc::new(portal_hubs), objects, demo)?;
        tasks.spawn(logged(
            "portal",
            serve_public(listeners, router, vec![portal_host], gateway, shutdown.clone()),
        ));

        end.await;
        shutdown.cancel();
        let drained = async { while tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(STOP_WITHIN, drained).await.is_err() {
            tracing::warn!("portal.tasks_cut");
        }
        Ok(())
    }
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
    let (newest, older) = config.seal_keys()?;
    let db = Database::connect(&config.database.url, config.database.max_connections)
        .await
        .context("the database")?;
    Ok(App {
        db,
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        settings: Arc::new(settings(config)?),
        sealer: Arc::new(Sealer::new(newest, &older)),
        wake: Arc::new(Notify::new()),
    })
}

/// What use cases need of the configuration.
///
/// # Errors
/// When there is no such time zone.
pub(crate) fn settings(config: &Config) -> Result<Settings> {
    let text = |url: &url::Url| url.as_str().trim_end_matches('/').to_owned();
    Ok(Settings {
        institution: config.institution.name.clone(),
        public_url: text(&config.portal.public_url),
        internal_url: text(&config.portal.internal_url),
        hub_scheme: config.hubs.scheme.clone(),
        hub_domain: config.hubs.domain.clone(),
        zone: jiff::tz::TimeZone::get(&config.portal.time_zone)?,
        policy: config.policy.clone(),
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
            ..HubSettings::default()
        },
        registration: config.portal.registration,
    })
}

fn dispatcher(app: &App, objects: Objects, hubs_dir: &Path) -> Result<Dispatcher> {
    let launcher = Arc::new(workers(hubs_dir, Arc::clone(&app.clock))?);
    Ok(Dispatcher::new(app.clone(), objects, launcher))
}

/// The workers of this machine.
///
/// # Errors
/// When their folder cannot be made private.
pub(crate) fn workers(hubs_dir: &Path, clock: Arc<dyn Clock>) -> Result<ProcessLauncher> {
    let options = ProcessOptions {
        program: None,
        arguments: vec!["--config".into(), hubs_dir.join("worker.toml").into()],
        folder: hubs_dir.join("workers"),
        // The cache folder too: a worker must find the Python environment that was made for it.
        pass: ["PATH", "HOME", "LANG", "TMPDIR", "TZ", "JHAAS_LOG", "JHAAS_CACHE_DIR", "XDG_CACHE_HOME"]
            .map(str::to_owned)
            .to_vec(),
        grace: Duration::from_secs(15),
    };
    Ok(ProcessLauncher::new(options, clock)?)
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

fn web(config: &Config, app: &App, hubs: HubsOf, objects: Objects, demo: bool) -> Result<axum::Router> {
    let site = Site {
        institution: institution::read(&config.institution)?,
        zone: app.settings.zone.clone(),
        default_lang: Lang::default(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        demo,
        registration: config.portal.registration,
        local_hubs: config.hubs.engine == config::Engine::Local,
        https: config.portal.public_url.scheme() == "https",
        clock: Arc::clone(&app.clock),
    };
    let options = WebOptions {
        trusted_proxies: config.portal.trusted_proxies.iter().copied().map(Into::into).collect(),
        form_targets: Vec::new(),
    };
    Ok(router(WebState::new(app.clone(), hubs, Arc::new(site), objects, options)?))
}

/// One pass, for a timer outside.
///
/// # Errors
/// When the database or the object store cannot be reached.
pub(crate) async fn dispatch_once(loaded: Loaded) -> Result<()> {
    let config = &loaded.config;
    let app = app(config).await?;
    std::fs::create_dir_all(&config.hubs.dir)?;
    let hubs_dir = config.hubs.dir.canonicalize()?;
    loaded.write_for_workers(&hubs_dir.join("worker.toml"))?;
    let objects = Objects::open(&config.objects)?;
    let report = dispatcher(&app, objects, &hubs_dir)?.pass().await?;
    mail_room(config, &app)?.send_due().await?;
    jhaas_dispatch::revocation::run_due(&app, &Hubs::new(&ClientOptions::default())?).await?;
    tracing::info!(?report, "dispatch.pass");
    Ok(())
}

/// # Errors
/// When the database cannot be reached or a migration fails.
pub(crate) async fn migrate(config: &Config) -> Result<()> {
    Database::connect(&config.database.url, 2).await.context("the database")?.migrate().await?;
    println!("The database is up to date.");
    Ok(())
}
