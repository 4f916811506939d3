//! Whose portal it is.

use std::{collections::BTreeMap, sync::Arc};

use jhaas_lang::Lang;
use jhaas_testkit::World;
use jhaas_web::brand::{Colours, Institution, Link, Logo};

use crate::portal::Portal;

fn everywhere(text: &str) -> BTreeMap<Lang, String> {
    Lang::all().map(|lang| (lang, text.to_owned())).collect()
}

fn institution(name: &str) -> Institution {
    Institution {
        name: format!("{name} University"),
        unit: Some(format!("{name} Computing Centre")),
        support: Some(format!("help@{name}.example")),
        logo: Some(Arc::new(Logo {
            media_type: "image/svg+xml",
            bytes: format!("<svg><title>{name}</title></svg>").into_bytes(),
        })),
        colours: Some(Colours::new("#7a1f3d", "#f0a6bd").unwrap()),
        imprint: everywhere(&format!("# {name} imprint")),
        privacy: everywhere(&format!("# {name} privacy")),
        links: vec![Link { url: format!("https://{name}.example/a11y"), label: everywhere("Accessibility") }],
    }
}

#[tokio::test]
async fn each_institution_sees_its_own_and_nothing_of_another() {
    for (name, other) in [("north", "south"), ("south", "north")] {
        let portal = Portal::with(World::sqlite().await, |site| site.institution = institution(name));
        let mut visitor = portal.visitor();
        for path in ["/", "/help", "/imprint", "/privacy", "/terms", "/sign-in", "/register", "/nowhere"] {
            let page = visitor.get(path).await.hides(other).hides("University of");
            let page = page.shows(&format!("{name} University")).shows(&format!("{name} Computing Centre"));
            page.shows(&format!("https://{name}.example/a11y")).shows("/logo\"").shows("/colours.css");
        }
        visitor.get("/imprint").await.shows(&format!("{name} imprint")).hides("comes with the software");
        visitor.get("/privacy").await.shows(&format!("{name} privacy")).hides("comes with the software");
        visitor.get("/help").await.shows(&format!("help@{name}.example"));
        let page = visitor.get("/").await;
        let logo = page.body.split("<img src=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        visitor.get(&logo).await.is(200).shows(&format!("<title>{name}</title>"));
    }
}

#[tokio::test]
async fn hubs_that_shield_nobody_are_said_on_every_page() {
    let portal = Portal::with(World::sqlite().await, |site| site.local_hubs = true);
    let ada = portal.world.leader("ada").await;
    portal.visitor().get("/").await.shows("not shielded from each other");
    portal.browser(&ada).await.get("/courses").await.shows("not shielded from each other");
    Portal::new().await.visitor().get("/").await.hides("not shielded");
}
