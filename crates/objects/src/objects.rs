//! The object store as the product uses it: bytes and JSON under keys.

use std::{
    fmt,
    hash::{BuildHasher, RandomState},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream::BoxStream};
use object_store::{
    BackoffConfig, Certificate, ClientOptions, ObjectMeta, ObjectStore, ObjectStoreExt, PutMode, PutOptions,
    RetryConfig,
    aws::{AmazonS3Builder, S3ConditionalPut},
    local::LocalFileSystem,
    path::Path,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    FolderConfig, ObjectsConfig, ObjectsError, S3Config, classify,
    folder::{Folder, Mode},
};

/// The largest JSON object that is read or written.
pub const MAX_JSON_BYTES: u64 = 1024 * 1024;
/// The largest object of bytes that is read or written.
pub const MAX_OBJECT_BYTES: u64 = 16 * 1024 * 1024;
/// The most keys that one listing gives.
const MAX_LISTED: usize = 100_000;

const S3_CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// One request with its answer.
const S3_REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
const S3_MAX_RETRIES: usize = 3;
const S3_RETRY_TIMEOUT: Duration = Duration::from_secs(15);

type Result<T> = std::result::Result<T, ObjectsError>;

/// A handle on the object store; clones share connections.
///
/// Keys are `a/b/c` of letters, digits, `.`, `_` and `-`; anything else is [`ObjectsError::Config`].
#[derive(Clone)]
pub struct Objects {
    inner: Arc<Inner>,
}

struct Inner {
    store: Box<dyn ObjectStore>,
    /// Set for a folder, which is written without `object_store`.
    folder: Option<Folder>,
    /// Empty, or ends with a slash.
    prefix: String,
    name: String,
}

impl fmt::Debug for Objects {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Objects({})", self.inner.name)
    }
}

/// For people: `folder /var/lib/jhaas/objects` or `bucket jhaas at https://s3.example.org`.
impl fmt::Display for Objects {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.inner.name)
    }
}

