//! The object store: every object with its resource version, and the history from which watches are served.
//!
//! The store stands for etcd and the API server's watch cache. It outlives a stopped API server. Its history is
//! bounded, so that a watch that resumes from a version that is too old is refused (410 Gone). Objects are never
//! deleted. The store knows nothing of HTTP and validates nothing but versions.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::{object_kind::ObjectKind, selector::ObjectSelector};

/// Changes of one kind that the history keeps.
const HISTORY: usize = 1000;

/// The namespace (empty for a cluster-wide kind) and name of an object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::lab) struct ObjectKey {
    pub(in crate::lab) namespace: String,
    pub(in crate::lab) name: String,
}

impl ObjectKey {
    pub(in crate::lab) fn new(namespace: &str, name: &str) -> Self {
        Self { namespace: namespace.to_owned(), name: name.to_owned() }
    }
}

/// The type of a change. There is no deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::lab) enum ChangeType {
    Added,
    Modified,
}

impl ChangeType {
    /// Returns the `type` of the watch event.
    pub(in crate::lab) fn as_str(self) -> &'static str {
        match self {
            Self::Added => "ADDED",
            Self::Modified => "MODIFIED",
        }
    }
}

/// One change of an object.
#[derive(Debug)]
pub(in crate::lab) struct ObjectChange {
    /// The resource version that the change created.
    pub(in crate::lab) version: u64,
    pub(in crate::lab) change_type: ChangeType,
    pub(in crate::lab) key: ObjectKey,
    pub(in crate::lab) object: Arc<Value>,
    /// The watch event, encoded once for all watches.
    pub(in crate::lab) line: Bytes,
}

/// Why an object was not written.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::lab) enum StoreError {
    NotFound,
    AlreadyExists,
    /// The object has another resource version than the one that the writer read.
    Conflict,
}

/// The objects of one kind.
#[derive(Debug, Default)]
struct ObjectTable {
    objects: BTreeMap<ObjectKey, Arc<Value>>,
    history: VecDeque<Arc<ObjectChange>>,
    /// Oldest version from which a watch can resume.
    oldest: u64,
}

#[derive(Debug, Default)]
struct ObjectTables {
    version: u64,
    by_kind: BTreeMap<ObjectKind, ObjectTable>,
}

/// The objects of the cluster. Copies share them.
#[derive(Debug, Clone)]
pub(in crate::lab) struct ObjectStore {
    tables: Arc<Mutex<ObjectTables>>,
    /// The version of each kind's newest change.
    newest: Arc<BTreeMap<ObjectKind, watch::Sender<u64>>>,
}

impl ObjectStore {
    pub(in crate::lab) fn new() -> Self {
        let newest = ObjectKind::ALL.into_iter().map(|kind| (kind, watch::Sender::new(0))).collect();
        Self { tables: Arc::default(), newest: Arc::new(newest) }
    }

    fn tables(&self) -> MutexGuard<'_, ObjectTables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the resource version of the newest change of any kind.
    pub(in crate::lab) fn version(&self) -> u64 {
        self.tables().version
    }

    /// Returns the selected objects, and the resource version of the list.
    pub(in crate::lab) fn list(&self, kind: ObjectKind, selector: &ObjectSelector) -> (Vec<Arc<Value>>, u64) {
        let tables = self.tables();
        let objects = tables.by_kind.get(&kind).map(|table| {
            table
                .objects
                .iter()
                .filter(|(key, object)| selector.matches(&key.namespace, object))
                .map(|(_, object)| object.clone())
        });
        (objects.into_iter().flatten().collect(), tables.version)
    }

    pub(in crate::lab) fn get(&self, kind: ObjectKind, key: &ObjectKey) -> Option<Arc<Value>> {
        self.tables().by_kind.get(&kind)?.objects.get(key).cloned()
    }

    /// Adds an object and returns it as stored.
    ///
    /// # Errors
    ///
    /// [`StoreError::AlreadyExists`] if there is an object of that key.
    pub(in crate::lab) fn create(
        &self,
        kind: ObjectKind,
        key: ObjectKey,
        object: Value,
    ) -> Result<Arc<Value>, StoreError> {
        let mut tables = self.tables();
        if tables.by_kind.get(&kind).is_some_and(|table| table.objects.contains_key(&key)) {
            return Err(StoreError::AlreadyExists);
        }
        Ok(self.put(&mut tables, kind, key, object, ChangeType::Added))
    }

    /// Replaces an object and returns it as stored.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`] if there is none of that key; [`StoreError::Conflict`] if `object` carries a resource
    /// version that is not the stored one.
    pub(in crate::lab) fn replace(
        &self,
        kind: ObjectKind,
        key: ObjectKey,
        object: Value,
    ) -> Result<Arc<Value>, StoreError> {
        let mut tables = self.tables();
        let stored = tables.by_kind.get(&kind).and_then(|table| table.objects.get(&key)).ok_or(StoreError::NotFound)?;
        let (current, expected) = (resource_version(stored), resource_version(&object));
        if expected.is_some() && expected != current {
            return Err(StoreError::Conflict);
        }
        Ok(self.put(&mut tables, kind, key, object, ChangeType::Modified))
    }

