//! The minor version of a kubelet, from the call sites and forms of its records.
//!
//! The same message is at another line number of its file in another version; the numbers come from the tags of
//! Kubernetes' source, 1.5 to 1.36. Each clue is a set of minor versions, and the clues of one kubelet are intersected.
//! A clue that contradicts all before it means that another kubelet has begun to write: the set starts again. A line
//! number that is in no table is no clue, because distributions patch their sources.

use crate::classify::component::Component;
use crate::klog::record::{Form, Record};
use crate::klog::severity::Severity;

/// Oldest and newest minor version in the tables.
const KNOWN: std::ops::RangeInclusive<u32> = 5..=36;

/// A set of minor versions of Kubernetes 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MinorVersions(u64);

impl MinorVersions {
    const ALL: Self = Self::between(*KNOWN.start(), *KNOWN.end());

    const fn between(first: u32, last: u32) -> Self {
        Self(((1 << (last - first + 1)) - 1) << first)
    }

    const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Returns the minor versions that write such a record; `None` if it is no clue.
    #[must_use]
    pub fn of(record: &Record<'_>) -> Option<Self> {
        clue(record)
    }

    /// Whether the set holds this minor version.
    #[must_use]
    pub const fn contains(self, minor: u32) -> bool {
        minor < 64 && self.0 & (1 << minor) != 0
    }

    /// Iterates over the minor versions, oldest first.
    pub fn iter(self) -> impl Iterator<Item = u32> {
        KNOWN.filter(move |minor| self.contains(*minor))
    }
}

/// Intersects the clues of one kubelet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VersionClues {
    minors: MinorVersions,
    clues: u32,
    changes: u32,
}

impl Default for VersionClues {
    fn default() -> Self {
        Self { minors: MinorVersions::ALL, clues: 0, changes: 0 }
    }
}

impl VersionClues {
    /// Adds the clue of a record, if it is one.
    pub fn add(&mut self, record: &Record<'_>) {
        if let Some(clue) = MinorVersions::of(record) {
            self.add_clue(clue);
        }
    }

    /// Adds a clue that was found before.
    pub fn add_clue(&mut self, clue: MinorVersions) {
        self.clues += 1;
        let both = self.minors.and(clue);
        if both == MinorVersions(0) {
            self.changes += 1;
            self.minors = clue;
        } else {
            self.minors = both;
        }
    }

    /// Returns the minor versions that are possible; `None` if there was no clue.
    #[must_use]
    pub fn minors(&self) -> Option<MinorVersions> {
        (self.clues > 0).then_some(self.minors)
    }

    /// Returns the only minor version that is possible; `None` if there was no clue, or several are.
    #[must_use]
    pub fn only(&self) -> Option<u32> {
        let mut minors = self.minors()?.iter();
        minors.next().filter(|_| minors.next().is_none())
    }

    /// Returns the newest minor version that is possible; `None` if there was no clue.
    #[must_use]
    pub fn newest(&self) -> Option<u32> {
        self.minors()?.iter().last()
    }

    /// Returns how often a clue contradicted all before it: an upgrade, or two kubelets in one journal.
    #[must_use]
    pub const fn changes(&self) -> u32 {
        self.changes
    }
}

/// Finds the minor versions that write such a record.
fn clue(record: &Record<'_>) -> Option<MinorVersions> {
    let site = record.call_site.as_ref()?;
    if !matches!(record.form, Form::Text | Form::Structured | Form::Json) {
        return None;
    }
    let structured = record.form != Form::Text;
    let message = record.message;
    match Component::of(&site.file) {
        Component::Reflector => reflector(site.line, record, structured),
        Component::Lease => lease(site.line, message, structured),
        Component::Event if structured => {
            message.starts_with("Unable to write event").then(|| MinorVersions::between(29, 36))
        }
        Component::Event => message.starts_with("Unable to write event: '").then(|| {
            if message[24..].starts_with("&v1.Event{") {
                MinorVersions::between(20, 28)
            } else {
                MinorVersions::between(5, 19)
            }
        }),
        Component::NodeStatus if message.starts_with("Error updating node status") => {
            Some(if structured { MinorVersions::between(21, 36) } else { MinorVersions::between(5, 20) })
        }
        Component::PodStatus if message.starts_with("Failed to get status for pod") => {
            Some(match (structured, record.pairs.contains(" error=")) {
                (false, _) => MinorVersions::between(5, 20),
                (true, true) => MinorVersions::between(21, 22),
                (true, false) => MinorVersions::between(23, 36),
            })
        }
        _ => None,
    }
}

fn reflector(line: u32, record: &Record<'_>, structured: bool) -> Option<MinorVersions> {
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
    Some(MinorVersions::between(set.0, set.1))
}

fn lease(line: u32, message: &str, structured: bool) -> Option<MinorVersions> {
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
    Some(MinorVersions::between(set.0, set.1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record;

    #[test]
    fn two_call_sites_of_the_first_fixture_prove_1_30() {
        let mut clues = VersionClues::default();
        clues.add(&record(concat!(
            r#"E1228 16:08:57.706942     228 controller.go:145] "Failed to ensure lease exists, will retry" "#,
            r#"err="x" interval="200ms""#,
        )));
        assert_eq!(clues.minors().unwrap().iter().collect::<Vec<_>>(), [29, 30, 31, 32, 33, 34]);
        clues.add(&record(concat!(
            "W1228 16:09:10.046740     228 reflector.go:547] pkg/kubelet/config/apiserver.go:66: failed to list ",
            "*v1.Pod: Get: no such host",
        )));
        assert_eq!((clues.only(), clues.changes()), (Some(30), 0));
    }

    #[test]
    fn an_upgrade_in_the_middle_starts_again() {
        let mut clues = VersionClues::default();
        clues.add(&record(concat!(
            "E1228 16:08:57.706942     228 controller.go:144] failed to ensure lease exists, will retry in 7s, ",
            "error: x",
        )));
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
