//! The hub's client against a real JupyterHub.

use std::time::{Duration, Instant};

use jhaas_hubapi::{
    HubApi, HubError,
    http::{ClientOptions, client},
};

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

        // Asking without waiting: twice does no harm.
        api.begin_stop("ann").await.unwrap();
        api.begin_stop("ann").await.unwrap();
        api.stop_server("ann", LONG).await.unwrap();
        api.begin_start("ann").await.unwrap();
        api.begin_start("ann").await.unwrap();
        api.start_server("ann", LONG).await.unwrap();

        home_is_read_by_somebody_made_for_it(&hub, &api).await;

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

/// A user who exists for this reads one home and nothing else, until the share ends.
async fn home_is_read_by_somebody_made_for_it(hub: &Hub, api: &HubApi) {
    let folder = hub.folder().join("ann");
    std::fs::create_dir_all(folder.join("week 1/empty")).unwrap();
    std::fs::write(folder.join("week 1/größe 100%?#.txt"), "ß").unwrap();
    std::fs::write(folder.join(".hidden"), "x").unwrap();
    std::os::unix::fs::symlink("/no/such/file", folder.join("week 1/dangling")).unwrap();
    std::os::unix::fs::symlink(".", folder.join("week 1/loop")).unwrap();
    api.create_user("_reader").await.unwrap();
    let refused = api.share("no-server", "_reader").await.unwrap_err();
    assert!(matches!(refused, HubError::NotFound { .. }), "{refused}");
    api.share("ann", "_reader").await.unwrap();
    let token = api.make_token("_reader", &["access:servers!server=ann/".to_owned()], LONG).await.unwrap();
    // This hub has no proxy: the server is asked at its own address.
    let log = hub.log();
    let server = log.rsplit("/user/ann/ => ").next().unwrap().split_whitespace().next().unwrap();
    let home = HubApi::new(client(&ClientOptions::default()).unwrap(), server, "").unwrap();
    let home = home.home("ann", &token).unwrap();
    let listed = home.list("").await.unwrap();
    assert!(listed.iter().any(|entry| entry.name == "week 1" && entry.is_folder), "{listed:?}");
    assert!(listed.iter().all(|entry| entry.name != ".hidden"), "{listed:?}");
    let inside = home.list("week 1").await.unwrap();
    let file = inside.iter().find(|entry| entry.name == "größe 100%?#.txt").unwrap();
    assert_eq!((file.is_folder, file.size), (false, 2));
    assert!(home.list("week 1/empty").await.unwrap().is_empty());
    let mut content = home.read("week 1/größe 100%?#.txt").await.unwrap();
    assert_eq!(content.next().await.unwrap().unwrap(), "ß".as_bytes());
    assert_eq!(content.next().await.unwrap(), None);
    for gone in ["week 1/dangling", "week 1/nothing", "../ann/.hidden"] {
        let error = home.read(gone).await.err().unwrap();
        assert!(matches!(error, HubError::NotFound { .. }), "{gone}: {error}");
    }
    assert!(!home.is_busy().await.unwrap());

    api.unshare("ann", "_reader").await.unwrap();
    api.unshare("ann", "_reader").await.unwrap();
    let until = Instant::now() + LONG;
    while home.list("").await.is_ok() {
        assert!(Instant::now() < until, "the reader still reads");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    api.delete_user("_reader", LONG).await.unwrap();
}
