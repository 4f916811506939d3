//! One provider: found by discovery when it is first needed, and again when what is known of it is old or its keys
//! change.

use std::{
    collections::BTreeMap,
    fmt,
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock},
};

use async_trait::async_trait;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jhaas_app::{
    identity::{Fresh, Handshake, IdentityError, Offer, Proof, Providers, Tokens, Wish, unknown},
    token,
};
use jhaas_domain::{
    account::Role,
    clock::{Clock, Random},
};
use jhaas_hubapi::http::{HttpError, describe};
use openidconnect::{
    AccessToken, AdditionalClaims, AdditionalProviderMetadata, AuthType, AuthorizationCode,
    ClaimsVerificationError, ClientId, ClientSecret, CsrfToken, EndpointMaybeSet, EndpointNotSet,
    EndpointSet, IssuerUrl, LanguageTag, Nonce, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier,
    ProviderMetadata, RedirectUrl, RefreshToken, RequestTokenError, Scope, StandardErrorResponse,
    SubjectIdentifier, TokenResponse, UserInfoClaims, UserInfoError,
    core::{
        CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreClaimName, CoreClaimType, CoreClient,
        CoreClientAuthMethod, CoreErrorResponseType, CoreGenderClaim, CoreGrantType, CoreIdToken,
        CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm,
        CoreJwsSigningAlgorithm, CoreResponseMode, CoreResponseType, CoreSubjectIdentifierType,
        CoreTokenResponse,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::sync::Mutex;
use url::Url;

use crate::{
    claims::{Claims, Mapping},
    http::{Fault, Http},
};

/// What was found out about a provider is looked up anew after this long.
const KNOWN_MILLIS: i64 = 3_600_000;
/// Keys that do not fit are looked up anew, but not more often than this.
const KEYS_MILLIS: i64 = 10_000;
/// A provider that did not answer is not asked again at once by everybody who waits.
const FAILED_MILLIS: i64 = 3_000;

/// As far as the provider's clock may be behind.
const CLOCKS_DIFFER_MILLIS: i64 = 120_000;
/// The person has something to do there first (OpenID Connect Core 1.0, section 3.1.2.6).
const NEEDED: [&str; 4] =
    ["interaction_required", "login_required", "account_selection_required", "consent_required"];

/// What an operator says of a provider.
#[derive(Clone)]
pub struct ProviderSettings {
    pub key: String,
    pub name: String,
    /// By language, where it differs.
    pub names: BTreeMap<String, String>,
    /// Exactly as the provider calls itself.
    pub issuer: String,
    pub client_id: String,
    pub client_secret: String,
    pub scopes: Vec<String>,
    pub mapping: Mapping,
    /// Certificates (PEM) to trust besides the system's.
    pub ca_file: Option<PathBuf>,
}

impl fmt::Debug for ProviderSettings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ProviderSettings")
            .field("key", &self.key)
            .field("issuer", &self.issuer)
            .finish_non_exhaustive()
    }
}

/// What the library leaves out of a provider's metadata.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct More {
    /// OpenID Connect RP-Initiated Logout 1.0, section 2.1.
    end_session_endpoint: Option<Url>,
    /// RFC 9207, section 3.
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
    /// RFC 8414, section 2.
    code_challenge_methods_supported: Option<Vec<String>>,
}

impl AdditionalProviderMetadata for More {}

type Metadata = ProviderMetadata<
    More,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// Claims beyond the standard's, whatever they are.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct AnyClaims(Map<String, Value>);

impl AdditionalClaims for AnyClaims {}

/// All providers that are configured. Making it asks none of them.
#[derive(Debug)]
pub struct Clients {
    offers: Vec<Offer>,
    providers: Vec<Provider>,
}

impl Clients {
    /// `public_url` is the portal's, without a slash at the end.
    ///
    /// # Errors
    /// When a file with certificates cannot be used.
    pub fn new(
        settings: Vec<ProviderSettings>,
        public_url: &str,
        clock: &Arc<dyn Clock>,
        random: &Arc<dyn Random>,
    ) -> Result<Self, HttpError> {
        let offer = |one: &ProviderSettings| Offer {
            key: one.key.clone(),
            name: one.name.clone(),
            names: one.names.clone(),
            issuer: one.issuer.clone(),
        };
        let offers = settings.iter().map(offer).collect();
        let provider = |settings: ProviderSettings| {
            Ok(Provider {
                http: Http::new(settings.ca_file.clone())?,
                settings,
                public_url: public_url.to_owned(),
                clock: Arc::clone(clock),
                random: Arc::clone(random),
                found: RwLock::default(),
                discovery: Mutex::default(),
            })
        };
        let providers = settings.into_iter().map(provider).collect::<Result<_, HttpError>>()?;
        Ok(Self { offers, providers })
    }

