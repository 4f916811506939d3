//! One attempt: from the request to the result.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use jhaas_domain::{
    clock::Clock,
    contract::{Check, Failure, Outcome, Secrets, Status},
    deployment::{Action, Phase},
    id::DeploymentId,
};
use jhaas_hubapi::http::ClientOptions;
use jhaas_objects::{Objects, ObjectsConfig, ObjectsError};
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use crate::{
    Launcher,
    engine::{
        Engine, Work,
        local::LocalEngine,
        opentofu::{OpenTofuEngine, OpenTofuOptions},
    },
    failure::{permanent, transient},
    python_env,
    report::Report,
    student::{self, Student},
};

/// What the removal of the synthetic student may take.
const CLEAN_UP_WITHIN: Duration = Duration::from_secs(30);

/// What a worker is told when it starts; nothing secret is among it.
pub struct WorkerArgs {
    pub deployment: DeploymentId,
    pub attempt: u32,
    pub objects: ObjectsConfig,
    /// JSON of [`Secrets`], readable by the owner only. Removed as soon as it is read.
    pub secrets_file: PathBuf,
    pub engine: EngineChoice,
    /// For the synthetic student: certificates and names of the public addresses.
    pub http: ClientOptions,
    pub clock: Arc<dyn Clock>,
}

/// The engine and what it needs to know.
pub enum EngineChoice {
    Local(LocalOptions),
    /// By the keys of clusters.
    OpenTofu(BTreeMap<String, OpenTofuOptions>),
}

/// Settings of the local engine.
#[derive(Clone, Debug)]
pub struct LocalOptions {
    /// The folder of all hubs.
    pub hubs: PathBuf,
    pub python: python_env::Options,
    /// Starts keepers.
    pub launcher: Launcher,
}

/// The attempt could not be reported; the dispatcher will see it as lost.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    #[error("the object store: {0}")]
    Objects(#[from] ObjectsError),
    #[error("signals cannot be received: {0}")]
    Signals(io::Error),
}

/// Carries out one attempt and writes its result. An attempt that has a result already is left as it is.
///
/// SIGTERM and SIGINT stop it softly; the result then is `failed` with the code `cancelled`.
///
/// # Errors
/// When the result could not be written, or the request not be read at all.
pub async fn run(args: WorkerArgs) -> Result<Outcome, WorkerError> {
    let signals = [SignalKind::terminate(), SignalKind::interrupt()]
        .map(|kind| signal(kind).map_err(WorkerError::Signals));
    let [terminate, interrupt] = signals;
    let (terminate, interrupt) = (terminate?, interrupt?);
    // The file goes first: whatever happens then, it does not stay.
    let secrets = read_secrets(&args.secrets_file);
    let objects = Objects::open_existing(&args.objects)?;
    let request = objects.read_request(args.deployment, args.attempt).await?;
    // A damaged status is replaced by a good one.
    let before = objects.read_status(args.deployment, args.attempt).await.unwrap_or_default();
    if let Some(Status { result: result @ (Outcome::Succeeded | Outcome::Failed), .. }) = before {
        tracing::warn!("worker.done_before: this attempt has a result already");
        return Ok(result);
    }
    let (secrets, unreadable) = match secrets {
        Ok(secrets) => (secrets, None),
        Err(error) => (no_secrets(), Some(permanent("failure-secrets-missing", error))),
    };
    let (report, heartbeat) =
        Report::start(objects.clone(), Arc::clone(&args.clock), &request, before, &secrets);
    let cancel = CancellationToken::new();
    let work = Work { request, secrets, report: report.clone(), cancel: cancel.clone() };
    let engine: Box<dyn Engine> = match args.engine {
        EngineChoice::Local(options) => Box::new(LocalEngine::new(options, args.http.clone())),
        EngineChoice::OpenTofu(mut clusters) => match clusters.remove(&work.request.cluster) {
            Some(options) => Box::new(OpenTofuEngine::new(options, objects, args.http.clone())),
            None => {
                let detail = format!("there is no cluster {:?} in the configuration", work.request.cluster);
                let failed = Err(permanent("failure-cluster-settings", detail));
                return Ok(report.finish(heartbeat, failed).await?.result);
            }
        },
    };
    let watch = tokio::spawn(cancel_by_signal(cancel, terminate, interrupt));
    let result = match unreadable {
        Some(failure) => Err(failure),
        None => Attempt { work: &work, engine: &*engine, http: &args.http }.carry_out().await,
    };
    watch.abort();
    let status = report.finish(heartbeat, result).await?;
    Ok(status.result)
}

/// Reads the secrets and removes the file.
fn read_secrets(path: &Path) -> io::Result<Secrets> {
    let read = fs::read(path);
    let removed = fs::remove_file(path);
    let secrets = serde_json::from_slice(&read?)
        // The parser's own words could quote what stands in the file.
        .map_err(|_| {
            io::Error::new(io::ErrorKind::InvalidData, "the secrets file is not what it should be")
        })?;
    match removed {
        // Mounted from a Kubernetes Secret, which goes with the Job.
        Err(error) if error.kind() != io::ErrorKind::ReadOnlyFilesystem => Err(error),
        _ => Ok(secrets),
    }
}

