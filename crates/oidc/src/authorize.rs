//! The authorisation endpoint: strict reading of requests, and the addresses its answers go to.

use crate::address::{Issuer, RedirectUri};
use crate::client::Client;
use crate::handle::OpaqueToken;
use crate::params::{Duplicated, Params, ParamsError, append_query, is_vschar};
use crate::pkce::Challenge;
use crate::scope::{Scope, Scopes};
use crate::secret::Secret;

/// Longest `state`, in bytes. JupyterHub puts the page to return to into it.
pub const MAX_STATE_BYTES: usize = 4096;
/// Longest `nonce`, in bytes.
pub const MAX_NONCE_BYTES: usize = 512;
/// Longest `id_token_hint`, in bytes.
pub const MAX_HINT_BYTES: usize = 8192;

/// A valid authorisation request (RFC 6749 §4.1.1, OpenID Connect Core 1.0 §3.1.2.1).
#[derive(Debug, Clone)]
pub struct AuthorizationRequest {
    /// The client that asks.
    pub client_id: String,
    /// Where the answer goes: one of the client's registered URIs.
    pub redirect_uri: RedirectUri,
    /// What we grant: the scopes asked for that we know, `openid` among them.
    pub scopes: Scopes,
    /// Given back unchanged.
    pub state: Option<String>,
    /// Goes into the id token.
    pub nonce: Option<String>,
    /// Stored with the code (RFC 7636 §4.4).
    pub challenge: Challenge,
    /// Whether the person may, or must, be asked to sign in.
    pub prompt: Prompt,
    /// How old the sign-in may be, in seconds.
    pub max_age_seconds: Option<u32>,
    /// An earlier id token of the person expected, not yet verified.
    pub id_token_hint: Option<Secret>,
}

/// The `prompt` values we support (OpenID Connect Core 1.0 §3.1.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Prompt {
    /// Sign in if there is no session.
    #[default]
    IfNeeded,
    /// `none`: never show a page.
    Never,
    /// `login`: sign in even if there is a session.
    Login,
}

/// Why a request is not answered by a redirect (RFC 6749 §4.1.2.1, RFC 9700 §4.11.2): without a known
/// client and an exactly registered redirect URI, the person sees a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PageError {
    /// The query as a whole cannot be read.
    #[error("{0}")]
    Unreadable(#[from] ParamsError),
    /// `client_id` is missing.
    #[error("client_id is missing")]
    ClientMissing,
    /// `client_id` appears more than once.
    #[error("client_id appears more than once")]
    ClientDuplicated,
    /// No such client. Said by the caller, who looks it up.
    #[error("the client is not known")]
    ClientUnknown,
    /// `redirect_uri` is missing (required by OpenID Connect Core 1.0 §3.1.2.1).
    #[error("redirect_uri is missing")]
    RedirectMissing,
    /// `redirect_uri` appears more than once.
    #[error("redirect_uri appears more than once")]
    RedirectDuplicated,
    /// `redirect_uri` is none of the client's.
    #[error("redirect_uri is not registered")]
    RedirectNotRegistered,
}

/// A refused authorisation request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Show a page; do not redirect.
    #[error(transparent)]
    Page(#[from] PageError),
    /// Redirect with an error.
    #[error(transparent)]
    Redirect(Box<ErrorRedirect>),
}

/// Error codes of the authorisation endpoint (RFC 6749 §4.1.2.1, OpenID Connect Core 1.0 §3.1.2.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AuthorizationErrorCode {
    /// Malformed.
    InvalidRequest,
    /// The client may not ask this way.
    UnauthorizedClient,
    /// The person may not enter.
    AccessDenied,
    /// Not the code flow.
    UnsupportedResponseType,
    /// Malformed scope, or no `openid`.
    InvalidScope,
    /// Something broke.
    ServerError,
    /// Try again later.
    TemporarilyUnavailable,
    /// `prompt=none`, but the person must sign in.
    LoginRequired,
    /// `prompt=none`, but a page must be shown.
    InteractionRequired,
    /// `request` is not supported.
    RequestNotSupported,
    /// `request_uri` is not supported.
    RequestUriNotSupported,
    /// `registration` is not supported.
    RegistrationNotSupported,
}

