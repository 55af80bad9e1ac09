//! Which Kubernetes minor versions the call sites and forms of a journal betray.
//!
//! Computed from the source tags: the same sentence stands in another line of its file in another version. Each clue is a set of minors;
//! clues of one kubelet are intersected. A clue that contradicts all before it means that another kubelet began to write: the set starts
//! anew. A line number that is in no table is no clue: distributions patch their sources.

use crate::classify::component::Desk;
use crate::klog::severity::Severity;
use crate::klog::text::{Form, Record};

/// Oldest and newest minor version that is told apart.
const KNOWN: std::ops::RangeInclusive<u32> = 5..=36;

/// A set of minor versions of Kubernetes 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Minors(u64);

impl Minors {
    const ALL: Self = Self::between(*KNOWN.start(), *KNOWN.end());

    const fn between(first: u32, last: u32) -> Self {
        Self(((1 << (last - first + 1)) - 1) << first)
    }

    const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The minor versions that write a record like this; `None` where many do.
    #[must_use]
    pub fn betrayed_by(record: &Record<'_>) -> Option<Self> {
        clue(record)
    }

    /// Whether the set holds this minor version.
    #[must_use]
    pub const fn contains(self, minor: u32) -> bool {
        minor < 64 && self.0 & (1 << minor) != 0
    }

    /// The minor versions, oldest first.
    pub fn iter(self) -> impl Iterator<Item = u32> {
        KNOWN.filter(move |minor| self.contains(*minor))
    }
}

/// What the lines of one kubelet betrayed so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VersionClues {
    minors: Minors,
    clues: u32,
    changes: u32,
}

impl Default for VersionClues {
    fn default() -> Self {
        Self { minors: Minors::ALL, clues: 0, changes: 0 }
    }
}

impl VersionClues {
    /// Takes a line in.
    pub fn add(&mut self, record: &Record<'_>) {
        if let Some(clue) = Minors::betrayed_by(record) {
            self.take(clue);
        }
    }

    /// Takes in what a line betrayed.
    pub fn take(&mut self, clue: Minors) {
        self.clues += 1;
        let both = self.minors.and(clue);
        if both == Minors(0) {
            self.changes += 1;
            self.minors = clue;
        } else {
            self.minors = both;
        }
    }

    /// The minor versions that are possible, or `None` without any clue.
    #[must_use]
    pub fn minors(&self) -> Option<Minors> {
        (self.clues > 0).then_some(self.minors)
    }

    /// The one minor version that is possible.
    #[must_use]
    pub fn only(&self) -> Option<u32> {
        let mut minors = self.minors()?.iter();
        minors.next().filter(|_| minors.next().is_none())
    }

    /// The newest minor version that is possible.
    #[must_use]
    pub fn newest(&self) -> Option<u32> {
        self.minors()?.iter().last()
    }

    /// How often a clue contradicted all before it: an upgrade, or two kubelets in one journal.
    #[must_use]
    pub const fn changes(&self) -> u32 {
        self.changes
    }
}

/// The minor versions that write a record like this.
fn clue(record: &Record<'_>) -> Option<Minors> {
    let site = record.site?;
    if !matches!(record.form, Form::Text | Form::Structured | Form::Json) {
        return None;
    }
    let structured = record.form != Form::Text;
    let message = record.message;
    match Desk::of(site.file) {
        Desk::Reflector => reflector(site.line, record, structured),
        Desk::Lease => lease(site.line, message, structured),
        Desk::Event if structured => message.starts_with("Unable to write event").then(|| Minors::between(29, 36)),
        Desk::Event => message.starts_with("Unable to write event: '").then(|| {
            if message[24..].starts_with("&v1.Event{") { Minors::between(20, 28) } else { Minors::between(5, 19) }
        }),
        Desk::NodeStatus if message.starts_with("Error updating node status") => {
            Some(if structured { Minors::between(21, 36) } else { Minors::between(5, 20) })
        }
        Desk::PodStatus if message.starts_with("Failed to get status for pod") => {
            Some(match (structured, record.pairs.contains(" error=")) {
                (false, _) => Minors::between(5, 20),
                (true, true) => Minors::between(21, 22),
                (true, false) => Minors::between(23, 36),
            })
        }
        _ => None,
    }
}