fn no_secrets() -> Secrets {
    Secrets {
        client_id: String::new(),
        client_secret: String::new(),
        hub_token: String::new(),
        crypt_key: String::new(),
        proxy_token: String::new(),
        state_passphrase: String::new(),
        ticket: None,
    }
}

async fn cancel_by_signal(cancel: CancellationToken, mut terminate: Signal, mut interrupt: Signal) {
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    cancel.cancel();
}

struct Attempt<'a> {
    work: &'a Work,
    engine: &'a dyn Engine,
    http: &'a ClientOptions,
}

impl Attempt<'_> {
    async fn carry_out(&self) -> Result<(), Failure> {
        let Work { request, report, .. } = self.work;
        let begins = match request.action {
            Action::Deploy => "Deploying",
            Action::Update => "Updating",
            Action::Degrade => "Removing",
        };
        report.info(&format!("{begins} {}", request.spec.slug));
        let result = self.bounded().await;
        if result.is_err() && request.action != Action::Degrade {
            self.take_back().await;
        }
        result
    }

    /// The work, until it is done, cancelled or out of time.
    async fn bounded(&self) -> Result<(), Failure> {
        let Work { request, report, cancel, .. } = self.work;
        let left = request.deadline.millis_since(report.now());
        let left = Duration::from_millis(u64::try_from(left).unwrap_or_default());
        let steps = self.steps();
        tokio::pin!(steps);
        let stopped = tokio::select! {
            biased;
            // Who wants the end of the course knows it; for everyone else (a machine that shuts down) it is worth
            // another attempt.
            () = cancel.cancelled() => transient("failure-cancelled", "the worker was told to stop"),
            () = sleep(left) => transient(
                "failure-deadline-passed",
                format!("the attempt was to be over by {}", request.deadline),
            ),
            result = &mut steps => return result,
        };
        // The engine hears of it and may finish what must not be broken off.
        cancel.cancel();
        match timeout(self.engine.grace(self.work), steps).await {
            // It was done at that very moment.
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(stopped),
        }
    }

    async fn steps(&self) -> Result<(), Failure> {
        let Work { request, report, .. } = self.work;
        let resources = match request.action {
            Action::Deploy => self.engine.deploy(self.work).await?,
            Action::Update => self.engine.update(self.work).await?,
            Action::Degrade => self.engine.degrade(self.work).await?,
        };
        report.resources(resources);
        if request.action == Action::Degrade {
            return Ok(());
        }
        report.hub_url(&request.hub_url);
        report.phase(Phase::Verifying);
        self.engine.forget_students(self.work).await?;
        let check = self.verify().await?;
        report.check(check);
        self.engine.accept(self.work).await
    }

    /// Lets the synthetic student do what students do.
    async fn verify(&self) -> Result<Check, Failure> {
        let Work { request, secrets, report, .. } = self.work;
        let ticket = secrets.ticket.as_deref().ok_or_else(|| {
            permanent(
                "failure-check-sign-in-failed",
                "there is no ticket for the synthetic student in the secrets",
            )
        })?;
        let student = Student::new(student::Options {
            portal: request.portal.public.clone(),
            hub: request.hub_url.clone(),
            ticket: ticket.to_owned(),
            hub_token: secrets.hub_token.clone(),
            server_start: Duration::from_secs(request.limits.server_start_timeout_seconds.into()),
            http: self.http.clone(),
        })?;
        let mut result = student.check(&|text| report.info(text)).await;
        if let Err(failure) = &mut result {
            if failure.code == "check-server-not-started"
                && let Some(user) = student.user()
                && let Some(cause) = self.engine.server_trouble(self.work, user).await
            {
                let detail = format!("{}\n\n{}", cause.detail, failure.detail);
                *failure = Failure { detail, ..cause };
            }
            let log = self.engine.logs(self.work, student.user()).await;
            failure.detail = format!("{}\n\n{log}", failure.detail);
        }
        let cleaned = timeout(CLEAN_UP_WITHIN, self.forget(&student)).await;
        let check = match (result, &cleaned) {
            (Ok(check), _) => check,
            (Err(failure), Ok(Ok(_))) => return Err(failure),
            (Err(failure), _) => {
                report.warning("the synthetic student was not removed");
                return Err(failure);
            }
        };
        match cleaned {
            Ok(Ok(server_stop_ms)) => Ok(Check { server_stop_ms, ..check }),
            Ok(Err(failure)) => Err(failure),
            Err(_) => Err(transient(
                "failure-check-clean-up-failed",
                "the synthetic student could not be removed in time",
            )),
        }
    }

    /// Removes the student's server, account and home; says how long the server took to stop.
    async fn forget(&self, student: &Student) -> Result<u64, Failure> {
        let stop_ms = student.remove().await?;
        self.engine.forget_students(self.work).await?;
        Ok(stop_ms)
    }

    /// A hub that does not work must not stay half-made. What went wrong here is told in the log only: the failure
    /// that led here is the one that matters.
    async fn take_back(&self) {
        let report = &self.work.report;
        match timeout(self.engine.reject_within(self.work), self.engine.reject(self.work)).await {
            Ok(Ok(())) => {}
            Ok(Err(failure)) => report.warning(&format!("not taken back: {}", failure.detail)),
            Err(_) => report.warning("not taken back in time"),
        }
    }
}
