//! A check with a control's or a profile's changes laid over it.

use serde_json::Value;

/// Keys whose maps are merged entry by entry.
const MERGED: [&str; 3] = ["given", "grid", "let"];
/// Keys that replace the check's own.
const REPLACED: [&str; 4] = ["experiment", "informative", "hypothesis", "trials"];

/// The check as JSON with the overlay's changes.
///
/// # Errors
/// The overlay changes an assertion that the check does not have (message in words).
pub fn overlaid(check: &Value, overlay: &Value) -> Result<Value, String> {
    let mut result = check.clone();
    let Some(target) = result.as_object_mut() else { return Ok(result) };
    for key in MERGED {
        let Some(changes) = overlay.get(key).and_then(Value::as_object) else { continue };
        let map = target.entry(key).or_insert_with(|| Value::Object(Default::default()));
        if let Some(map) = map.as_object_mut() {
            // A formula replaced keeps its place, so that definitions stay in order.
            map.extend(changes.iter().map(|(name, value)| (name.clone(), value.clone())));
        }
    }
    for key in REPLACED {
        if let Some(value) = overlay.get(key).filter(|value| !value.is_null()) {
            target.insert(key.into(), value.clone());
        }
    }
    // A value fixed by the overlay leaves the grid, or it would be overridden there.
    let fixed: Vec<String> = overlay
        .get("given")
        .and_then(Value::as_object)
        .map(|map| map.keys().cloned().collect())
        .unwrap_or_default();
    if let Some(grid) = target.get_mut("grid").and_then(Value::as_object_mut) {
        grid.retain(|axis, _| !fixed.contains(axis));
    }
    if let Some(changes) = overlay.get("assert").and_then(Value::as_object) {
        change_assertions(target.get_mut("assert"), changes)?;
    }
    Ok(result)
}

fn change_assertions(
    assertions: Option<&mut Value>,
    changes: &serde_json::Map<String, Value>,
) -> Result<(), String> {
    let mut list = assertions.and_then(Value::as_array_mut);
    for (name, fields) in changes {
        let assertion = list.as_mut().and_then(|list| {
            list.iter_mut().find(|item| item.get("name").and_then(Value::as_str) == Some(name))
        });
        let Some(assertion) = assertion.and_then(Value::as_object_mut) else {
            return Err(format!("there is no assertion `{name}` to change"));
        };
        if let Some(fields) = fields.as_object() {
            assertion.extend(fields.iter().map(|(field, value)| (field.clone(), value.clone())));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn maps_merge_and_the_rest_is_replaced() {
        let check = json!({"name": "c", "given": {"a": 1, "b": 2}, "trials": 10,
            "grid": {"m": [1, 2], "n": [3]},
            "assert": [{"name": "x", "bound": "t"}]});
        let overlay = json!({"given": {"b": 3, "n": 5}, "trials": 20,
            "assert": {"x": {"bound": "2*t"}}});
        let result = overlaid(&check, &overlay).unwrap();
        assert_eq!(result["given"], json!({"a": 1, "b": 3, "n": 5}));
        assert_eq!(result["grid"], json!({"m": [1, 2]}));
        assert_eq!(result["trials"], json!(20));
        assert_eq!(result["assert"][0]["bound"], json!("2*t"));
        assert!(overlaid(&check, &json!({"assert": {"y": {}}})).is_err());
    }
}
