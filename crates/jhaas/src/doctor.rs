//! `jhaas doctor`: tests every part outside of the program and says what to fix.

mod addresses;
mod cluster;
mod database;
mod folder;
mod machine;
mod services;

use std::{process::ExitCode, time::Duration};

use anyhow::Result;
use serde::Serialize;

pub(crate) use addresses::{is_here, label_below};

use crate::config::{Config, Engine, Loaded};

/// No part may keep the others from being shown. Longer than what a mail server gets.
const PATIENCE: Duration = Duration::from_secs(40);

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Tests only what this role needs; without it, what one machine needs that does everything.
    #[arg(long = "for", value_enum, value_name = "ROLE")]
    role: Option<Role>,
    /// Prints JSON instead of lines.
    #[arg(long)]
    json: bool,
}

/// Where both are apart, neither has the rights and secrets of the other.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Role {
    Serve,
    Dispatch,
}

impl Role {
    /// Whether a run for `asked` tests what this role alone needs.
    fn is_in(self, asked: Option<Self>) -> bool {
        asked.is_none_or(|asked| asked == self)
    }

    /// A part that is this role's alone; skipped when another was asked for.
    async fn alone(self, asked: Option<Self>, part: Part, look: impl Future<Output = Finding>) -> Finding {
        if self.is_in(asked) { within(part, look).await } else { part.skipped(self.whose()) }
    }

    const fn whose(self) -> &'static str {
        match self {
            Self::Serve => "only the portal needs it",
            Self::Dispatch => "only the dispatcher needs it",
        }
    }
}

/// How a part is; the worst of all is the result of the whole.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Ok,
    /// Not tested, for another part is missing.
    Skipped,
    /// Works, but not as it should.
    Warning,
    Failed,
}

impl Verdict {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Skipped => "skipped",
            Self::Warning => "warning",
            Self::Failed => "failed",
        }
    }
}

/// What was found at one part.
#[derive(Serialize)]
struct Finding {
    part: &'static str,
    verdict: Verdict,
    says: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<String>,
}

/// The name of a part; scripts may rely on it.
#[derive(Clone, Copy)]
struct Part(&'static str);

impl Part {
    fn ok(self, says: impl Into<String>) -> Finding {
        self.finding(Verdict::Ok, says.into(), None)
    }

    fn skipped(self, why: impl Into<String>) -> Finding {
        self.finding(Verdict::Skipped, why.into(), None)
    }

    fn warning(self, says: impl Into<String>, fix: impl Into<String>) -> Finding {
        self.finding(Verdict::Warning, says.into(), Some(fix.into()))
    }

    fn failed(self, says: impl Into<String>, fix: impl Into<String>) -> Finding {
        self.finding(Verdict::Failed, says.into(), Some(fix.into()))
    }

    /// Each part has one line, whatever a library says.
    fn finding(self, verdict: Verdict, says: String, fix: Option<String>) -> Finding {
        let line = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
        Finding { part: self.0, verdict, says: line(says), fix: fix.map(line) }
    }
}

#[derive(Serialize)]
struct Report {
    version: &'static str,
    verdict: Verdict,
    parts: Vec<Finding>,
}

const CONFIGURATION: Part = Part("configuration");
const KEYS: Part = Part("keys");

/// Tests everything, prints it, and ends with 1 when a part failed.
///
/// # Errors
/// When the findings have no JSON form.
pub(crate) async fn run(loaded: Result<Loaded>, args: &Args) -> Result<ExitCode> {
    let parts = match loaded {
        Ok(loaded) => examine(&loaded.config, args.role).await,
        Err(error) => {
            let fix = "correct the setting that is named; nothing else was tested";
            vec![CONFIGURATION.failed(format!("{error:#}"), fix)]
        }
    };
    let tested = parts.iter().map(|part| part.verdict).filter(|verdict| *verdict != Verdict::Skipped);
    let verdict = tested.max().unwrap_or(Verdict::Ok);
    let report = Report { version: env!("CARGO_PKG_VERSION"), verdict, parts };
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print(&report);
    }
    Ok(if verdict == Verdict::Failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn print(report: &Report) {
    for Finding { part, verdict, says, fix } in &report.parts {
        let fix = fix.as_ref().map(|fix| format!(". To fix: {fix}")).unwrap_or_default();
        println!("{:<8} {part:<16} {says}{fix}", verdict.as_str());
    }
    let count = |verdict| report.parts.iter().filter(|part| part.verdict == verdict).count();
    println!("\n{} failed, {} with a warning.", count(Verdict::Failed), count(Verdict::Warning));
}

/// The findings in the order in which they are best mended.
async fn examine(config: &Config, role: Option<Role>) -> Vec<Finding> {
    let (listen, database, objects, mail, python, gateway, names) = tokio::join!(
        Role::Serve.alone(role, addresses::LISTEN, addresses::listen(config)),
        database::look(config),
        within(services::OBJECTS, services::objects(config)),
        within(services::MAIL, services::mail(config)),
        Role::Dispatch.alone(role, machine::PYTHON, machine::python(config)),
        Role::Serve.alone(role, addresses::GATEWAY_API, addresses::gateway_api(config)),
        Role::Serve.alone(role, addresses::HUB_NAMES, addresses::hub_names(config)),
    );
    let mut all = vec![configuration(config, role), keys(config), addresses::public(config), listen];
    all.extend(database);
    all.extend(services::providers(config).await);
    all.extend([objects, mail, python, machine::hubs_folder(config), gateway, names, machine::open_files()]);
    if config.hubs.engine == Engine::OpenTofu {
        all.extend(cluster::look(config, role).await);
    }
    all
}

async fn within(part: Part, look: impl Future<Output = Finding>) -> Finding {
    tokio::time::timeout(PATIENCE, look).await.unwrap_or_else(|_| {
        let says = format!("no answer within {} s", PATIENCE.as_secs());
        part.failed(says, "look whether it hangs or a firewall drops what is sent")
    })
}

/// What [`Config::load`] lets through and is still not as it should be.
fn configuration(config: &Config, role: Option<Role>) -> Finding {
    if Role::Dispatch.is_in(role)
        && config.hubs.engine == Engine::OpenTofu
        && let Err(error) = config.check_certificates()
    {
        return CONFIGURATION.failed(error.to_string(), "give them, or let cluster.tls be \"controller\"");
    }
    if config.policy.catalogue.is_empty() && !config.policy.allow_images {
        let fix = "add an entry to policy.catalogue";
        return CONFIGURATION.failed("no environment can be chosen, so no course can be requested", fix);
    }
    if config.dispatcher.maintenance {
        let fix = "set dispatcher.maintenance to false when the work is done";
        return CONFIGURATION.warning("dispatcher.maintenance is on: nothing new is deployed", fix);
    }
    CONFIGURATION.ok("every setting can be used")
}

fn keys(config: &Config) -> Finding {
    let fix =
        "set keys.seal, or let JHAAS_KEYS__SEAL_FILE name a file, with the output of `openssl rand -hex 32`";
    match config.seal_keys() {
        Err(error) => KEYS.failed(format!("{error:#}"), fix),
        Ok((newest, _)) if newest.iter().all(|byte| *byte == newest[0]) => {
            KEYS.failed("keys.seal is one byte again and again, which anybody can guess", fix)
        }
        Ok((_, older)) => {
            KEYS.ok(format!("keys.seal has 32 bytes; earlier keys for opening: {}", older.len()))
        }
    }
}
