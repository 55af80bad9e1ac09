//! Every labeled line of the corpora is read as its labels say.

use std::fmt::Write as _;

use kubelet_journal::{Activity, Symptom, entry, read, record};
use serde::Deserialize;

#[derive(Deserialize)]
struct Labeled {
    line: String,
    severity: Option<String>,
    activity: Activity,
    symptom: Symptom,
    resource: Option<String>,
    control_plane: bool,
}

#[test]
fn every_line_of_the_corpora_is_read_as_labeled() {
    let mut wrong = String::new();
    for (number, labeled) in crate::fixtures::corpus().into_iter().enumerate() {
        let wanted: Labeled = serde_json::from_value(labeled).unwrap();
        let entry = entry(wanted.line.as_bytes());
        let reading = read(&record(&entry.message));
        let got = (
            reading.control_plane,
            reading.activity,
            reading.symptom,
            reading.resource.as_deref(),
            reading.severity.map(|severity| severity.to_string()),
        );
        let want = (wanted.control_plane, wanted.activity, wanted.symptom, wanted.resource.as_deref(), wanted.severity);
        if got != want {
            let shown: String = wanted.line.chars().take(300).collect();
            writeln!(wrong, "{}: got {got:?}\n     want {want:?}\n     {shown}", number + 1).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
