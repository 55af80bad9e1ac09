//! The import graph of a crate, read from its sources: which module uses which, by full paths, `self`, `super`, and the
//! names of its own child modules. A path through another module's `use` leads to the module that defines the name.
//! Code under `#[cfg(test)]` and files of tests are left out.
//!
//! Not a parser of Rust: paths in macros and names brought in by a glob are not followed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Each module by its path in the crate (`line::entry`), and the modules that it uses.
pub(crate) type Graph = BTreeMap<String, BTreeSet<String>>;

/// The sources of a crate.
pub(crate) struct Sources {
    files: Vec<(PathBuf, String)>,
    /// The code of each module that is no test, without comments, by the module's path.
    code: BTreeMap<String, String>,
    /// The path behind each name that a `use` brings into a module, by (module, name): its children see it there too.
    uses: BTreeMap<(String, String), String>,
}

impl Sources {
    /// Reads every file below `src`.
    pub(crate) fn read(src: &Path) -> Self {
        let mut paths = Vec::new();
        source_files(src, &mut paths);
        paths.sort();
        let text = |path: PathBuf| {
            let text = fs::read_to_string(&path).expect("sources are UTF-8");
            (path.strip_prefix(src).expect("found under src").to_owned(), text)
        };
        Self::of(paths.into_iter().map(text).collect())
    }

    /// The sources of a crate with these files, whose paths are relative to `src`.
    pub(crate) fn of(files: Vec<(PathBuf, String)>) -> Self {
        let roots = ["lib", "main"];
        let code: BTreeMap<String, String> = files
            .iter()
            .filter(|(path, _)| !is_test(path))
            .map(|(path, text)| (module_path(path), without_comments_and_tests(text)))
            .filter(|(module, _)| !roots.contains(&module.as_str()))
            .collect();
        let mut uses = BTreeMap::new();
        for (module, code) in &code {
            for path in paths_after(code, &["use "]) {
                let name = path.rsplit("::").next().unwrap_or_default().to_owned();
                uses.insert((module.clone(), name), absolute(module, &path));
            }
        }
        Self { files, code, uses }
    }

    /// Every file with its path below `src`, tests included.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&Path, &str)> {
        self.files.iter().map(|(path, text)| (path.as_path(), text.as_str()))
    }

    /// The modules and what each uses of the others.
    pub(crate) fn graph(&self) -> Graph {
        self.code.iter().map(|(module, code)| (module.clone(), self.imports(module, code))).collect()
    }

    fn imports(&self, module: &str, code: &str) -> BTreeSet<String> {
        let mut paths = paths_after(code, &["crate::"]);
        for path in paths_after(code, &["self::"]) {
            paths.push(format!("{module}::{path}"));
        }
        for (at, _) in at_word(code, "super::") {
            let mut found = Vec::new();
            expand("", &code[at..], &mut found);
            paths.extend(found.iter().map(|path| absolute(module, path)));
        }
        for child in child_modules(code) {
            if at_word(code, &format!("{child}::")).next().is_some() {
                paths.push(format!("{module}::{child}"));
            }
        }
        paths.iter().filter_map(|path| self.resolve(path, 0)).filter(|used| used != module).collect()
    }

    /// The module that defines what a path names. `line::entry::Entry` is in `line::entry`, also when it is written
    /// `line::Entry`.
    fn resolve(&self, path: &str, depth: u8) -> Option<String> {
        let segments: Vec<&str> = path.split("::").filter(|segment| !segment.is_empty()).collect();
        let (module, rest) = (1..=segments.len())
            .rev()
            .map(|length| (segments[..length].join("::"), &segments[length..]))
            .find(|(module, _)| self.code.contains_key(module))?;
        let Some((name, rest)) = rest.split_first() else { return Some(module) };
        let target = self.uses.get(&(module.clone(), (*name).to_owned())).filter(|_| depth < 8);
        let through =
            target.and_then(|target| self.resolve(&[&[target.as_str()], rest].concat().join("::"), depth + 1));
        through.or(Some(module))
    }
}

/// The groups of modules that use each other, directly or through others.
pub(crate) fn circles(graph: &Graph) -> Vec<BTreeSet<&str>> {
    let reached: BTreeMap<&str, BTreeSet<&str>> =
        graph.keys().map(|from| (from.as_str(), reachable(graph, from))).collect();
    let mut groups: Vec<BTreeSet<&str>> = Vec::new();
    for (from, to) in &reached {
        if to.contains(from) && !groups.iter().any(|group| group.contains(from)) {
            groups.push(to.iter().copied().filter(|other| reached[other].contains(from)).collect());
        }
    }
    groups
}

fn reachable<'a>(graph: &'a Graph, from: &str) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<&str> = vec![from];
    while let Some(module) = open.pop() {
        for to in graph.get(module).into_iter().flatten().filter(|to| graph.contains_key(*to)) {
            if reached.insert(to.as_str()) {
                open.push(to);
            }
        }
    }
    reached
}