    fn by_key(&self, key: &str) -> Result<&Provider, IdentityError> {
        self.providers.iter().find(|one| one.settings.key == key).ok_or_else(|| unknown(key))
    }

    fn by_issuer(&self, issuer: &str) -> Result<&Provider, IdentityError> {
        self.providers.iter().find(|one| one.settings.issuer == issuer).ok_or_else(|| unknown(issuer))
    }

    /// Whether a provider can be used as it is configured; says what was found.
    ///
    /// # Errors
    /// Why not.
    pub async fn check(&self, key: &str) -> Result<String, IdentityError> {
        self.by_key(key)?.check().await
    }
}

#[async_trait]
impl Providers for Clients {
    fn offers(&self) -> &[Offer] {
        &self.offers
    }

    async fn begin(&self, key: &str, wish: Wish<'_>) -> Result<(String, Handshake), IdentityError> {
        self.by_key(key)?.begin(wish).await
    }

    async fn finish(
        &self,
        key: &str,
        handshake: &Handshake,
        code: &str,
        issuer: Option<&str>,
        lang: &str,
    ) -> Result<Proof, IdentityError> {
        self.by_key(key)?.finish(handshake, code, issuer, lang).await
    }

    async fn refresh(
        &self,
        issuer: &str,
        subject: &str,
        refresh_token: &str,
    ) -> Result<Fresh, IdentityError> {
        self.by_issuer(issuer)?.refresh(subject, refresh_token).await
    }

    async fn sign_out(&self, issuer: &str, id_token: Option<&str>, state: Option<&str>) -> Option<String> {
        self.by_issuer(issuer).ok()?.sign_out(id_token, state).await
    }
}

/// What discovery found, and when.
#[derive(Clone)]
struct Found {
    metadata: Metadata,
    at_millis: i64,
}

/// When the provider did not answer the last time, and why.
type Failed = Option<(i64, IdentityError)>;

struct Provider {
    settings: ProviderSettings,
    public_url: String,
    http: Http,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    found: RwLock<Option<Found>>,
    /// Held while the provider is asked: many who wait are one request.
    discovery: Mutex<Failed>,
}

impl fmt::Debug for Provider {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Provider").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Provider {
    /// What is known of the provider, if that is younger than `most_millis`; asked for otherwise. What is older serves
    /// as long as the provider does not answer, and for those who come while it is asked.
    async fn found(&self, most_millis: i64) -> Result<Found, IdentityError> {
        let known = || self.found.read().unwrap_or_else(PoisonError::into_inner).clone();
        let is_new = |found: &Found| self.age(found.at_millis) < most_millis;
        if let Some(found) = known().filter(is_new) {
            return Ok(found);
        }
        let mut failed = match (self.discovery.try_lock(), known()) {
            (Ok(first), _) => first,
            // Keys that may have changed are worth waiting for.
            (Err(_), Some(old)) if most_millis == KNOWN_MILLIS => return Ok(old),
            (Err(_), _) => self.discovery.lock().await,
        };
        // Somebody may have asked meanwhile.
        if let Some(found) = known().filter(is_new) {
            return Ok(found);
        }
        if let Some((_, error)) = failed.as_ref().filter(|(at, _)| self.age(*at) < FAILED_MILLIS) {
            return known().ok_or_else(|| error.clone());
        }
        let asked = self.discover().await;
        let at_millis = self.clock.now().as_millis();
        match asked {
            Ok(metadata) => {
                let found = Found { metadata, at_millis };
                *self.found.write().unwrap_or_else(PoisonError::into_inner) = Some(found.clone());
                *failed = None;
                Ok(found)
            }
            Err(error) => {
                *failed = Some((at_millis, error.clone()));
                known().ok_or(error)
            }
        }
    }

    fn age(&self, at_millis: i64) -> i64 {
        self.clock.now().as_millis().saturating_sub(at_millis)
    }

