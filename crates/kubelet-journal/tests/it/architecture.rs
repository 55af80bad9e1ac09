//! The files import each other in one direction: no file is part of a circle, and no room imports a later one.

use std::collections::BTreeSet;
use std::path::Path;

use crate::import_graph::{Sources, circles};

/// The rooms and the files beside them, each of which may import those before it.
const ORDER: [&str; 9] = ["scan", "time", "klog", "line", "classify", "retry", "version", "explain", "bulk"];

fn sources() -> Sources {
    Sources::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"))
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let graph = sources().graph();
    assert!(graph.len() > 30 && graph.values().map(BTreeSet::len).sum::<usize>() > 80, "{graph:#?}");
    assert_eq!(circles(&graph), Vec::<BTreeSet<&str>>::new());
}

#[test]
fn a_room_imports_only_the_rooms_before_it() {
    let place = |module: &str| {
        let room = module.split("::").next().unwrap();
        ORDER.iter().position(|known| *known == room).unwrap_or_else(|| panic!("{room} has no place in the order"))
    };
    let wrong: Vec<String> = sources()
        .graph()
        .iter()
        .flat_map(|(from, to)| to.iter().map(move |to| (from, to)))
        .filter(|(from, to)| place(from) < place(to))
        .map(|(from, to)| format!("{from} must not import {to}"))
        .collect();
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn every_file_says_what_it_is_in_at_most_400_lines_of_120_columns() {
    for (path, text) in sources().files() {
        assert!(text.starts_with("//!") || text.starts_with("#![doc"), "{} has no description", path.display());
        let code = text.lines().take_while(|line| !line.starts_with("#[cfg(test)]"));
        assert!(code.count() <= 400, "{} is too long", path.display());
        let wide = text.lines().find(|line| line.chars().count() > 120);
        assert_eq!(wide, None, "{}", path.display());
    }
}
