//! The configuration: defaults, file and environment, in this order; unknown settings are errors.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use figment::{
    Figment, Metadata, Profile, Provider,
    providers::{Format as _, Serialized, Toml},
    util::nest,
    value::{Dict, Map, Value},
};
use jhaas_app::identity::REFRESH_SECONDS;
use jhaas_dispatch::launcher::kubernetes::{CONFIG_FILE, MOUNT};
use jhaas_domain::{
    account::Role,
    cluster::MAIN,
    policy::{CatalogueEntry, Policy},
    schedule::Schedule,
};
use jhaas_hubapi::http::{ClientOptions, Names};
use jhaas_identity::{ClaimNames, Mapping, ProviderSettings};
use jhaas_lang::Lang;
use jhaas_objects::ObjectsConfig;
use jhaas_web::client_address::Network;
use serde::Deserialize;

use crate::{
    cluster::{Cluster, Jobs, Tofu},
    doctor::is_here,
};

/// The commented defaults, as they are in the repository.
pub(crate) const DEFAULTS: &str = include_str!("../../../jhaas.default.toml");

/// Settings whose values are never shown; each may come from a file.
const SECRETS: [&str; 14] = [
    "database.url",
    "objects.access_key_id",
    "objects.secret_access_key",
    "keys.seal",
    "keys.older",
    "mail.password",
    "mail.user",
    "tofu.state.access_key_id",
    "tofu.state.secret_access_key",
    "cluster.kubeconfig",
    "cluster.tls_certificate",
    "cluster.tls_key",
    "cluster.docker_config",
    "jobs.kubeconfig",
];

/// What an attempt needs besides the time that Helm waits.
const AROUND_HELM_SECONDS: i64 = 300;
/// Settings of each cluster by name that are secrets.
const CLUSTER_SECRETS: [&str; 4] = ["kubeconfig", "tls_certificate", "tls_key", "docker_config"];
/// Tables by name, each with a secret of this name.
const SECRET_IN_EACH: (&str, &str) = ("sign_in.providers", "client_secret");

/// A table that may hold secrets.
const SECRET_TABLE: &str = "tofu.environment";

/// What workers are told.
const FOR_WORKERS: [&str; 4] = ["objects", "hubs", "tofu", "clusters"];

