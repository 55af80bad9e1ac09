//! The JSON forms are what their schemas in `assets/schema` say.

use blackout::analyze::AnalysisFormat;
use serde_json::Value;

use crate::analyze::{FAULTS, analyzed, log, options};

fn schema(name: &str) -> jsonschema::Validator {
    let text = std::fs::read_to_string(format!("assets/schema/{name}")).unwrap();
    let schema: Value = serde_json::from_str(&text).unwrap();
    assert!(jsonschema::meta::is_valid(&schema));
    jsonschema::validator_for(&schema).unwrap()
}

fn holds(schema: &jsonschema::Validator, told: &str) {
    let told: Value = serde_json::from_str(told).unwrap();
    let wrong: Vec<String> =
        schema.iter_errors(&told).map(|error| format!("{error} at {}", error.instance_path())).collect();
    assert_eq!(wrong, Vec::<String>::new(), "{told}");
}

#[test]
fn every_answer_is_what_its_schema_says() {
    let (whole, line) = (schema("analyze.json"), schema("analyze-line.json"));
    let corpus = std::fs::read_to_string("tests/fixtures/corpus/kubelet-lines.jsonl").unwrap();
    let corpus: String = corpus
        .lines()
        .map(|labelled| serde_json::from_str::<Value>(labelled).unwrap()["line"].as_str().unwrap().to_owned() + "\n")
        .collect();
    let logs = FAULTS.iter().map(|(name, _)| std::fs::read_to_string(log(name)).unwrap());
    let all: String = FAULTS.iter().map(|(name, _)| std::fs::read_to_string(log(name)).unwrap()).collect();
    for text in logs.chain([corpus, all]) {
        let (_, told, _) = analyzed(&options(&[], AnalysisFormat::Json), text.as_bytes());
        holds(&whole, &told);
        let (_, told, _) = analyzed(&options(&[], AnalysisFormat::Jsonl), text.as_bytes());
        told.lines().for_each(|told| holds(&line, told));
    }
}

#[test]
fn a_journal_without_an_outage_is_what_the_schema_says() {
    let quiet = b"Dec 28 16:05:02 w kubelet[228]: I1228 16:05:02.532917     228 server.go:1264] \"Started kubelet\"\n";
    let (_, told, _) = analyzed(&options(&[], AnalysisFormat::Json), quiet);
    holds(&schema("analyze.json"), &told);
    assert!(told.contains(r#""signature":{"fault":null,"confidence":0.0}"#), "{told}");
}
