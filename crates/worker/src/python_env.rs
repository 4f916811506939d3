//! The Python environment of local hubs: made once from the lock in `python/requirements.txt`, then used again.

use std::{
    borrow::Cow,
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use jhaas_domain::{contract::Failure, deployment::ErrorClass};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, BufReader},
    process::Command,
};

use crate::{
    failure::{self, With},
    files, machine,
};

/// The lock of all packages, with hashes.
pub const LOCK: &str = include_str!("../python/requirements.txt");
/// The oldest Python that the lock covers.
const OLDEST: (u32, u32) = (3, 10);
/// The newest Python that all packages of the lock are built for.
const NEWEST: (u32, u32) = (3, 14);
/// Looked for in this order; the plain name first, for that is what people install packages with.
const NAMES: [&str; 7] =
    ["python3", "python3.14", "python3.13", "python3.12", "python3.11", "python3.10", "python"];
/// Written last: without it an environment is half-made.
const COMPLETE: &str = ".complete";
const WAIT_EVERY: Duration = Duration::from_millis(100);
/// Lines of a failed installation that are worth reading.
const LAST_LINES: usize = 20;

/// Where environments are kept and what they are made with.
#[derive(Clone, Debug)]
pub struct Options {
    /// For instance `~/.cache/jhaas`; the environments go to `python/` in it.
    pub cache: PathBuf,
    /// The Python to use; the search path decides when absent.
    pub python: Option<PathBuf>,
    /// [`LOCK`], unless another one is to be tried.
    pub lock: Cow<'static, str>,
}

/// The cache folder where nobody has chosen one: `JHAAS_CACHE_DIR`, or `jhaas` in the user's own.
#[must_use]
pub fn usual_cache(variable: impl Fn(&str) -> Option<OsString>) -> PathBuf {
    let folder = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(folder) = folder("JHAAS_CACHE_DIR") {
        return folder;
    }
    let base = folder("XDG_CACHE_HOME").or_else(|| folder("HOME").map(|home| home.join(".cache")));
    base.unwrap_or_else(|| "/var/tmp".into()).join("jhaas")
}

/// A usable environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PythonEnv {
    pub folder: PathBuf,
    /// Its Python program.
    pub python: PathBuf,
}

/// Why there is no environment. [`PythonError::failure`] has the words for people.
#[derive(Debug, thiserror::Error)]
pub enum PythonError {
    #[error("no Python was found (looked for {looked_for})")]
    Missing { looked_for: String },
    #[error("{program} is Python {found}, which is too old")]
    TooOld { program: String, found: String },
    #[error("{program} is Python {found}, which is newer than the packages")]
    TooNew { program: String, found: String },
    #[error("{program} cannot make environments: its module ensurepip is missing")]
    NoVenv { program: String, version: String },
    #[error("git was not found")]
    NoGit,
    #[error("the packages could not be installed: {detail}")]
    Packages { detail: String },
    #[error("the folder {folder} cannot be used: {source}")]
    Folder { folder: PathBuf, source: io::Error },
    #[error("{program} could not be started: {source}")]
    Start { program: String, source: io::Error },
}

impl PythonError {
    /// As a worker reports it.
    #[must_use]
    pub fn failure(&self) -> Failure {
        use ErrorClass::{Permanent, Transient};
        let make = |key, class| failure::failure(key, class, self);
        let oldest = format!("{}.{}", OLDEST.0, OLDEST.1);
        let newest = format!("{}.{}", NEWEST.0, NEWEST.1);
        match self {
            Self::Missing { .. } => make("failure-python-missing", Permanent).with("oldest", oldest),
            Self::TooOld { found, .. } => {
                make("failure-python-too-old", Permanent).with("found", found.as_str()).with("oldest", oldest)
            }
            Self::TooNew { found, .. } => make("failure-python-too-new", Permanent)
                .with("found", found.as_str())
                .with("oldest", oldest)
                .with("newest", newest),
            Self::NoVenv { version, .. } => make("failure-python-venv-missing", Permanent)
                .with("package", format!("python{version}-venv")),
            Self::NoGit => make("failure-git-missing", Permanent),
            // A package index that does not answer now may answer in a minute.
            Self::Packages { .. } => make("failure-python-packages-failed", Transient),
            Self::Folder { folder, .. } => {
                make("failure-python-folder-failed", Permanent).with("folder", folder.display().to_string())
            }
            Self::Start { .. } => make("failure-python-unusable", Permanent),
        }
    }
}

/// Told what is being done, in English, for logs and terminals.
pub type Progress<'a> = &'a (dyn Fn(&str) + Send + Sync);

