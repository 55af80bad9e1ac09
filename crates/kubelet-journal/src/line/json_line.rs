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
    if fields.message.is_present || fields.realtime.is_present {
        let micros = fields.realtime.text.and_then(|time| time.parse().ok());
        return Some(JsonLine::Journal(program::with_program(Entry {
            host: fields.host.text,
            timestamp: micros.and_then(Timestamp::from_epoch_micros),
            identifier: fields.identifier.text.or(fields.comm.text),
            message: fields.message.text.map_or(Cow::Borrowed(""), without_line_end),
            cursor: fields.cursor.text,
            partial: false,
        })));
    }
    let log = fields.log.text?;
    let timestamp = fields.time.text.as_deref().and_then(timestamp::iso).map(|(timestamp, _)| timestamp);
    // docker ends a line with a line end, unless it cut the line
    let partial = !log.ends_with('\n') && timestamp.is_some();
    Some(JsonLine::Container { log: without_line_end(log), timestamp, host: fields.host.text, partial })
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

/// The fields of interest; the others are skipped. An object in which one of them is repeated counts as damaged.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Fields<'a> {
    #[serde(borrow, rename = "MESSAGE")]
    message: Field<'a>,
    #[serde(borrow, rename = "__REALTIME_TIMESTAMP")]
    realtime: Field<'a>,
    #[serde(borrow, rename = "_HOSTNAME")]
    host: Field<'a>,
    #[serde(borrow, rename = "SYSLOG_IDENTIFIER")]
    identifier: Field<'a>,
    #[serde(borrow, rename = "_COMM")]
    comm: Field<'a>,
    #[serde(borrow, rename = "__CURSOR")]
    cursor: Field<'a>,
    #[serde(borrow)]
    log: Field<'a>,
    #[serde(borrow)]
    time: Field<'a>,
}

/// A field of an object.
#[derive(Default)]
struct Field<'a> {
    /// Whether the object has the field, even with a null.
    is_present: bool,
    /// The text of the value; `None` if it has none (null, an object).
    ///
    /// journald writes a string, an array of bytes (not UTF-8), null (too long), or an array of these (a repeated
    /// field, of which the first text counts): `output_json` in systemd's `src/shared/logs-show.c`.
    text: Option<Cow<'a, str>>,
}

impl<'a> Field<'a> {
    fn of(text: Option<Cow<'a, str>>) -> Self {
        Self { is_present: true, text }
    }
}

// not derived: an untagged enum copies each value before it tries its variants
impl<'de: 'a, 'a> Deserialize<'de> for Field<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FieldVisitor;
        impl<'de> Visitor<'de> for FieldVisitor {
            type Value = Field<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value of a journal")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Field<'de>, E> {
                Ok(Field::of(Some(Cow::Borrowed(text))))
            }
            fn visit_str<E>(self, text: &str) -> Result<Field<'de>, E> {
                Ok(Field::of(Some(Cow::Owned(text.to_owned()))))
            }
            fn visit_u64<E>(self, number: u64) -> Result<Field<'de>, E> {
                Ok(Field::of(Some(Cow::Owned(number.to_string()))))
            }
            fn visit_i64<E>(self, number: i64) -> Result<Field<'de>, E> {
                Ok(Field::of(Some(Cow::Owned(number.to_string()))))
            }
            fn visit_f64<E>(self, _: f64) -> Result<Field<'de>, E> {
                Ok(Field::of(None))
            }
            fn visit_bool<E>(self, _: bool) -> Result<Field<'de>, E> {
                Ok(Field::of(None))
            }
            fn visit_unit<E>(self) -> Result<Field<'de>, E> {
                Ok(Field::of(None))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Field<'de>, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Field::of(None))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Field<'de>, A::Error> {
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
                Ok(Field::of(first.or_else(|| (!bytes.is_empty()).then(spelled)).map(Cow::Owned)))
            }
        }
        deserializer.deserialize_any(FieldVisitor)
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
