//! The command line: one role per command.

use std::{path::PathBuf, process::ExitCode, sync::Arc, time::Duration};

use anyhow::{Context as _, Result};
use clap::{CommandFactory as _, Parser, Subcommand};
use jhaas_domain::id::DeploymentId;
use jhaas_worker::{EngineChoice, Launcher, LocalOptions, WorkerArgs, keeper};

use crate::{
    adapters::SystemClock,
    admin, backup, client,
    config::{Config, DEFAULTS, Engine, ForWorkers, Hubs},
    demo, doctor, help_all, institution, logging, paths, python, serve, sweep,
};

/// JupyterHub as a Service.
#[derive(Parser)]
#[command(name = "jhaas", version)]
pub(crate) struct Cli {
    #[command(subcommand)]
    role: Role,
}

#[derive(Subcommand)]
enum Role {
    /// Everything on this machine, with people and courses to try; Ctrl-C ends it and keeps the data.
    Demo(demo::Args),
    /// The portal.
    Serve {
        #[command(flatten)]
        config: ConfigFile,
        /// Also runs the dispatcher, instead of `jhaas dispatch` by a timer.
        #[arg(long)]
        with_dispatcher: bool,
    },
    /// One pass of the dispatcher.
    Dispatch {
        #[command(flatten)]
        config: ConfigFile,
        /// Goes on with passes for so many seconds, as the timer's next run is that far away.
        #[arg(long, default_value_t = 0)]
        for_seconds: u64,
    },
    /// Brings the database to this version.
    Migrate {
        #[command(flatten)]
        config: ConfigFile,
    },
    /// Writes the database into one file, also while the portal runs; with a list of the objects.
    Backup {
        #[command(flatten)]
        config: ConfigFile,
        #[command(flatten)]
        args: backup::MakeArgs,
    },
    /// Brings a backup back, while the portal does not run; all of it or nothing.
    Restore {
        #[command(flatten)]
        config: ConfigFile,
        #[command(flatten)]
        args: backup::RestoreArgs,
    },
    /// Lists what hubs and workers have left that no course has any more, and removes it when told.
    Sweep {
        #[command(flatten)]
        config: ConfigFile,
        #[command(flatten)]
        args: sweep::Args,
    },
    /// Tests every outside part and says what to fix; ends with 1 when one failed.
    Doctor {
        #[command(flatten)]
        config: ConfigFile,
        #[command(flatten)]
        args: doctor::Args,
    },
    /// Shows and checks the configuration.
    Config {
        #[command(flatten)]
        config: ConfigFile,
        #[command(subcommand)]
        what: ConfigCommand,
    },
    /// Makes accounts and gives roles, for the first people of all.
    Admin {
        #[command(flatten)]
        config: ConfigFile,
        #[command(subcommand)]
        what: admin::Command,
    },
    /// One deployment; started by the dispatcher.
    Worker {
        /// Written by the portal.
        #[arg(long)]
        config: PathBuf,
        #[arg(long)]
        deployment: DeploymentId,
        #[arg(long)]
        attempt: u32,
        /// Removed as soon as it is read.
        #[arg(long)]
        secrets_file: PathBuf,
    },
    /// Keeps one hub of this machine running; started by a worker.
    Keeper {
        #[arg(long)]
        dir: PathBuf,
    },
    /// Stands in for configurable-http-proxy; the token comes from CONFIGPROXY_AUTH_TOKEN.
    Gateway(Box<jhaas_gateway::cli::Args>),
    /// Makes the Python environment of local hubs and prints its Python.
    PythonEnv {
        /// The user's cache folder when not given.
        #[arg(long)]
        cache: Option<PathBuf>,
        #[arg(long)]
        quiet: bool,
    },
    #[command(flatten)]
    Client(client::Command),
    /// Prints completions for a shell.
    Completions { shell: clap_complete::Shell },
    /// The help of every role, for the reference.
    #[command(hide = true)]
    HelpAll,
    /// Prints the description of the interface for programs, for docs/api/openapi.json.
    #[command(hide = true)]
    ApiDescription,
}

#[derive(clap::Args)]
struct ConfigFile {
    /// Settings that differ from the defaults (also: JHAAS_CONFIG).
    #[arg(long, global = true)]
    config: Option<PathBuf>,
}

impl ConfigFile {
    fn load(&self) -> Result<crate::config::Loaded> {
        Config::load(self.config.as_deref(), &[])
    }
}

#[derive(Subcommand)]
enum ConfigCommand {
    /// Says whether the configuration can be used.
    Check,
    /// Prints all settings as they are in force, secrets masked.
    Show,
    /// Prints the commented defaults.
    Default,
}