    async fn discover(&self) -> Result<Metadata, IdentityError> {
        let issuer = IssuerUrl::new(self.settings.issuer.clone()).map_err(|error| misconfigured(&error))?;
        Metadata::discover_async(issuer, &self.http).await.map_err(|error| match error {
            openidconnect::DiscoveryError::Validation(why) => IdentityError::Misconfigured(why),
            other => IdentityError::Unreachable(describe(&other)),
        })
    }

    fn client(&self, metadata: &Metadata) -> Result<Client, IdentityError> {
        let redirect = format!("{}/sign-in/callback/{}", self.public_url, self.settings.key);
        let redirect = RedirectUrl::new(redirect).map_err(|error| misconfigured(&error))?;
        let id = ClientId::new(self.settings.client_id.clone());
        let secret = ClientSecret::new(self.settings.client_secret.clone());
        let client =
            CoreClient::from_provider_metadata(metadata.clone(), id, Some(secret)).set_redirect_uri(redirect);
        // Without a list it is basic (OpenID Connect Discovery 1.0, section 3).
        let methods = metadata.token_endpoint_auth_methods_supported();
        let has = |method| methods.is_none_or(|methods| methods.contains(&method));
        let by_body =
            !has(CoreClientAuthMethod::ClientSecretBasic) && has(CoreClientAuthMethod::ClientSecretPost);
        Ok(client.set_auth_type(if by_body { AuthType::RequestBody } else { AuthType::BasicAuth }))
    }

