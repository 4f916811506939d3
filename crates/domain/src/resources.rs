//! How much a course needs: per person and in total.

use serde::{Deserialize, Serialize};

/// What one single-user server gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PerPerson {
    /// Thousandths of a processor.
    pub cpu_millis: u32,
    /// MiB.
    pub memory_mib: u32,
    /// MiB of home.
    pub storage_mib: u32,
}

/// A sum of resources.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resources {
    pub cpu_millis: u64,
    pub memory_mib: u64,
    pub storage_mib: u64,
}

impl Resources {
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            cpu_millis: self.cpu_millis.saturating_add(other.cpu_millis),
            memory_mib: self.memory_mib.saturating_add(other.memory_mib),
            storage_mib: self.storage_mib.saturating_add(other.storage_mib),
        }
    }

    #[must_use]
    pub const fn fits_into(self, limit: Self) -> bool {
        self.cpu_millis <= limit.cpu_millis
            && self.memory_mib <= limit.memory_mib
            && self.storage_mib <= limit.storage_mib
    }
}

/// What the hub itself uses, beside the servers of people.
pub const HUB_OVERHEAD: Resources = Resources { cpu_millis: 500, memory_mib: 1024, storage_mib: 1024 };

/// The synthetic student takes no seat, but a server.
pub const SYNTHETIC_SERVERS: u32 = 1;

/// Servers that may run at once: seats, staff and the synthetic student.
#[must_use]
pub const fn servers(seats: u32, staff: u32) -> u32 {
    seats.saturating_add(staff).saturating_add(SYNTHETIC_SERVERS)
}

/// Total need of a course: (seats + staff + 1 synthetic) × per person + hub overhead.
#[must_use]
pub fn total(per_person: PerPerson, seats: u32, staff: u32) -> Resources {
    let servers = u64::from(servers(seats, staff));
    Resources {
        cpu_millis: servers * u64::from(per_person.cpu_millis),
        memory_mib: servers * u64::from(per_person.memory_mib),
        storage_mib: servers * u64::from(per_person.storage_mib),
    }
    .plus(HUB_OVERHEAD)
}
