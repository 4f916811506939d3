//! The hub's client against a real JupyterHub.

use std::time::{Duration, Instant};

use jhaas_hubapi::HubError;

use crate::{hub::Hub, server::within};

const LONG: Duration = Duration::from_secs(90);

#[tokio::test]
async fn users_servers_and_tokens_of_a_hub_are_managed() {
    let Some(hub) = Hub::start().await else { return };
    let api = hub.api("portal-token");
    within(300, async {
        let info = api.info().await.unwrap();
        assert!(info.version.starts_with(|first: char| first.is_ascii_digit()), "{info:?}");

        // More than one page, and more than JupyterHub gives at once by itself.
        let users = api.users().await.unwrap();
        assert_eq!(users.len(), 230);
        assert!(users.iter().any(|user| user.name == "user-229"));

        assert_eq!(api.user("ann").await.unwrap(), None);
        assert_eq!(api.create_user("ann").await, Ok(true));
        assert_eq!(api.create_user("ann").await, Ok(false));
        assert!(api.user("ann").await.unwrap().unwrap().servers.unwrap().is_empty());

        let server = api.start_server("ann", LONG).await.unwrap();
        assert_eq!((server.ready, server.url.as_str()), (true, "/user/ann/"));
        let again = api.start_server("ann", LONG).await.unwrap();
        assert_eq!(again.started, server.started);
        let servers = api.servers().await.unwrap();
        assert_eq!((servers.len(), servers[0].user.as_str()), (1, "ann"));

        // The server's own token goes too.
        api.revoke_tokens("ann").await.unwrap();
        api.revoke_tokens("ann").await.unwrap();
        api.stop_server("ann", LONG).await.unwrap();
        api.stop_server("ann", LONG).await.unwrap();
        assert_eq!(api.servers().await.unwrap(), []);

        api.delete_user("ann", LONG).await.unwrap();
        api.delete_user("ann", LONG).await.unwrap();
        api.stop_server("ann", LONG).await.unwrap();
        api.revoke_tokens("ann").await.unwrap();
        assert_eq!(api.user("ann").await.unwrap(), None);
        let error = api.start_server("ann", LONG).await.unwrap_err();
        assert_eq!(error, HubError::NotFound { what: "ann".to_owned() });

        let error = hub.api("wrong").users().await.unwrap_err();
        assert!(matches!(error, HubError::Denied { status: 403, .. }), "{error}");
        let error = hub.api("nobody-token").delete_user("user-001", LONG).await.unwrap_err();
        assert!(matches!(error, HubError::Denied { .. } | HubError::NotFound { .. }), "{error}");
        assert!(api.user("user-001").await.unwrap().is_some());
    })
    .await;
}

#[tokio::test]
async fn servers_that_stop_slowly_hang_or_fail_are_dealt_with() {
    let Some(hub) = Hub::start().await else { return };
    let api = hub.api("portal-token");
    within(300, async {
        for name in ["slow", "unlucky", "endless"] {
            api.create_user(name).await.unwrap();
        }
        let error = api.start_server("unlucky", LONG).await.unwrap_err();
        let HubError::StartFailed { message, .. } = &error else { panic!("{error}") };
        assert!(message.contains("Spawn failed"), "{message}");

        let began = Instant::now();
        let error = api.start_server("endless", Duration::from_secs(2)).await.unwrap_err();
        assert!(matches!(error, HubError::TimedOut { seconds: 2, .. }), "{error}");
        assert!(began.elapsed() < Duration::from_secs(10));
        api.delete_user("endless", LONG).await.unwrap();
        assert_eq!(api.user("endless").await.unwrap(), None);

        // The stop takes longer than the hub waits for it: 202, and 400 for a deletion meanwhile.
        api.start_server("slow", LONG).await.unwrap();
        let error = api.stop_server("slow", Duration::from_millis(500)).await.unwrap_err();
        assert!(matches!(error, HubError::TimedOut { .. }), "{error}");
        assert_eq!(api.servers().await.unwrap()[0].server.pending.as_deref(), Some("stop"));
        api.delete_user("slow", LONG).await.unwrap();
        assert_eq!(api.user("slow").await.unwrap(), None);
        assert_eq!(api.servers().await.unwrap(), []);
    })
    .await;
}
