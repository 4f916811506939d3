//! Policy: what may be asked for, what is accepted by itself, what a change needs.

use jhaas_domain::{
    course::{AdmissionRule, CourseSpec, Environment, SharedFolder, StartPage},
    policy::{AutomaticAcceptance, Policy},
    resources::{PerPerson, total},
    slug::Slug,
    time::Timestamp,
};
use jiff::tz::TimeZone;
use proptest::prelude::*;

const NOW: Timestamp = Timestamp(1_800_000_000_000);

pub(crate) fn spec(seats: u32, cpu: u32, memory: u32, storage: u32, from: i64, days: i64) -> CourseSpec {
    CourseSpec {
        title: "Python".to_owned(),
        slug: Slug::parse("python").unwrap(),
        description: String::new(),
        starts_at: NOW.plus_days(from),
        ends_at: NOW.plus_days(from + days),
        seats,
        per_person: PerPerson { cpu_millis: cpu, memory_mib: memory, storage_mib: storage },
        environment: Environment::Catalogue { key: "python".to_owned() },
        start_page: StartPage::Lab,
        material: None,
        shared_folder: SharedFolder::None,
        admission: AdmissionRule::Link,
        remarks: String::new(),
    }
}

prop_compose! {
    fn any_spec()(
        seats in 0_u32..700, cpu in 0_u32..10_000, memory in 0_u32..40_000, storage in 0_u32..120_000,
        from in -30_i64..30, days in -5_i64..260,
    ) -> CourseSpec {
        spec(seats, cpu, memory, storage, from, days)
    }
}

fn fields(policy: &Policy, spec: &CourseSpec) -> Vec<String> {
    policy.check(spec, NOW, &TimeZone::UTC).into_iter().map(|fault| fault.field).collect()
}

proptest! {
    #[test]
    fn each_value_is_judged_by_itself(spec in any_spec()) {
        let policy = Policy::default();
        let found = fields(&policy, &spec);
        let wrong = |field: &str| found.iter().any(|name| name == field);
        let max = policy.max_per_person;
        prop_assert_eq!(wrong("seats"), spec.seats == 0 || spec.seats > policy.max_seats);
        prop_assert_eq!(wrong("cpu"), !(1..=max.cpu_millis).contains(&spec.per_person.cpu_millis));
        prop_assert_eq!(wrong("memory"), !(1..=max.memory_mib).contains(&spec.per_person.memory_mib));
        prop_assert_eq!(wrong("storage"), !(1..=max.storage_mib).contains(&spec.per_person.storage_mib));
        let length = spec.ends_at.millis_since(spec.starts_at);
        let limit = i64::from(policy.max_days) * 24 * 3600 * 1000;
        prop_assert_eq!(wrong("ends_at"), length <= 0 || spec.ends_at <= NOW || length > limit);
    }

    #[test]
    fn less_of_everything_never_needs_a_decision(new in any_spec(), old in any_spec(), staff in 0_u32..9) {
        let policy = Policy::default();
        let grows = !total(new.per_person, new.seats, staff).fits_into(total(old.per_person, old.seats, staff));
        let longer = new.ends_at > old.ends_at || new.starts_at < old.starts_at;
        prop_assert_eq!(policy.change_needs_decision(&old, &new, staff), grows || longer);
        prop_assert!(!policy.change_needs_decision(&old, &old, staff));
    }

    #[test]
    fn what_is_accepted_by_itself_is_small_in_every_respect(spec in any_spec()) {
        let small = AutomaticAcceptance {
            max_seats: 30,
            max_days: 30,
            max_per_person: PerPerson { cpu_millis: 1000, memory_mib: 2048, storage_mib: 4096 },
        };
        let policy = Policy { automatic: Some(small.clone()), ..Policy::default() };
        if policy.accepts_automatically(&spec, &TimeZone::UTC) {
            prop_assert!(spec.seats <= small.max_seats);
            prop_assert!(spec.per_person.cpu_millis <= 1000 && spec.per_person.memory_mib <= 2048);
            prop_assert!(spec.ends_at.millis_since(spec.starts_at) <= 30 * 24 * 3600 * 1000);
        }
        prop_assert!(!Policy::default().accepts_automatically(&spec, &TimeZone::UTC), "off by default");
    }
}

#[test]
fn another_environment_needs_a_decision() {
    let old = spec(10, 500, 1024, 1024, 1, 10);
    let mut new = old.clone();
    new.environment = Environment::Catalogue { key: "r".to_owned() };
    assert!(Policy::default().change_needs_decision(&old, &new, 1));
}

#[test]
fn an_image_needs_leave_and_a_version() {
    let image = |reference: &str| CourseSpec {
        environment: serde_json::from_value(serde_json::json!({ "kind": "image", "reference": reference }))
            .unwrap(),
        ..spec(10, 500, 1024, 1024, 1, 10)
    };
    let closed = Policy::default();
    assert_eq!(fields(&closed, &image("quay.io/jupyter/scipy:1")), ["image"]);
    let open = Policy { allow_images: true, ..Policy::default() };
    assert!(fields(&open, &image("quay.io/jupyter/scipy:1")).is_empty());
    assert_eq!(fields(&open, &image("quay.io/jupyter/scipy:latest")), ["image"]);
    let free = Policy { allow_latest: true, ..open };
    assert!(fields(&free, &image("quay.io/jupyter/scipy:latest")).is_empty());
}

#[test]
fn an_environment_must_be_in_the_catalogue() {
    let mut unknown = spec(10, 500, 1024, 1024, 1, 10);
    unknown.environment = Environment::Catalogue { key: "fortran".to_owned() };
    assert_eq!(fields(&Policy::default(), &unknown), ["environment"]);
}
