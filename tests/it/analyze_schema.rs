//! The JSON formats conform to their schemas in `assets/schema`.

use blackout::analyze::AnalysisFormat;
use serde_json::Value;

use crate::analyze::{FAULTS, analyzed, log, options};

fn schema(name: &str) -> jsonschema::Validator {
    let text = std::fs::read_to_string(format!("assets/schema/{name}")).unwrap();
    let schema: Value = serde_json::from_str(&text).unwrap();
    assert!(jsonschema::meta::is_valid(&schema));
    jsonschema::validator_for(&schema).unwrap()
}

fn assert_conforms(schema: &jsonschema::Validator, answer: &str) {
    let answer: Value = serde_json::from_str(answer).unwrap();
    let violations: Vec<String> =
        schema.iter_errors(&answer).map(|error| format!("{error} at {}", error.instance_path())).collect();
    assert_eq!(violations, Vec::<String>::new(), "{answer}");
}

#[test]
fn every_answer_conforms_to_its_schema() {
    let (whole, line) = (schema("analyze.json"), schema("analyze-line.json"));
    let corpus = std::fs::read_to_string("tests/fixtures/corpus/kubelet-lines.jsonl").unwrap();
    let corpus: String = corpus
        .lines()
        .map(|labelled| serde_json::from_str::<Value>(labelled).unwrap()["line"].as_str().unwrap().to_owned() + "\n")
        .collect();
    let logs = FAULTS.iter().map(|(name, _)| std::fs::read_to_string(log(name)).unwrap());
    let all: String = FAULTS.iter().map(|(name, _)| std::fs::read_to_string(log(name)).unwrap()).collect();
    for text in logs.chain([corpus, all]) {
        let (_, answer, _) = analyzed(&options(&[], AnalysisFormat::Json), text.as_bytes());
        assert_conforms(&whole, &answer);
        let (_, answer, _) = analyzed(&options(&[], AnalysisFormat::Jsonl), text.as_bytes());
        answer.lines().for_each(|answer| assert_conforms(&line, answer));
    }
}

#[test]
fn a_journal_without_an_outage_conforms_to_the_schema() {
    let quiet = b"Dec 28 16:05:02 w kubelet[228]: I1228 16:05:02.532917     228 server.go:1264] \"Started kubelet\"\n";
    let (_, answer, _) = analyzed(&options(&[], AnalysisFormat::Json), quiet);
    assert_conforms(&schema("analyze.json"), &answer);
    assert!(answer.contains(r#""signature":{"fault":null,"confidence":0.0}"#), "{answer}");
}
