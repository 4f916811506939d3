//! Asking for a course: what a form may hold, drafts, copies, revisions, terms.

use jhaas_app::{
    AppError,
    course::{self, CourseForm, Mine},
    decision, draft, terms,
};
use jhaas_domain::{
    course::{AdmissionRule, CourseState, Environment, SharedFolder, StartPage},
    policy::AutomaticAcceptance,
    resources::{PerPerson, Resources},
};
use jhaas_store::Page;
use jhaas_testkit::{World, at, on_both, on_both_with, settings};

use crate::help::{count, events, outcome, sent, version};

fn faults(form: &CourseForm) -> Vec<String> {
    let now = at("2027-03-01T08:00:00+01:00");
    let found = course::parse(form, &settings(), now).err().unwrap_or_default();
    found.into_iter().map(|fault| format!("{}: {}", fault.field, fault.message.key)).collect()
}

fn right() -> CourseForm {
    CourseForm {
        title: "Python for physicists".to_owned(),
        slug: "python".to_owned(),
        start_date: "2027-04-01".to_owned(),
        start_time: "08:15".to_owned(),
        end_date: "2027-07-16".to_owned(),
        end_time: "18:00".to_owned(),
        seats: "30".to_owned(),
        cpu: "1.5".to_owned(),
        memory: "2".to_owned(),
        storage: "10".to_owned(),
        environment: "python".to_owned(),
        ..CourseForm::default()
    }
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let wrong = CourseForm {
        title: "x".to_owned(),
        slug: "-".to_owned(),
        description: "d".repeat(20_001),
        start_date: "2027-03-28".to_owned(),
        start_time: "02:30".to_owned(),
        end_date: "soon".to_owned(),
        end_time: String::new(),
        seats: "many".to_owned(),
        cpu: "-1".to_owned(),
        memory: "1e3".to_owned(),
        storage: String::new(),
        environment: "fortran".to_owned(),
        image: String::new(),
        start_page: "material".to_owned(),
        start_path: "../secrets.ipynb".to_owned(),
        material_url: "http://example.org/x.git".to_owned(),
        material_branch: "--upload-pack=x".to_owned(),
        material_folder: "../up".to_owned(),
        shared_folder: "all".to_owned(),
        admission: "domains".to_owned(),
        domains: " , ".to_owned(),
        remarks: "r".repeat(5_001),
        terms: String::new(),
    };
    let mut found = faults(&wrong);
    found.sort();
    assert_eq!(
        found,
        [
            "cpu: error-cpu",
            "description: error-description-length",
            "domains: error-domains-missing",
            "ends_at: error-date-form",
            "environment: error-environment-unknown",
            "material_branch: error-branch-form",
            "material_folder: error-folder-form",
            "material_url: error-git-url-https",
            "memory: error-memory",
            "remarks: error-remarks-length",
            "seats: error-seats",
            "shared_folder: error-choice",
            "slug: error-slug-length",
            "start_path: error-start-notebook",
            "starts_at: error-time-gap",
            "storage: error-storage",
            "title: error-title-length",
        ]
    );
}

#[test]
fn a_right_form_is_read_and_shown_again_as_typed() {
    let mut form = right();
    form.description = "# Hello\r\nworld".to_owned();
    form.start_page = "material".to_owned();
    form.start_path = "week 1/Übung (a).ipynb".to_owned();
    form.material_url = "https://git.example.org/teaching/python.git".to_owned();
    form.material_branch = "summer/2027".to_owned();
    form.material_folder = "python-2027".to_owned();
    form.shared_folder = "read_only".to_owned();
    form.admission = "domains".to_owned();
    form.domains = "@uni.example\nstudents.uni.example; uni.example".to_owned();
    let spec = course::parse(&form, &settings(), at("2027-03-01T08:00:00Z")).unwrap();
    assert_eq!(spec.starts_at, at("2027-04-01T08:15:00+02:00"));
    assert_eq!(spec.ends_at, at("2027-07-16T18:01:00+02:00"), "the last minute belongs to the course");
    assert_eq!(spec.per_person, PerPerson { cpu_millis: 1500, memory_mib: 2048, storage_mib: 10_240 });
    assert_eq!(spec.description, "# Hello\nworld");
    assert!(matches!(&spec.admission, AdmissionRule::Domains { domains } if domains.len() == 2));

    let shown = course::form_of(&spec, &settings().zone);
    assert_eq!(shown.domains, "uni.example, students.uni.example");
    let again = CourseForm { description: shown.description.clone(), domains: shown.domains.clone(), ..form };
    assert_eq!(shown, again);
    assert_eq!(course::parse(&shown, &settings(), at("2027-03-01T08:00:00Z")).unwrap(), spec);
}

