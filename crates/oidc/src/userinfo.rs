//! The answer of the userinfo endpoint (OpenID Connect Core 1.0 §5.3.2).

use serde::Serialize;

use crate::bearer::BearerError;
use crate::id_token::HubClaims;
use crate::scope::{Scope, Scopes};

/// The claims about a person, as JSON. Send it with [`NO_STORE`](crate::NO_STORE).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct UserInfo {
    /// The same `sub` as in the id token (OpenID Connect Core 1.0 §5.3.4).
    pub sub: String,
    /// What the scopes let the hub see.
    #[serde(flatten)]
    pub claims: HubClaims,
}

impl UserInfo {
    /// Puts an answer together for an access token with these scopes.
    ///
    /// # Errors
    /// [`BearerError::InsufficientScope`] without `openid` (OpenID Connect Core 1.0 §5.3.1).
    pub fn new(subject: &str, claims: &HubClaims, scopes: &Scopes) -> Result<Self, BearerError> {
        if !scopes.contains(Scope::OpenId) {
            return Err(BearerError::InsufficientScope);
        }
        Ok(Self { sub: subject.to_owned(), claims: claims.limited_to(scopes) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims() -> HubClaims {
        HubClaims::new("ada", "Ada Lovelace", vec![])
    }

    #[test]
    fn the_answer_is_flat_json_with_groups_even_when_there_are_none() {
        let info = UserInfo::new("u1", &claims(), &Scopes::from_iter(Scope::ALL)).unwrap();
        assert_eq!(
            serde_json::to_string(&info).unwrap(),
            r#"{"sub":"u1","preferred_username":"ada","name":"Ada Lovelace","groups":[]}"#
        );
    }

    #[test]
    fn what_was_not_granted_is_not_told() {
        let info = UserInfo::new("u1", &claims(), &Scopes::from_iter([Scope::OpenId])).unwrap();
        assert_eq!(serde_json::to_string(&info).unwrap(), r#"{"sub":"u1"}"#);
    }

    #[test]
    fn without_openid_there_is_no_answer() {
        let scopes = Scopes::from_iter([Scope::Profile]);
        assert_eq!(UserInfo::new("u1", &claims(), &scopes), Err(BearerError::InsufficientScope));
    }
}