    async fn begin(&self, wish: Wish<'_>) -> Result<(String, Handshake), IdentityError> {
        let found = self.found(KNOWN_MILLIS).await?;
        let client = self.client(&found.metadata)?;
        let [state, nonce, verifier] = [(); 3].map(|()| token::fresh(&*self.random));
        let again_since_millis = wish.again.then(|| self.clock.now().as_millis());
        let handshake =
            Handshake { state: state.clone(), nonce: nonce.clone(), verifier, again_since_millis };
        let challenge =
            PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(handshake.verifier.clone()));
        let scopes = self.settings.scopes.iter().filter(|scope| *scope != "openid").cloned().map(Scope::new);
        let mut request = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                move || CsrfToken::new(state),
                move || Nonce::new(nonce),
            )
            .add_scopes(scopes)
            .set_pkce_challenge(challenge)
            .add_ui_locale(LanguageTag::new(wish.lang.to_owned()));
        if wish.again {
            request = request.add_prompt(CoreAuthPrompt::Login);
        }
        let (address, _, _) = request.url();
        Ok((address.into(), handshake))
    }

    async fn finish(
        &self,
        handshake: &Handshake,
        code: &str,
        issuer: Option<&str>,
        lang: &str,
    ) -> Result<Proof, IdentityError> {
        let found = self.found(KNOWN_MILLIS).await?;
        self.check_issuer(&found.metadata, issuer)?;
        let client = self.client(&found.metadata)?;
        let answer = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .map_err(|error| misconfigured(&error))?
            .set_pkce_verifier(PkceCodeVerifier::new(handshake.verifier.clone()))
            .request_async(&self.http)
            .await
            .map_err(refusal)?;
        let Some(id_token) = answer.id_token() else {
            return Err(IdentityError::Untrusted("there is no id token in it".to_owned()));
        };
        let nonce = Nonce::new(handshake.nonce.clone());
        let (subject, mut claims) = self.verified(found, id_token, Some(&nonce)).await?;
        if let Some(since) = handshake.again_since_millis
            && !is_new_sign_in(&claims, since)
        {
            return Err(IdentityError::Untrusted("the person did not sign in anew there".to_owned()));
        }
        self.add_user_info(&client, answer.access_token(), &subject, &mut claims).await?;
        let vouched = self.settings.mapping.person(&claims, &self.settings.issuer, &subject, lang);
        Ok(Proof { vouched, tokens: tokens(&answer) })
    }

    /// Whether an answer came from this provider and not by another's (RFC 9207, section 2.4).
    fn check_issuer(&self, metadata: &Metadata, issuer: Option<&str>) -> Result<(), IdentityError> {
        let promised = metadata.additional_metadata().authorization_response_iss_parameter_supported;
        match issuer {
            Some(issuer) if issuer == self.settings.issuer => Ok(()),
            None if !promised => Ok(()),
            _ => Err(IdentityError::Untrusted(
                "it came by another issuer, or does not name its own".to_owned(),
            )),
        }
    }

    /// Subject and claims of an id token that is proven to be the provider's. Without a nonce it belongs to a refresh
    /// (OpenID Connect Core 1.0, section 12.2).
    async fn verified(
        &self,
        found: Found,
        id_token: &CoreIdToken,
        nonce: Option<&Nonce>,
    ) -> Result<(String, Claims), IdentityError> {
        let mut subject = self.subject(&found.metadata, id_token, nonce);
        if matches!(subject, Err(ClaimsVerificationError::SignatureVerification(_))) {
            // The provider may sign with a new key.
            let newer = self.found(KEYS_MILLIS).await?;
            subject = self.subject(&newer.metadata, id_token, nonce);
        }
        let subject = subject.map_err(|error| IdentityError::Untrusted(describe(&error)))?;
        let claims = payload(&id_token.to_string());
        let claims =
            claims.ok_or_else(|| IdentityError::Untrusted("its claims cannot be read".to_owned()))?;
        Ok((subject, claims))
    }

    fn subject(
        &self,
        metadata: &Metadata,
        id_token: &CoreIdToken,
        nonce: Option<&Nonce>,
    ) -> Result<String, ClaimsVerificationError> {
        let client =
            self.client(metadata).map_err(|error| ClaimsVerificationError::Other(error.to_string()))?;
        let now = self.clock.now().as_millis();
        let verifier = client
            .id_token_verifier()
            .set_allowed_algs(algorithms(metadata))
            .set_time_fn(move || chrono::DateTime::from_timestamp_millis(now).unwrap_or_default());
        let check_nonce = |said: Option<&Nonce>| match nonce {
            Some(nonce) if said.is_none_or(|said| said.secret() != nonce.secret()) => {
                Err("it was not made for this sign-in".to_owned())
            }
            _ => Ok(()),
        };
        let claims = id_token.claims(&verifier, check_nonce)?;
        Ok(claims.subject().to_string())
    }

    /// What the userinfo endpoint says counts more than the id token: it is newer, and some providers keep groups for it.
    async fn add_user_info(
        &self,
        client: &Client,
        access_token: &AccessToken,
        subject: &str,
        claims: &mut Claims,
    ) -> Result<(), IdentityError> {
        let expected = Some(SubjectIdentifier::new(subject.to_owned()));
        // There need not be such an endpoint.
        let Ok(request) = client.user_info(access_token.clone(), expected) else { return Ok(()) };
        let said: Result<UserInfoClaims<AnyClaims, CoreGenderClaim>, UserInfoError<Fault>> =
            request.request_async(&self.http).await;
        let said = said.map_err(|error| match error {
            UserInfoError::ClaimsVerification(why) => IdentityError::Untrusted(describe(&why)),
            // What is the matter with the provider itself is a fault of the request.
            UserInfoError::Response(status, ..) => {
                IdentityError::Untrusted(format!("asked about the person it answers {status}"))
            }
            other => IdentityError::Unreachable(describe(&other)),
        })?;
        if let Ok(Value::Object(said)) = serde_json::to_value(&said) {
            claims.extend(said.into_iter().filter(|(_, value)| !value.is_null()));
        }
        Ok(())
    }

    async fn refresh(&self, subject: &str, refresh_token: &str) -> Result<Fresh, IdentityError> {
        let found = self.found(KNOWN_MILLIS).await?;
        let client = self.client(&found.metadata)?;
        let refresh_token = RefreshToken::new(refresh_token.to_owned());
        let answer = client
            .exchange_refresh_token(&refresh_token)
            .map_err(|error| misconfigured(&error))?
            .request_async(&self.http)
            .await
            .map_err(refusal)?;
        let roles = self.roles_now(found, &client, &answer, subject).await;
        Ok(Fresh { roles, tokens: tokens(&answer) })
    }

    async fn roles_now(
        &self,
        found: Found,
        client: &Client,
        answer: &CoreTokenResponse,
        subject: &str,
    ) -> Result<Vec<Role>, IdentityError> {
        let mut claims = Claims::new();
        if let Some(id_token) = answer.id_token() {
            let (same, said) = self.verified(found, id_token, None).await?;
            if same != subject {
                return Err(IdentityError::Untrusted("it is about somebody else".to_owned()));
            }
            claims = said;
        }
        self.add_user_info(client, answer.access_token(), subject, &mut claims).await?;
        if claims.is_empty() {
            return Err(IdentityError::Untrusted("it says nothing about the person".to_owned()));
        }
        Ok(self.settings.mapping.roles(&claims))
    }

    async fn sign_out(&self, id_token: Option<&str>, state: Option<&str>) -> Option<String> {
        let found = self.found(KNOWN_MILLIS).await.ok()?;
        let mut address = found.metadata.additional_metadata().end_session_endpoint.clone()?;
        let back = format!("{}/signed-out", self.public_url);
        {
            let mut query = address.query_pairs_mut();
            query.append_pair("client_id", &self.settings.client_id);
            query.append_pair("post_logout_redirect_uri", &back);
            if let Some(id_token) = id_token {
                query.append_pair("id_token_hint", id_token);
            }
            if let Some(state) = state {
                query.append_pair("state", state);
            }
        }
        Some(address.into())
    }

    async fn check(&self) -> Result<String, IdentityError> {
        let found = self.found(KEYS_MILLIS).await?;
        let more = found.metadata.additional_metadata();
        if found.metadata.jwks().keys().is_empty() {
            return Err(IdentityError::Misconfigured("it publishes no key that can be used".to_owned()));
        }
        let s256 = |methods: &Vec<String>| methods.iter().any(|method| method == "S256");
        if !more.code_challenge_methods_supported.as_ref().is_none_or(s256) {
            return Err(IdentityError::Misconfigured("it does not know PKCE by S256".to_owned()));
        }
        // A code that is none: the provider looks at the client first.
        let asked = self
            .client(&found.metadata)?
            .exchange_code(AuthorizationCode::new("none".to_owned()))
            .map_err(|error| misconfigured(&error))?
            .set_pkce_verifier(PkceCodeVerifier::new(token::fresh(&*self.random)))
            .request_async(&self.http)
            .await;
        match asked.map_err(refusal) {
            Ok(_) | Err(IdentityError::Refused(_)) => {}
            Err(error) => return Err(error),
        }
        let sign_out = if more.end_session_endpoint.is_some() { "" } else { ", without sign-out there" };
        Ok(format!("{} answers and takes the client{sign_out}", self.settings.issuer))
    }
}

