//! Outside OpenID providers that a test plays.

use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use jhaas_app::{
    Actor, App,
    identity::{Fresh, Handshake, IdentityError, Offer, Proof, Providers, Tokens, Wish},
    sign_in::Vouched,
};
use jhaas_domain::account::Role;

/// What a provider gives that can be asked again.
#[must_use]
pub fn refreshable() -> Tokens {
    Tokens { refresh: Some("a refresh token".to_owned()), id: Some("an id token".to_owned()) }
}

/// One provider, `university`. Cheap to clone; all clones are the same.
#[derive(Clone, Debug)]
pub struct TestProviders {
    offers: Vec<Offer>,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    begun: usize,
    /// Whether the last sign-in had to be a new one.
    again: bool,
    finish: Result<Proof, IdentityError>,
    refresh: Result<Fresh, IdentityError>,
    /// Refresh tokens as they came.
    asked: Vec<String>,
    signs_out: bool,
}

impl Default for TestProviders {
    fn default() -> Self {
        let down = || IdentityError::Unreachable("the test has not said anything yet".to_owned());
        let state = State {
            begun: 0,
            again: false,
            finish: Err(down()),
            refresh: Err(down()),
            asked: Vec::new(),
            signs_out: true,
        };
        let offer = Offer {
            key: "university".to_owned(),
            name: "University account".to_owned(),
            names: [("de".to_owned(), "Hochschulkonto".to_owned())].into(),
            issuer: Self::ISSUER.to_owned(),
        };
        Self { offers: vec![offer], state: Arc::new(Mutex::new(state)) }
    }
}

impl TestProviders {
    pub const ISSUER: &str = "https://id.university.example";

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Whom it vouches for, with a confirmed address below `university.example`.
    #[must_use]
    pub fn person(subject: &str, roles: &[Role]) -> Vouched {
        Vouched {
            issuer: Self::ISSUER.to_owned(),
            subject: subject.to_owned(),
            name: subject.to_owned(),
            email: format!("{subject}@university.example"),
            email_verified: true,
            roles: roles.to_vec(),
            lang: "en".to_owned(),
        }
    }

    /// Says this about whoever comes back from here on.
    pub fn vouches(&self, vouched: Vouched) {
        self.state().finish = Ok(Proof { vouched, tokens: refreshable() });
    }

    /// Whoever comes back, comes back with this.
    pub fn fails(&self, error: IdentityError) {
        self.state().finish = Err(error);
    }

    /// Says this about whoever it is asked about again, and gives a new refresh token each time.
    pub fn says(&self, roles: &[Role]) {
        self.renews(Ok(roles.to_vec()));
    }

    /// Gives a new refresh token each time, and then says nothing that counts.
    pub fn stumbles(&self, error: IdentityError) {
        self.renews(Err(error));
    }

    fn renews(&self, roles: Result<Vec<Role>, IdentityError>) {
        let tokens = Tokens { refresh: Some("another refresh token".to_owned()), id: None };
        self.state().refresh = Ok(Fresh { roles, tokens });
    }

    /// Gives no answer that counts.
    pub fn answers_with(&self, error: IdentityError) {
        self.state().refresh = Err(error);
    }

    pub fn refuses(&self) {
        self.answers_with(IdentityError::Refused("invalid_grant".to_owned()));
    }

    pub fn is_down(&self) {
        self.answers_with(IdentityError::Unreachable("no answer".to_owned()));
    }

    /// It has no address for signing out.
    pub fn keeps_people(&self) {
        self.state().signs_out = false;
    }

    /// The refresh tokens that it was asked with.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        self.state().asked.clone()
    }

    /// Whether the last person who was sent had to prove anew who they are.
    #[must_use]
    pub fn had_to_sign_in_again(&self) -> bool {
        self.state().again
    }
}

#[async_trait]
impl Providers for TestProviders {
    fn offers(&self) -> &[Offer] {
        &self.offers
    }

    async fn begin(&self, _: &str, wish: Wish<'_>) -> Result<(String, Handshake), IdentityError> {
        let mut state = self.state();
        state.begun += 1;
        state.again = wish.again;
        let number = state.begun;
        let handshake = Handshake {
            state: format!("state-{number}"),
            nonce: "nonce".to_owned(),
            verifier: "verifier".to_owned(),
            again_since_millis: None,
        };
        Ok((format!("{}/authorize?state={}", Self::ISSUER, handshake.state), handshake))
    }

    async fn finish(
        &self,
        _: &str,
        _: &Handshake,
        _: &str,
        _: Option<&str>,
        _: &str,
    ) -> Result<Proof, IdentityError> {
        self.state().finish.clone()
    }

    async fn refresh(&self, _: &str, _: &str, refresh_token: &str) -> Result<Fresh, IdentityError> {
        let mut state = self.state();
        state.asked.push(refresh_token.to_owned());
        state.refresh.clone()
    }

    async fn sign_out(&self, _: &str, _: Option<&str>, state: Option<&str>) -> Option<String> {
        let state = state.map(|state| format!("?state={state}")).unwrap_or_default();
        self.state().signs_out.then(|| format!("{}/end-session{state}", Self::ISSUER))
    }
}

/// Makes an identity at this provider the person's, unless it is already; nobody is told.
///
/// # Panics
/// When it is somebody else's.
pub async fn linked(app: &App, who: &Actor, issuer: &str, subject: &str) {
    let tx = app.db.begin().await.unwrap();
    match jhaas_store::account::of_identity(&tx, issuer, subject).await.unwrap() {
        Some(owner) => assert_eq!(owner, who.account),
        None => jhaas_store::account::add_identity(&tx, issuer, subject, who.account).await.unwrap(),
    }
    tx.commit().await.unwrap();
}