impl AuthorizationErrorCode {
    /// The code on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::AccessDenied => "access_denied",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::InvalidScope => "invalid_scope",
            Self::ServerError => "server_error",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::LoginRequired => "login_required",
            Self::InteractionRequired => "interaction_required",
            Self::RequestNotSupported => "request_not_supported",
            Self::RequestUriNotSupported => "request_uri_not_supported",
            Self::RegistrationNotSupported => "registration_not_supported",
        }
    }
}

/// An error that goes back to the client through the browser (RFC 6749 §4.1.2.1).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {description}", .code.as_str())]
pub struct ErrorRedirect {
    /// Where it goes.
    pub redirect_uri: RedirectUri,
    /// The code.
    pub code: AuthorizationErrorCode,
    /// For developers, in the characters RFC 6749 §4.1.2.1 allows.
    pub description: &'static str,
    /// Given back unchanged; absent if the request's was not acceptable.
    pub state: Option<String>,
}

impl ErrorRedirect {
    /// The address to redirect to, with `iss` (RFC 9207 §2). Send it with status 303.
    pub fn location(&self, issuer: &Issuer) -> String {
        let mut pairs = vec![("error", self.code.as_str()), ("error_description", self.description)];
        pairs.extend(self.state.as_deref().map(|state| ("state", state)));
        pairs.push(("iss", issuer.as_str()));
        append_query(self.redirect_uri.as_str(), &pairs)
    }
}

impl AuthorizationRequest {
    /// The client that a request names, to look it up (RFC 6749 §4.1.1).
    ///
    /// # Errors
    /// Missing or duplicated: show a page.
    pub fn client_id(params: &Params) -> Result<&str, PageError> {
        params.single("client_id").map_err(|_| PageError::ClientDuplicated)?.ok_or(PageError::ClientMissing)
    }

    /// Validates a request of a known client (RFC 6749 §4.1.1, OpenID Connect Core 1.0 §3.1.2.2,
    /// RFC 7636 §4.4.1, RFC 9700 §2.1).
    ///
    /// # Errors
    /// A page, or a redirect with an error.
    pub fn validate(params: &Params, client: &Client) -> Result<Self, Refusal> {
        if Self::client_id(params)? != client.client_id {
            return Err(PageError::ClientUnknown.into());
        }
        let redirect_uri = registered_redirect(params, client)?;
        let mut state = None;
        let checked = read_state(params).and_then(|found| {
            state = found;
            Checked::read(params)
        });
        match checked {
            Ok(checked) => Ok(Self {
                client_id: client.client_id.clone(),
                redirect_uri,
                scopes: checked.scopes,
                state,
                nonce: checked.nonce,
                challenge: checked.challenge,
                prompt: checked.prompt,
                max_age_seconds: checked.max_age_seconds,
                id_token_hint: checked.id_token_hint,
            }),
            Err(Fault(code, description)) => {
                Err(Refusal::Redirect(Box::new(ErrorRedirect { redirect_uri, code, description, state })))
            }
        }
    }

    /// The address that carries the code back, with `iss` (RFC 6749 §4.1.2, RFC 9207 §2).
    /// Send it with status 303 (RFC 9700 §4.12).
    pub fn success_location(&self, issuer: &Issuer, code: &OpaqueToken) -> String {
        let mut pairs = vec![("code", code.expose())];
        pairs.extend(self.state.as_deref().map(|state| ("state", state)));
        pairs.push(("iss", issuer.as_str()));
        append_query(self.redirect_uri.as_str(), &pairs)
    }

