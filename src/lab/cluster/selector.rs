//! Field and label selectors of a list or watch. Pure.

use serde_json::Value;

/// The namespace, fields and labels that a list or watch is limited to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::lab) struct ObjectSelector {
    /// `None` selects every namespace.
    namespace: Option<String>,
    fields: Vec<Requirement>,
    labels: Vec<Requirement>,
}

/// One requirement of a selector: `name=value`, `name!=value`, `name` (exists) or `!name` (does not exist).
#[derive(Debug, Clone, PartialEq, Eq)]
struct Requirement {
    name: String,
    /// `None` if existence is required, whatever the value.
    value: Option<String>,
    /// False for `!=` and `!name`.
    equal: bool,
}

impl ObjectSelector {
    /// Selects every object of a kind.
    pub(in crate::lab) fn all() -> Self {
        Self::default()
    }

    /// Parses the values of `fieldSelector` and `labelSelector`, each empty if there is none.
    pub(in crate::lab) fn new(namespace: Option<&str>, fields: &str, labels: &str) -> Self {
        Self { namespace: namespace.map(str::to_owned), fields: requirements(fields), labels: requirements(labels) }
    }

    /// Whether `object`, which lives in `namespace`, is selected.
    pub(in crate::lab) fn matches(&self, namespace: &str, object: &Value) -> bool {
        self.namespace.as_ref().is_none_or(|selected| selected == namespace)
            && self.fields.iter().all(|requirement| requirement.holds(field(object, &requirement.name)))
            && self
                .labels
                .iter()
                .all(|requirement| requirement.holds(object["metadata"]["labels"][&requirement.name].as_str()))
    }
}

impl Requirement {
    fn parse(text: &str) -> Self {
        let (name, value, equal) = if let Some((name, value)) = text.split_once("!=") {
            (name, Some(value), false)
        } else if let Some((name, value)) = text.split_once("==").or_else(|| text.split_once('=')) {
            (name, Some(value), true)
        } else if let Some(name) = text.strip_prefix('!') {
            (name, None, false)
        } else {
            (text, None, true)
        };
        Self { name: name.to_owned(), value: value.map(str::to_owned), equal }
    }

    fn holds(&self, actual: Option<&str>) -> bool {
        match &self.value {
            None => actual.is_some() == self.equal,
            Some(value) => (actual.unwrap_or_default() == value) == self.equal,
        }
    }
}

fn requirements(text: &str) -> Vec<Requirement> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(Requirement::parse).collect()
}

/// Returns the string at a dotted path, such as `spec.nodeName`; `None` if there is none.
fn field<'a>(object: &'a Value, path: &str) -> Option<&'a str> {
    path.split('.').try_fold(object, |value, name| value.get(name))?.as_str()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_object_is_selected_if_its_namespace_fields_and_labels_match() {
        let pod = json!({"metadata": {"name": "a", "labels": {"app": "httpbin"}}, "spec": {"nodeName": "w"}});
        let matches =
            |namespace, fields, labels| ObjectSelector::new(namespace, fields, labels).matches("default", &pod);
        assert!(matches(None, "", ""));
        assert!(matches(Some("default"), "spec.nodeName=w,metadata.name==a", "app=httpbin"));
        assert!(!matches(Some("kube-system"), "", ""));
        assert!(!matches(None, "spec.nodeName=v", ""));
        assert!(matches(None, "spec.nodeName!=v", "!tier"));
        assert!(!matches(None, "", "app!=httpbin"));
        assert!(matches(None, "", "app"));
    }
}
