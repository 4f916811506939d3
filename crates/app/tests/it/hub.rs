//! A hub as the provider sees it: asks for codes, exchanges and refreshes them, and reads userinfo.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jhaas_app::{
    Actor,
    provider::{self, Answer, BearerFault, TokenFault},
    secret,
    session::{self, SignedIn, Visitor},
    sign_in::{self, Vouched},
};
use jhaas_domain::{contract::Secrets, id::CourseId};
use jhaas_oidc::{
    bearer::BearerError,
    token::{TokenError, TokenErrorCode},
};
use jhaas_testkit::{World, refreshable};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

pub(crate) struct Hub<'w> {
    world: &'w World,
    pub(crate) secrets: Secrets,
    pub(crate) redirect_uri: String,
}

/// What a token request gave.
#[derive(Clone, Debug)]
pub(crate) struct Tokens {
    pub(crate) access: String,
    pub(crate) refresh: String,
    pub(crate) id: Option<String>,
}

impl<'w> Hub<'w> {
    pub(crate) async fn of(world: &'w World, course: CourseId) -> Self {
        let course = world.stored(course).await;
        let tx = world.db.begin().await.unwrap();
        let secrets = secret::course_secrets(&world.app, &tx, &course).await.unwrap();
        world.app.commit(tx).await.unwrap();
        let slug = course.spec.slug.as_str();
        let redirect_uri = format!("{}/hub/oauth_callback", world.app.settings.hub_url("main", slug));
        Self { world, secrets, redirect_uri }
    }

    pub(crate) fn query(&self) -> String {
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
        let redirect = encode(&self.redirect_uri);
        format!(
            "response_type=code&client_id={}&redirect_uri={redirect}&scope=openid+profile+groups&state=st\
             &nonce=no&code_challenge={challenge}&code_challenge_method=S256",
            self.secrets.client_id
        )
    }

    pub(crate) async fn authorize(&self, who: Option<&SignedIn>) -> Answer {
        self.try_authorize(who).await.unwrap()
    }

    pub(crate) async fn try_authorize(&self, who: Option<&SignedIn>) -> jhaas_app::Result<Answer> {
        provider::authorize(&self.world.app, &self.query(), who).await
    }

    /// The code that the browser brings back.
    pub(crate) async fn code(&self, who: &SignedIn) -> String {
        match self.authorize(Some(who)).await {
            Answer::Redirect(location) => {
                parameter(&location, "code").unwrap_or_else(|| panic!("{location}"))
            }
            other => panic!("no code: {other:?}"),
        }
    }

    pub(crate) async fn exchange_with(&self, code: &str, verifier: &str) -> Result<Tokens, TokenErrorCode> {
        let body = format!(
            "grant_type=authorization_code&code={code}&redirect_uri={}&code_verifier={verifier}{}",
            encode(&self.redirect_uri),
            self.authentication()
        );
        self.token(&body).await
    }

    pub(crate) async fn exchange(&self, code: &str) -> Result<Tokens, TokenErrorCode> {
        self.exchange_with(code, VERIFIER).await
    }

    pub(crate) async fn refresh(&self, token: &str) -> Result<Tokens, TokenErrorCode> {
        self.token(&format!("grant_type=refresh_token&refresh_token={token}{}", self.authentication())).await
    }

    pub(crate) async fn revoke(&self, token: &str) {
        provider::revoke(&self.world.app, &[], &format!("token={token}{}", self.authentication()))
            .await
            .unwrap();
    }

    pub(crate) async fn userinfo(&self, access_token: &str) -> Result<Value, BearerError> {
        match provider::userinfo(&self.world.app, &[&format!("Bearer {access_token}")]).await {
            Ok(info) => Ok(serde_json::to_value(info).unwrap()),
            Err(BearerFault::Refused(error)) => Err(error),
            Err(BearerFault::Failed(error)) => panic!("{error}"),
        }
    }

    /// From the browser's session to tokens.
    pub(crate) async fn sign_in(&self, who: &SignedIn) -> Tokens {
        let code = self.code(who).await;
        self.exchange(&code).await.unwrap()
    }

    pub(crate) async fn token(&self, body: &str) -> Result<Tokens, TokenErrorCode> {
        match provider::token(&self.world.app, &[], body).await {
            Ok(answer) => {
                let answer = serde_json::to_value(answer).unwrap();
                let text = |name: &str| answer[name].as_str().map(str::to_owned);
                Ok(Tokens {
                    access: text("access_token").unwrap(),
                    refresh: text("refresh_token").unwrap(),
                    id: text("id_token"),
                })
            }
            Err(TokenFault::Refused(TokenError { code, .. })) => Err(code),
            Err(TokenFault::Failed(error)) => panic!("{error}"),
        }
    }

    fn authentication(&self) -> String {
        format!("&client_id={}&client_secret={}", self.secrets.client_id, self.secrets.client_secret)
    }
}

/// A browser session of somebody who signs in elsewhere: no password to hash.
pub(crate) async fn session_of(world: &World, actor: &Actor) -> SignedIn {
    let subject = actor.account.to_string();
    jhaas_testkit::linked(&world.app, actor, "https://idp.example", &subject).await;
    let vouched = Vouched {
        issuer: "https://idp.example".to_owned(),
        subject,
        name: actor.name.clone(),
        email: String::new(),
        email_verified: true,
        roles: Vec::new(),
        lang: "en".to_owned(),
    };
    let new = sign_in::with_identity(&world.app, &vouched, &refreshable(), None, &Visitor::default())
        .await
        .unwrap();
    authenticated(world, &new.token).await.unwrap()
}

pub(crate) async fn authenticated(world: &World, token: &str) -> Option<SignedIn> {
    session::authenticate(&world.app, token, None).await.unwrap()
}

/// A parameter of an address, decoded.
pub(crate) fn parameter(address: &str, name: &str) -> Option<String> {
    let url = url::Url::parse(address).unwrap();
    url.query_pairs().find(|(found, _)| found == name).map(|(_, value)| value.into_owned())
}

fn encode(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