    /// Refuses a valid request, for example because the person may not enter
    /// (RFC 6749 §4.1.2.1 `access_denied`).
    pub fn refuse(&self, code: AuthorizationErrorCode, description: &'static str) -> ErrorRedirect {
        ErrorRedirect {
            redirect_uri: self.redirect_uri.clone(),
            code,
            description,
            state: self.state.clone(),
        }
    }

    /// Decides whether the session at hand is enough (OpenID Connect Core 1.0 §3.1.2.1 `prompt`,
    /// `max_age`, §3.1.2.3). `hinted_subject` is the subject of the verified `id_token_hint`, if any.
    /// `requested_at_seconds` is when this request first arrived: a sign-in made since then is fresh,
    /// so that `prompt=login` ends.
    pub fn interaction(
        &self,
        session: Option<SessionFacts<'_>>,
        hinted_subject: Option<&str>,
        requested_at_seconds: i64,
        now_seconds: i64,
    ) -> Interaction {
        let enough = session.is_some_and(|session| {
            let age_seconds = now_seconds.saturating_sub(session.auth_time_seconds);
            let fresh = session.auth_time_seconds >= requested_at_seconds;
            let young = self.max_age_seconds.is_none_or(|max| age_seconds <= i64::from(max));
            let expected = hinted_subject.is_none_or(|hinted| hinted == session.subject);
            expected && (fresh || (young && self.prompt != Prompt::Login))
        });
        match (enough, self.prompt) {
            (true, _) => Interaction::Proceed,
            (false, Prompt::Never) => Interaction::Refuse,
            (false, _) => Interaction::SignIn,
        }
    }
}

/// What the decision about a sign-in needs to know of the portal's session.
#[derive(Debug, Clone, Copy)]
pub struct SessionFacts<'s> {
    /// Who is signed in: the `sub` of id tokens.
    pub subject: &'s str,
    /// When the person signed in, epoch.
    pub auth_time_seconds: i64,
}

/// What to do about the person's sign-in (OpenID Connect Core 1.0 §3.1.2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interaction {
    /// The session is enough.
    Proceed,
    /// Ask the person to sign in, even if there is a session.
    SignIn,
    /// Redirect with [`AuthorizationErrorCode::LoginRequired`].
    Refuse,
}

