//! Dex: another provider than the one that everything was made with. It has no groups and no sign-out.

use jhaas_app::identity::{IdentityError, Providers as _, Wish};

use crate::{
    browser::Browser,
    services::{clients, now, settings, variable},
};

/// As the provider has it: `<this>/sign-in/callback/dex` is the redirect address.
const PORTAL: &str = "http://127.0.0.1:8080";
const WISH: Wish<'_> = Wish { lang: "en", again: false };

#[tokio::test]
async fn somebody_signs_in_by_dex_and_is_asked_about_again() {
    let Some(issuer) = variable("JHAAS_TEST_DEX_ISSUER") else { return };
    let names = ["JHAAS_TEST_OIDC_CLIENT_ID", "JHAAS_TEST_OIDC_CLIENT_SECRET", "JHAAS_TEST_OIDC_PASSWORD"];
    let [Some(id), Some(secret), Some(password)] = names.map(variable) else { return };
    let mut dex = settings("dex", &issuer, &id, &secret);
    // Without it Dex gives nothing to ask again with.
    dex.scopes.push("offline_access".to_owned());
    let clock = now();
    let clients = clients(dex, PORTAL, &clock);
    clients.check("dex").await.unwrap();

    let (address, handshake) = clients.begin("dex", WISH).await.unwrap();
    let mut browser = Browser::new();
    let page = browser.get(&address, PORTAL).await;
    let fields = [("login", "teacher@university.example"), ("password", password.as_str())];
    let back = browser.submit(&page, &fields, PORTAL).await;
    assert_eq!(back.parameter("state").as_ref(), Some(&handshake.state), "{} {}", back.address, back.text);
    let code = back.parameter("code").unwrap();
    let proof =
        clients.finish("dex", &handshake, &code, back.parameter("iss").as_deref(), "de").await.unwrap();
    assert_eq!(proof.vouched.email, "teacher@university.example");
    assert!(proof.vouched.email_verified);
    assert_eq!(proof.vouched.roles, []);
    assert_eq!((proof.vouched.issuer.as_str(), proof.vouched.lang.as_str()), (issuer.as_str(), "de"));

    let again = clients.finish("dex", &handshake, &code, None, "de").await;
    assert!(matches!(again, Err(IdentityError::Refused(_))), "a code counts once: {again:?}");

    let earlier = proof.tokens.refresh.unwrap();
    let (address, handshake) = clients.begin("dex", WISH).await.unwrap();
    let mut other_browser = Browser::new();
    let page = other_browser.get(&address, PORTAL).await;
    let back = other_browser.submit(&page, &fields, PORTAL).await;
    let (code, iss) = (back.parameter("code").unwrap(), back.parameter("iss"));
    let proof = clients.finish("dex", &handshake, &code, iss.as_deref(), "de").await.unwrap();
    let void = clients.refresh(&issuer, &proof.vouched.subject, &earlier).await;
    assert!(matches!(void, Err(IdentityError::Refused(_))), "docs/operate says one_refresh_token: {void:?}");

    let token = proof.tokens.refresh.unwrap();
    let fresh = clients.refresh(&issuer, &proof.vouched.subject, &token).await.unwrap();
    assert_eq!(fresh.roles.unwrap(), []);
    let somebody = clients.refresh(&issuer, "somebody else", &fresh.tokens.refresh.unwrap()).await.unwrap();
    assert!(matches!(somebody.roles, Err(IdentityError::Untrusted(_))), "{somebody:?}");
    assert!(somebody.tokens.refresh.is_some(), "the old one counts no more");
    let forged = clients.refresh(&issuer, &proof.vouched.subject, "forged").await;
    assert!(matches!(forged, Err(IdentityError::Refused(_))), "{forged:?}");
    assert_eq!(clients.sign_out(&issuer, None, None).await, None);
}