#[test]
fn what_is_left_empty_means_the_harmless_thing() {
    let mut form = right();
    form.start_time = String::new();
    form.end_time = String::new();
    let spec = course::parse(&form, &settings(), at("2027-03-01T08:00:00Z")).unwrap();
    assert_eq!(spec.starts_at, at("2027-04-01T00:00:00+02:00"));
    assert_eq!(spec.ends_at, at("2027-07-17T00:00:00+02:00"));
    assert_eq!(spec.start_page, StartPage::Lab);
    assert_eq!(spec.shared_folder, SharedFolder::None);
    assert_eq!(spec.admission, AdmissionRule::ByHand);
    assert_eq!(spec.environment, Environment::Catalogue { key: "python".to_owned() });
}

#[test]
fn sizes_are_read_with_point_and_comma() {
    for (typed, millis) in [("1.5", Some(1500)), ("1,5", Some(1500)), ("0.25", Some(250)), ("8", Some(8000))]
    {
        let spec = course::parse(
            &CourseForm { cpu: typed.to_owned(), ..right() },
            &settings(),
            at("2027-03-01T08:00:00Z"),
        );
        assert_eq!(spec.ok().map(|spec| spec.per_person.cpu_millis), millis, "{typed}");
    }
    for typed in ["", "0", "-1", "8.5", "1e2", "NaN", "one", "1.2.3", "0.0001"] {
        assert_eq!(faults(&CourseForm { cpu: typed.to_owned(), ..right() }), ["cpu: error-cpu"], "{typed}");
    }
}

#[test]
fn paths_cannot_lead_elsewhere() {
    let app =
        |path: &str| CourseForm { start_page: "app".to_owned(), start_path: path.to_owned(), ..right() };
    assert_eq!(faults(&app("/rstudio")), [""; 0]);
    for path in
        ["", "../tree", "a/../b", "//evil.example", "a?b", "a#b", "javascript:x", ".hidden", "a b", "a\\b"]
    {
        assert_eq!(faults(&app(path)), ["start_path: error-start-path"], "{path}");
    }
    let folder = |folder: &str| CourseForm {
        material_url: "https://git.example.org/a/b.git".to_owned(),
        material_folder: folder.to_owned(),
        ..right()
    };
    assert_eq!(faults(&folder("week-1")), [""; 0]);
    for name in ["..", "/etc", "-rf", "a b", "a;b", "$HOME", "~"] {
        assert_eq!(faults(&folder(name)), ["material_folder: error-folder-form"], "{name}");
    }
}

#[test]
fn material_of_this_machine_is_taken_only_where_that_is_allowed() {
    let form = CourseForm { material_url: "file:///srv/material.git".to_owned(), ..right() };
    assert_eq!(faults(&form), ["material_url: error-git-url-https"]);
    let mut settings = settings();
    settings.policy.allow_local_git = true;
    let spec = course::parse(&form, &settings, at("2027-03-01T08:00:00Z")).unwrap();
    assert!(spec.material.unwrap().url.is_local());
}

#[test]
fn an_end_alone_that_is_wrong_is_the_only_fault() {
    assert_eq!(
        faults(&CourseForm { end_date: "2027-03-31".to_owned(), ..right() }),
        ["ends_at: error-end-before-start"]
    );
    let past =
        CourseForm { start_date: "2027-01-01".to_owned(), end_date: "2027-02-01".to_owned(), ..right() };
    assert_eq!(faults(&past), ["ends_at: error-end-past"]);
    assert_eq!(faults(&CourseForm { start_date: String::new(), ..right() }), ["starts_at: error-date-form"]);
}

#[tokio::test]
async fn an_address_belongs_to_one_course_until_it_is_free_again() {
    on_both(|world| async move {
        let app = &world.app;
        let ada = world.leader("ada").await;
        let first = world.course(&ada).slug("python").create().await;
        let form = world.form("python", world.now().plus_days(1), world.now().plus_days(2));
        let second = course::request(app, &ada, &form, None).await;
        assert_eq!(outcome(&second), "422 slug");

        course::cancel(app, &ada, first, 1, "").await.unwrap();
        let second = course::request(app, &ada, &form, None).await.unwrap();
        assert_eq!(world.stored(second).await.state, CourseState::Requested);
    })
    .await;
}

#[tokio::test]
async fn two_requests_for_one_address_at_once_leave_one_course() {
    on_both(|world| async move {
        let app = &world.app;
        let (ada, eve) = (world.leader("ada").await, world.leader("eve").await);
        let form = world.form("python", world.now().plus_days(1), world.now().plus_days(2));
        let (one, other) =
            tokio::join!(course::request(app, &ada, &form, None), course::request(app, &eve, &form, None));
        let mut outcomes = [outcome(&one), outcome(&other)];
        outcomes.sort();
        assert_eq!(outcomes, ["422 slug", "ok"]);
    })
    .await;
}