fn misconfigured(error: &dyn std::error::Error) -> IdentityError {
    IdentityError::Misconfigured(describe(error))
}

/// Asymmetric ones only: a signature by the client's secret proves little of who made it.
fn algorithms(metadata: &Metadata) -> Vec<CoreJwsSigningAlgorithm> {
    use CoreJwsSigningAlgorithm as Algorithm;
    let symmetric = [Algorithm::HmacSha256, Algorithm::HmacSha384, Algorithm::HmacSha512, Algorithm::None];
    let all = metadata.id_token_signing_alg_values_supported().iter();
    all.filter(|algorithm| !symmetric.contains(algorithm)).cloned().collect()
}

/// What a token endpoint's error means (RFC 6749, section 5.2).
fn refusal(error: RequestTokenError<Fault, StandardErrorResponse<CoreErrorResponseType>>) -> IdentityError {
    let RequestTokenError::ServerResponse(said) = &error else {
        return IdentityError::Unreachable(describe(&error));
    };
    let text = said.to_string();
    match said.error() {
        // Dex says the latter where the standard says the former.
        CoreErrorResponseType::InvalidGrant | CoreErrorResponseType::InvalidRequest => {
            IdentityError::Refused(text)
        }
        CoreErrorResponseType::Extension(name) if NEEDED.contains(&name.as_str()) => {
            IdentityError::Refused(text)
        }
        // Whatever stands before the provider says what it likes.
        CoreErrorResponseType::Extension(_) => IdentityError::Unreachable(text),
        _ => IdentityError::Misconfigured(text),
    }
}

fn tokens(answer: &CoreTokenResponse) -> Tokens {
    Tokens {
        refresh: answer.refresh_token().map(|token| token.secret().clone()),
        id: answer.id_token().map(ToString::to_string),
    }
}

/// Whether the person signed in after `since_millis`, as far as the provider says when they did.
fn is_new_sign_in(claims: &Claims, since_millis: i64) -> bool {
    let said = claims.get("auth_time").and_then(Value::as_i64);
    said.is_none_or(|seconds| seconds.saturating_mul(1000) >= since_millis - CLOCKS_DIFFER_MILLIS)
}

/// The claims of a token whose signature was checked.
fn payload(token: &str) -> Option<Claims> {
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    serde_json::from_slice(&payload).ok()
}