fn reflector(line: u32, record: &Record<'_>, structured: bool) -> Option<Minors> {
    let message = record.message;
    let set = if structured {
        match (message, line) {
            ("Unhandled Error", 158) => (31, 31),
            ("Unhandled Error", 166) => (32, 32),
            ("Failed to watch", 200) => (33, 33),
            ("Failed to watch", 205) => (34, 34),
            ("Failed to watch", 204) => (35, 35),
            ("Failed to watch", 227) => (36, 36),
            ("Warning: watch ended with error", 556) => (33, 33),
            ("Warning: watch ended with error", 568) => (34, 34),
            ("Warning: watch ended with error", 578) => (35, 35),
            ("Warning: watch ended with error", 664) => (36, 36),
            ("watch-list failed - backing off", 724) => (35, 35),
            ("watch-list failed - backing off", 816) => (36, 36),
            ("Failed to watch", _) => (33, 36),
            ("Unhandled Error", _) => (31, 32),
            _ => return None,
        }
    } else if message.contains(": Failed to list ") {
        match line {
            126 => (14, 14),
            125 => (15, 15),
            123 => (16, 16),
            153 | 156 => (17, 17),
            178 => (18, 18),
            _ => (5, 18),
        }
    } else if message.contains(": Failed to watch ") {
        match line {
            125 | 127 => (19, 19),
            138 | 140 => (20, 26),
            148 => (27, 27),
            147 => (28, 29),
            150 => (30, 30),
            _ => (19, 30),
        }
    } else if record.severity == Some(Severity::Warning) && message.contains(": failed to list ") {
        match line {
            324 => (23, 24),
            424 => (25, 26),
            533 => (27, 27),
            535 => (28, 28),
            539 => (29, 29),
            547 => (30, 30),
            561 => (31, 31),
            569 => (32, 32),
            _ => (23, 32),
        }
    } else {
        return None;
    };
    Some(Minors::between(set.0, set.1))
}

fn lease(line: u32, message: &str, structured: bool) -> Option<Minors> {
    let set = if structured {
        match (message, line) {
            ("Failed to ensure lease exists, will retry", 146) | ("Failed to update lease", 193) => (27, 28),
            ("Failed to ensure lease exists, will retry", 145) | ("Failed to update lease", 195) => (29, 34),
            ("Failed to ensure lease exists, will retry", 201) | ("Failed to update lease", 251) => (35, 36),
            ("failed to update lease using latest lease, fallback to ensure lease", 116) => (27, 28),
            ("failed to update lease using latest lease, fallback to ensure lease", 115) => (29, 34),
            ("failed to update lease using latest lease, fallback to ensure lease", 171) => (35, 36),
            ("Failed to ensure lease exists, will retry" | "Failed to update lease", _) => (27, 36),
            _ => return None,
        }
    } else if message.starts_with("failed to ensure node lease exists")
        || message.starts_with("failed to update node lease")
    {
        (12, 19)
    } else if message.starts_with("failed to ensure lease exists") {
        match line {
            144 => (20, 25),
            146 => (26, 26),
            _ => (20, 26),
        }
    } else if message.starts_with("failed to update lease, error") {
        match line {
            187 => (20, 25),
            189 => (26, 26),
            _ => (20, 26),
        }
    } else {
        return None;
    };
    Some(Minors::between(set.0, set.1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record;

    #[test]
    fn two_call_sites_of_the_seed_betray_1_30() {
        let mut clues = VersionClues::default();
        clues.add(&record(r#"E1228 16:08:57.706942     228 controller.go:145] "Failed to ensure lease exists, will retry" err="x" interval="200ms""#));
        assert_eq!(clues.minors().unwrap().iter().collect::<Vec<_>>(), [29, 30, 31, 32, 33, 34]);
        clues.add(&record("W1228 16:09:10.046740     228 reflector.go:547] pkg/kubelet/config/apiserver.go:66: failed to list *v1.Pod: Get: no such host"));
        assert_eq!((clues.only(), clues.changes()), (Some(30), 0));
    }

    #[test]
    fn an_upgrade_in_the_middle_starts_anew() {
        let mut clues = VersionClues::default();
        clues.add(&record("E1228 16:08:57.706942     228 controller.go:144] failed to ensure lease exists, will retry in 7s, error: x"));
        clues.add(&record(r#"E1228 16:08:57.706942     228 reflector.go:200] "Failed to watch" err="x""#));
        assert_eq!((clues.only(), clues.changes()), (Some(33), 1));
    }

    #[test]
    fn other_lines_are_no_clue() {
        let mut clues = VersionClues::default();
        clues.add(&record("Starting Kubernetes Kubelet..."));
        clues.add(&record("E1228 16:08:57.706942     228 unknown.go:1] something"));
        assert_eq!(clues.minors(), None);
    }
}
