//! Sign-out that a hub asks for (OpenID Connect RP-Initiated Logout 1.0).

use crate::client::Client;
use crate::id_token::IdTokenClaims;
use crate::params::{Duplicated, Params, ParamsError, append_query, is_vschar};
use crate::secret::Secret;

/// Longest `state`, in bytes.
const MAX_STATE_BYTES: usize = 4096;

/// A sign-out request as sent (RP-Initiated Logout 1.0 §2), by GET query or POST form. Nothing in
/// it is verified yet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EndSessionRequest {
    /// An id token that says who signs out where; verify it with
    /// [`verify_hint`](crate::id_token::verify_hint).
    pub id_token_hint: Option<Secret>,
    /// The client that asks.
    pub client_id: Option<String>,
    /// Where to go afterwards.
    pub post_logout_redirect_uri: Option<String>,
    /// Given back unchanged.
    pub state: Option<String>,
}

/// Why a sign-out request is answered by an error page (RP-Initiated Logout 1.0 §4). There is never a
/// redirect with an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EndSessionError {
    /// The query or body cannot be read.
    #[error("{0}")]
    Unreadable(#[from] ParamsError),
    /// A parameter appears more than once.
    #[error("{0}")]
    Duplicated(#[from] Duplicated),
    /// `state` is too long or not printable ASCII.
    #[error("state cannot be read")]
    State,
    /// `id_token_hint` was sent but does not verify. Said by the caller, who verifies it.
    #[error("id_token_hint is not valid")]
    Hint,
    /// `client_id` and the hint's audience contradict each other.
    #[error("client_id differs from id_token_hint")]
    ClientMismatch,
    /// A redirect is wanted, but the client is missing or not known.
    #[error("the client is not known")]
    ClientUnknown,
    /// `post_logout_redirect_uri` is none of the client's.
    #[error("post_logout_redirect_uri is not registered")]
    RedirectNotRegistered,
}

/// What to do about a sign-out request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndSessionPlan {
    /// Ask the person first: the request does not prove that it is about the session at hand
    /// (RP-Initiated Logout 1.0 §2, §6).
    pub confirm: bool,
    /// Where to go afterwards; without it, to the portal's own page.
    pub location: Option<String>,
}

impl EndSessionRequest {
    /// Reads a request.
    ///
    /// # Errors
    /// Unreadable, duplicated parameters, or an unacceptable `state`.
    pub fn parse(text: &str) -> Result<Self, EndSessionError> {
        let params = Params::parse(text)?;
        let read = |name| params.single(name).map(|value| value.map(str::to_owned));
        let state = read("state")?;
        if state.as_deref().is_some_and(|state| state.len() > MAX_STATE_BYTES || !is_vschar(state)) {
            return Err(EndSessionError::State);
        }
        Ok(Self {
            id_token_hint: read("id_token_hint")?.map(Secret::new),
            client_id: read("client_id")?,
            post_logout_redirect_uri: read("post_logout_redirect_uri")?,
            state,
        })
    }

    /// The client to look up: the one named, or the audience of the verified hint
    /// (RP-Initiated Logout 1.0 §2).
    ///
    /// # Errors
    /// [`EndSessionError::ClientMismatch`].
    pub fn client_id<'r>(
        &'r self,
        hint: Option<&'r IdTokenClaims>,
    ) -> Result<Option<&'r str>, EndSessionError> {
        let audience = hint.map(|claims| claims.aud.as_str());
        match (self.client_id.as_deref(), audience) {
            (Some(named), Some(audience)) if named != audience => Err(EndSessionError::ClientMismatch),
            (named, audience) => Ok(named.or(audience)),
        }
    }

    /// Decides what to do (RP-Initiated Logout 1.0 §2, §3). `client` is what looking up
    /// [`Self::client_id`] gave; `session` is the browser's session at the portal, if there is one.
    ///
    /// # Errors
    /// See [`EndSessionError`].
    pub fn decide(
        &self,
        client: Option<&Client>,
        hint: Option<&IdTokenClaims>,
        session: Option<PortalSession<'_>>,
    ) -> Result<EndSessionPlan, EndSessionError> {
        let expected = self.client_id(hint)?;
        let client = client.filter(|client| Some(client.client_id.as_str()) == expected);
        if expected.is_some() && client.is_none() {
            return Err(EndSessionError::ClientUnknown);
        }
        let confirm = session.is_some_and(|session| !hint.is_some_and(|hint| session.is_meant_by(hint)));
        Ok(EndSessionPlan { confirm, location: self.location(client)? })
    }

    fn location(&self, client: Option<&Client>) -> Result<Option<String>, EndSessionError> {
        let Some(wanted) = self.post_logout_redirect_uri.as_deref() else { return Ok(None) };
        let client = client.ok_or(EndSessionError::ClientUnknown)?;
        let registered = client.post_logout_redirect_uris.iter().find(|uri| uri.matches(wanted));
        let registered = registered.ok_or(EndSessionError::RedirectNotRegistered)?;
        let pairs: Vec<_> = self.state.as_deref().map(|state| ("state", state)).into_iter().collect();
        Ok(Some(append_query(registered.as_str(), &pairs)))
    }
}

