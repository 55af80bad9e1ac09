//! What the lab's cluster knows: objects with a resource version, and the history that watches are served from.
//!
//! It stands for etcd and the API server's cache: it outlives an API server that is stopped, and its history is
//! bounded, so that a watch that was away too long is told so (410). Nothing in the lab is ever deleted. It knows nothing
//! of HTTP, and checks nothing but versions.

mod selection;

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use serde_json::{Value, json};
use tokio::sync::watch;

pub(super) use selection::Selection;

/// Changes of one kind that a watch can still be told of.
const HISTORY: usize = 1000;

/// A kind of objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Namespaces,
    Nodes,
    Pods,
    Services,
    ConfigMaps,
    Secrets,
    Events,
    Leases,
    RuntimeClasses,
    CsiDrivers,
    Deployments,
    DaemonSets,
}

impl Kind {
    pub(super) const ALL: [Self; 12] = [
        Self::Namespaces,
        Self::Nodes,
        Self::Pods,
        Self::Services,
        Self::ConfigMaps,
        Self::Secrets,
        Self::Events,
        Self::Leases,
        Self::RuntimeClasses,
        Self::CsiDrivers,
        Self::Deployments,
        Self::DaemonSets,
    ];

    /// API group, plural, singular, Go's kind, short names, whether it lives in a namespace.
    fn facts(self) -> (&'static str, &'static str, &'static str, &'static [&'static str], bool) {
        match self {
            Self::Namespaces => ("", "namespaces", "Namespace", &["ns"], false),
            Self::Nodes => ("", "nodes", "Node", &["no"], false),
            Self::Pods => ("", "pods", "Pod", &["po"], true),
            Self::Services => ("", "services", "Service", &["svc"], true),
            Self::ConfigMaps => ("", "configmaps", "ConfigMap", &["cm"], true),
            Self::Secrets => ("", "secrets", "Secret", &[], true),
            Self::Events => ("", "events", "Event", &["ev"], true),
            Self::Leases => ("coordination.k8s.io", "leases", "Lease", &[], true),
            Self::RuntimeClasses => ("node.k8s.io", "runtimeclasses", "RuntimeClass", &[], false),
            Self::CsiDrivers => ("storage.k8s.io", "csidrivers", "CSIDriver", &[], false),
            Self::Deployments => ("apps", "deployments", "Deployment", &["deploy"], true),
            Self::DaemonSets => ("apps", "daemonsets", "DaemonSet", &["ds"], true),
        }
    }

    pub(super) fn group(self) -> &'static str {
        self.facts().0
    }

    pub(super) fn plural(self) -> &'static str {
        self.facts().1
    }

    pub(super) fn name(self) -> &'static str {
        self.facts().2
    }

    pub(super) fn short_names(self) -> &'static [&'static str] {
        self.facts().3
    }

    pub(super) fn is_namespaced(self) -> bool {
        self.facts().4
    }

    pub(super) fn api_version(self) -> String {
        if self.group().is_empty() { "v1".to_owned() } else { format!("{}/v1", self.group()) }
    }

    pub(super) fn find(group: &str, plural: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.group() == group && kind.plural() == plural)
    }
}

/// Namespace (empty without one) and name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) namespace: String,
    pub(super) name: String,
}

impl Key {
    pub(super) fn new(namespace: &str, name: &str) -> Self {
        Self { namespace: namespace.to_owned(), name: name.to_owned() }
    }
}

/// What happened to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Happened {
    Added,
    Modified,
}

impl Happened {
    /// The word of a watch's event.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Added => "ADDED",
            Self::Modified => "MODIFIED",
        }
    }
}

/// One change, with the line that every watch of it is sent.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) version: u64,
    pub(super) happened: Happened,
    pub(super) key: Key,
    pub(super) object: Arc<Value>,
    pub(super) line: Bytes,
}

/// Why an object was not written.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refused {
    NotThere,
    Exists,
    Conflict,
}

#[derive(Debug, Default)]
struct Shelf {
    objects: BTreeMap<Key, Arc<Value>>,
    history: VecDeque<Arc<Change>>,
    /// A watch from before this version is too late.
    oldest: u64,
}

#[derive(Debug, Default)]
struct Shelves {
    version: u64,
    by_kind: BTreeMap<Kind, Shelf>,
}

/// The objects. Copies share them.
#[derive(Debug, Clone)]
pub(super) struct Store {
    shelves: Arc<Mutex<Shelves>>,
    /// The newest change of each kind, for those who wait for it.
    bells: Arc<BTreeMap<Kind, watch::Sender<u64>>>,
}

impl Store {
    pub(super) fn new() -> Self {
        let bells = Kind::ALL.into_iter().map(|kind| (kind, watch::Sender::new(0))).collect();
        Self { shelves: Arc::default(), bells: Arc::new(bells) }
    }

    fn shelves(&self) -> MutexGuard<'_, Shelves> {
        self.shelves.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The newest version of anything.
    pub(super) fn version(&self) -> u64 {
        self.shelves().version
    }

    /// The objects that are selected, and the version of the list.
    pub(super) fn list(&self, kind: Kind, selection: &Selection) -> (Vec<Arc<Value>>, u64) {
        let shelves = self.shelves();
        let objects = shelves.by_kind.get(&kind).map(|shelf| {
            shelf.objects.iter().filter(|(key, object)| selection.takes(key, object)).map(|(_, object)| object.clone())
        });
        (objects.into_iter().flatten().collect(), shelves.version)
    }

    pub(super) fn get(&self, kind: Kind, key: &Key) -> Option<Arc<Value>> {
        self.shelves().by_kind.get(&kind)?.objects.get(key).cloned()
    }

