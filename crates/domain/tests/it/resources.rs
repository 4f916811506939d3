//! What courses need: the same whoever adds it up, and never less for more people.

use jhaas_domain::resources::{PerPerson, Resources, servers, total};
use proptest::prelude::*;

prop_compose! {
    fn any_person()(cpu_millis in 1_u32..9_000, memory_mib in 1_u32..70_000, storage_mib in 1_u32..200_000) -> PerPerson {
        PerPerson { cpu_millis, memory_mib, storage_mib }
    }
}

prop_compose! {
    fn any_resources()(cpu_millis in any::<u64>(), memory_mib in any::<u64>(), storage_mib in any::<u64>()) -> Resources {
        Resources { cpu_millis, memory_mib, storage_mib }
    }
}

proptest! {
    #[test]
    fn a_seat_and_a_place_on_the_staff_need_the_same(person in any_person(), seats in 0_u32..900, staff in 0_u32..50) {
        prop_assert_eq!(total(person, seats + 1, staff), total(person, seats, staff + 1));
        let one = Resources {
            cpu_millis: person.cpu_millis.into(),
            memory_mib: person.memory_mib.into(),
            storage_mib: person.storage_mib.into(),
        };
        prop_assert_eq!(total(person, seats, staff).plus(one), total(person, seats + 1, staff));
        prop_assert_eq!(servers(seats, staff), seats + staff + 1, "and one for the synthetic student");
    }

    #[test]
    fn sums_do_not_hang_on_the_order_and_never_overflow(a in any_resources(), b in any_resources()) {
        prop_assert_eq!(a.plus(b), b.plus(a));
        prop_assert!(a.fits_into(a.plus(b)) && b.fits_into(a.plus(b)));
        prop_assert_eq!(a.fits_into(b) && b.fits_into(a), a == b);
    }
}
