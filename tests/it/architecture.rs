//! Holds what ARCHITECTURE.md says of the sources: who may import whom, no circles, one meaning a name.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use crate::import_graph::{Sources, circles, is_test};

/// Imports that each part of the library may have: the rows of the table in ARCHITECTURE.md. `None` if it may import
/// everything.
type Arrows = BTreeMap<String, Option<BTreeSet<String>>>;

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources() -> Sources {
    Sources::read(&project().join("src"))
}

/// The words in backticks of a table's cell.
fn names(cell: &str) -> BTreeSet<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Reads the table of the parts: `| part | is | may import |`.
fn arrows(architecture: &str) -> Arrows {
    let mut lines = architecture.lines().skip_while(|line| !line.starts_with("| part |")).skip(2);
    let mut arrows = Arrows::new();
    for line in lines.by_ref().take_while(|line| line.starts_with('|')) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').collect();
        let [parts, _, imports] = cells[..] else { panic!("a row of three cells: {line}") };
        let allowed = match imports.trim() {
            "everything" => None,
            "nothing" => Some(BTreeSet::new()),
            _ => Some(names(imports)),
        };
        arrows.extend(names(parts).into_iter().map(|part| (part, allowed.clone())));
    }
    arrows
}

fn part(module: &str) -> &str {
    module.split("::").next().unwrap_or(module)
}

#[test]
fn every_import_follows_an_arrow_of_the_table() {
    let arrows = arrows(&std::fs::read_to_string(project().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md is there"));
    assert!(arrows.len() > 15, "the table was read: {arrows:#?}");
    let mut wrong = BTreeSet::new();
    for (module, imports) in sources().graph() {
        let from = part(&module);
        match arrows.get(from) {
            None => drop(wrong.insert(format!("{from} has no row in ARCHITECTURE.md"))),
            Some(None) => {}
            Some(Some(allowed)) => {
                let foreign = imports.iter().filter(|to| part(to) != from && !allowed.contains(part(to)));
                wrong.extend(foreign.map(|to| format!("{module} must not import {to}")));
            }
        }
    }
    assert_eq!(wrong, BTreeSet::new());
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let graph = sources().graph();
    assert!(graph.len() > 200 && graph.values().map(BTreeSet::len).sum::<usize>() > 600, "the imports were read");
    assert_eq!(circles(&graph), Vec::<BTreeSet<&str>>::new());
}

#[test]
fn the_journal_reader_is_told_nothing_of_the_program() {
    let manifest = std::fs::read_to_string(project().join("crates/kubelet-journal/Cargo.toml")).expect("it is there");
    assert!(!manifest.contains("kube-blackout") && !manifest.contains("path ="), "{manifest}");
}

#[test]
fn clients_stay_behind_their_adapters() {
    let mut wrong = Vec::new();
    for (path, text) in sources().files() {
        let top = path.iter().next().expect("a file has a name").to_string_lossy();
        let at_home = ["source", "fault", "engine", "lab"].contains(&top.trim_end_matches(".rs"));
        for client in ["bollard::", "kube::", "reqwest::", "k8s_openapi::"] {
            let used = text.lines().any(|line| !line.trim_start().starts_with("//") && line.contains(client));
            if used && !at_home {
                wrong.push(format!("{} uses {client}", path.display()));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

/// The name of the type that a line of source defines. Associated types are indented, and are none.
fn defined_type(line: &str) -> Option<&str> {
    let code = line.trim_start();
    let code = code.strip_prefix("pub").map_or(code, |rest| match rest.strip_prefix('(') {
        Some(scope) => scope.split_once(')').map_or("", |(_, rest)| rest),
        None => rest,
    });
    let (keyword, rest) = code.trim_start().split_once(' ')?;
    let defines = match keyword {
        "struct" | "enum" | "trait" | "union" => true,
        "type" => !line.starts_with(' '),
        _ => false,
    };
    let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
    defines.then_some(&rest[..end])
}

#[test]
fn a_type_name_has_one_meaning() {
    let sources = sources();
    let mut definitions: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (path, text) in sources.files().filter(|(path, _)| !is_test(path)) {
        for name in text.lines().filter_map(defined_type) {
            definitions.entry(name).or_default().insert(path.display().to_string());
        }
    }
    assert!(definitions.len() > 300, "the types were read");
    definitions.retain(|_, files| files.len() > 1);
    assert_eq!(definitions, BTreeMap::new());
}

#[test]
fn every_file_says_what_it_is_in_at_most_400_lines_of_120_columns() {
    let mut wrong = Vec::new();
    for (path, text) in sources().files() {
        if !text.starts_with("//!") {
            wrong.push(format!("{} has no description", path.display()));
        }
        let code = text.lines().take_while(|line| !line.starts_with("#[cfg(test)]")).count();
        if code > 400 && !is_test(path) {
            wrong.push(format!("{}: {code} lines", path.display()));
        }
        // tests quote lines of journals as they are
        let wide = text.lines().enumerate().filter(|(_, line)| line.chars().count() > 120 && !is_test(path));
        wrong.extend(wide.map(|(number, _)| format!("{}:{} is wider than 120 columns", path.display(), number + 1)));
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn the_table_is_read_and_so_are_definitions() {
    let table = "text\n| part | is | may import |\n|---|---|---|\n| `a`, `b` | x | `c` |\n| `d` | y | everything |\n";
    let arrows = arrows(table);
    assert_eq!(arrows["b"], Some(BTreeSet::from(["c".to_owned()])));
    assert_eq!(arrows["d"], None);
    assert_eq!(defined_type("pub(crate) struct Lane<T> {"), Some("Lane"));
    assert_eq!(defined_type("type Arrows = u8;"), Some("Arrows"));
    assert_eq!(defined_type("    type Err = u8;"), None);
    assert_eq!(defined_type("fn struct_of() {}"), None);
}

/// The files and folders that a document names in backticks: `tui/layout.rs`, `source/access/`.
fn named_files(document: &str) -> BTreeSet<String> {
    let is_file = |name: &&str| {
        !name.contains([' ', '*', '<'])
            && (name.ends_with('/') || [".rs", ".sh", ".json", ".toml"].iter().any(|end| name.ends_with(end)))
    };
    document.split('`').skip(1).step_by(2).filter(is_file).map(str::to_owned).collect()
}

#[test]
fn every_file_that_architecture_names_exists() {
    let document = std::fs::read_to_string(project().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md is there");
    let named = named_files(&document);
    assert!(named.len() > 30, "the names were read: {named:#?}");
    let homes = ["", "src", "crates/kubelet-journal/src", "crates/kubelet-journal/src/classify"];
    let missing: Vec<&String> = named
        .iter()
        .filter(|name| !homes.iter().any(|home| project().join(home).join(name.as_str()).exists()))
        .collect();
    assert_eq!(missing, Vec::<&String>::new());
}
