//! Patches: a JSON merge patch (RFC 7396) that merges conditions and container statuses by their keys, as a strategic
//! merge patch does. Pure.

use serde_json::{Map, Value};

/// Merges `patch` into `target`. Returns whether anything changed.
pub(super) fn merge(target: &mut Value, patch: &Value) -> bool {
    let Value::Object(patches) = patch else {
        let changed = target != patch;
        *target = patch.clone();
        return changed;
    };
    let mut changed = !target.is_object();
    if changed {
        *target = Value::Object(Map::new());
    }
    let Value::Object(fields) = target else { return changed };
    for (name, value) in patches {
        // directives such as `$setElementOrder` only define the order of a list
        if name.starts_with('$') {
            continue;
        }
        let merge_key = match name.as_str() {
            "conditions" => Some("type"),
            "containerStatuses" => Some("name"),
            _ => None,
        };
        changed |= match (value, merge_key, fields.get_mut(name)) {
            (Value::Null, ..) => fields.remove(name).is_some(),
            (Value::Array(patches), Some(key), Some(Value::Array(items))) => merge_list(items, patches, key),
            (value, _, Some(existing)) => merge(existing, value),
            (value, _, None) => {
                fields.insert(name.clone(), value.clone());
                true
            }
        };
    }
    changed
}

fn merge_list(items: &mut Vec<Value>, patches: &[Value], key: &str) -> bool {
    let mut changed = false;
    for patch in patches {
        match items.iter_mut().find(|item| item[key] == patch[key]) {
            Some(item) => changed |= merge(item, patch),
            None => {
                items.push(patch.clone());
                changed = true;
            }
        }
    }
    changed
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn conditions_are_merged_by_their_type() {
        let node = |ready: &str| {
            let conditions = json!([{"type": "Ready", "status": ready}, {"type": "PID", "status": "False"}]);
            json!({"status": {"conditions": conditions}})
        };
        let mut patched = node("Unknown");
        let patch =
            json!({"status": {"$setElementOrder/conditions": [], "conditions": [{"type": "Ready", "status": "True"}]}});
        assert!(merge(&mut patched, &patch));
        assert_eq!(patched, node("True"));
        assert!(!merge(&mut patched, &patch));
    }

    #[test]
    fn null_removes_a_field_and_other_lists_are_replaced() {
        let mut object = json!({"spec": {"taints": [1, 2], "cordoned": true}});
        assert!(merge(&mut object, &json!({"spec": {"taints": [3], "cordoned": null, "gone": null}})));
        assert_eq!(object, json!({"spec": {"taints": [3]}}));
    }
}