    /// Changes an object in place and returns it as stored. No version is used if `change` returns false.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`] if there is none of that key.
    pub(in crate::lab) fn update(
        &self,
        kind: ObjectKind,
        key: ObjectKey,
        change: impl FnOnce(&mut Value) -> bool,
    ) -> Result<Arc<Value>, StoreError> {
        let mut tables = self.tables();
        let stored = tables.by_kind.get(&kind).and_then(|table| table.objects.get(&key)).ok_or(StoreError::NotFound)?;
        let mut object = (**stored).clone();
        if !change(&mut object) {
            return Ok(stored.clone());
        }
        Ok(self.put(&mut tables, kind, key, object, ChangeType::Modified))
    }

    fn put(
        &self,
        tables: &mut ObjectTables,
        kind: ObjectKind,
        key: ObjectKey,
        mut object: Value,
        change_type: ChangeType,
    ) -> Arc<Value> {
        tables.version += 1;
        let version = tables.version;
        object["metadata"]["resourceVersion"] = json!(version.to_string());
        object["kind"] = json!(kind.name());
        object["apiVersion"] = json!(kind.api_version());
        let object = Arc::new(object);
        let change = Arc::new(ObjectChange {
            version,
            change_type,
            key: key.clone(),
            object: object.clone(),
            line: event_line(change_type, &object),
        });
        let table = tables.by_kind.entry(kind).or_default();
        table.objects.insert(key, object.clone());
        table.history.push_back(change);
        if table.history.len() > HISTORY
            && let Some(forgotten) = table.history.pop_front()
        {
            table.oldest = forgotten.version;
        }
        if let Some(newest) = self.newest.get(&kind) {
            newest.send_replace(version);
        }
        object
    }

    /// Returns the changes after `version`; `None` if the history does not reach back that far.
    pub(in crate::lab) fn changes_since(&self, kind: ObjectKind, version: u64) -> Option<Vec<Arc<ObjectChange>>> {
        let tables = self.tables();
        let Some(table) = tables.by_kind.get(&kind) else { return Some(Vec::new()) };
        if version < table.oldest {
            return None;
        }
        let first = table.history.partition_point(|change| change.version <= version);
        Some(table.history.range(first..).cloned().collect())
    }

    /// Clears the history, as the restart of an API server does with its watch cache.
    pub(in crate::lab) fn clear_history(&self) {
        let mut tables = self.tables();
        let version = tables.version;
        for table in tables.by_kind.values_mut() {
            table.history.clear();
            table.oldest = version;
        }
    }

    /// Subscribes to the version of the kind's newest change; `None` for a kind without a table.
    pub(in crate::lab) fn subscribe(&self, kind: ObjectKind) -> Option<watch::Receiver<u64>> {
        self.newest.get(&kind).map(watch::Sender::subscribe)
    }
}

fn resource_version(object: &Value) -> Option<u64> {
    object["metadata"]["resourceVersion"].as_str()?.parse().ok()
}

fn event_line(change_type: ChangeType, object: &Value) -> Bytes {
    let mut line = format!("{{\"type\":\"{}\",\"object\":", change_type.as_str()).into_bytes();
    // serializing a `Value` to memory cannot fail
    let _infallible = serde_json::to_writer(&mut line, object);
    line.extend_from_slice(b"}\n");
    line.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(name: &str) -> (ObjectKind, ObjectKey, Value) {
        (ObjectKind::Nodes, ObjectKey::new("", name), json!({"metadata": {"name": name}}))
    }

    fn create(store: &ObjectStore, name: &str) -> u64 {
        let (kind, key, object) = node(name);
        resource_version(&store.create(kind, key, object).unwrap()).unwrap()
    }

    #[test]
    fn the_changes_after_a_version_are_returned() {
        let store = ObjectStore::new();
        let first = create(&store, "a");
        let second = create(&store, "b");
        let changes = store.changes_since(ObjectKind::Nodes, first).unwrap();
        assert_eq!(changes.iter().map(|change| change.version).collect::<Vec<_>>(), [second]);
        assert!(changes[0].line.starts_with(br#"{"type":"ADDED","object":{"#));
    }

    #[test]
    fn a_version_older_than_the_history_has_no_changes_to_return() {
        let store = ObjectStore::new();
        let first = create(&store, "a");
        create(&store, "b");
        store.clear_history();
        assert!(store.changes_since(ObjectKind::Nodes, first).is_none());
        assert!(store.changes_since(ObjectKind::Nodes, store.version()).unwrap().is_empty());
        for n in 0..=HISTORY {
            create(&store, &format!("n{n}"));
        }
        assert!(store.changes_since(ObjectKind::Nodes, 2).is_none());
    }

    #[test]
    fn writing_an_object_that_was_changed_meanwhile_is_a_conflict() {
        let store = ObjectStore::new();
        create(&store, "a");
        let (kind, key, _) = node("a");
        let read = (*store.get(kind, &key).unwrap()).clone();
        store.replace(kind, key.clone(), read.clone()).unwrap();
        assert_eq!(store.replace(kind, key, read), Err(StoreError::Conflict));
    }
}
