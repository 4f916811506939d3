//! Course material from a Git server of the institution.

use jhaas_app::{hub::ServerState, server};
use jhaas_dispatch::hub::Hubs;
use jhaas_domain::course::CourseState;
use jhaas_hubapi::http::ClientOptions;

use crate::{
    git_server::GitServer,
    home::{Browser, admitted, until_server},
    line::Line,
};

#[tokio::test(flavor = "multi_thread")]
async fn material_of_a_branch_comes_by_https_from_a_server_with_an_authority_of_ones_own() {
    let line = Line::new().await;
    let git = GitServer::start(&line.path("git")).await;
    let stranger = git.look(None).await;
    let why = String::from_utf8_lossy(&stranger.stderr);
    assert!(!stranger.status.success() && why.contains("certificate"), "trusted by everybody: {why}");
    let heads = git.look(Some(&git.authority)).await;
    assert!(heads.status.success(), "{}", String::from_utf8_lossy(&heads.stderr));

    let id = line
        .begun("material", |form| {
            form.material_url.clone_from(&git.url);
            form.material_branch = "second-term".to_owned();
        })
        .await;
    // The operator names the authority where the program is started, and nowhere else.
    let authority = git.authority.clone().into_os_string();
    let portal = line.portal_with_dispatcher(&[("GIT_SSL_CAINFO", authority)]).await;
    line.until_state(id, CourseState::Deployed, None).await;
    let bob = admitted(&line, id, "bob").await;
    let hubs = Hubs::new(&ClientOptions::default()).unwrap();
    server::start(&line.world.app, &hubs, &line.leader, id, bob.account).await.unwrap();
    until_server(&line, &hubs, id, Some(ServerState::Running)).await;

    let browser = Browser::of(&line, &bob).await;
    let server = format!("http://material.localhost:{}/user/bob", line.port);
    let page = browser.client.get(format!("{server}/")).send().await.unwrap();
    let (status, url) = (page.status(), page.url().clone());
    assert!(status.is_success() && url.path() == "/user/bob/git-pull", "{status} {url}");
    // What the page then does by script.
    let pull = format!("{server}/git-pull/api?{}", url.query().unwrap());
    let told = browser.client.get(&pull).header("X-XSRFToken", browser.xsrf(&pull)).send().await.unwrap();
    let told = told.text().await.unwrap();
    let material = line.hub_folder(id).join("homes/bob/material");
    assert!(material.join("week 27.ipynb").is_file(), "{told}");
    assert!(!material.join("week 1.ipynb").exists(), "that is of the other branch");
    drop(portal);
}