/// Runs the role and turns its result into an exit code.
pub(crate) fn run(cli: Cli) -> ExitCode {
    let role = cli.role;
    match &role {
        Role::Demo(_) | Role::Doctor { .. } | Role::Client(_) => logging::start("warn", true),
        Role::Gateway(args) => logging::start(&args.log_level.to_ascii_lowercase(), false),
        _ => logging::start("info,sqlx=warn,hyper=warn", false),
    }
    jhaas_hubapi::http::install_crypto_provider();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("jhaas: cannot start: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(dispatch(role)) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("jhaas: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn dispatch(role: Role) -> Result<ExitCode> {
    match role {
        Role::Demo(args) => demo::run(args).await?,
        Role::Serve { config, with_dispatcher } => serve::run(config.load()?, with_dispatcher).await?,
        Role::Dispatch { config, for_seconds } => {
            serve::dispatch(config.load()?, Duration::from_secs(for_seconds)).await?;
        }
        Role::Migrate { config } => serve::migrate(&config.load()?.config).await?,
        Role::Backup { config, args } => backup::make(&config.load()?.config, &args).await?,
        Role::Restore { config, args } => backup::restore(&config.load()?.config, &args).await?,
        Role::Sweep { config, args } => return sweep::run(&config.load()?, &args).await,
        Role::Doctor { config, args } => return doctor::run(config.load(), &args).await,
        Role::Config { config, what } => return show_config(&config, &what),
        Role::Admin { config, what } => admin::run(&config.load()?, what).await?,
        Role::Worker { config, deployment, attempt, secrets_file } => {
            return worker(&ForWorkers::read(&config)?, deployment, attempt, secrets_file).await;
        }
        Role::Keeper { dir } => {
            keeper::run(&dir, keeper::TRIAL).await?;
        }
        Role::Gateway(args) => jhaas_gateway::cli::run(*args, paths::gateway_token()).await?,
        Role::PythonEnv { cache, quiet } => make_python_env(cache, quiet).await?,
        Role::Client(command) => return Ok(client::run(command).await),
        Role::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "jhaas", &mut script);
            print!("{}", String::from_utf8_lossy(&script));
        }
        Role::HelpAll => help_all::print(),
        Role::ApiDescription => print!("{}", jhaas_web::api::document()),
    }
    Ok(ExitCode::SUCCESS)
}

fn show_config(file: &ConfigFile, what: &ConfigCommand) -> Result<ExitCode> {
    match what {
        ConfigCommand::Default => print!("{DEFAULTS}"),
        ConfigCommand::Show => print!("{}", file.load()?.shown()?),
        ConfigCommand::Check => {
            let config = file.load()?.config;
            config.seal_keys()?;
            institution::read(&config.institution)?;
            println!("The configuration can be used.");
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn worker(
    config: &ForWorkers,
    deployment: DeploymentId,
    attempt: u32,
    secrets_file: PathBuf,
) -> Result<ExitCode> {
    let outcome = jhaas_worker::run(WorkerArgs {
        deployment,
        attempt,
        objects: config.objects.clone(),
        secrets_file,
        engine: match config.hubs.engine {
            Engine::Local => EngineChoice::Local(local_options(&config.hubs)?),
            Engine::OpenTofu => {
                let clusters = config.clusters.iter();
                let options =
                    clusters.map(|(key, cluster)| anyhow::Ok((key.clone(), config.tofu.options(cluster)?)));
                EngineChoice::OpenTofu(options.collect::<Result<_>>()?)
            }
        },
        http: config.hubs.client_options(),
        clock: Arc::new(SystemClock),
    })
    .await?;
    // A failure that is written down is a result, not an accident of the worker.
    tracing::info!(?outcome, "worker.done");
    Ok(ExitCode::SUCCESS)
}

/// The local engine as configured.
///
/// # Errors
/// When this program cannot be found again.
pub(crate) fn local_options(hubs: &Hubs) -> Result<LocalOptions> {
    Ok(LocalOptions {
        hubs: hubs.dir.clone(),
        python: python::options(&hubs.python_cache),
        launcher: Launcher::this_program().context("cannot find this program")?,
    })
}

async fn make_python_env(cache: Option<PathBuf>, quiet: bool) -> Result<()> {
    let progress = move |line: &str| {
        if !quiet {
            eprintln!("  {line}");
        }
    };
    let env = python::make(&python::options(&cache.unwrap_or_default()), &progress).await?;
    println!("{}", env.python.display());
    Ok(())
}
