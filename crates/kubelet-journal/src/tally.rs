//! Counting only: is a line about the control plane, and if so, what of?
//!
//! Gives what [`read`](super::read) gives for the lines that count, and nothing for all others, which it turns away at their header where that
//! is enough. For those who count gigabytes; who shows lines reads them.

use crate::classify::activity::Activity;
use crate::classify::component::Desk;
use crate::classify::headed::read;
use crate::classify::symptom::Symptom;
use crate::klog::text;
use crate::line::entry::entry;

/// The activity and the symptom of a line that is about the control plane.
#[must_use]
pub fn tally(line: &[u8]) -> Option<(Activity, Symptom)> {
    let entry = entry(line);
    if is_idle(&entry.message) {
        return None;
    }
    let reading = read(&text::record(&entry.message));
    reading.control_plane.then_some((reading.activity, reading.symptom))
}

/// Whether the header alone says that a record reports no failed call.
fn is_idle(message: &str) -> bool {
    let Some(file) = text::file(message) else { return false };
    match Desk::of(file) {
        Desk::Image | Desk::Runtime | Desk::Probe | Desk::Server | Desk::Foreign => true,
        // these speak of failed calls above the severity of information only
        Desk::NodeStatus | Desk::Kubelet | Desk::Event | Desk::Pods => message.starts_with('I'),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::tally;
    use crate::{entry, read, record};

    #[test]
    fn counting_and_reading_agree_on_every_line_of_the_corpus() {
        let corpus = ["kubelet-lines.jsonl", "own-lines.jsonl", "wide-lines.jsonl"]
            .map(|name| std::fs::read_to_string(format!("../../tests/fixtures/corpus/{name}")).unwrap());
        for labelled in corpus.iter().flat_map(|corpus| corpus.lines()) {
            let labelled: serde_json::Value = serde_json::from_str(labelled).unwrap();
            let line = labelled["line"].as_str().unwrap();
            let entry = entry(line.as_bytes());
            let reading = read(&record(&entry.message));
            let want = reading.control_plane.then_some((reading.activity, reading.symptom));
            assert_eq!(tally(line.as_bytes()), want, "{line}");
        }
    }
}
