//! Registered clients and how they prove who they are at the token and revocation endpoints.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::address::RedirectUri;
use crate::params::{Duplicated, Params, decode, is_vschar};
use crate::secret::{Secret, TokenHash};
use crate::token::{TokenError, TokenErrorCode};

/// Longest client id or secret that is read, in bytes.
const MAX_CREDENTIAL_BYTES: usize = 256;

/// A confidential client, one per course (RFC 6749 §2).
#[derive(Debug, Clone)]
pub struct Client {
    /// The client identifier (RFC 6749 §2.2).
    pub client_id: String,
    /// Hash of the client's secret, see [`TokenKind::ClientSecret`](crate::handle::TokenKind::ClientSecret).
    pub secret_hash: TokenHash,
    /// Where answers of the authorisation endpoint may go (RFC 6749 §3.1.2.2).
    pub redirect_uris: Vec<RedirectUri>,
    /// Where a browser may go after sign-out (OpenID Connect RP-Initiated Logout 1.0 §3.1).
    pub post_logout_redirect_uris: Vec<RedirectUri>,
}

/// How a client authenticated (OpenID Connect Core 1.0 §9).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientAuthMethod {
    /// `client_secret_basic`.
    Basic,
    /// `client_secret_post`.
    Post,
}

/// What a client presented to prove who it is (RFC 6749 §2.3.1).
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The claimed client.
    pub client_id: String,
    /// The presented secret.
    pub secret: Secret,
    /// Where it stood.
    pub method: ClientAuthMethod,
}

impl Credentials {
    /// Reads the credentials of a request. `authorization` holds every `Authorization` header value.
    ///
    /// # Errors
    /// `invalid_client` when there are none or they cannot be read; `invalid_request` when there are
    /// two kinds (RFC 6749 §2.3), or ids that contradict each other.
    pub fn read(authorization: &[&str], params: &Params) -> Result<Self, TokenError> {
        let client_id = params.single("client_id").map_err(duplicated)?;
        let secret = params.single("client_secret").map_err(duplicated)?;
        match (authorization, secret) {
            ([], Some(secret)) => Self::from_post(client_id, secret),
            ([], None) => Err(invalid_client("client authentication is missing")),
            ([header], None) => Self::from_basic(header, client_id),
            ([_], Some(_)) => Err(invalid_request("more than one kind of client authentication")),
            _ => Err(invalid_request("more than one Authorization header")),
        }
    }

    fn from_post(client_id: Option<&str>, secret: &str) -> Result<Self, TokenError> {
        let client_id = client_id.ok_or_else(|| invalid_client("client_id is missing"))?;
        Self::checked(client_id.to_owned(), secret.to_owned(), ClientAuthMethod::Post)
    }

    fn from_basic(header: &str, body_client_id: Option<&str>) -> Result<Self, TokenError> {
        let (client_id, secret) =
            basic_parts(header).ok_or_else(|| invalid_client("the Authorization header cannot be read"))?;
        if body_client_id.is_some_and(|other| other != client_id) {
            return Err(invalid_request("client_id differs from the Authorization header"));
        }
        Self::checked(client_id, secret, ClientAuthMethod::Basic)
    }

    fn checked(client_id: String, secret: String, method: ClientAuthMethod) -> Result<Self, TokenError> {
        let readable = |text: &str| !text.is_empty() && text.len() <= MAX_CREDENTIAL_BYTES && is_vschar(text);
        if !readable(&client_id) || !readable(&secret) {
            return Err(invalid_client("the client credentials cannot be read"));
        }
        Ok(Self { client_id, secret: Secret::new(secret), method })
    }

    /// Decides whether the credentials are those of `client`, the result of looking up
    /// [`Self::client_id`]. An unknown client takes as long as a wrong secret (RFC 6749 §2.3.1, §5.2).
    ///
    /// # Errors
    /// `invalid_client`, the same for both reasons.
    pub fn authenticate<'c>(&self, client: Option<&'c Client>) -> Result<&'c Client, TokenError> {
        let nobody = TokenHash::from_bytes([0; 32]);
        let expected = client.map_or(&nobody, |client| &client.secret_hash);
        let secret_fits = self.secret.hash() == *expected;
        client
            .filter(|client| secret_fits && client.client_id == self.client_id)
            .ok_or_else(|| invalid_client("client authentication failed"))
    }
}

