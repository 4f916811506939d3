//! The scopes a hub can ask for.

use std::collections::BTreeSet;
use std::fmt;

/// A scope we understand (RFC 6749 §3.3, OpenID Connect Core 1.0 §5.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// `openid`, without which a request is not one of OpenID Connect (Core 1.0 §3.1.2.1).
    OpenId,
    /// `profile`: `preferred_username` and `name`.
    Profile,
    /// `groups`: the roles in the course.
    Groups,
}

impl Scope {
    /// Every scope, in the order in which they are written.
    pub const ALL: [Self; 3] = [Self::OpenId, Self::Profile, Self::Groups];

    /// The scope's name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OpenId => "openid",
            Self::Profile => "profile",
            Self::Groups => "groups",
        }
    }
}

/// A set of granted or requested scopes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scopes(BTreeSet<Scope>);

/// The scope parameter breaks the grammar of RFC 6749 §3.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the scope is malformed")]
pub struct MalformedScope;

impl Scopes {
    /// Reads a scope parameter or a stored one. Unknown scopes are dropped
    /// (OpenID Connect Core 1.0 §3.1.2.1).
    ///
    /// # Errors
    /// The text breaks the grammar of RFC 6749 §3.3.
    pub fn parse(text: &str) -> Result<Self, MalformedScope> {
        let mut scopes = BTreeSet::new();
        for token in text.split(' ') {
            if !is_scope_token(token) {
                return Err(MalformedScope);
            }
            scopes.extend(Scope::ALL.into_iter().filter(|scope| scope.as_str() == token));
        }
        Ok(Self(scopes))
    }

    /// Whether the scope was granted.
    pub fn contains(&self, scope: Scope) -> bool {
        self.0.contains(&scope)
    }

    /// Whether each of these is in `other` (RFC 6749 §6: a refresh may narrow, never widen).
    pub fn is_subset(&self, other: &Self) -> bool {
        self.0.is_subset(&other.0)
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().collect())
    }
}

impl fmt::Display for Scopes {
    /// Space-separated, as on the wire and as stored.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.0.iter().map(|scope| scope.as_str()).collect();
        f.write_str(&names.join(" "))
    }
}

fn is_scope_token(token: &str) -> bool {
    !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_scopes_are_ignored() {
        let scopes = Scopes::parse("email openid offline_access groups").unwrap();
        assert_eq!(scopes.to_string(), "openid groups");
        assert!(!scopes.contains(Scope::Profile));
    }

    #[test]
    fn a_malformed_scope_is_refused() {
        for text in ["", " openid", "openid  groups", "openid\tgroups", "open\"id", "open\\id", "öpenid"] {
            assert_eq!(Scopes::parse(text), Err(MalformedScope), "{text}");
        }
    }

    #[test]
    fn a_narrower_set_is_a_subset() {
        let all = Scopes::from_iter(Scope::ALL);
        let one = Scopes::parse("openid").unwrap();
        assert!(one.is_subset(&all) && !all.is_subset(&one));
        assert_eq!(Scopes::parse(&all.to_string()).unwrap(), all);
    }
}