/// Gives the environment, making it first where there is none: about a minute, mostly downloads.
///
/// Several processes may ask at once; one makes it, the others wait.
///
/// # Errors
/// See [`PythonError`]; each names what to do.
pub async fn ensure(options: &Options, progress: Progress<'_>) -> Result<PythonEnv, PythonError> {
    if machine::on_path("git").is_none() {
        return Err(PythonError::NoGit);
    }
    let root = options.cache.join("python");
    let folder_error = |source| PythonError::Folder { folder: root.clone(), source };
    files::make_folder(&root).map_err(folder_error)?;
    let hint = Hint::at(&root, options);
    if let Some(env) = hint.usable().await {
        return Ok(env);
    }
    let uv = machine::on_path("uv");
    let base = find_python(options, uv.is_some()).await?;
    let env = PythonEnv::in_folder(root.join(base.key(&options.lock)));
    let _lock = lock(&env.folder.with_extension("lock"), progress).await.map_err(folder_error)?;
    if !env.is_complete().await {
        progress(&format!(
            "making the Python environment {} with Python {}",
            env.folder.display(),
            base.version
        ));
        files::remove_folder(&env.folder).map_err(folder_error)?;
        build(&env, &base, &options.lock, uv.as_deref(), progress).await?;
        files::write(&env.folder.join(COMPLETE), base.version.as_bytes()).map_err(folder_error)?;
        progress("the Python environment is ready");
    }
    hint.write(&env).map_err(folder_error)?;
    Ok(env)
}

/// How an environment stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    Ready(PythonEnv),
    /// [`ensure`] would make it with this Python.
    ToMake {
        program: PathBuf,
        version: String,
    },
}

/// Looks for the environment and, where there is none, for what it would be made with. Changes nothing.
///
/// # Errors
/// What [`ensure`] would fail with before it makes anything.
pub async fn look(options: &Options) -> Result<Found, PythonError> {
    if machine::on_path("git").is_none() {
        return Err(PythonError::NoGit);
    }
    let root = options.cache.join("python");
    if let Some(env) = Hint::at(&root, options).usable().await {
        return Ok(Found::Ready(env));
    }
    let base = find_python(options, machine::on_path("uv").is_some()).await?;
    let env = PythonEnv::in_folder(root.join(base.key(&options.lock)));
    if env.is_complete().await {
        return Ok(Found::Ready(env));
    }
    Ok(Found::ToMake { program: base.executable, version: base.version })
}

impl PythonEnv {
    fn in_folder(folder: PathBuf) -> Self {
        Self { python: folder.join("bin").join("python"), folder }
    }

    /// An environment dies with the Python it was made from.
    async fn is_complete(&self) -> bool {
        self.folder.join(COMPLETE).is_file()
            && machine::helper(&self.python)
                .args(["-I", "-S", "-c", ""])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .await
                .is_ok_and(|status| status.success())
    }
}

/// Remembers which environment fits, so that later runs need not look at each Python of the machine.
#[derive(Debug)]
struct Hint(PathBuf);

#[derive(Serialize, Deserialize)]
struct HintValue {
    folder: PathBuf,
}

impl Hint {
    fn at(root: &Path, options: &Options) -> Self {
        let python = options.python.as_deref().unwrap_or(Path::new("")).as_os_str().as_encoded_bytes();
        Self(root.join(format!("{}.json", short_hash(&[options.lock.as_bytes(), python]))))
    }

    async fn usable(&self) -> Option<PythonEnv> {
        let value: HintValue = files::read_json(&self.0).ok().flatten()?;
        let env = PythonEnv::in_folder(value.folder);
        env.is_complete().await.then_some(env)
    }

    fn write(&self, env: &PythonEnv) -> io::Result<()> {
        files::write_json(&self.0, &HintValue { folder: env.folder.clone() })
    }
}

/// The Python that an environment is made from.
#[derive(Debug, Deserialize)]
struct Base {
    executable: PathBuf,
    /// Major, minor, patch.
    version_info: (u32, u32, u32),
    ensurepip: bool,
    #[serde(skip)]
    version: String,
}

impl Base {
    fn key(&self, lock: &str) -> String {
        let executable = self.executable.as_os_str().as_encoded_bytes();
        short_hash(&[lock.as_bytes(), self.version.as_bytes(), executable])
    }
}

fn short_hash(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    hex::encode(&hash.finalize()[..8])
}

const ASK: &str = "import importlib.util, json, sys; print(json.dumps({'executable': sys.executable, \
    'version_info': sys.version_info[:3], 'ensurepip': importlib.util.find_spec('ensurepip') is not None}))";

/// The first Python that will do. What is wrong with the others is told only when none will.
async fn find_python(options: &Options, with_uv: bool) -> Result<Base, PythonError> {
    let candidates: Vec<PathBuf> = match &options.python {
        Some(program) => vec![program.clone()],
        None => NAMES.iter().filter_map(|name| machine::on_path(name)).collect(),
    };
    let mut trouble = None;
    for program in &candidates {
        match ask(program, with_uv).await {
            Ok(base) => return Ok(base),
            Err(error) => {
                trouble.get_or_insert(error);
            }
        }
    }
    let looked_for =
        options.python.as_ref().map_or_else(|| NAMES.join(", "), |program| program.display().to_string());
    Err(trouble.unwrap_or(PythonError::Missing { looked_for }))
}