impl Objects {
    /// Opens the store. A folder is made where it is missing; a bucket is not asked yet, see [`Self::check`].
    ///
    /// # Errors
    /// Settings that can never work, or a folder that cannot be made.
    pub fn open(config: &ObjectsConfig) -> Result<Self> {
        let inner = match config {
            ObjectsConfig::Folder(folder) => open_folder(folder)?,
            ObjectsConfig::S3(s3) => open_s3(s3)?,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The same for a store that is in use already: a folder that is gone is not made anew, for its disk may come back.
    ///
    /// # Errors
    /// As [`Self::open`]; [`ObjectsError::Unreachable`] where there is no folder.
    pub fn open_existing(config: &ObjectsConfig) -> Result<Self> {
        if let ObjectsConfig::Folder(folder) = config {
            Folder::at(&folder.path).check_present()?;
        }
        Self::open(config)
    }

    /// The object, or `None` when there is none.
    ///
    /// # Errors
    /// [`ObjectsError::TooLarge`] beyond `limit` bytes, and whatever the store says.
    pub async fn get_limited(&self, key: &str, limit: u64) -> Result<Option<Bytes>> {
        let path = self.path(key)?;
        let found = match self.inner.store.get(&path).await {
            Ok(found) => found,
            Err(error) => return self.absent(key, &error).await,
        };
        if found.meta.size > limit {
            return Err(too_large(key, limit));
        }
        let capacity = usize::try_from(found.meta.size).unwrap_or_default();
        let mut bytes = Vec::with_capacity(capacity);
        let mut parts = found.into_stream();
        while let Some(part) = parts.next().await {
            let part = part.map_err(|error| classify::from_store(&error))?;
            // What a service announces and what it sends are two things.
            if (bytes.len() + part.len()) as u64 > limit {
                return Err(too_large(key, limit));
            }
            bytes.extend_from_slice(&part);
        }
        Ok(Some(bytes.into()))
    }

    /// [`Self::get_limited`] with [`MAX_OBJECT_BYTES`].
    ///
    /// # Errors
    /// As there.
    pub async fn get_bytes(&self, key: &str) -> Result<Option<Bytes>> {
        self.get_limited(key, MAX_OBJECT_BYTES).await
    }

    /// Reads a JSON object of at most [`MAX_JSON_BYTES`].
    ///
    /// # Errors
    /// [`ObjectsError::Corrupt`] when it is no such JSON, and as [`Self::get_limited`].
    pub async fn get_json<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>> {
        let Some(bytes) = self.get_limited(key, MAX_JSON_BYTES).await? else { return Ok(None) };
        serde_json::from_slice(&bytes).map(Some).map_err(|error| corrupt(key, error.to_string()))
    }

    /// Writes the object as a whole, in place of an older one.
    ///
    /// # Errors
    /// [`ObjectsError::TooLarge`] for what could not be read back, and whatever the store says.
    pub async fn put_bytes(&self, key: &str, bytes: impl Into<Bytes>) -> Result<()> {
        self.put(key, bytes.into(), Mode::Overwrite).await.map(|_| ())
    }

    /// Writes a JSON object of at most [`MAX_JSON_BYTES`].
    ///
    /// # Errors
    /// As [`Self::put_bytes`].
    pub async fn put_json<T: Serialize + ?Sized>(&self, key: &str, value: &T) -> Result<()> {
        let bytes = serde_json::to_vec(value).map_err(|error| corrupt(key, error.to_string()))?;
        if bytes.len() as u64 > MAX_JSON_BYTES {
            return Err(too_large(key, MAX_JSON_BYTES));
        }
        self.put_bytes(key, bytes).await
    }

    /// Writes the object only if there is none; `false` when there is one already. Of two at once, one wins.
    ///
    /// # Errors
    /// As [`Self::put_bytes`].
    pub async fn create_if_absent(&self, key: &str, bytes: impl Into<Bytes>) -> Result<bool> {
        self.put(key, bytes.into(), Mode::Create).await
    }

    /// Removes one object; none there is fine.
    ///
    /// # Errors
    /// Whatever the store says.
    pub async fn delete(&self, key: &str) -> Result<()> {
        let path = self.path(key)?;
        match self.inner.store.delete(&path).await {
            Ok(()) => Ok(()),
            Err(error) => self.absent::<()>(key, &error).await.map(|_| ()),
        }
    }

    /// Removes all objects below `prefix`, which is a whole part of keys: `a/b` covers `a/b/c`, not `a/bc`.
    ///
    /// # Errors
    /// [`ObjectsError::Config`] for an empty prefix, and whatever the store says.
    pub async fn delete_prefix(&self, prefix: &str) -> Result<()> {
        let path = self.path(prefix)?;
        if let Some(folder) = self.inner.folder.clone() {
            return blocking(move || folder.remove(path.as_ref())).await;
        }
        let found = self.inner.store.list(Some(&path)).map_ok(|meta| meta.location).boxed();
        self.inner
            .store
            .delete_stream(found)
            .try_for_each(|_| async { Ok(()) })
            .await
            .map_err(|error| classify::from_store(&error))
    }

    /// The keys below `prefix`, sorted; an empty prefix lists all.
    ///
    /// # Errors
    /// [`ObjectsError::TooLarge`] beyond 100 000 keys, and whatever the store says.
    pub async fn list(&self, prefix: &str) -> Result<Vec<String>> {
        let path = if prefix.is_empty() {
            (!self.inner.prefix.is_empty()).then(|| Path::from(self.inner.prefix.as_str()))
        } else {
            Some(self.path(prefix)?)
        };
        if let Some(folder) = self.inner.folder.clone() {
            blocking(move || folder.check_present()).await?;
        }
        let mut keys = Vec::new();
        let mut found = self.inner.store.list(path.as_ref());
        while let Some(meta) = found.next().await {
            match meta {
                Ok(meta) => keys.push(self.key(&meta.location)),
                // Deleted between listing and looking.
                Err(object_store::Error::NotFound { .. }) if self.inner.folder.is_some() => {}
                Err(error) => return Err(classify::from_store(&error)),
            }
            if keys.len() > MAX_LISTED {
                return Err(too_large(prefix, MAX_LISTED as u64));
            }
        }
        keys.sort_unstable();
        Ok(keys)
    }

    /// All objects, however many there are.
    ///
    /// # Errors
    /// Whatever the store says.
    pub async fn index(&self) -> Result<Index> {
        if let Some(folder) = self.inner.folder.clone() {
            blocking(move || folder.check_present()).await?;
        }
        let prefix = (!self.inner.prefix.is_empty()).then(|| Path::from(self.inner.prefix.as_str()));
        Ok(Index { found: self.inner.store.list(prefix.as_ref()), objects: self.clone() })
    }

    /// Writes, reads back, writes conditionally and deletes an object of its own: what `jhaas doctor` asks.
    ///
    /// # Errors
    /// The first thing that does not work. A service that ignores the condition is [`ObjectsError::Config`].
    pub async fn check(&self) -> Result<()> {
        let key = format!("doctor/{:016x}", RandomState::new().hash_one("check"));
        let written = self.check_with(&key).await;
        let removed = self.delete(&key).await;
        written?;
        removed?;
        match self.get_limited(&key, 64).await? {
            None => Ok(()),
            Some(_) => Err(corrupt(&key, "it is still there after it was deleted".to_owned())),
        }
    }

    async fn check_with(&self, key: &str) -> Result<()> {
        const TEXT: &[u8] = b"written by jhaas doctor";
        self.put_bytes(key, TEXT).await?;
        match self.get_limited(key, 64).await? {
            Some(bytes) if bytes == TEXT => {}
            _ => return Err(corrupt(key, "what was read is not what was written".to_owned())),
        }
        if self.create_if_absent(key, TEXT).await? {
            return Err(ObjectsError::Config {
                detail: "the service ignores If-None-Match, so locks would not lock".to_owned(),
            });
        }
        Ok(())
    }

    async fn put(&self, key: &str, bytes: Bytes, mode: Mode) -> Result<bool> {
        let path = self.path(key)?;
        if bytes.len() as u64 > MAX_OBJECT_BYTES {
            return Err(too_large(key, MAX_OBJECT_BYTES));
        }
        if let Some(folder) = self.inner.folder.clone() {
            return blocking(move || folder.write(path.as_ref(), &bytes, mode)).await;
        }
        let options = match mode {
            Mode::Overwrite => PutOptions::default(),
            Mode::Create => PutOptions::from(PutMode::Create),
        };
        match self.inner.store.put_opts(&path, bytes.into(), options).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::AlreadyExists { .. } | object_store::Error::Precondition { .. })
                if mode == Mode::Create =>
            {
                Ok(false)
            }
            Err(error) => Err(classify::from_store(&error)),
        }
    }

