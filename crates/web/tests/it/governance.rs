//! Governance: what waits, the decision beside what is committed, and what happens when two decide at once.

use jhaas_app::{Actor, change, course};
use jhaas_domain::{
    cluster::Cluster,
    course::{ChangeState, CourseState},
    id::{ChangeId, CourseId},
    policy::UsualAnswer,
    resources::Resources,
};
use jhaas_testkit::World;

use crate::portal::{Portal, Reply};

struct Setting {
    portal: Portal,
    ada: Actor,
    gwen: Actor,
}

async fn setting() -> Setting {
    let portal = Portal::new().await;
    let ada = portal.world.leader("Ada").await;
    let gwen = portal.world.governance("Gwen").await;
    Setting { portal, ada, gwen }
}

impl Setting {
    async fn requested(&self, slug: &str) -> CourseId {
        self.portal
            .world
            .course(&self.ada)
            .slug(slug)
            .with(|form| form.remarks = "Before April, please.".into())
            .create()
            .await
    }

    async fn state(&self, id: CourseId) -> CourseState {
        self.portal.world.stored(id).await.state
    }

    async fn mails(&self, kind: &str) -> usize {
        let filter = jhaas_store::outbox::Filter { search: kind.to_owned(), ..Default::default() };
        let page = jhaas_store::Page::default();
        jhaas_store::outbox::list(self.portal.world.db.pool(), &filter, page).await.unwrap().items.len()
    }

    /// A change of a running course that governance must decide.
    async fn change(&self) -> (CourseId, ChangeId) {
        let world = &self.portal.world;
        let id = world.course(&self.ada).slug("running").state(CourseState::Deployed).create().await;
        let stored = world.stored(id).await;
        let mut form = course::form_of(&stored.spec, &world.app.settings.zone);
        form.seats = "45".to_owned();
        change::change(&world.app, &self.ada, id, stored.version, &form).await.unwrap();
        let pending = jhaas_store::change::pending_of(world.db.pool(), id).await.unwrap().unwrap();
        (id, pending.id)
    }
}

fn decision<'a>(page: &Reply, decision: &'a str, message: &'a str) -> Vec<(&'a str, String)> {
    vec![
        ("version", page.field("version")),
        ("decision", decision.to_owned()),
        ("message", message.to_owned()),
    ]
}