    /// Adds an object that is not there yet.
    pub(super) fn create(&self, kind: Kind, key: Key, object: Value) -> Result<Arc<Value>, Refused> {
        let mut shelves = self.shelves();
        if shelves.by_kind.get(&kind).is_some_and(|shelf| shelf.objects.contains_key(&key)) {
            return Err(Refused::Exists);
        }
        Ok(self.put(&mut shelves, kind, key, object, Happened::Added))
    }

    /// Replaces an object; a version in it has to be the one that is there.
    pub(super) fn replace(&self, kind: Kind, key: Key, object: Value) -> Result<Arc<Value>, Refused> {
        let mut shelves = self.shelves();
        let there = shelves.by_kind.get(&kind).and_then(|shelf| shelf.objects.get(&key)).ok_or(Refused::NotThere)?;
        let (was, is) = (version_of(there), version_of(&object));
        if is.is_some() && is != was {
            return Err(Refused::Conflict);
        }
        Ok(self.put(&mut shelves, kind, key, object, Happened::Modified))
    }

    /// Changes an object in place; when `change` says that nothing changed, no version is spent.
    pub(super) fn alter(
        &self,
        kind: Kind,
        key: Key,
        change: impl FnOnce(&mut Value) -> bool,
    ) -> Result<Arc<Value>, Refused> {
        let mut shelves = self.shelves();
        let there = shelves.by_kind.get(&kind).and_then(|shelf| shelf.objects.get(&key)).ok_or(Refused::NotThere)?;
        let mut object = (**there).clone();
        if !change(&mut object) {
            return Ok(there.clone());
        }
        Ok(self.put(&mut shelves, kind, key, object, Happened::Modified))
    }

    fn put(&self, shelves: &mut Shelves, kind: Kind, key: Key, mut object: Value, happened: Happened) -> Arc<Value> {
        shelves.version += 1;
        let version = shelves.version;
        object["metadata"]["resourceVersion"] = json!(version.to_string());
        object["kind"] = json!(kind.name());
        object["apiVersion"] = json!(kind.api_version());
        let object = Arc::new(object);
        let change = Arc::new(Change {
            version,
            happened,
            key: key.clone(),
            object: object.clone(),
            line: event_line(happened, &object),
        });
        let shelf = shelves.by_kind.entry(kind).or_default();
        shelf.objects.insert(key, object.clone());
        shelf.history.push_back(change);
        if shelf.history.len() > HISTORY
            && let Some(forgotten) = shelf.history.pop_front()
        {
            shelf.oldest = forgotten.version;
        }
        if let Some(bell) = self.bells.get(&kind) {
            bell.send_replace(version);
        }
        object
    }

    /// What changed after a version; nothing when the history does not reach back so far.
    pub(super) fn since(&self, kind: Kind, version: u64) -> Option<Vec<Arc<Change>>> {
        let shelves = self.shelves();
        let Some(shelf) = shelves.by_kind.get(&kind) else { return Some(Vec::new()) };
        if version < shelf.oldest {
            return None;
        }
        let first = shelf.history.partition_point(|change| change.version <= version);
        Some(shelf.history.range(first..).cloned().collect())
    }

    /// Forgets the history, as an API server that starts with an empty cache.
    pub(super) fn forget_history(&self) {
        let mut shelves = self.shelves();
        let version = shelves.version;
        for shelf in shelves.by_kind.values_mut() {
            shelf.history.clear();
            shelf.oldest = version;
        }
    }

    /// Rings when something of this kind changed.
    pub(super) fn bell(&self, kind: Kind) -> Option<watch::Receiver<u64>> {
        self.bells.get(&kind).map(watch::Sender::subscribe)
    }
}

/// The version that an object carries.
pub(super) fn version_of(object: &Value) -> Option<u64> {
    object["metadata"]["resourceVersion"].as_str()?.parse().ok()
}

fn event_line(happened: Happened, object: &Value) -> Bytes {
    let mut line = format!("{{\"type\":\"{}\",\"object\":", happened.word()).into_bytes();
    // writing a value to memory cannot fail
    let _never = serde_json::to_writer(&mut line, object);
    line.extend_from_slice(b"}\n");
    line.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(name: &str) -> (Kind, Key, Value) {
        (Kind::Nodes, Key::new("", name), json!({"metadata": {"name": name}}))
    }

    fn create(store: &Store, name: &str) -> u64 {
        let (kind, key, object) = node(name);
        version_of(&store.create(kind, key, object).unwrap()).unwrap()
    }

    #[test]
    fn a_watch_hears_what_changed_since_its_version() {
        let store = Store::new();
        let first = create(&store, "a");
        let second = create(&store, "b");
        let changes = store.since(Kind::Nodes, first).unwrap();
        assert_eq!(changes.iter().map(|change| change.version).collect::<Vec<_>>(), [second]);
        assert!(changes[0].line.starts_with(br#"{"type":"ADDED","object":{"#));
    }

    #[test]
    fn a_watch_that_was_away_too_long_is_told_so() {
        let store = Store::new();
        let first = create(&store, "a");
        create(&store, "b");
        store.forget_history();
        assert!(store.since(Kind::Nodes, first).is_none());
        assert!(store.since(Kind::Nodes, store.version()).unwrap().is_empty());
        for n in 0..=HISTORY {
            create(&store, &format!("n{n}"));
        }
        assert!(store.since(Kind::Nodes, 2).is_none());
    }

    #[test]
    fn an_old_version_is_a_conflict() {
        let store = Store::new();
        create(&store, "a");
        let (kind, key, _) = node("a");
        let read = (*store.get(kind, &key).unwrap()).clone();
        store.replace(kind, key.clone(), read.clone()).unwrap();
        assert_eq!(store.replace(kind, key, read), Err(Refused::Conflict));
    }
}