/// Splits `Basic …` and decodes both halves, which are form-encoded (RFC 6749 §2.3.1).
fn basic_parts(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (client_id, secret) = decoded.split_once(':')?;
    decode(client_id).zip(decode(secret))
}

pub(crate) fn duplicated(_: Duplicated) -> TokenError {
    invalid_request("a parameter appears more than once")
}

pub(crate) fn invalid_request(description: &'static str) -> TokenError {
    TokenError::new(TokenErrorCode::InvalidRequest, description)
}

fn invalid_client(description: &'static str) -> TokenError {
    TokenError::new(TokenErrorCode::InvalidClient, description)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(authorization: &[&str], body: &str) -> Result<Credentials, TokenError> {
        Credentials::read(authorization, &Params::parse(body).unwrap())
    }

    fn basic(text: &str) -> String {
        format!("Basic {}", STANDARD.encode(text))
    }

    fn refused(authorization: &[&str], body: &str) -> TokenErrorCode {
        read(authorization, body).unwrap_err().code
    }

    fn client() -> Client {
        Client {
            client_id: "course-1".into(),
            secret_hash: TokenHash::of("jhs_secret"),
            redirect_uris: vec![],
            post_logout_redirect_uris: vec![],
        }
    }

    #[test]
    fn basic_parts_are_url_decoded() {
        let read = read(&[&basic("a%3Ab:p%25+w%2B")], "").unwrap();
        assert_eq!((read.client_id.as_str(), read.secret.expose()), ("a:b", "p% w+"));
        assert_eq!(read.method, ClientAuthMethod::Basic);
    }

    #[test]
    fn the_scheme_is_read_in_any_case_and_the_body_may_repeat_the_client() {
        let header = basic("a:b").replace("Basic", "bAsIc");
        assert!(read(&[&header], "client_id=a").is_ok());
    }

    #[test]
    fn a_secret_in_the_body_is_accepted() {
        let read = read(&[], "client_id=a&client_secret=b%2Bc").unwrap();
        assert_eq!((read.secret.expose(), read.method), ("b+c", ClientAuthMethod::Post));
    }

    #[test]
    fn missing_or_damaged_authentication_is_an_invalid_client() {
        use TokenErrorCode::InvalidClient;
        assert_eq!(refused(&[], ""), InvalidClient);
        assert_eq!(refused(&[], "client_id=a"), InvalidClient);
        assert_eq!(refused(&[], "client_id=a&client_secret="), InvalidClient);
        assert_eq!(refused(&[], "client_secret=a"), InvalidClient);
        for header in [
            "",
            "Basic",
            "Basic *",
            "Bearer x",
            &basic("no colon"),
            &basic("a:%"),
            &basic(":b"),
            &basic("a:"),
        ] {
            assert_eq!(refused(&[header], ""), InvalidClient, "{header}");
        }
        assert_eq!(refused(&[&basic(&format!("a:{}", "x".repeat(300)))], ""), InvalidClient);
        assert_eq!(refused(&[], "client_id=a%00&client_secret=b"), InvalidClient);
    }

    #[test]
    fn two_kinds_of_authentication_are_an_invalid_request() {
        use TokenErrorCode::InvalidRequest;
        let header = basic("a:b");
        assert_eq!(refused(&[&header], "client_id=a&client_secret=b"), InvalidRequest);
        assert_eq!(refused(&[&header, &header], ""), InvalidRequest);
        assert_eq!(refused(&[&header], "client_id=other"), InvalidRequest);
        assert_eq!(refused(&[], "client_id=a&client_id=a&client_secret=b"), InvalidRequest);
        assert_eq!(refused(&[], "client_id=a&client_secret=b&client_secret=b"), InvalidRequest);
    }

    #[test]
    fn the_right_secret_authenticates_and_nothing_else_does() {
        let client = client();
        let good = read(&[], "client_id=course-1&client_secret=jhs_secret").unwrap();
        assert_eq!(good.authenticate(Some(&client)).unwrap().client_id, "course-1");
        let wrong = read(&[], "client_id=course-1&client_secret=jhs_secreT").unwrap();
        let other = read(&[], "client_id=course-2&client_secret=jhs_secret").unwrap();
        let errors = [
            wrong.authenticate(Some(&client)).unwrap_err(),
            other.authenticate(Some(&client)).unwrap_err(),
            good.authenticate(None).unwrap_err(),
        ];
        assert!(errors.iter().all(|error| *error == errors[0] && error.status() == 401));
    }
}