fn pairs<'a>(form: &'a [(&'a str, String)]) -> Vec<(&'a str, &'a str)> {
    form.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

#[tokio::test]
async fn only_governance_sees_what_is_to_be_decided() {
    let all = setting().await;
    let id = all.requested("python").await;
    let request = format!("/governance/requests/{id}");
    let sam = all.portal.world.student("Sam").await;
    let max = all.portal.world.administrator("Max").await;
    for (who, queue, one) in [(&all.gwen, 200, 200), (&max, 403, 200), (&all.ada, 403, 403), (&sam, 403, 404)]
    {
        let mut browser = all.portal.browser(who).await;
        browser.get("/governance").await.is(queue);
        let seen = browser.get(&request).await;
        assert_eq!(seen.status.as_u16(), one, "{}", who.name);
        let decided = [("version", "1"), ("decision", "accept"), ("message", "")];
        if who.account != all.gwen.account {
            let refused = browser.post(&request, &decided).await.status.as_u16();
            assert!(matches!(refused, 403 | 404), "{}: {refused}", who.name);
        }
    }
    assert_eq!(all.state(id).await, CourseState::Requested);
    // Who only looks on finds no form.
    all.portal
        .browser(&max)
        .await
        .get(&request)
        .await
        .is(200)
        .hides("name=\"decision\"")
        .shows("Before April");
    let visitor = all.portal.visitor().get(&request).await;
    assert!(visitor.leads_to().starts_with("/sign-in"));
    all.portal.browser(&all.gwen).await.get("/governance/requests/nothing").await.is(404);
}

#[tokio::test]
async fn a_request_is_accepted_with_words_and_leaves_the_queue() {
    let all = setting().await;
    let id = all.requested("python").await;
    let mut browser = all.portal.browser(&all.gwen).await;
    browser.get("/governance").await.is(200).shows("Course python").shows("Ada").shows("One decision waits");
    let page = browser.get(&format!("/governance/requests/{id}")).await.is(200);
    let page =
        page.shows("Before April, please.").shows("Course requested").shows("<svg").shows("This course");
    let form = decision(&page, "accept", "Have a good term.");
    let done = browser.post(&format!("/governance/requests/{id}"), &pairs(&form)).await;
    browser.follow(&done).await.is(200).shows("is accepted").shows("Everything is decided");
    assert_eq!(all.state(id).await, CourseState::Accepted);
    assert_eq!(all.mails("request_accepted").await, 1);
    let after = browser.get(&format!("/governance/requests/{id}")).await.is(200);
    after.shows("Have a good term.").shows("Gwen").hides("name=\"decision\"");
}

#[tokio::test]
async fn a_rejection_needs_words_and_keeps_what_was_typed() {
    let all = setting().await;
    let id = all.requested("python").await;
    let address = format!("/governance/requests/{id}");
    let mut browser = all.portal.browser(&all.gwen).await;
    let page = browser.get(&address).await;
    let wrong = browser.post(&address, &pairs(&decision(&page, "reject", "  "))).await.is(422);
    wrong.shows("href=\"#field-message\"");
    let long = "x".repeat(2001);
    let wrong = browser.post(&address, &pairs(&decision(&page, "reject", &long))).await.is(422);
    wrong.shows("href=\"#field-message\"").shows(&long);
    assert_eq!(all.state(id).await, CourseState::Requested);
    let done = browser.post(&address, &pairs(&decision(&page, "reject", "Too large for May."))).await;
    browser.follow(&done).await.shows("is rejected");
    assert_eq!(all.state(id).await, CourseState::Rejected);
    browser.post(&address, &[("version", "1"), ("decision", "shrug")]).await.is(400);
}

#[tokio::test]
async fn a_question_goes_back_and_the_request_waits_apart() {
    let all = setting().await;
    let id = all.requested("python").await;
    let address = format!("/governance/requests/{id}");
    let mut browser = all.portal.browser(&all.gwen).await;
    let page = browser.get(&address).await;
    let done = browser.post(&address, &pairs(&decision(&page, "send_back", "Why so many?"))).await;
    let queue = browser.follow(&done).await.is(200).shows("Sent back").shows("Course python");
    queue.shows("Nothing waits for a decision");
    browser.get(&address).await.shows("Why so many?").hides("name=\"decision\"");
    let mut leader = all.portal.browser(&all.ada).await;
    leader.get(&format!("/courses/{id}")).await.is(200).shows("Why so many?");
}

#[tokio::test]
async fn what_does_not_fit_is_accepted_only_with_a_reason() {
    let mut world = jhaas_testkit::World::sqlite().await;
    let small = Resources { cpu_millis: 20_000, memory_mib: 20 * 1024, storage_mib: 500 * 1024 };
    world.set(|settings| settings.clusters[0].capacity = Some(small));
    let portal = Portal::of(world);
    let (ada, gwen) = (portal.world.leader("Ada").await, portal.world.governance("Gwen").await);
    let id = portal.world.course(&ada).create().await;
    let address = format!("/governance/requests/{id}");
    let mut browser = portal.browser(&gwen).await;
    let page = browser.get(&address).await.is(200).shows("It does not fit").shows("Memory by 13");
    let page = page.shows("over the limit").shows("Accept all the same");
    let mut form = decision(&page, "accept", "");
    let wrong = browser.post(&address, &pairs(&form)).await.is(422);
    wrong.shows("href=\"#field-override_reason\"");
    form.push(("override_reason", "The other course ends early.".to_owned()));
    browser.post(&address, &pairs(&form)).await.is(303);
    assert_eq!(portal.world.stored(id).await.state, CourseState::Accepted);
    browser.get("/governance/capacity").await.is(200).shows("over the limit");
}

#[tokio::test]
async fn where_there_are_several_clusters_governance_sees_and_chooses_one() {
    let mut world = jhaas_testkit::World::sqlite().await;
    let small = Resources { cpu_millis: 1_000, memory_mib: 1024, storage_mib: 1024 };
    let cluster = |key: &str, title: &str, capacity| Cluster {
        key: key.to_owned(),
        title: title.to_owned(),
        domain: format!("{key}.example"),
        capacity,
        environments: None,
    };
    world.set(|settings| {
        settings.clusters =
            vec![cluster("north", "The north", Some(small)), cluster("south", "The south", None)];
    });
    let portal = Portal::of(world);
    let (ada, gwen) = (portal.world.leader("Ada").await, portal.world.governance("Gwen").await);
    let id = portal.world.course(&ada).slug("python").create().await;
    let address = format!("/governance/requests/{id}");
    let mut browser = portal.browser(&gwen).await;
    let page = browser.get(&address).await.is(200).shows("On the cluster The south");
    let page = page.shows("http://python.south.example").shows("The north: it does not fit");
    let mut form = decision(&page, "accept", "");
    form.push(("cluster", "north".to_owned()));
    let wrong = browser.post(&address, &pairs(&form)).await.is(422);
    wrong.shows("On the cluster The north").shows("href=\"#field-override_reason\"");
    form.retain(|(name, _)| *name != "cluster");
    form.push(("cluster", "south".to_owned()));
    browser.post(&address, &pairs(&form)).await.is(303);
    assert_eq!(portal.world.stored(id).await.cluster, "south");

    browser.get("/governance/capacity").await.is(200).shows("<h2>The north</h2>").shows("<h2>The south</h2>");
    let all = browser.get("/governance/stop").await.is(200).shows("All clusters").shows("one course ends");
    all.shows("The north");
    let one = browser.get("/governance/stop?cluster=north").await.is(200);
    one.shows("Stop all courses of The north").hides("one course ends");
    browser.get("/governance/stop?cluster=west").await.is(422).shows("There is no such cluster");
}

#[tokio::test]
async fn whoever_decides_too_late_is_told_who_was_first() {
    let all = setting().await;
    let id = all.requested("python").await;
    let greta = all.portal.world.governance("Greta").await;
    let address = format!("/governance/requests/{id}");
    let (mut first, mut second) = (all.portal.browser(&all.gwen).await, all.portal.browser(&greta).await);
    let seen = second.get(&address).await;
    let page = first.get(&address).await;
    first.post(&address, &pairs(&decision(&page, "reject", "Not this term."))).await.is(303);
    let late = second.post(&address, &pairs(&decision(&seen, "accept", "Fine."))).await.is(409);
    late.shows("Gwen has rejected this meanwhile").shows("Not this term.").hides("name=\"decision\"");
    assert_eq!(all.state(id).await, CourseState::Rejected);
    assert_eq!(all.mails("request_accepted").await, 0);
}

#[tokio::test]
async fn a_request_that_changed_while_it_was_read_is_shown_again_with_the_typed_words() {
    let all = setting().await;
    let id = all.requested("python").await;
    let address = format!("/governance/requests/{id}");
    let mut browser = all.portal.browser(&all.gwen).await;
    let seen = browser.get(&address).await;
    let (world, stored) = (&all.portal.world, all.portal.world.stored(id).await);
    let mut form = course::form_of(&stored.spec, &world.app.settings.zone);
    form.seats = "77".to_owned();
    course::revise(&world.app, &all.ada, id, stored.version, &form).await.unwrap();
    let again = browser.post(&address, &pairs(&decision(&seen, "accept", "Welcome."))).await.is(409);
    let again = again.shows("changed").shows("Welcome.").shows("77").shows("name=\"decision\"");
    assert_eq!(all.state(id).await, CourseState::Requested);
    browser.post(&address, &pairs(&decision(&again, "accept", "Welcome."))).await.is(303);
    assert_eq!(all.state(id).await, CourseState::Accepted);
}

#[tokio::test]
async fn a_change_is_decided_with_old_beside_new() {
    let all = setting().await;
    let (id, change) = all.change().await;
    let address = format!("/governance/changes/{change}");
    let mut browser = all.portal.browser(&all.gwen).await;
    browser.get("/governance").await.shows("Course running").shows("Changes").shows(&address);
    let page = browser.get(&address).await.is(200).shows(">30<").shows(">45<").shows("The hub runs");
    let late = page.field("version");
    browser.post(&address, &pairs(&decision(&page, "reject", ""))).await.is(422).shows("#field-message");
    let done = browser.post(&address, &pairs(&decision(&page, "accept", "Fine."))).await;
    browser.follow(&done).await.shows("is accepted");
    assert_eq!(all.portal.world.stored(id).await.spec.seats, 45);
    let again = [("version", late.as_str()), ("decision", "reject"), ("message", "No.")];
    browser.post(&address, &again).await.is(409).shows("Gwen has accepted this change meanwhile");
    let decided = jhaas_store::change::by_id(all.portal.world.db.pool(), change).await.unwrap().unwrap();
    assert_eq!(decided.state, ChangeState::Accepted);
    let sam = all.portal.world.student("Sam").await;
    all.portal.browser(&sam).await.get(&address).await.is(404);
}

#[tokio::test]
async fn mails_lead_to_where_there_is_something_to_decide() {
    let all = setting().await;
    let requested = all.requested("python").await;
    let (changed, change) = all.change().await;
    let mut browser = all.portal.browser(&all.gwen).await;
    let mut leads =
        async |id: CourseId| browser.get(&jhaas_app::link::request(id)).await.leads_to().to_owned();
    assert_eq!(leads(requested).await, format!("/governance/requests/{requested}"));
    assert_eq!(leads(changed).await, format!("/governance/changes/{change}"));
    let over = all.portal.world.course(&all.ada).slug("over").state(CourseState::Degraded).create().await;
    assert_eq!(leads(over).await, format!("/courses/{over}"));
}

#[tokio::test]
async fn all_courses_can_be_searched_and_filtered() {
    let all = setting().await;
    all.requested("python").await;
    let world = &all.portal.world;
    world.course(&all.ada).slug("rust").state(CourseState::Accepted).create().await;
    let mut browser = all.portal.browser(&all.gwen).await;
    browser
        .get("/governance/courses")
        .await
        .is(200)
        .shows("Course python")
        .shows("Course rust")
        .shows("2 courses");
    browser.get("/governance/courses?q=rus").await.shows("Course rust").hides("Course python");
    browser.get("/governance/courses?state=REQUESTED").await.shows("Course python").hides("Course rust");
    browser.get("/governance/courses?state=sent_back").await.shows("Nothing found");
    browser.get("/governance/courses?q=%3Cscript%3E").await.is(200).hides("<script>").shows("Nothing found");
    browser.get("/governance/courses?page=999999999999999999999").await.is(200);
    all.portal.browser(&all.ada).await.get("/governance/courses").await.is(403);
}

#[tokio::test]
async fn stopping_a_course_says_what_is_lost_and_needs_a_reason() {
    let all = setting().await;
    let world = &all.portal.world;
    let id = world.course(&all.ada).slug("running").state(CourseState::Deployed).create().await;
    let address = format!("/governance/courses/{id}/stop");
    let mut browser = all.portal.browser(&all.gwen).await;
    browser.get(&address).await.is(200).shows("Stop “Course running”?").shows("is lost");
    browser.post(&address, &[("reason", "")]).await.is(422).shows("#field-reason");
    assert_eq!(all.state(id).await, CourseState::Deployed);
    let done = browser.post(&address, &[("reason", "The cluster is on fire.")]).await;
    browser.follow(&done).await.shows("is being stopped");
    assert_eq!(all.state(id).await, CourseState::Degrading);
    browser.get(&address).await.is(409).shows("nothing to stop");
    browser.post(&address, &[("reason", "Again.")]).await.is(409);
    let mut leader = all.portal.browser(&all.ada).await;
    leader.get(&address).await.is(403);
    leader.post(&address, &[("reason", "Mine.")]).await.is(403);
}

#[tokio::test]
async fn an_accepted_course_is_offered_for_withdrawal_to_nobody_who_may_not_withdraw_it() {
    let all = setting().await;
    let world = &all.portal.world;
    let running = world.course(&all.ada).slug("running").state(CourseState::Deployed).create().await;
    let later = world.course(&all.ada).slug("later").state(CourseState::Accepted).create().await;
    let address = |id: CourseId| format!("/governance/courses/{id}/stop");

    let mut admin = all.portal.browser(&world.administrator("Root").await).await;
    let page = admin.get("/governance/courses").await.is(200).shows("Course later");
    page.shows(&address(running)).hides(&address(later));
    admin.get(&address(later)).await.is(403);
    admin.post(&address(later), &[("reason", "No room.")]).await.is(403);
    let page = admin.get("/governance/stop").await.is(200).shows("one course ends now");
    page.hides("does not take place");
    assert_eq!(all.state(later).await, CourseState::Accepted);

    let mut governance = all.portal.browser(&all.gwen).await;
    governance.get("/governance/courses").await.shows(&address(running)).shows(&address(later));
    governance.get(&address(later)).await.is(200).shows("Withdraw");
    governance.get("/governance/stop").await.shows("2 courses end now").shows("does not take place");
    governance.post(&address(later), &[("reason", "No room.")]).await.is(303);
    assert_eq!(all.state(later).await, CourseState::Cancelled);
}

#[tokio::test]
async fn everything_is_stopped_only_on_purpose() {
    let all = setting().await;
    let world = &all.portal.world;
    let running = world.course(&all.ada).slug("running").state(CourseState::Deployed).create().await;
    let later = world.course(&all.ada).slug("later").state(CourseState::Accepted).create().await;
    let mut browser = all.portal.browser(&all.gwen).await;
    browser.get("/governance/stop").await.is(200).shows("2 courses");
    browser
        .post("/governance/stop", &[("reason", "Fire.")])
        .await
        .is(422)
        .shows("#field-sure")
        .shows("Fire.");
    assert_eq!(all.state(running).await, CourseState::Deployed);
    let done = browser.post("/governance/stop", &[("reason", "Fire."), ("sure", "yes")]).await;
    browser.follow(&done).await.shows("2 courses are being stopped");
    assert_eq!(all.state(running).await, CourseState::Degrading);
    assert_eq!(all.state(later).await, CourseState::Cancelled);
    all.portal.browser(&all.ada).await.get("/governance/stop").await.is(403);
}

#[tokio::test]
async fn all_courses_of_one_leader_are_stopped_and_no_others() {
    let all = setting().await;
    let world = &all.portal.world;
    let (mia, noa) = (world.leader("mia").await, world.leader("noa").await);
    let hers = world.course(&mia).slug("hers").state(CourseState::Deployed).create().await;
    let other = world.course(&noa).slug("other").state(CourseState::Deployed).create().await;
    let mut browser = all.portal.browser(&world.governance("gina").await).await;
    browser.get("/governance/stop?leader=nobody@x.example").await.is(422).shows("nobody@x.example");
    let page = browser.get("/governance/stop?leader=mia@university.example").await.is(200);
    let leader = page.shows("Stop all courses of mia?").body.contains("type=\"hidden\" name=\"leader\"");
    assert!(leader);
    let form = [("leader", "mia@university.example"), ("reason", "Misuse."), ("sure", "yes")];
    browser.post("/governance/stop", &form).await.is(303);
    assert!(world.stored(hers).await.stop_requested);
    assert!(!world.stored(other).await.stop_requested);
}

#[tokio::test]
async fn a_usual_answer_is_sent_before_what_was_typed_besides() {
    let mut world = World::sqlite().await;
    world.set(|settings| {
        let answer = |title: &str, text: &str| UsualAnswer { title: title.to_owned(), text: text.to_owned() };
        settings.policy.answers = vec![
            answer("Fewer seats", "How many people really take part?"),
            answer("Later", "Please ask again in March."),
        ];
    });
    let portal = Portal::of(world);
    let (ada, gwen) = (portal.world.leader("Ada").await, portal.world.governance("Gwen").await);
    let id = portal.world.course(&ada).create().await;
    let mut browser = portal.browser(&gwen).await;
    let address = format!("/governance/requests/{id}");
    let page = browser.get(&address).await.is(200).shows("Fewer seats").shows("Please ask again in March.");
    let version = page.field("version");
    let typed =
        [("version", version.as_str()), ("decision", "send_back"), ("answer", "0"), ("message", "Gwen")];
    browser.post(&address, &typed).await.is(303);
    let page = portal.browser(&ada).await.get(&format!("/courses/{id}")).await.is(200);
    page.shows("How many people really take part?\n\nGwen").hides("Please ask again");
}