    /// Tells an object that is not there from a store that is not there.
    async fn absent<T>(&self, key: &str, error: &object_store::Error) -> Result<Option<T>> {
        if !matches!(error, object_store::Error::NotFound { .. }) {
            return Err(match classify::from_store(error) {
                ObjectsError::Config { detail } => {
                    ObjectsError::Config { detail: format!("{key}: {detail}") }
                }
                other => other,
            });
        }
        if let Some(folder) = self.inner.folder.clone() {
            blocking(move || folder.check_present()).await?;
        } else if error.to_string().contains("NoSuchBucket") {
            return Err(ObjectsError::Unreachable { detail: format!("{} does not exist", self.inner.name) });
        }
        Ok(None)
    }

    fn path(&self, key: &str) -> Result<Path> {
        check_key(key)?;
        Path::parse(format!("{}{key}", self.inner.prefix))
            .map_err(|error| ObjectsError::Config { detail: error.to_string() })
    }

    fn key(&self, path: &Path) -> String {
        let path: &str = path.as_ref();
        path.strip_prefix(&self.inner.prefix).unwrap_or(path).to_owned()
    }
}

/// What is known of an object without reading it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub key: String,
    pub size: u64,
    pub etag: Option<String>,
}

/// A listing that is under way.
pub struct Index {
    found: BoxStream<'static, object_store::Result<ObjectMeta>>,
    objects: Objects,
}