const SECTIONS: [&str; 15] = [
    "portal",
    "sign_in",
    "institution",
    "database",
    "objects",
    "keys",
    "mail",
    "hubs",
    "tofu",
    "cluster",
    "clusters",
    "jobs",
    "dispatcher",
    "schedule",
    "policy",
];

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    pub portal: Portal,
    pub sign_in: SignIn,
    pub institution: Institution,
    pub database: Database,
    pub objects: ObjectsConfig,
    pub keys: Keys,
    pub mail: Mail,
    pub hubs: Hubs,
    pub tofu: Tofu,
    pub cluster: Cluster,
    /// With what differs from `cluster`, and all else of it.
    pub clusters: BTreeMap<String, Cluster>,
    pub jobs: Jobs,
    pub dispatcher: Dispatcher,
    pub schedule: Schedule,
    pub policy: Policy,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Portal {
    pub listen: Vec<SocketAddr>,
    pub metrics_listen: Vec<SocketAddr>,
    pub public_url: url::Url,
    pub internal_url: url::Url,
    pub trusted_proxies: Vec<Network>,
    pub time_zone: String,
    pub registration: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignIn {
    pub passwords: bool,
    pub refresh_seconds: i64,
    /// By their keys.
    #[serde(default)]
    pub providers: BTreeMap<String, SignInProvider>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignInProvider {
    pub name: String,
    /// By language, where it differs.
    #[serde(default)]
    pub names: BTreeMap<String, String>,
    /// Compared letter by letter, so a text.
    pub issuer: String,
    pub client_id: String,
    pub client_secret: String,
    #[serde(default = "usual_scopes")]
    pub scopes: Vec<String>,
    #[serde(default)]
    pub one_refresh_token: bool,
    #[serde(default)]
    pub claims: ClaimNames,
    #[serde(default)]
    pub roles: BTreeMap<Role, Vec<String>>,
    #[serde(default)]
    pub ca_file: PathBuf,
}

fn usual_scopes() -> Vec<String> {
    ["openid", "profile", "email"].map(str::to_owned).to_vec()
}

impl std::fmt::Debug for SignInProvider {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("SignInProvider")
            .field("issuer", &self.issuer)
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

impl SignIn {
    fn check(&self) -> Result<()> {
        if !self.passwords && self.providers.is_empty() {
            bail!(
                "sign_in.passwords: without passwords, sign_in.providers must name one: nobody could sign in"
            );
        }
        if !(10..=REFRESH_SECONDS).contains(&self.refresh_seconds) {
            bail!(
                "sign_in.refresh_seconds: must be from 10 to {REFRESH_SECONDS}: a lost group counts within 5 minutes"
            );
        }
        let mut issuers = BTreeMap::new();
        for (key, provider) in &self.providers {
            let at = format!("sign_in.providers.{key}");
            if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()) {
                bail!("{at}: the name of the section may have lower-case letters and digits only");
            }
            let issuer = url::Url::parse(&provider.issuer).with_context(|| format!("{at}.issuer"))?;
            // On this machine nobody listens in.
            if issuer.scheme() != "https" && !issuer.host_str().is_some_and(is_here) {
                bail!("{at}.issuer: must be an https address");
            }
            for (setting, value) in [
                ("name", &provider.name),
                ("client_id", &provider.client_id),
                ("client_secret", &provider.client_secret),
            ] {
                if value.trim().is_empty() {
                    bail!("{at}.{setting}: must not be empty");
                }
            }
            if let Some(lang) = provider.names.keys().find(|lang| Lang::parse(lang).is_none()) {
                bail!("{at}.names: there is no language {lang:?} here");
            }
            if let Some(other) = issuers.insert(&provider.issuer, key) {
                bail!("{at}.issuer: is that of sign_in.providers.{other} too");
            }
        }
        Ok(())
    }

    /// The issuers that keep one refresh token for each person.
    pub(crate) fn one_refresh_token(&self) -> BTreeSet<String> {
        let shared = self.providers.values().filter(|provider| provider.one_refresh_token);
        shared.map(|provider| provider.issuer.clone()).collect()
    }

    /// What the clients of the providers need.
    pub(crate) fn settings(&self) -> Vec<ProviderSettings> {
        let settings = |(key, provider): (&String, &SignInProvider)| ProviderSettings {
            key: key.clone(),
            name: provider.name.clone(),
            names: provider.names.clone(),
            issuer: provider.issuer.clone(),
            client_id: provider.client_id.clone(),
            client_secret: provider.client_secret.clone(),
            scopes: provider.scopes.clone(),
            mapping: Mapping { claims: provider.claims.clone(), roles: provider.roles.clone() },
            ca_file: (!provider.ca_file.as_os_str().is_empty()).then(|| provider.ca_file.clone()),
        };
        self.providers.iter().map(settings).collect()
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Institution {
    pub name: String,
    pub unit: String,
    pub support: String,
    pub logo: PathBuf,
    pub colour_light: String,
    pub colour_dark: String,
    /// Files by language.
    pub imprint: BTreeMap<String, PathBuf>,
    pub privacy: BTreeMap<String, PathBuf>,
    pub links: Vec<Link>,
    pub mail_footer: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Link {
    pub url: url::Url,
    /// By language.
    pub label: BTreeMap<String, String>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Database {
    pub url: String,
    pub max_connections: u32,
}

impl std::fmt::Debug for Database {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Database")
            .field("max_connections", &self.max_connections)
            .finish_non_exhaustive()
    }
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Keys {
    pub seal: String,
    pub older: Vec<String>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Keys").finish_non_exhaustive()
    }
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mail {
    pub transport: MailTransport,
    pub folder: PathBuf,
    pub from: String,
    pub host: String,
    pub port: u16,
    pub security: MailSecurity,
    pub user: String,
    pub password: String,
    pub ca_file: PathBuf,
}

impl std::fmt::Debug for Mail {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Mail")
            .field("transport", &self.transport)
            .field("host", &self.host)
            .finish_non_exhaustive()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum MailTransport {
    Folder,
    Smtp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum MailSecurity {
    Starttls,
    Tls,
    None,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Hubs {
    pub engine: Engine,
    pub beyond_loopback: bool,
    pub scheme: String,
    pub domain: String,
    pub dir: PathBuf,
    pub python_cache: PathBuf,
    pub gateway_api_port: u16,
    pub cull_idle_seconds: u32,
    pub concurrent_spawns: u32,
    pub server_start_timeout_seconds: u32,
    /// Addresses of names that the DNS does not know here.
    pub names: BTreeMap<String, SocketAddr>,
    /// Certificates to trust besides the system's, at the addresses of hubs and portal.
    pub ca_file: PathBuf,
}

impl Hubs {
    /// How hubs are reached from here.
    pub(crate) fn client_options(&self) -> ClientOptions {
        let all = self.names.iter();
        let names = all.fold(Names::default(), |names, (name, address)| names.with(name, *address));
        let ca_file = (!self.ca_file.as_os_str().is_empty()).then(|| self.ca_file.clone());
        ClientOptions { names, ca_file, ..ClientOptions::default() }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Engine {
    Local,
    OpenTofu,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Launcher {
    Process,
    Kubernetes,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Dispatcher {
    pub launcher: Launcher,
    pub concurrency: usize,
    pub lease_seconds: i64,
    pub deadline_seconds: i64,
    pub maintenance: bool,
}

impl Config {
    /// Reads all sources. `base` stands between the defaults and the file: what a role of the program, for instance the
    /// demo, sets by itself.
    ///
    /// # Errors
    /// Names the setting and the file or variable that is wrong.
    pub(crate) fn load(file: Option<&Path>, base: &[(&str, Value)]) -> Result<Loaded> {
        let file = file.map(Path::to_owned).or_else(|| std::env::var_os("JHAAS_CONFIG").map(PathBuf::from));
        if let Some(file) = &file
            && !file.is_file()
        {
            bail!("the configuration file {} does not exist", file.display());
        }
        let variables = std::env::vars()
            .filter(|(name, _)| is_setting(name))
            .map(|(name, value)| Variable::new(name, &value))
            .collect::<Result<Vec<_>>>()?;
        let sources = |mut figment: Figment| {
            if let Some(file) = &file {
                figment = figment.merge(Toml::file_exact(file));
            }
            variables.iter().fold(figment, |figment, variable| figment.merge(variable))
        };
        let mut defaults: toml::Table = DEFAULTS.parse().context("the built-in defaults")?;
        let kind = sources(Figment::new()).extract_inner::<String>("objects.kind");
        // The folder of the defaults must not survive in another kind of store.
        let elsewhere = kind.is_ok_and(|kind| kind != "folder");
        if elsewhere {
            defaults.remove("objects");
        }
        let base = base.iter().filter(|(path, _)| !(elsewhere && path.starts_with("objects.")));
        let figment = Figment::from(Toml::string(&defaults.to_string()));
        let figment =
            base.fold(figment, |figment, (path, value)| figment.merge(Serialized::default(path, value)));
        let figment = sources(figment);
        if let Some(file) = &file {
            refuse_new_clusters(&variables, &Figment::from(Toml::file_exact(file)))?;
        } else {
            refuse_new_clusters(&variables, &Figment::new())?;
        }
        let figment = filled(figment)?;
        let config: Self = figment.extract().map_err(explain)?;
        config.check()?;
        Ok(Loaded { config, sources: figment })
    }

    fn check(&self) -> Result<()> {
        jiff::tz::TimeZone::get(&self.portal.time_zone)
            .with_context(|| format!("portal.time_zone: there is no time zone {}", self.portal.time_zone))?;
        if !["http", "https"].contains(&self.hubs.scheme.as_str()) {
            bail!("hubs.scheme: must be http or https, not {}", self.hubs.scheme);
        }
        if self.hubs.engine == Engine::Local
            && !self.hubs.beyond_loopback
            && let Some(address) = self.portal.listen.iter().find(|address| !address.ip().is_loopback())
        {
            bail!(
                "portal.listen: {address} is not a loopback address, and the local engine isolates nobody: anyone who \
                 reaches it could run programs here; hubs.beyond_loopback allows it all the same"
            );
        }
        self.sign_in.check()?;
        if self.dispatcher.concurrency == 0 {
            bail!("dispatcher.concurrency: must be at least 1");
        }
        self.check_engine()
    }

    /// # Errors
    /// Names the cluster whose certificate is missing.
    pub(crate) fn check_certificates(&self) -> Result<()> {
        self.places().try_for_each(|(key, cluster)| cluster.check_certificate(&self.section(key)))
    }

    /// Where the settings of a cluster stand.
    fn section(&self, key: &str) -> String {
        if self.clusters.is_empty() { "cluster".to_owned() } else { format!("clusters.{key}") }
    }

    fn check_engine(&self) -> Result<()> {
        let jobs = self.dispatcher.launcher == Launcher::Kubernetes;
        if self.hubs.engine == Engine::OpenTofu && self.policy.allow_local_git {
            bail!("policy.allow_local_git: hubs on a cluster do not see this machine's repositories");
        }
        if self.hubs.engine == Engine::Local {
            if !self.clusters.is_empty() {
                bail!("clusters: need hubs.engine = \"opentofu\"");
            }
            if jobs {
                bail!("dispatcher.launcher: \"kubernetes\" needs hubs.engine = \"opentofu\"");
            }
            return Ok(());
        }
        if self.tofu.state.is_none() {
            bail!("tofu.state: hubs.engine = \"opentofu\" needs a bucket for states");
        }
        if let Some(entry) = self.policy.catalogue.iter().find(|entry| entry.image.is_none()) {
            bail!("policy.catalogue: the environment {:?} needs an image on a cluster", entry.key);
        }
        if jobs && !matches!(self.objects, ObjectsConfig::S3(_)) {
            bail!("objects.kind: workers as Jobs reach \"s3\" only");
        }
        if jobs && self.jobs.image.is_empty() {
            bail!("jobs.image: must name the image of workers");
        }
        for (key, cluster) in self.places() {
            // Variables, which are in capitals, must be able to name it.
            let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
            if !(1..=20).contains(&key.len()) || !key.bytes().all(fits) {
                bail!("clusters.{key}: the name of a cluster has 1 to 20 small letters and digits");
            }
            let section = self.section(key);
            cluster.check(&section, &self.policy)?;
            let least = i64::from(cluster.timeout_seconds) + AROUND_HELM_SECONDS;
            if self.dispatcher.deadline_seconds < least {
                bail!(
                    "{section}.timeout_seconds: attempts are ended after dispatcher.deadline_seconds, which must be {least} at \
                     least: a hub is checked after Helm has waited"
                );
            }
        }
        if !jobs {
            self.check_certificates()?;
        }
        // Who does not ask clusters does not get to know how.
        let same = |a: &Cluster, b: &Cluster| {
            let places = [a, b].map(|one| (&one.kubeconfig, &one.management_namespace));
            !a.kubeconfig.is_empty() && places[0] == places[1]
        };
        for (one, key) in self.clusters.iter().map(|(key, cluster)| (cluster, key)) {
            let mut before = self.clusters.iter().take_while(|(other, _)| *other != key);
            if let Some((other, _)) = before.find(|(_, other)| same(one, other)) {
                bail!(
                    "clusters.{key}.kubeconfig: it leads to the same place as clusters.{other}.kubeconfig; where that is \
                     meant, each needs a management_namespace of its own"
                );
            }
        }
        let taken = |entry: &&CatalogueEntry| {
            let wanted = |cluster: &Cluster| {
                cluster.environments.as_ref().is_none_or(|keys| keys.contains(&entry.key))
            };
            !self.places().any(|(_, cluster)| wanted(cluster))
        };
        if let Some(entry) = self.policy.catalogue.iter().find(taken) {
            bail!("policy.catalogue: no cluster has {:?} among its environments", entry.key);
        }
        Ok(())
    }

    /// The clusters by their names; one where none is named.
    pub(crate) fn places(&self) -> impl Iterator<Item = (&str, &Cluster)> {
        let only = self.clusters.is_empty().then_some((MAIN, &self.cluster));
        only.into_iter().chain(self.clusters.iter().map(|(key, cluster)| (key.as_str(), cluster)))
    }

    /// The key that seals secrets, and the earlier ones.
    ///
    /// # Errors
    /// When a key is not 32 bytes in hexadecimal.
    pub(crate) fn seal_keys(&self) -> Result<([u8; 32], Vec<[u8; 32]>)> {
        let key = |name: &str, text: &str| -> Result<[u8; 32]> {
            let mut bytes = [0; 32];
            hex::decode_to_slice(text.trim(), &mut bytes).with_context(|| {
                format!("{name}: needs 32 bytes in hexadecimal, for instance from `openssl rand -hex 32`")
            })?;
            Ok(bytes)
        };
        let older = self.keys.older.iter().map(|text| key("keys.older", text)).collect::<Result<_>>()?;
        Ok((key("keys.seal", &self.keys.seal)?, older))
    }
}

/// The configuration and where it came from.
pub(crate) struct Loaded {
    pub config: Config,
    sources: Figment,
}

impl Loaded {
    /// The settings as TOML, secrets masked.
    ///
    /// # Errors
    /// When a value has no TOML form.
    pub(crate) fn shown(&self) -> Result<String> {
        let mut value: toml::Value = self.sources.extract().map_err(explain)?;
        for path in SECRETS {
            mask(&mut value, path);
        }
        let named = value.get("clusters").and_then(toml::Value::as_table);
        let keys: Vec<String> = named.into_iter().flatten().map(|(key, _)| key.clone()).collect();
        for (key, name) in keys.iter().flat_map(|key| CLUSTER_SECRETS.map(|name| (key, name))) {
            mask(&mut value, &format!("clusters.{key}.{name}"));
        }
        mask(&mut value, SECRET_TABLE);
        let (table, secret) = SECRET_IN_EACH;
        for name in self.config.sign_in.providers.keys() {
            mask(&mut value, &format!("{table}.{name}.{secret}"));
        }
        Ok(toml::to_string_pretty(&value)?)
    }

    /// What workers need: object store and hubs, no database, no keys. It holds secrets.
    fn for_workers(&self) -> Result<toml::Table> {
        let mut value: toml::Table = self.sources.extract().map_err(explain)?;
        if self.config.clusters.is_empty() {
            let cluster = value.remove("cluster").context("cluster")?;
            value.insert("clusters".into(), toml::Table::from_iter([(MAIN.to_owned(), cluster)]).into());
        }
        value.retain(|name, _| FOR_WORKERS.contains(&name));
        Ok(value)
    }

    /// The same as files for a Job that works on hubs of this cluster and sees no file of this machine: the secrets of no
    /// other, and certificates beside it.
    ///
    /// # Errors
    /// When certificates cannot be read.
    pub(crate) fn for_jobs(&self, cluster: &str) -> Result<BTreeMap<String, String>> {
        let mut value = self.for_workers()?;
        if let Some(clusters) = value.get_mut("clusters").and_then(toml::Value::as_table_mut) {
            clusters.retain(|key, _| key == cluster);
        }
        let mut files = BTreeMap::new();
        let certificates =
            [(&["objects"][..], "objects.pem"), (&["tofu", "state"], "states.pem"), (&["hubs"], "hubs.pem")];
        for (path, name) in certificates {
            let table = path.iter().try_fold(&mut value, |table, key| table.get_mut(*key)?.as_table_mut());
            let Some(named) = table.and_then(|table| table.get_mut("ca_file")) else { continue };
            let Some(file) = named.as_str().filter(|file| !file.is_empty()) else { continue };
            let read = std::fs::read_to_string(file);
            let read = read.with_context(|| format!("{}.ca_file: cannot read {file}", path.join(".")))?;
            files.insert(name.to_owned(), read);
            *named = format!("{MOUNT}/{name}").into();
        }
        files.insert(CONFIG_FILE.to_owned(), toml::to_string(&value)?);
        Ok(files)
    }

    /// Writes it for workers on this machine, readable by the owner only.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) fn write_for_workers(&self, file: &Path) -> Result<()> {
        use std::{io::Write as _, os::unix::fs::OpenOptionsExt as _};
        let text = toml::to_string(&self.for_workers()?)?;
        let context = || format!("cannot write {}", file.display());
        let temporary = file.with_extension("new");
        let mut options = std::fs::OpenOptions::new();
        let mut written = options
            .create(true)
            .truncate(true)
            .write(true)
            .mode(0o600)
            .open(&temporary)
            .with_context(context)?;
        written.write_all(text.as_bytes()).with_context(context)?;
        std::fs::rename(&temporary, file).with_context(context)
    }
}

/// What a worker knows.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ForWorkers {
    pub objects: ObjectsConfig,
    pub hubs: Hubs,
    pub tofu: Tofu,
    pub clusters: BTreeMap<String, Cluster>,
}

impl ForWorkers {
    /// # Errors
    /// When the file is missing or was written by another version.
    pub(crate) fn read(file: &Path) -> Result<Self> {
        Figment::from(Toml::file_exact(file)).extract().map_err(explain)
    }
}

/// Each cluster with what it does not say itself taken from `cluster`.
fn filled(figment: Figment) -> Result<Figment> {
    let named: BTreeMap<String, Value> = figment.extract_inner("clusters").map_err(explain)?;
    let common: Dict = figment.extract_inner("cluster").map_err(explain)?;
    Ok(named
        .keys()
        .fold(figment, |figment, key| figment.join(Serialized::default(&format!("clusters.{key}"), &common))))
}

/// A variable says more of a cluster that the file names. A slip in its name must not make another one, to which
/// courses would go.
fn refuse_new_clusters(variables: &[Variable], file: &Figment) -> Result<()> {
    let named = file.extract_inner::<BTreeMap<String, Value>>("clusters").unwrap_or_default();
    let key_of = |variable: &Variable| {
        let key = variable.path.strip_prefix("clusters.")?.split('.').next()?;
        Some(key.to_owned())
    };
    let slip = variables.iter().find_map(|variable| {
        let key = key_of(variable).filter(|key| !named.contains_key(key))?;
        Some((variable, key))
    });
    let Some((slip, key)) = slip else { return Ok(()) };
    bail!("{}: the configuration file names no cluster {key} in [clusters]", slip.name)
}

/// The cluster that a setting is of, and what it says of it.
fn in_cluster(path: &str) -> Option<(&str, &str)> {
    path.strip_prefix("clusters.")?.split_once('.')
}

fn is_secret(path: &str) -> bool {
    let of_cluster = in_cluster(path);
    let (table, secret) = SECRET_IN_EACH;
    let of_provider = path.strip_prefix(table).and_then(|rest| rest.strip_prefix('.')?.split_once('.'));
    SECRETS.contains(&path)
        || of_cluster.is_some_and(|(_, name)| CLUSTER_SECRETS.contains(&name))
        || of_provider.is_some_and(|(_, name)| name == secret)
}

fn mask(value: &mut toml::Value, path: &str) {
    let (table, rest) = path.split_once('.').unwrap_or((path, ""));
    let Some(inner) = value.get_mut(table) else { return };
    if !rest.is_empty() {
        return mask(inner, rest);
    }
    let empty = inner.as_str().is_some_and(str::is_empty)
        || inner.as_array().is_some_and(Vec::is_empty)
        || inner.as_table().is_some_and(toml::Table::is_empty);
    if !empty {
        *inner = toml::Value::String("(secret)".into());
    }
}

/// Whether a variable means a setting. One underscore instead of two after the section is taken for a slip, so that it
/// becomes an error instead of being ignored.
fn is_setting(name: &str) -> bool {
    let Some(rest) = name.strip_prefix("JHAAS_") else { return false };
    let rest = rest.to_ascii_lowercase();
    rest.contains("__")
        || SECTIONS.iter().any(|section| rest.strip_prefix(section).is_some_and(|rest| rest.starts_with('_')))
}

/// One variable of the environment as a source of one setting.
struct Variable {
    name: String,
    path: String,
    value: Value,
}

impl Variable {
    /// Takes `JHAAS_A__B` or, for a secret, `JHAAS_A__B_FILE`.
    fn new(name: String, value: &str) -> Result<Self> {
        let path = name.trim_start_matches("JHAAS_").to_ascii_lowercase().replace("__", ".");
        if !path.contains('.') {
            bail!("{name}: there is no such setting (a setting is JHAAS_<SECTION>__<NAME>)");
        }
        if let Some(secret) = path.strip_suffix("_file").filter(|path| is_secret(path)) {
            let text =
                std::fs::read_to_string(value).with_context(|| format!("{name}: cannot read {value}"))?;
            let value = secret_value(secret, text.trim_end_matches(['\r', '\n']));
            return Ok(Self { path: secret.to_owned(), name, value });
        }
        let value = if is_secret(&path) { secret_value(&path, value) } else { parsed(value) };
        Ok(Self { name, path, value })
    }
}

/// A password of digits is a text all the same. Of earlier keys there may be several.
fn secret_value(path: &str, text: &str) -> Value {
    if path != "keys.older" {
        return Value::from(text);
    }
    let keys = text.split(|letter: char| letter == ',' || letter.is_whitespace());
    keys.filter(|key| !key.is_empty()).map(str::to_owned).collect::<Vec<_>>().into()
}

fn parsed(text: &str) -> Value {
    text.parse().unwrap_or_else(|_| Value::from(text))
}

impl Provider for &Variable {
    fn metadata(&self) -> Metadata {
        Metadata::named(format!("the environment variable {}", self.name))
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        let dict = nest(&self.path, self.value.clone()).into_dict().unwrap_or_default();
        Ok(Map::from([(Profile::Default, dict)]))
    }
}

fn explain(error: figment::Error) -> anyhow::Error {
    let text: Vec<String> = error
        .into_iter()
        .map(|error| {
            let source = error.metadata.as_ref().map(|data| match &data.source {
                Some(source) => source.to_string(),
                None => data.name.to_string(),
            });
            let path = error.path.join(".");
            let at = if path.is_empty() { String::new() } else { format!("{path}: ") };
            format!(
                "{at}{}{}",
                error.kind,
                source.map(|source| format!(" (in {source})")).unwrap_or_default()
            )
        })
        .collect();
    anyhow::anyhow!(text.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_gets_the_certificates_that_settings_name_and_the_secrets_of_its_cluster_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path.display().to_string()
        };
        let (s3, hubs) = (file("s3.pem", "of S3"), file("hubs.pem", "of hubs"));
        let settings = format!(
            r#"
[keys]
seal = "{seal}"
[objects]
kind = "s3"
endpoint = "https://s3.university.example"
bucket = "jhaas"
access_key_id = "id"
secret_access_key = "key"
ca_file = "{s3}"
[hubs]
engine = "opentofu"
domain = "hubs.university.example"
ca_file = "{hubs}"
[tofu]
state = {{ endpoint = "https://s3.university.example", bucket = "states", access_key_id = "id", secret_access_key = "key", ca_file = "{s3}" }}
[clusters]
north = {{ domain = "north.university.example", docker_config = "of-the-north" }}
south = {{ domain = "south.university.example", docker_config = "of-the-south" }}
[[policy.catalogue]]
key = "python"
title = "Python"
description = "Python"
image = "quay.io/jupyter/scipy-notebook:2026-01-05"
"#,
            seal = "07".repeat(32),
        );
        let settings = PathBuf::from(file("jhaas.toml", &settings));
        let loaded = Config::load(Some(&settings), &[]).unwrap();
        let files = loaded.for_jobs("north").unwrap();
        let names: Vec<&str> = files.keys().map(String::as_str).collect();
        assert_eq!(names, ["hubs.pem", "objects.pem", "states.pem", CONFIG_FILE]);
        assert_eq!(
            [&files["hubs.pem"], &files["objects.pem"], &files["states.pem"]],
            ["of hubs", "of S3", "of S3"]
        );
        let text = &files[CONFIG_FILE];
        assert!(
            text.contains("of-the-north") && !text.contains("of-the-south") && !text.contains("seal"),
            "{text}"
        );
        let read = Figment::from(Toml::string(text)).extract::<ForWorkers>().unwrap();
        let ObjectsConfig::S3(objects) = &read.objects else { panic!("{:?}", read.objects) };
        assert_eq!(objects.ca_file, Some(PathBuf::from("/run/jhaas/objects.pem")));
        assert_eq!(read.tofu.state.unwrap().ca_file, Some(PathBuf::from("/run/jhaas/states.pem")));
        assert_eq!(read.hubs.client_options().ca_file, Some(PathBuf::from("/run/jhaas/hubs.pem")));

        std::fs::remove_file(&hubs).unwrap();
        let error = loaded.for_jobs("north").unwrap_err();
        assert!(format!("{error:#}").starts_with("hubs.ca_file: cannot read"), "{error:#}");
    }
}
