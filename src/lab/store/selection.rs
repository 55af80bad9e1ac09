//! Which objects a request means: a namespace, fields, labels. Pure.

use serde_json::Value;

use super::Key;

/// What a list or watch is limited to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::lab) struct Selection {
    namespace: Option<String>,
    fields: Vec<Term>,
    labels: Vec<Term>,
}

/// `name=value`, `name!=value`, or `name` alone: that there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Term {
    name: String,
    value: Option<String>,
    equal: bool,
}

impl Selection {
    pub(in crate::lab) fn all() -> Self {
        Self::default()
    }

    pub(in crate::lab) fn new(namespace: Option<&str>, fields: &str, labels: &str) -> Self {
        Self { namespace: namespace.map(str::to_owned), fields: terms(fields), labels: terms(labels) }
    }

    pub(in crate::lab) fn takes(&self, key: &Key, object: &Value) -> bool {
        self.namespace.as_ref().is_none_or(|namespace| *namespace == key.namespace)
            && self.fields.iter().all(|term| term.holds(field(object, &term.name)))
            && self.labels.iter().all(|term| term.holds(object["metadata"]["labels"][&term.name].as_str()))
    }
}

impl Term {
    fn holds(&self, is: Option<&str>) -> bool {
        match &self.value {
            None => is.is_some() == self.equal,
            Some(value) => (is.unwrap_or_default() == value) == self.equal,
        }
    }
}

fn terms(text: &str) -> Vec<Term> {
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let (name, value, equal) = if let Some((name, value)) = part.split_once("!=") {
                (name, Some(value), false)
            } else if let Some((name, value)) = part.split_once("==").or_else(|| part.split_once('=')) {
                (name, Some(value), true)
            } else if let Some(name) = part.strip_prefix('!') {
                (name, None, false)
            } else {
                (part, None, true)
            };
            Term { name: name.to_owned(), value: value.map(str::to_owned), equal }
        })
        .collect()
}

/// `metadata.name`, `spec.nodeName`, …
fn field<'a>(object: &'a Value, path: &str) -> Option<&'a str> {
    path.split('.').try_fold(object, |value, name| value.get(name))?.as_str()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn namespace_fields_and_labels_all_have_to_hold() {
        let pod = json!({"metadata": {"name": "a", "labels": {"app": "httpbin"}}, "spec": {"nodeName": "w"}});
        let key = Key::new("default", "a");
        let takes = |namespace, fields, labels| Selection::new(namespace, fields, labels).takes(&key, &pod);
        assert!(takes(None, "", ""));
        assert!(takes(Some("default"), "spec.nodeName=w,metadata.name==a", "app=httpbin"));
        assert!(!takes(Some("kube-system"), "", ""));
        assert!(!takes(None, "spec.nodeName=v", ""));
        assert!(takes(None, "spec.nodeName!=v", "!tier"));
        assert!(!takes(None, "", "app!=httpbin"));
        assert!(takes(None, "", "app"));
    }
}
