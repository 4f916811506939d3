//! Processes of this machine: which one is meant, whether it runs, and signals that cannot hit another.

use std::{fmt, fs, str::FromStr};

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

/// A process by its number and its begin; it leads a process group of the same number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Worker {
    pid: i32,
    /// Clock ticks since the machine began.
    began: u64,
}

impl Worker {
    /// No process has the number 0.
    pub(super) const NONE: Self = Self { pid: 0, began: 0 };

    pub(super) fn of(pid: u32) -> Option<Self> {
        let pid = i32::try_from(pid).ok()?;
        Some(Self { pid, began: Stat::read(pid)?.began })
    }

    /// Whether it runs; one that has ended and was not waited for does not.
    pub(super) fn is_running(self) -> bool {
        Stat::read(self.pid).is_some_and(|stat| stat.began == self.began && stat.lives)
    }

    /// The living processes of its group.
    ///
    /// As long as a group has members, its number is given to no new process. So when another process has the number,
    /// the group is gone; and who is in it was started by the worker or its children, hence not before it.
    pub(super) fn group(self) -> Vec<i32> {
        let taken = Stat::read(self.pid).is_some_and(|stat| stat.began != self.began);
        if self.pid <= 0 || taken {
            return Vec::new();
        }
        let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
        let pids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        pids.filter(|pid| self.has_member(*pid)).collect()
    }

    fn has_member(self, pid: i32) -> bool {
        Stat::read(pid).is_some_and(|stat| stat.lives && stat.group == self.pid && stat.began >= self.began)
    }

    pub(super) fn signal(self, signal: Signal) {
        signal_checked(self.pid, signal, || self.is_running());
    }

    pub(super) fn signal_group(self, signal: Signal) {
        for pid in self.group() {
            signal_checked(pid, signal, || self.has_member(pid));
        }
    }
}

impl fmt::Display for Worker {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.pid, self.began)
    }
}

impl FromStr for Worker {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (pid, began) = text.split_once(':').ok_or(())?;
        let pid = pid.parse().ok().filter(|pid| *pid > 0).ok_or(())?;
        Ok(Self { pid, began: began.parse().map_err(|_| ())? })
    }
}

/// What `/proc/PID/stat` says; see proc_pid_stat(5).
#[derive(Clone, Copy)]
struct Stat {
    lives: bool,
    group: i32,
    began: u64,
}

impl Stat {
    fn read(pid: i32) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name in parentheses may itself hold spaces and parentheses; behind it stands field 3.
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        Some(Self {
            lives: !matches!(*fields.first()?, "Z" | "X"),
            group: fields.get(2)?.parse().ok()?,
            began: fields.get(19)?.parse().ok()?,
        })
    }
}

fn signal_checked(pid: i32, signal: Signal, still: impl FnOnce() -> bool) {
    let Some(pid) = Pid::from_raw(pid.max(0)) else { return };
    // The handle is taken before the check, so that the number cannot pass to another process in between.
    let Ok(handle) = pidfd_open(pid, PidfdFlags::empty()) else { return };
    if still() {
        // It may end by itself just now.
        let _ = pidfd_send_signal(handle, signal);
    }
}