/// The code and description of a refusal, before it is known where it goes.
struct Fault(AuthorizationErrorCode, &'static str);

impl From<Duplicated> for Fault {
    fn from(_: Duplicated) -> Self {
        invalid("a parameter appears more than once")
    }
}

fn invalid(description: &'static str) -> Fault {
    Fault(AuthorizationErrorCode::InvalidRequest, description)
}

fn registered_redirect(params: &Params, client: &Client) -> Result<RedirectUri, PageError> {
    let presented = params.single("redirect_uri").map_err(|_| PageError::RedirectDuplicated)?;
    let presented = presented.ok_or(PageError::RedirectMissing)?;
    let registered = client.redirect_uris.iter().find(|uri| uri.matches(presented));
    registered.cloned().ok_or(PageError::RedirectNotRegistered)
}

fn read_state(params: &Params) -> Result<Option<String>, Fault> {
    bounded(params, "state", MAX_STATE_BYTES, "state is too long or not printable ASCII")
}

fn bounded(
    params: &Params,
    name: &'static str,
    max_bytes: usize,
    fault: &'static str,
) -> Result<Option<String>, Fault> {
    match params.single(name)? {
        Some(text) if text.len() > max_bytes || !is_vschar(text) => Err(invalid(fault)),
        other => Ok(other.map(str::to_owned)),
    }
}

/// The parameters whose faults go back by redirect.
struct Checked {
    scopes: Scopes,
    nonce: Option<String>,
    challenge: Challenge,
    prompt: Prompt,
    max_age_seconds: Option<u32>,
    id_token_hint: Option<Secret>,
}

impl Checked {
    fn read(params: &Params) -> Result<Self, Fault> {
        refuse_unsupported(params)?;
        check_response(params)?;
        Ok(Self {
            scopes: read_scopes(params)?,
            challenge: read_challenge(params)?,
            nonce: bounded(params, "nonce", MAX_NONCE_BYTES, "nonce is too long or not printable ASCII")?,
            prompt: read_prompt(params)?,
            max_age_seconds: read_max_age(params)?,
            id_token_hint: bounded(params, "id_token_hint", MAX_HINT_BYTES, "id_token_hint cannot be read")?
                .map(Secret::new),
        })
    }
}

/// OpenID Connect Core 1.0 §6, §7.2.1: what is not supported is refused by name, not ignored.
fn refuse_unsupported(params: &Params) -> Result<(), Fault> {
    use AuthorizationErrorCode::{RegistrationNotSupported, RequestNotSupported, RequestUriNotSupported};
    for (name, code, description) in [
        ("request", RequestNotSupported, "request is not supported"),
        ("request_uri", RequestUriNotSupported, "request_uri is not supported"),
        ("registration", RegistrationNotSupported, "registration is not supported"),
    ] {
        if params.single(name)?.is_some() {
            return Err(Fault(code, description));
        }
    }
    Ok(())
}

fn check_response(params: &Params) -> Result<(), Fault> {
    match params.single("response_type")? {
        Some("code") => {}
        None => return Err(invalid("response_type is missing")),
        Some(_) => {
            let code = AuthorizationErrorCode::UnsupportedResponseType;
            return Err(Fault(code, "response_type must be code"));
        }
    }
    match params.single("response_mode")? {
        None | Some("query") => Ok(()),
        Some(_) => Err(invalid("response_mode must be query")),
    }
}

fn read_scopes(params: &Params) -> Result<Scopes, Fault> {
    let fault = |description| Fault(AuthorizationErrorCode::InvalidScope, description);
    let text = params.single("scope")?.ok_or_else(|| fault("scope must contain openid"))?;
    let scopes = Scopes::parse(text).map_err(|_| fault("scope is malformed"))?;
    if !scopes.contains(Scope::OpenId) {
        return Err(fault("scope must contain openid"));
    }
    Ok(scopes)
}

fn read_challenge(params: &Params) -> Result<Challenge, Fault> {
    let challenge = params.single("code_challenge")?.ok_or_else(|| invalid("code_challenge is missing"))?;
    // Without a method the standard says `plain`, which is refused as well (RFC 7636 §4.3, RFC 9700 §2.1.1).
    if params.single("code_challenge_method")? != Some("S256") {
        return Err(invalid("code_challenge_method must be S256"));
    }
    Challenge::parse(challenge).map_err(|_| invalid("code_challenge is not an S256 challenge"))
}

fn read_prompt(params: &Params) -> Result<Prompt, Fault> {
    match params.single("prompt")? {
        None => Ok(Prompt::IfNeeded),
        Some("none") => Ok(Prompt::Never),
        Some("login") => Ok(Prompt::Login),
        Some(_) => Err(invalid("prompt must be none or login")),
    }
}

fn read_max_age(params: &Params) -> Result<Option<u32>, Fault> {
    let Some(text) = params.single("max_age")? else { return Ok(None) };
    // `parse` alone would take a sign.
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse() {
        Ok(seconds) if digits => Ok(Some(seconds)),
        _ => Err(invalid("max_age must be a number of seconds")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::Transport;
    use crate::handle::TokenKind;
    use crate::secret::TokenHash;

    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    const CALLBACK: &str = "https://c.example.org/hub/oauth_callback";

    fn issuer() -> Issuer {
        Issuer::parse("https://portal.example.org", Transport::HttpsOrLoopback).unwrap()
    }

    fn client() -> Client {
        Client {
            client_id: "course-1".into(),
            secret_hash: TokenHash::of("s"),
            redirect_uris: vec![
                RedirectUri::parse(CALLBACK, Transport::HttpsOrLoopback).unwrap(),
                RedirectUri::parse("https://c.example.org/cb?x=1", Transport::HttpsOrLoopback).unwrap(),
            ],
            post_logout_redirect_uris: vec![],
        }
    }

    /// A good request in which the named parameters are replaced (`Some`) or left out (`None`).
    fn query(changes: &[(&str, Option<&str>)]) -> String {
        let mut pairs = vec![
            ("client_id", "course-1"),
            ("redirect_uri", CALLBACK),
            ("response_type", "code"),
            ("scope", "openid profile groups"),
            ("state", "st&te="),
            ("nonce", "n-0S6"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        for (name, value) in changes {
            pairs.retain(|(known, _)| known != name);
            pairs.extend(value.map(|value| (*name, value)));
        }
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
    }

    fn validate(query: &str) -> Result<AuthorizationRequest, Refusal> {
        AuthorizationRequest::validate(&Params::parse(query).unwrap(), &client())
    }

    fn good(changes: &[(&str, Option<&str>)]) -> AuthorizationRequest {
        validate(&query(changes)).unwrap()
    }

    fn page(query: &str) -> PageError {
        match validate(query).unwrap_err() {
            Refusal::Page(error) => error,
            Refusal::Redirect(error) => panic!("redirected: {error}"),
        }
    }

    fn redirect(query: &str) -> ErrorRedirect {
        match validate(query).unwrap_err() {
            Refusal::Page(error) => panic!("showed a page: {error}"),
            Refusal::Redirect(error) => *error,
        }
    }

    fn code_for(changes: &[(&str, Option<&str>)]) -> &'static str {
        let error = redirect(&query(changes));
        assert_eq!(error.redirect_uri.as_str(), CALLBACK);
        error.code.as_str()
    }

    #[test]
    fn a_good_request_is_accepted_and_unknown_parameters_are_ignored() {
        let request = validate(&format!("{}&foo=1&foo=2&acr_values=x", query(&[]))).unwrap();
        assert_eq!(request.client_id, "course-1");
        assert_eq!(request.redirect_uri.as_str(), CALLBACK);
        assert_eq!(request.scopes.to_string(), "openid profile groups");
        assert_eq!(request.state.as_deref(), Some("st&te="));
        assert_eq!(request.nonce.as_deref(), Some("n-0S6"));
        assert_eq!(request.challenge.as_str(), CHALLENGE);
        assert_eq!(request.prompt, Prompt::IfNeeded);
        assert_eq!(request.max_age_seconds, None);
    }

    #[test]
    fn without_a_known_client_a_page_is_shown() {
        assert_eq!(page(&query(&[("client_id", None)])), PageError::ClientMissing);
        assert_eq!(page(&query(&[("client_id", Some("other"))])), PageError::ClientUnknown);
        assert_eq!(page(&format!("{}&client_id=course-1", query(&[]))), PageError::ClientDuplicated);
    }

    #[test]
    fn without_an_exactly_registered_redirect_uri_a_page_is_shown() {
        assert_eq!(page(&query(&[("redirect_uri", None)])), PageError::RedirectMissing);
        let twice = format!("{}&redirect_uri=https%3A%2F%2Fevil.example", query(&[]));
        assert_eq!(page(&twice), PageError::RedirectDuplicated);
        for uri in [
            "https://evil.example/",
            "https://c.example.org/hub/oauth_callback/",
            "https://c.example.org/hub/oauth_callback?x",
            "https://c.example.org/hub/oauth_callback#x",
            "https://C.example.org/hub/oauth_callback",
            "https://c.example.org:443/hub/oauth_callback",
            "https://c.example.org/hub/./oauth_callback",
            "https://c.example.org.evil.example/hub/oauth_callback",
            "https://c.example.org/hub/oauth_callback@evil.example",
            " https://c.example.org/hub/oauth_callback",
        ] {
            let refused = page(&query(&[("redirect_uri", Some(uri))]));
            assert_eq!(refused, PageError::RedirectNotRegistered, "{uri}");
        }
    }

    #[test]
    fn each_duplicated_parameter_is_refused() {
        for name in [
            "state",
            "response_type",
            "response_mode",
            "scope",
            "nonce",
            "code_challenge",
            "code_challenge_method",
            "prompt",
            "max_age",
            "id_token_hint",
            "request",
            "request_uri",
            "registration",
        ] {
            let error = redirect(&format!("{}&{name}=a&{name}=a", query(&[])));
            assert_eq!(error.code, AuthorizationErrorCode::InvalidRequest, "{name}");
            assert_eq!(error.description, "a parameter appears more than once", "{name}");
            assert_eq!(error.state.is_none(), name == "state", "{name}");
        }
    }

    #[test]
    fn only_the_code_flow_is_supported() {
        assert_eq!(code_for(&[("response_type", None)]), "invalid_request");
        for other in ["token", "id_token", "code id_token", "CODE", "none"] {
            assert_eq!(code_for(&[("response_type", Some(other))]), "unsupported_response_type", "{other}");
        }
        assert_eq!(code_for(&[("response_mode", Some("fragment"))]), "invalid_request");
        good(&[("response_mode", Some("query"))]);
    }

    #[test]
    fn scope_must_contain_openid() {
        for scope in [None, Some("profile"), Some("openidx"), Some("openid\t"), Some("openid  groups")] {
            assert_eq!(code_for(&[("scope", scope)]), "invalid_scope", "{scope:?}");
        }
        assert_eq!(good(&[("scope", Some("openid email"))]).scopes.to_string(), "openid");
    }

    #[test]
    fn proof_of_possession_of_the_code_is_required_with_s256() {
        assert_eq!(code_for(&[("code_challenge", None)]), "invalid_request");
        assert_eq!(code_for(&[("code_challenge", Some("short"))]), "invalid_request");
        assert_eq!(code_for(&[("code_challenge_method", None)]), "invalid_request");
        assert_eq!(code_for(&[("code_challenge_method", Some("plain"))]), "invalid_request");
        assert_eq!(code_for(&[("code_challenge_method", Some("s256"))]), "invalid_request");
    }

    #[test]
    fn request_objects_and_registration_are_not_supported() {
        assert_eq!(code_for(&[("request", Some("a.b.c"))]), "request_not_supported");
        assert_eq!(code_for(&[("request_uri", Some("https://x"))]), "request_uri_not_supported");
        assert_eq!(code_for(&[("registration", Some("{}"))]), "registration_not_supported");
    }

    #[test]
    fn state_and_nonce_are_bounded() {
        let state = "s".repeat(MAX_STATE_BYTES);
        assert_eq!(good(&[("state", Some(&state))]).state.unwrap(), state);
        assert_eq!(good(&[("state", None), ("nonce", None)]).state, None);
        let error = redirect(&query(&[("state", Some(&format!("{state}s")))]));
        assert_eq!((error.code.as_str(), error.state), ("invalid_request", None));
        assert_eq!(code_for(&[("state", Some("line\nbreak"))]), "invalid_request");
        assert_eq!(code_for(&[("nonce", Some(&"n".repeat(MAX_NONCE_BYTES + 1)))]), "invalid_request");
        assert_eq!(code_for(&[("nonce", Some("ü"))]), "invalid_request");
        assert_eq!(code_for(&[("id_token_hint", Some(&"h".repeat(MAX_HINT_BYTES + 1)))]), "invalid_request");
    }

    #[test]
    fn prompt_and_max_age_are_read_strictly() {
        assert_eq!(good(&[("prompt", Some("none"))]).prompt, Prompt::Never);
        assert_eq!(good(&[("prompt", Some("login"))]).prompt, Prompt::Login);
        for prompt in ["none login", "consent", "select_account", "NONE"] {
            assert_eq!(code_for(&[("prompt", Some(prompt))]), "invalid_request", "{prompt}");
        }
        assert_eq!(good(&[("max_age", Some("0"))]).max_age_seconds, Some(0));
        for age in ["-1", "+1", "1.5", "x", "99999999999"] {
            assert_eq!(code_for(&[("max_age", Some(age))]), "invalid_request", "{age}");
        }
    }

    #[test]
    fn the_code_goes_back_with_state_and_issuer() {
        let code = OpaqueToken::from_random(TokenKind::AuthorizationCode, &[1; 32]);
        let code_text = code.expose();
        assert_eq!(
            good(&[]).success_location(&issuer(), &code),
            format!("{CALLBACK}?code={code_text}&state=st%26te%3D&iss=https%3A%2F%2Fportal.example.org")
        );
        let other = good(&[("redirect_uri", Some("https://c.example.org/cb?x=1")), ("state", None)]);
        assert_eq!(
            other.success_location(&issuer(), &code),
            format!("https://c.example.org/cb?x=1&code={code_text}&iss=https%3A%2F%2Fportal.example.org")
        );
    }

    #[test]
    fn an_error_goes_back_with_state_and_issuer() {
        let refused = good(&[]).refuse(AuthorizationErrorCode::AccessDenied, "the course has not begun");
        assert_eq!(
            refused.location(&issuer()),
            format!(
                "{CALLBACK}?error=access_denied&error_description=the+course+has+not+begun&state=st%26te%3D&iss=https%3A%2F%2Fportal.example.org"
            )
        );
    }

    fn session(auth_time_seconds: i64) -> Option<SessionFacts<'static>> {
        Some(SessionFacts { subject: "u1", auth_time_seconds })
    }

    #[test]
    fn who_is_signed_in_proceeds_and_who_is_not_signs_in() {
        let request = good(&[]);
        assert_eq!(request.interaction(session(100), None, 200, 200), Interaction::Proceed);
        assert_eq!(request.interaction(None, None, 200, 200), Interaction::SignIn);
    }

    #[test]
    fn prompt_none_never_shows_a_page() {
        let request = good(&[("prompt", Some("none")), ("max_age", Some("50"))]);
        assert_eq!(request.interaction(session(160), None, 200, 200), Interaction::Proceed);
        assert_eq!(request.interaction(session(100), None, 200, 200), Interaction::Refuse);
        assert_eq!(request.interaction(None, None, 200, 200), Interaction::Refuse);
    }

    #[test]
    fn prompt_login_asks_once() {
        let request = good(&[("prompt", Some("login"))]);
        assert_eq!(request.interaction(session(199), None, 200, 200), Interaction::SignIn);
        assert_eq!(request.interaction(session(205), None, 200, 206), Interaction::Proceed);
    }

    #[test]
    fn max_age_asks_for_a_younger_sign_in_and_zero_ends_too() {
        let request = good(&[("max_age", Some("50"))]);
        assert_eq!(request.interaction(session(150), None, 200, 200), Interaction::Proceed);
        assert_eq!(request.interaction(session(149), None, 200, 200), Interaction::SignIn);
        let zero = good(&[("max_age", Some("0"))]);
        assert_eq!(zero.interaction(session(199), None, 200, 200), Interaction::SignIn);
        assert_eq!(zero.interaction(session(210), None, 200, 215), Interaction::Proceed);
    }

    #[test]
    fn another_person_than_hinted_signs_in_or_is_refused() {
        let request = good(&[]);
        assert_eq!(request.interaction(session(100), Some("u1"), 200, 200), Interaction::Proceed);
        assert_eq!(request.interaction(session(100), Some("u2"), 200, 200), Interaction::SignIn);
        let none = good(&[("prompt", Some("none"))]);
        assert_eq!(none.interaction(session(100), Some("u2"), 200, 200), Interaction::Refuse);
    }
}