#[tokio::test]
async fn a_draft_is_kept_as_typed_and_gone_when_it_is_handed_in() {
    on_both(|world| async move {
        let app = &world.app;
        let (ada, eve) = (world.leader("ada").await, world.leader("eve").await);
        let half = CourseForm { title: "Half".to_owned(), seats: "many".to_owned(), ..CourseForm::default() };
        let id = draft::save(app, &ada, None, &half).await.unwrap();
        assert_eq!(draft::get(app, &ada, id).await.unwrap().form, half);
        assert_eq!(outcome(&draft::get(app, &eve, id).await), "404");
        assert_eq!(outcome(&draft::save(app, &eve, Some(id), &half).await), "404");
        assert_eq!(outcome(&draft::delete(app, &eve, id).await), "404");

        let form = world.form("python", world.now().plus_days(1), world.now().plus_days(2));
        assert_eq!(draft::save(app, &ada, Some(id), &form).await.unwrap(), id);
        let refused = course::request(app, &ada, &half, Some(id)).await;
        assert!(matches!(refused, Err(AppError::Invalid(_))));
        assert_eq!(draft::list(app, &ada).await.unwrap().len(), 1, "a refused request keeps its draft");
        course::request(app, &ada, &form, Some(id)).await.unwrap();
        assert!(draft::list(app, &ada).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_copy_keeps_the_time_of_day_across_summer_time() {
    let world = World::sqlite().await;
    let ada = world.leader("ada").await;
    let id = world
        .course(&ada)
        .time(at("2027-03-02T08:15:00+01:00"), at("2027-03-20T18:00:00+01:00"))
        .create()
        .await;
    let copy = course::copy(&world.app, &ada, id, 28).await.unwrap();
    assert_eq!((copy.start_date.as_str(), copy.start_time.as_str()), ("2027-03-30", "08:15"));
    assert_eq!((copy.end_date.as_str(), copy.end_time.as_str()), ("2027-04-17", "17:59"));
    assert_eq!(copy.slug, "python");
}

#[tokio::test]
async fn a_request_that_was_sent_back_waits_for_its_answer() {
    on_both(|world| async move {
        let app = &world.app;
        let (ada, gwen) = (world.leader("ada").await, world.governance("gwen").await);
        let id = world.course(&ada).create().await;
        decision::send_back(app, &gwen, id, 1, "How many people really?").await.unwrap();
        let accepted =
            decision::accept(app, &gwen, id, version(&world, id).await, &decision::Acceptance::default())
                .await;
        assert_eq!(outcome(&accepted), "409 error-sent-back");
        let queue = decision::queue(app, &gwen, "", false, Page::default()).await.unwrap();
        assert_eq!(queue.total, 0);
        assert_eq!(decision::queue(app, &gwen, "", true, Page::default()).await.unwrap().total, 1);

        let mut form = world.form("python", world.now().plus_days(1), world.now().plus_days(9));
        form.seats = "12".to_owned();
        let stale = course::revise(app, &ada, id, 1, &form).await;
        assert_eq!(outcome(&stale), "409 error-changed-meanwhile");
        course::revise(app, &ada, id, version(&world, id).await, &form).await.unwrap();
        let course = world.stored(id).await;
        assert_eq!((course.state, course.sent_back, course.spec.seats), (CourseState::Requested, false, 12));
        decision::accept(app, &gwen, id, course.version, &decision::Acceptance::default()).await.unwrap();
        assert_eq!(
            events(&world, id).await,
            ["course.requested", "course.sent_back", "course.revised", "course.accepted"]
        );
    })
    .await;
}

#[tokio::test]
async fn a_rejected_request_can_be_revised_unless_its_address_is_taken() {
    on_both(|world| async move {
        let app = &world.app;
        let (ada, eve) = (world.leader("ada").await, world.leader("eve").await);
        let id = world.course(&ada).state(CourseState::Rejected).create().await;
        let other = world.course(&eve).create().await;
        let mut form = world.form("python", world.now().plus_days(1), world.now().plus_days(9));
        let taken = course::revise(app, &ada, id, version(&world, id).await, &form).await;
        assert_eq!(outcome(&taken), "422 slug");
        form.slug = "python-2".to_owned();
        course::revise(app, &ada, id, version(&world, id).await, &form).await.unwrap();
        assert_eq!(world.stored(id).await.state, CourseState::Requested);
        assert_ne!(id, other);
        assert_eq!(count(&world, id, "request_received").await, 2, "one for each time it was handed in");
    })
    .await;
}

#[tokio::test]
async fn the_terms_are_accepted_with_the_first_request_and_when_they_change() {
    on_both(|world| async move {
        let app = &world.app;
        let (ada, root) = (world.leader("ada").await, world.administrator("root").await);
        let number = terms::publish(app, &root, "Nutzungsbedingungen", "Terms of use", None).await.unwrap();
        assert!(!terms::is_accepted(app, &ada).await.unwrap());
        let mut form = world.form("python", world.now().plus_days(1), world.now().plus_days(9));
        assert_eq!(outcome(&course::request(app, &ada, &form, None).await), "422 terms");
        form.terms = (number - 1).to_string();
        let other = course::request(app, &ada, &form, None).await;
        assert!(
            matches!(&other, Err(AppError::Invalid(errors)) if errors[0].message.key == "error-terms-changed")
        );
        form.terms = number.to_string();
        course::request(app, &ada, &form, None).await.unwrap();
        assert!(terms::is_accepted(app, &ada).await.unwrap());

        let again = world.form("second", world.now().plus_days(1), world.now().plus_days(9));
        course::request(app, &ada, &again, None).await.unwrap();
        world.clock.advance_minutes(1);
        assert_eq!(terms::publish(app, &root, "Neue", "New", None).await.unwrap(), number + 1);
        let third = world.form("third", world.now().plus_days(1), world.now().plus_days(9));
        assert_eq!(outcome(&course::request(app, &ada, &third, None).await), "422 terms");
        assert_eq!(outcome(&terms::accept(app, &ada, number).await), "409 error-changed-meanwhile");
    })
    .await;
}

fn small() -> AutomaticAcceptance {
    AutomaticAcceptance {
        max_seats: 30,
        max_days: 30,
        max_per_person: PerPerson { cpu_millis: 1000, memory_mib: 2048, storage_mib: 4096 },
    }
}

#[tokio::test]
async fn a_small_course_is_accepted_by_policy_while_it_fits() {
    let limit = Resources { cpu_millis: 40_000, memory_mib: 80_000, storage_mib: 200_000 };
    on_both_with(
        |settings| {
            settings.policy.automatic = Some(small());
            settings.clusters[0].capacity = Some(limit);
        },
        |world| async move {
            let app = &world.app;
            let (ada, _gwen) = (world.leader("ada").await, world.governance("gwen").await);
            let request = async |slug: &str| {
                let form = world.form(slug, world.now().plus_days(1), world.now().plus_days(9));
                course::request(app, &ada, &form, None).await.unwrap()
            };
            let first = request("first").await;
            assert_eq!(world.stored(first).await.state, CourseState::Accepted);
            assert_eq!(sent(&world, first).await, ["request_accepted to ada"]);
            let view = course::view(app, &ada, first).await.unwrap();
            assert_eq!(view.request.unwrap().decision.unwrap().by, None, "nobody: policy did");
            request("second").await;
            let third = request("third").await;
            assert_eq!(world.stored(third).await.state, CourseState::Requested, "the clusters are full");
        },
    )
    .await;
}

#[tokio::test]
async fn lists_are_searched_filtered_and_paged() {
    on_both(|world| async move {
        let app = &world.app;
        let (ada, eve) = (world.leader("ada").await, world.leader("eve").await);
        for number in 0..5 {
            let slug = format!("python-{number}");
            world.course(&ada).slug(&slug).create().await;
        }
        world
            .course(&ada)
            .slug("statistics")
            .with(|form| form.title = "100% Statistik".to_owned())
            .create()
            .await;
        world.course(&eve).slug("hers").create().await;
        let list = async |search: &str, states: &[CourseState], number, size| {
            let page = Page { number, size };
            let found = course::my_courses(app, &ada, Mine::Staff, search, states, page).await.unwrap();
            (found.total, found.items.len(), found.pages())
        };
        assert_eq!(list("", &[], 1, 4).await, (6, 4, 2));
        assert_eq!(list("", &[], 2, 4).await, (6, 2, 2));
        assert_eq!(list("PYTHON-", &[], 1, 50).await, (5, 5, 1));
        assert_eq!(list("0% stat", &[], 1, 50).await, (1, 1, 1));
        assert_eq!(list("%", &[], 1, 50).await, (1, 1, 1), "a percent sign is itself");
        assert_eq!(list("_", &[], 1, 50).await, (0, 0, 1));
        world.course(&ada).slug("practice").with(|form| form.title = "Übung".to_owned()).create().await;
        assert_eq!(list("Übung", &[], 1, 50).await, (1, 1, 1));
        assert_eq!(list("BUNG", &[], 1, 50).await, (1, 1, 1));
        assert_eq!(list("", &[CourseState::Accepted], 1, 50).await, (0, 0, 1));
    })
    .await;
}