async fn ask(program: &Path, with_uv: bool) -> Result<Base, PythonError> {
    let name = program.display().to_string();
    let start = |source| PythonError::Start { program: name.clone(), source };
    let output = machine::helper(program).args(["-I", "-c", ASK]).output().await.map_err(start)?;
    let mut base: Base = serde_json::from_slice(&output.stdout).map_err(|_| {
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        start(io::Error::other(format!("it ended with {}: {said}", output.status)))
    })?;
    let (major, minor, patch) = base.version_info;
    base.version = format!("{major}.{minor}.{patch}");
    if (major, minor) < OLDEST {
        return Err(PythonError::TooOld { program: name, found: base.version });
    }
    if (major, minor) > NEWEST {
        return Err(PythonError::TooNew { program: name, found: base.version });
    }
    if !base.ensurepip && !with_uv {
        return Err(PythonError::NoVenv { program: name, version: format!("{major}.{minor}") });
    }
    Ok(base)
}

/// Waits for whoever makes the same environment at this moment.
async fn lock(path: &Path, progress: Progress<'_>) -> io::Result<File> {
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
    let mut said = false;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(fs::TryLockError::Error(error)) => return Err(error),
            Err(fs::TryLockError::WouldBlock) => {
                if !said {
                    progress("another process is making the Python environment; waiting for it");
                }
                said = true;
                tokio::time::sleep(WAIT_EVERY).await;
            }
        }
    }
}

async fn build(
    env: &PythonEnv,
    base: &Base,
    lock: &str,
    uv: Option<&Path>,
    progress: Progress<'_>,
) -> Result<(), PythonError> {
    let requirements = env.folder.with_extension("txt");
    files::write(&requirements, lock.as_bytes())
        .map_err(|source| PythonError::Folder { folder: requirements.clone(), source })?;
    if let Some(uv) = uv {
        match build_with_uv(env, base, uv, &requirements, progress).await {
            Ok(()) => return Ok(()),
            Err(error) if !base.ensurepip => return Err(error),
            // uv does not read pip's settings, so it may miss the machine's package index.
            Err(error) => progress(&format!("uv did not succeed, trying pip: {error}")),
        }
        files::remove_folder(&env.folder)
            .map_err(|source| PythonError::Folder { folder: env.folder.clone(), source })?;
    }
    build_with_pip(env, base, &requirements, progress).await
}

async fn build_with_uv(
    env: &PythonEnv,
    base: &Base,
    uv: &Path,
    requirements: &Path,
    progress: Progress<'_>,
) -> Result<(), PythonError> {
    let mut command = machine::helper(uv);
    command.args(["venv", "--no-project", "--python"]).arg(&base.executable).arg(&env.folder);
    tell(command, progress).await?;
    let mut command = machine::helper(uv);
    command.args(["pip", "install", "--require-hashes", "--only-binary", ":all:", "--no-deps"]);
    command.args(["--compile-bytecode", "--python"]).arg(&env.python).arg("-r").arg(requirements);
    tell(command, progress).await
}

async fn build_with_pip(
    env: &PythonEnv,
    base: &Base,
    requirements: &Path,
    progress: Progress<'_>,
) -> Result<(), PythonError> {
    let mut command = machine::helper(&base.executable);
    command.args(["-I", "-m", "venv"]).arg(&env.folder);
    tell(command, progress).await?;
    let mut command = machine::helper(&env.python);
    command.args(["-I", "-m", "pip", "install", "--require-hashes", "--only-binary", ":all:", "--no-deps"]);
    command
        .args(["--disable-pip-version-check", "--no-input", "--progress-bar", "off", "-r"])
        .arg(requirements);
    tell(command, progress).await
}

/// Runs a command and passes on its lines as they come.
async fn tell(mut command: Command, progress: Progress<'_>) -> Result<(), PythonError> {
    let program = command.as_std().get_program().to_string_lossy().into_owned();
    let start = |source| PythonError::Start { program: program.clone(), source };
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(start)?;
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let (last_out, last_err) = tokio::join!(pass_on(out, progress), pass_on(err, progress));
    let status = child.wait().await.map_err(start)?;
    if status.success() {
        return Ok(());
    }
    let detail = format!("{program} ended with {status}\n{}{}", last_out.join("\n"), last_err.join("\n"));
    Err(PythonError::Packages { detail })
}

async fn pass_on(stream: Option<impl AsyncRead + Unpin>, progress: Progress<'_>) -> Vec<String> {
    let mut last = Vec::new();
    let Some(stream) = stream else { return last };
    let mut lines = BufReader::new(stream).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        progress(line);
        if last.len() == LAST_LINES {
            last.remove(0);
        }
        last.push(line.to_owned());
    }
    last
}
