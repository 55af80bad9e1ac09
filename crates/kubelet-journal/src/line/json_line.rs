//! JSON objects that carry a line: `journalctl -o json`, docker's json-file, and others that have a message and a time.
//!
//! klog's own JSON is not unwrapped here: it is the message (`klog/json.rs`). Memory is bounded by the length of the
//! line, which `parse.rs` bounds.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use crate::line::entry::Entry;
use crate::line::program;
use crate::time::timestamp::{self, Timestamp};

/// The content of a JSON object that carries a line.
pub(crate) enum JsonLine<'a> {
    /// A whole entry of journald.
    Journal(Entry<'a>),
    /// A line of a container, which may itself be one of a journal.
    Container { log: Cow<'a, str>, timestamp: Option<Timestamp>, host: Option<Cow<'a, str>>, partial: bool },
}

/// Parses a JSON object; `None` if it is damaged, klog's own, or neither journald's nor a container engine's.
pub(crate) fn parse(line: &str) -> Option<JsonLine<'_>> {
    if line.starts_with("{\"ts\":") {
        return None;
    }
    let fields: Fields<'_> = serde_json::from_str(line).ok()?;
    if fields.is_journal {
        let micros = fields.realtime.and_then(|time| time.parse().ok());
        return Some(JsonLine::Journal(program::with_program(Entry {
            host: fields.host,
            timestamp: micros.and_then(Timestamp::from_epoch_micros),
            identifier: fields.identifier.or(fields.comm),
            message: fields.message.map_or(Cow::Borrowed(""), without_line_end),
            cursor: fields.cursor,
            partial: false,
        })));
    }
    let log = fields.log?;
    let timestamp = fields.time.as_deref().and_then(timestamp::iso).map(|(timestamp, _)| timestamp);
    // docker ends a line with a line end, unless it cut the line
    let partial = !log.ends_with('\n') && timestamp.is_some();
    Some(JsonLine::Container { log: without_line_end(log), timestamp, host: fields.host, partial })
}

/// Removes the line end that docker keeps inside of the value.
fn without_line_end(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim_end_matches(['\n', '\r'])),
        Cow::Owned(mut text) => {
            text.truncate(text.trim_end_matches(['\n', '\r']).len());
            Cow::Owned(text)
        }
    }
}

/// The fields of interest; the others are skipped.
#[derive(Default)]
struct Fields<'a> {
    /// Whether one of journald's own keys occurs, even with a null.
    is_journal: bool,
    host: Option<Cow<'a, str>>,
    realtime: Option<Cow<'a, str>>,
    identifier: Option<Cow<'a, str>>,
    comm: Option<Cow<'a, str>>,
    message: Option<Cow<'a, str>>,
    cursor: Option<Cow<'a, str>>,
    log: Option<Cow<'a, str>>,
    time: Option<Cow<'a, str>>,
}

// not derived: derive refuses a repeated key, of which the last counts here
impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FieldsVisitor;
        impl<'de> Visitor<'de> for FieldsVisitor {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields<'de>, A::Error> {
                let mut fields = Fields::default();
                while let Some(key) = map.next_key::<Text<'de>>()? {
                    let key = key.0.as_deref().unwrap_or("");
                    fields.is_journal |= matches!(key, "MESSAGE" | "__REALTIME_TIMESTAMP");
                    let field = match key {
                        "MESSAGE" => &mut fields.message,
                        "__REALTIME_TIMESTAMP" => &mut fields.realtime,
                        "_HOSTNAME" => &mut fields.host,
                        "SYSLOG_IDENTIFIER" => &mut fields.identifier,
                        "_COMM" => &mut fields.comm,
                        "__CURSOR" => &mut fields.cursor,
                        "log" => &mut fields.log,
                        "time" => &mut fields.time,
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                            continue;
                        }
                    };
                    *field = map.next_value::<Text<'de>>()?.0;
                }
                Ok(fields)
            }
        }
        deserializer.deserialize_map(FieldsVisitor)
    }
}

/// The text of a value; `None` if it has none (null, an object).
///
/// journald writes a string, an array of bytes (not UTF-8), null (too long), or an array of these (a repeated field, of
/// which the first text counts): `output_json` in systemd's `src/shared/logs-show.c`.
struct Text<'a>(Option<Cow<'a, str>>);

// not derived: an untagged enum copies each value before it tries its variants
impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value of a journal")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Some(Cow::Borrowed(text))))
            }
            fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Some(Cow::Owned(text.to_owned()))))
            }
            fn visit_u64<E>(self, number: u64) -> Result<Text<'de>, E> {
                Ok(Text(Some(Cow::Owned(number.to_string()))))
            }
            fn visit_i64<E>(self, number: i64) -> Result<Text<'de>, E> {
                Ok(Text(Some(Cow::Owned(number.to_string()))))
            }
            fn visit_f64<E>(self, _: f64) -> Result<Text<'de>, E> {
                Ok(Text(None))
            }
            fn visit_bool<E>(self, _: bool) -> Result<Text<'de>, E> {
                Ok(Text(None))
            }
            fn visit_unit<E>(self) -> Result<Text<'de>, E> {
                Ok(Text(None))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Text<'de>, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Text(None))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Text<'de>, A::Error> {
                let mut bytes = Vec::new();
                let mut first = None;
                while let Some(item) = items.next_element::<Value>()? {
                    match item {
                        Value::Number(_) => bytes.extend(as_byte(&item)),
                        Value::String(text) => first = first.or(Some(text)),
                        Value::Array(items) => first = first.or_else(|| Some(of_bytes(&items))),
                        _ => {}
                    }
                }
                let spelled = || String::from_utf8_lossy(&bytes).into_owned();
                Ok(Text(first.or_else(|| (!bytes.is_empty()).then(spelled)).map(Cow::Owned)))
            }
        }
        deserializer.deserialize_any(TextVisitor)
    }
}

/// Decodes an array of bytes; an item that is none becomes `?`.
fn of_bytes(items: &[Value]) -> String {
    let bytes: Vec<u8> = items.iter().map(|item| as_byte(item).unwrap_or(b'?')).collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn as_byte(item: &Value) -> Option<u8> {
    item.as_u64().and_then(|byte| u8::try_from(byte).ok())
}
