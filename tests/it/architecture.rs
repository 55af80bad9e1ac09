//! Holds the arrows of ARCHITECTURE.md: who may import whom.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// What each part of the library may import of ours, besides itself. `session` and the program see everything.
const ARROWS: &[(&str, &[&str])] = &[
    ("observation", &[]),
    ("output", &["kubelet"]),
    ("clock", &["observation"]),
    ("feed", &["observation", "clock"]),
    ("world", &["observation", "kubelet"]),
    ("tui", &["world", "observation", "kubelet", "output"]),
    ("report", &["world", "observation", "kubelet", "output"]),
    ("analyze", &["world", "observation", "kubelet", "report", "output"]),
    ("small_file", &[]),
    ("source", &["observation", "kubelet", "feed", "clock", "engine", "small_file"]),
    ("fault", &["observation", "engine"]),
    ("engine", &["small_file"]),
    ("lab", &["observation", "kubelet", "feed", "clock"]),
    ("tape", &["observation", "kubelet", "feed", "clock", "output"]),
];

/// The part of the library that a file under `src/` belongs to, and what it imports of ours.
fn imports(text: &str) -> BTreeSet<String> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.starts_with("//"))
        .flat_map(|line| line.match_indices("crate::").map(move |(at, found)| &line[at + found.len()..]))
        .flat_map(|rest| match rest.strip_prefix('{') {
            // `use crate::{clock::Clock, observation::Time}` on one line
            Some(group) => group.split(',').map(first_segment).collect::<Vec<_>>(),
            None => vec![first_segment(rest)],
        })
        .filter(|name| !name.is_empty())
        .collect()
}

fn first_segment(path: &str) -> String {
    path.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// `use crate::{` over several lines becomes one line, so that each name is seen.
fn joined(text: &str) -> String {
    let mut out = String::new();
    let mut depth = 0usize;
    for line in text.lines() {
        let code = line.split("//").next().unwrap_or("");
        if depth > 0 || code.trim_start().starts_with("use crate::{") {
            depth = (depth + code.matches('{').count()).saturating_sub(code.matches('}').count());
            // only the first level names our parts
            out.push_str(code.trim());
            if depth == 0 {
                out.push('\n');
            }
            continue;
        }
        out.push_str(line);
        out.push('\n');
    }
    out
}

fn files(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("src is readable").map(|entry| entry.expect("its entries are readable")) {
        let path = entry.path();
        if path.is_dir() {
            files(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push(path);
        }
    }
}

fn sources() -> Vec<(String, PathBuf, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    files(&src, &mut paths);
    paths
        .into_iter()
        .map(|path| {
            let relative = path.strip_prefix(&src).expect("it was found under src");
            let part = relative.components().next().expect("a file has a name").as_os_str().to_string_lossy();
            let part = part.trim_end_matches(".rs").to_owned();
            let text = fs::read_to_string(&path).expect("sources are UTF-8");
            (part, relative.to_owned(), text)
        })
        .collect()
}

#[test]
fn every_import_follows_an_arrow() {
    let arrows: BTreeMap<&str, &[&str]> = ARROWS.iter().copied().collect();
    let mut parts: BTreeSet<String> = sources().into_iter().map(|(part, _, _)| part).collect();
    // the package `kubelet-journal` under its name in this crate
    parts.insert("kubelet".to_owned());
    let mut wrong = Vec::new();
    for (part, path, text) in sources() {
        let Some(allowed) = arrows.get(part.as_str()) else { continue };
        for import in imports(&joined(&text)) {
            let ours = parts.contains(&import) && import != part;
            if ours && !allowed.contains(&import.as_str()) {
                wrong.push(format!("{}: {part} must not import {import}", path.display()));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn clients_stay_behind_their_adapters() {
    let mut wrong = Vec::new();
    for (part, path, text) in sources() {
        let at_home = matches!(part.as_str(), "source" | "fault" | "engine" | "lab");
        for client in ["bollard::", "kube::", "reqwest::", "k8s_openapi::"] {
            let used = text.lines().any(|line| !line.trim_start().starts_with("//") && line.contains(client));
            if used && !at_home {
                wrong.push(format!("{} uses {client}", path.display()));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn every_file_says_what_it_is() {
    let silent: Vec<_> = sources()
        .into_iter()
        .filter(|(_, path, text)| !text.starts_with("//!") && !path.ends_with("main.rs"))
        .map(|(_, path, _)| path)
        .collect();
    assert_eq!(silent, Vec::<PathBuf>::new());
}

#[test]
fn no_file_is_longer_than_400_lines_without_its_tests() {
    let long: Vec<String> = sources()
        .into_iter()
        .filter(|(_, path, _)| !path.to_string_lossy().contains("tests"))
        .filter_map(|(_, path, text)| {
            let lines = text.lines().take_while(|line| !line.starts_with("#[cfg(test)]")).count();
            (lines > 400).then(|| format!("{}: {lines} lines", path.display()))
        })
        .collect();
    assert_eq!(long, Vec::<String>::new());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nested_group_over_several_lines_names_each_part() {
        let text = "use crate::{\n    clock::Clock,\n    observation::{Stamped, Time},\n};\n";
        let names = imports(&joined(text));
        assert!(names.contains("clock") && names.contains("observation"), "{names:?}");
    }
}