/// The browser's session at the portal.
#[derive(Debug, Clone, Copy)]
pub struct PortalSession<'s> {
    /// Who is signed in: the `sub` of id tokens.
    pub subject: &'s str,
    /// The session: the `sid` of id tokens.
    pub sid: &'s str,
}

impl PortalSession<'_> {
    fn is_meant_by(&self, hint: &IdTokenClaims) -> bool {
        hint.sub == self.subject && hint.sid.as_deref() == Some(self.sid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::{RedirectUri, Transport};
    use crate::id_token::HubClaims;
    use crate::secret::TokenHash;

    const AFTER: &str = "https://c.example.org/hub/logged-out";
    const SESSION: PortalSession<'_> = PortalSession { subject: "u1", sid: "s1" };

    fn client() -> Client {
        Client {
            client_id: "course-1".into(),
            secret_hash: TokenHash::of("s"),
            redirect_uris: vec![],
            post_logout_redirect_uris: vec![RedirectUri::parse(AFTER, Transport::HttpsOrLoopback).unwrap()],
        }
    }

    fn hint() -> IdTokenClaims {
        IdTokenClaims {
            iss: "https://portal.example.org".into(),
            sub: "u1".into(),
            aud: "course-1".into(),
            exp: 0,
            iat: 0,
            auth_time: 0,
            nonce: None,
            at_hash: None,
            sid: Some("s1".into()),
            hub: HubClaims::default(),
        }
    }

    fn request() -> EndSessionRequest {
        let uri = "https%3A%2F%2Fc.example.org%2Fhub%2Flogged-out";
        EndSessionRequest::parse(&format!("client_id=course-1&post_logout_redirect_uri={uri}&state=a%26b"))
            .unwrap()
    }

    #[test]
    fn a_proven_request_signs_out_without_asking_and_returns_with_state() {
        let plan = request().decide(Some(&client()), Some(&hint()), Some(SESSION)).unwrap();
        assert_eq!(plan, EndSessionPlan { confirm: false, location: Some(format!("{AFTER}?state=a%26b")) });
    }

    #[test]
    fn without_proof_about_this_session_the_person_is_asked() {
        let client = client();
        let confirm = |hint: Option<IdTokenClaims>| {
            request().decide(Some(&client), hint.as_ref(), Some(SESSION)).unwrap().confirm
        };
        assert!(confirm(None));
        assert!(confirm(Some(IdTokenClaims { sub: "u2".into(), ..hint() })));
        assert!(confirm(Some(IdTokenClaims { sid: Some("s2".into()), ..hint() })));
        assert!(confirm(Some(IdTokenClaims { sid: None, ..hint() })));
        assert!(!request().decide(Some(&client), None, None).unwrap().confirm);
    }

    #[test]
    fn a_bare_request_is_fine_and_goes_to_the_portal_s_own_page() {
        let bare = EndSessionRequest::parse("").unwrap();
        let plan = bare.decide(None, None, Some(SESSION)).unwrap();
        assert_eq!(plan, EndSessionPlan { confirm: true, location: None });
    }

    #[test]
    fn only_an_exactly_registered_address_is_returned_to() {
        for uri in
            ["https://evil.example/", "https://c.example.org/hub/logged-out/", "https://c.example.org/"]
        {
            let request = EndSessionRequest { post_logout_redirect_uri: Some(uri.into()), ..request() };
            let refused = request.decide(Some(&client()), Some(&hint()), None);
            assert_eq!(refused, Err(EndSessionError::RedirectNotRegistered), "{uri}");
        }
    }

    #[test]
    fn a_redirect_needs_a_known_client() {
        let nameless = EndSessionRequest { client_id: None, ..request() };
        assert_eq!(nameless.decide(None, None, None), Err(EndSessionError::ClientUnknown));
        assert_eq!(nameless.decide(Some(&client()), None, None), Err(EndSessionError::ClientUnknown));
        assert_eq!(request().decide(None, None, None), Err(EndSessionError::ClientUnknown));
        let by_hint = nameless.decide(Some(&client()), Some(&hint()), None).unwrap();
        assert!(by_hint.location.is_some());
    }

    #[test]
    fn a_contradicting_client_is_refused() {
        let other = EndSessionRequest { client_id: Some("course-2".into()), ..request() };
        assert_eq!(other.decide(Some(&client()), Some(&hint()), None), Err(EndSessionError::ClientMismatch));
    }

    #[test]
    fn duplicates_damaged_encoding_and_a_bad_state_are_refused() {
        assert_eq!(EndSessionRequest::parse("state=a&state=a"), Err(Duplicated("state").into()));
        assert_eq!(EndSessionRequest::parse("state=%"), Err(ParamsError::Malformed.into()));
        assert_eq!(EndSessionRequest::parse("state=%0a"), Err(EndSessionError::State));
        let long = format!("state={}", "s".repeat(MAX_STATE_BYTES + 1));
        assert_eq!(EndSessionRequest::parse(&long), Err(EndSessionError::State));
    }
}
