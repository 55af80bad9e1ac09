//! The files import each other in one direction: no file is part of a circle, and no room imports a later one.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The rooms and the files beside them, each of which may import those before it.
const ORDER: [&str; 9] = ["scan", "time", "klog", "line", "classify", "retry", "version", "explain", "bulk"];

type Graph = BTreeMap<String, BTreeSet<String>>;

fn source_files(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the sources are readable") {
        let path = entry.expect("the sources are readable").path();
        match path.is_dir() {
            true => source_files(&path, into),
            false => into.push(path),
        }
    }
}

/// The code of each module, by its path in the crate (`line::entry`); tests inside of it are left out.
fn modules() -> BTreeMap<String, String> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    source_files(&src, &mut files);
    let module = |file: &PathBuf| {
        let path = file.strip_prefix(&src).expect("it was found there").with_extension("");
        let text = fs::read_to_string(file).expect("sources are UTF-8");
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let code: String = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        let name = path.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("::");
        (name, code)
    };
    files.iter().map(module).filter(|(name, _)| name != "lib").collect()
}

/// The paths after each `crate::` in a module's code, groups in braces spelled out.
fn imported_paths(code: &str) -> Vec<String> {
    let mut paths = Vec::new();
    for (at, found) in code.match_indices("crate::") {
        expand("", &code[at + found.len()..], &mut paths);
    }
    paths
}

/// Adds the paths of `a::{b, c::d}` in front of `text`, and returns the text after them.
fn expand<'a>(prefix: &str, text: &'a str, into: &mut Vec<String>) -> &'a str {
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).unwrap_or(text.len());
    let path = format!("{prefix}{}", &text[..end]);
    let Some(mut rest) = text[end..].strip_prefix('{') else {
        into.push(path);
        return &text[end..];
    };
    loop {
        rest = expand(&path, rest.trim_start(), into).trim_start();
        match rest.strip_prefix(',') {
            Some(after) => rest = after,
            None => return rest.strip_prefix('}').unwrap_or(rest),
        }
        if let Some(after) = rest.trim_start().strip_prefix('}') {
            return after;
        }
    }
}

/// The longest module that a path leads into: `line::entry::Entry` is in `line::entry`.
fn module_of(path: &str, modules: &BTreeMap<String, String>) -> Option<String> {
    let mut path = path.trim_end_matches(':');
    loop {
        if modules.contains_key(path) {
            return Some(path.to_owned());
        }
        path = path.rsplit_once("::")?.0;
    }
}

fn graph() -> Graph {
    let modules = modules();
    let imports = |(name, code): (&String, &String)| {
        let paths = imported_paths(code);
        let imported = paths.iter().filter_map(|path| module_of(path, &modules)).filter(|module| module != name);
        (name.clone(), imported.collect())
    };
    modules.iter().map(imports).collect()
}

/// The modules that import each other, directly or through others.
fn circles(graph: &Graph) -> BTreeSet<String> {
    let mut left = graph.clone();
    loop {
        let leaves: Vec<String> = left.iter().filter(|(_, to)| to.is_empty()).map(|(from, _)| from.clone()).collect();
        if leaves.is_empty() {
            // those that only import a circle are not part of one
            let imported: BTreeSet<String> = left.values().flatten().cloned().collect();
            let before = left.len();
            left.retain(|from, _| imported.contains(from));
            if left.len() == before {
                return left.into_keys().collect();
            }
            continue;
        }
        left.retain(|from, _| !leaves.contains(from));
        left.values_mut().for_each(|to| to.retain(|to| !leaves.contains(to)));
    }
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let graph = graph();
    assert!(graph.len() > 30 && graph.values().map(BTreeSet::len).sum::<usize>() > 80, "{graph:#?}");
    assert_eq!(circles(&graph), BTreeSet::new());
}

#[test]
fn a_room_imports_only_the_rooms_before_it() {
    let place = |module: &str| {
        let room = module.split("::").next().unwrap();
        ORDER.iter().position(|known| *known == room).unwrap_or_else(|| panic!("{room} has no place in the order"))
    };
    let wrong: Vec<String> = graph()
        .iter()
        .flat_map(|(from, to)| to.iter().map(move |to| (from, to)))
        .filter(|(from, to)| place(from) < place(to))
        .map(|(from, to)| format!("{from} must not import {to}"))
        .collect();
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn a_circle_is_found() {
    let arrow = |from: &str, to: &[&str]| (from.to_owned(), to.iter().map(|to| (*to).to_owned()).collect());
    let graph = Graph::from([arrow("a", &["b"]), arrow("b", &["c"]), arrow("c", &["b", "d"]), arrow("d", &[])]);
    assert_eq!(circles(&graph), BTreeSet::from(["b".to_owned(), "c".to_owned()]));
    let paths = imported_paths("use crate::{line::{self, entry::Entry}, scan::head}; crate::time::month::number(x)");
    assert_eq!(paths, ["line::self", "line::entry::Entry", "scan::head", "time::month::number"]);
}

#[test]
fn every_file_says_what_it_is_in_at_most_400_lines_of_120_columns() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    source_files(&src, &mut files);
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.starts_with("//!") || text.starts_with("#![doc"), "{} has no description", file.display());
        let code = text.lines().take_while(|line| !line.starts_with("#[cfg(test)]"));
        assert!(code.count() <= 400, "{} is too long", file.display());
        let wide = text.lines().find(|line| line.chars().count() > 120);
        assert_eq!(wide, None, "{}", file.display());
    }
}