impl Index {
    /// The next object, in no particular order; none at the end.
    ///
    /// # Errors
    /// Whatever the store says.
    pub async fn next(&mut self) -> Result<Option<Entry>> {
        loop {
            match self.found.next().await {
                None => return Ok(None),
                Some(Ok(meta)) => {
                    let key = self.objects.key(&meta.location);
                    return Ok(Some(Entry { key, size: meta.size, etag: meta.e_tag }));
                }
                // Deleted between listing and looking.
                Some(Err(object_store::Error::NotFound { .. })) if self.objects.inner.folder.is_some() => {}
                Some(Err(error)) => return Err(classify::from_store(&error)),
            }
        }
    }
}

fn open_folder(config: &FolderConfig) -> Result<Inner> {
    let folder = Folder::open(&config.path)?;
    let store =
        LocalFileSystem::new_with_prefix(folder.root()).map_err(|error| classify::from_store(&error))?;
    let name = format!("folder {}", folder.root().display());
    Ok(Inner { store: Box::new(store), folder: Some(folder), prefix: String::new(), name })
}

fn open_s3(config: &S3Config) -> Result<Inner> {
    let endpoint = url::Url::parse(&config.endpoint)
        .map_err(|error| ObjectsError::Config { detail: format!("endpoint {}: {error}", config.endpoint) })?;
    if !matches!(endpoint.scheme(), "http" | "https") {
        return Err(ObjectsError::Config { detail: format!("endpoint {endpoint} is no http address") });
    }
    let prefix = match config.prefix.trim_matches('/') {
        "" => String::new(),
        prefix => {
            check_key(prefix)?;
            format!("{prefix}/")
        }
    };
    let store = AmazonS3Builder::new()
        .with_endpoint(config.endpoint.trim_end_matches('/'))
        .with_region(&config.region)
        .with_bucket_name(&config.bucket)
        .with_access_key_id(&config.access_key_id)
        .with_secret_access_key(&config.secret_access_key)
        .with_virtual_hosted_style_request(!config.path_style)
        .with_conditional_put(S3ConditionalPut::ETagMatch)
        .with_retry(retries())
        .with_client_options(client_options(config, endpoint.scheme() == "http")?)
        .build()
        .map_err(|error| ObjectsError::Config { detail: error.to_string() })?;
    let name = format!("bucket {} at {}", config.bucket, config.endpoint);
    Ok(Inner { store: Box::new(store), folder: None, prefix, name })
}

fn client_options(config: &S3Config, allow_http: bool) -> Result<ClientOptions> {
    let mut options = ClientOptions::new()
        .with_allow_http(allow_http)
        .with_connect_timeout(S3_CONNECT_TIMEOUT)
        .with_timeout(S3_REQUEST_TIMEOUT);
    let Some(file) = &config.ca_file else { return Ok(options) };
    let wrong =
        |error: &dyn fmt::Display| ObjectsError::Config { detail: format!("{}: {error}", file.display()) };
    let pem = std::fs::read(file).map_err(|error| wrong(&error))?;
    for certificate in Certificate::from_pem_bundle(&pem).map_err(|error| wrong(&error))? {
        options = options.with_root_certificate(certificate);
    }
    Ok(options)
}

fn retries() -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig {
            init_backoff: Duration::from_millis(100),
            max_backoff: Duration::from_secs(3),
            base: 2.,
        },
        max_retries: S3_MAX_RETRIES,
        retry_timeout: S3_RETRY_TIMEOUT,
    }
}

fn check_key(key: &str) -> Result<()> {
    let plain = |part: &str| {
        !matches!(part, "" | "." | "..")
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
    };
    if key.split('/').all(plain) {
        return Ok(());
    }
    Err(ObjectsError::Config { detail: format!("{key:?} is no key of an object") })
}

pub(crate) fn corrupt(key: &str, detail: String) -> ObjectsError {
    ObjectsError::Corrupt { key: key.to_owned(), detail }
}

fn too_large(key: &str, limit: u64) -> ObjectsError {
    ObjectsError::TooLarge { key: key.to_owned(), limit }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| ObjectsError::Unreachable { detail: error.to_string() })?
}
