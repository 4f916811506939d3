//! A hub that a test plays.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard},
};

use async_trait::async_trait;
use bytes::Bytes;
use jhaas_app::{
    App, AppError, Result,
    hub::{Chunks, Home, HomeEntry, Hub, HubServer, HubUser, Hubs, ServerState},
};
use jhaas_domain::{id::CourseId, time::Timestamp};

/// So long are the pieces in which files come.
const PIECE: usize = 64 * 1024;

/// The hubs of a test: one that all courses with a hub have. Cheap to clone; all clones are the same.
#[derive(Clone, Debug, Default)]
pub struct TestHubs(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    users: BTreeMap<String, HubUser>,
    /// Files by their paths; nothing stands for what cannot be read.
    files: BTreeMap<String, Option<Bytes>>,
    /// Who may enter whose server.
    shares: BTreeSet<(String, String)>,
    down: bool,
    meanwhile: Option<Meanwhile>,
}

struct Meanwhile(Pin<Box<dyn Future<Output = ()> + Send>>);

impl fmt::Debug for Meanwhile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Meanwhile")
    }
}

impl TestHubs {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// From here on the hub answers nobody, or again.
    pub fn set_down(&self, down: bool) {
        self.state().down = down;
    }

    /// Happens while the hub starts the next server, and before it has done so.
    pub fn meanwhile(&self, happens: impl Future<Output = ()> + Send + 'static) {
        self.state().meanwhile = Some(Meanwhile(Box::pin(happens)));
    }

    /// Somebody was at the hub, and has a server there or not.
    pub fn knows(&self, user: &str, server: Option<HubServer>, last_activity: Timestamp) {
        let known = HubUser { name: user.to_owned(), last_activity: Some(last_activity), server };
        self.state().users.insert(user.to_owned(), known);
    }

    /// How far somebody's server is; nothing when there is none.
    #[must_use]
    pub fn server(&self, user: &str) -> Option<ServerState> {
        self.state().users.get(user)?.server.map(|server| server.state)
    }

    /// Lays a file into everybody's home; without content it cannot be read.
    pub fn lay(&self, path: &str, content: Option<&[u8]>) {
        self.state().files.insert(path.to_owned(), content.map(Bytes::copy_from_slice));
    }

    /// Whether somebody may enter another person's server.
    #[must_use]
    pub fn shares(&self, owner: &str, visitor: &str) -> bool {
        self.state().shares.contains(&(owner.to_owned(), visitor.to_owned()))
    }

    /// Whether the hub knows somebody.
    #[must_use]
    pub fn has(&self, user: &str) -> bool {
        self.state().users.contains_key(user)
    }

    fn answering(&self) -> Result<MutexGuard<'_, State>> {
        let state = self.state();
        if state.down { Err(AppError::Unavailable("the hub is down".to_owned())) } else { Ok(state) }
    }
}

#[async_trait]
impl Hubs for TestHubs {
    async fn hub(&self, app: &App, course: CourseId) -> Result<Option<Box<dyn Hub>>> {
        let found = jhaas_store::course::by_id(app.db.pool(), course).await?;
        let url = found.and_then(|course| course.hub_url);
        Ok(url.map(|_| -> Box<dyn Hub> { Box::new(self.clone()) }))
    }
}

#[async_trait]
impl Hub for TestHubs {
    async fn users(&self) -> Result<Vec<HubUser>> {
        Ok(self.answering()?.users.values().cloned().collect())
    }

    async fn start(&self, user: &str) -> Result<()> {
        let meanwhile = self.state().meanwhile.take();
        if let Some(Meanwhile(happens)) = meanwhile {
            happens.await;
        }
        let mut state = self.answering()?;
        let new = || HubUser { name: user.to_owned(), last_activity: None, server: None };
        let known = state.users.entry(user.to_owned()).or_insert_with(new);
        known.server.get_or_insert(HubServer { state: ServerState::Running, started: None });
        Ok(())
    }

    async fn stop(&self, user: &str) -> Result<()> {
        if let Some(known) = self.answering()?.users.get_mut(user) {
            known.server = None;
        }
        Ok(())
    }

    async fn let_in(&self, owner: &str, visitor: &str) -> Result<()> {
        self.start(owner).await?;
        self.answering()?.shares.insert((owner.to_owned(), visitor.to_owned()));
        Ok(())
    }

    async fn home(&self, user: &str, _reader: &str) -> Result<Box<dyn Home>> {
        let started = self.server(user).is_none();
        self.start(user).await?;
        Ok(Box::new(TestHome { hubs: self.clone(), user: user.to_owned(), started }))
    }
}

struct TestHome {
    hubs: TestHubs,
    user: String,
    started: bool,
}

#[async_trait]
impl Home for TestHome {
    async fn list(&self, folder: &str) -> Result<Vec<HomeEntry>> {
        let state = self.hubs.answering()?;
        let begin = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let mut entries: BTreeMap<String, HomeEntry> = BTreeMap::new();
        for (path, content) in &state.files {
            let Some(rest) = path.strip_prefix(&begin) else { continue };
            let (name, is_folder) = rest.split_once('/').map_or((rest, false), |(name, _)| (name, true));
            if name.is_empty() {
                continue;
            }
            let size = content.as_ref().map_or(0, |content| content.len() as u64);
            let entry = HomeEntry {
                name: name.to_owned(),
                is_readable: !name.contains('\\'),
                is_folder,
                size,
                modified: None,
            };
            entries.insert(name.to_owned(), entry);
        }
        Ok(entries.into_values().collect())
    }

    async fn read(&self, file: &str) -> Result<Box<dyn Chunks>> {
        let content = self.hubs.answering()?.files.get(file).cloned().flatten();
        let content = content.ok_or(AppError::NotFound)?;
        Ok(Box::new(TestFile { hubs: self.hubs.clone(), rest: content }))
    }

    async fn close(self: Box<Self>, away: bool) -> Result<()> {
        let mut state = self.hubs.answering()?;
        if away {
            state.users.remove(&self.user);
        } else if let Some(known) = state.users.get_mut(&self.user).filter(|_| self.started) {
            known.server = None;
        }
        Ok(())
    }
}

struct TestFile {
    hubs: TestHubs,
    rest: Bytes,
}

#[async_trait]
impl Chunks for TestFile {
    async fn next(&mut self) -> Result<Option<Bytes>> {
        drop(self.hubs.answering()?);
        let piece = self.rest.split_to(self.rest.len().min(PIECE));
        Ok((!piece.is_empty()).then_some(piece))
    }
}