fn source_files(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the sources are readable") {
        let path = entry.expect("the sources are readable").path();
        if path.is_dir() {
            source_files(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push(path);
        }
    }
}

/// True of files that hold only tests or what tests share.
pub(crate) fn is_test(path: &Path) -> bool {
    path.iter().any(|part| matches!(part.to_str(), Some("tests" | "tests.rs" | "testing" | "testing.rs")))
}

fn module_path(file: &Path) -> String {
    file.with_extension("").iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("::")
}

fn without_comments_and_tests(text: &str) -> String {
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    // `pub(in crate::room)` is a visibility, no import
    code.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .map(|line| format!("{line}\n"))
        .collect::<String>()
        .replace("pub(in crate::", "pub(in ")
}

fn child_modules(code: &str) -> impl Iterator<Item = &str> {
    code.lines().filter_map(|line| {
        let declared = line.trim().strip_suffix(';')?;
        declared
            .rsplit_once("mod ")
            .filter(|(before, _)| before.is_empty() || before.starts_with("pub"))
            .map(|(_, name)| name)
    })
}

/// The places of `word` that begin a path, and where the text after each begins.
fn at_word<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = (usize, usize)> + 'a {
    let begins_path = |at: usize| !code[..at].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | ':' | '.'));
    code.match_indices(word).filter(move |(at, _)| begins_path(*at)).map(|(at, word)| (at, at + word.len()))
}

/// The paths after each of `words`, groups in braces spelled out.
fn paths_after(code: &str, words: &[&str]) -> Vec<String> {
    let mut paths = Vec::new();
    for word in words {
        for (_, after) in at_word(code, word) {
            expand("", &code[after..], &mut paths);
        }
    }
    paths
}

/// Makes a path that stands in `module` one from the root of the crate.
fn absolute(module: &str, path: &str) -> String {
    let mut base: Vec<&str> = module.split("::").collect();
    let mut rest: Vec<&str> = path.split("::").collect();
    match rest[0] {
        "crate" => return rest[1..].join("::"),
        "self" => drop(rest.remove(0)),
        _ => {}
    }
    while rest.first() == Some(&"super") {
        rest.remove(0);
        base.pop();
    }
    [base, rest].concat().join("::")
}

/// Adds the paths of `a::{b, c::d as e}` in front of `text`, and returns the text after them.
fn expand<'a>(prefix: &str, text: &'a str, into: &mut Vec<String>) -> &'a str {
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).unwrap_or(text.len());
    let path = format!("{prefix}{}", &text[..end]);
    let Some(mut rest) = text[end..].strip_prefix('{') else {
        into.push(path.trim_end_matches(':').to_owned());
        return &text[end..];
    };
    loop {
        rest = after_alias(expand(&path, rest.trim_start(), into).trim_start());
        match rest.strip_prefix(',') {
            Some(after) => rest = after,
            None => return rest.strip_prefix('}').unwrap_or(rest),
        }
        if let Some(after) = rest.trim_start().strip_prefix('}') {
            return after;
        }
    }
}

fn after_alias(text: &str) -> &str {
    let alias = text.strip_prefix("as ").unwrap_or(text);
    if alias.len() == text.len() {
        text
    } else {
        alias.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_').trim_start()
    }
}

#[test]
fn paths_are_found_in_groups_and_relative_to_their_module() {
    let paths =
        paths_after("use crate::{line::{self, entry::Entry as E}, scan::head}; crate::time::number(x)", &["crate::"]);
    assert_eq!(paths, ["line::self", "line::entry::Entry", "scan::head", "time::number"]);
    assert_eq!(absolute("line::entry", "super::text::head"), "line::text::head");
    assert_eq!(absolute("line", "entry::Entry"), "line::entry::Entry");
}

#[test]
fn a_circle_is_found_through_parents_children_and_reexports() {
    let file = |path: &str, text: &str| (PathBuf::from(path), text.to_owned());
    let sources = Sources::of(vec![
        file("lib.rs", "pub mod room;\npub mod yard;"),
        file("room.rs", "mod door;\nmod wall;\npub use wall::Wall;\nfn open() { door::open() }"),
        file("room/door.rs", "use super::Wall;\nuse crate::yard::Tree;"),
        file("room/wall.rs", "pub struct Wall;\n#[cfg(test)]\nmod tests {\n    use crate::yard::Tree;\n}"),
        file("yard.rs", "use crate::room::{self, open};\npub struct Tree;"),
    ]);
    let graph = sources.graph();
    assert_eq!(graph["room::door"], BTreeSet::from(["room::wall".to_owned(), "yard".to_owned()]));
    assert_eq!(graph["room::wall"], BTreeSet::new());
    assert_eq!(circles(&graph), [BTreeSet::from(["room", "room::door", "yard"])]);
}
