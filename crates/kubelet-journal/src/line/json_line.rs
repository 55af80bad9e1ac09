//! JSON objects that carry a line: `journalctl -o json`, docker's json-file, and whatever else has a message and a time.
//!
//! klog's own JSON format is not unwrapped here: it *is* the message (`jsonlog.rs` reads it). An object that is none of these is left
//! alone. Memory is bounded by the line, whose length `entry.rs` bounds.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};

use crate::line::entry::Entry;
use crate::line::text_line;
use crate::time::timestamp::{self, Stamp};

/// The entry inside a JSON object, if it is one of a journal or of a container engine.
pub(crate) fn json(line: &str) -> Option<Entry<'_>> {
    if line.starts_with("{\"ts\":") {
        return None;
    }
    let fields: Fields<'_> = serde_json::from_str(line).ok()?;
    if fields.is_journal {
        return Some(
            Entry {
                host: fields.host,
                stamp: fields.realtime.as_deref().and_then(|time| Stamp::from_epoch_micros(time.parse().ok()?)),
                identifier: fields.identifier.or(fields.comm),
                message: fields.message.map_or(Cow::Borrowed(""), |message| unescaped_end(message)),
                cursor: fields.cursor,
                partial: false,
            }
            .signed(),
        );
    }
    let log = fields.log?;
    let partial = !log.ends_with('\n');
    let inner = match unescaped_end(log) {
        Cow::Borrowed(log) => text_line::strip_inner(log),
        Cow::Owned(log) => text_line::strip_inner(&log).into_owned(),
    };
    let stamp = fields.time.as_deref().and_then(timestamp::iso).map(|(stamp, _)| stamp);
    Some(Entry {
        stamp: inner.stamp.or(stamp),
        host: inner.host.or(fields.host),
        partial: partial && stamp.is_some(),
        ..inner
    })
}

/// Without the line end that docker keeps inside the value.
fn unescaped_end(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim_end_matches(['\n', '\r'])),
        Cow::Owned(mut text) => {
            text.truncate(text.trim_end_matches(['\n', '\r']).len());
            Cow::Owned(text)
        }
    }
}

/// The fields of interest; all others are skipped unread.
#[derive(Default)]
struct Fields<'a> {
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

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields<'de>, A::Error> {
                let mut fields = Fields::default();
                while let Some(key) = map.next_key::<Text<'de>>()? {
                    let place = match key.0.as_deref() {
                        Some("MESSAGE") => {
                            fields.is_journal = true;
                            &mut fields.message
                        }
                        Some("__REALTIME_TIMESTAMP") => {
                            fields.is_journal = true;
                            &mut fields.realtime
                        }
                        Some("_HOSTNAME") => &mut fields.host,
                        Some("SYSLOG_IDENTIFIER") => &mut fields.identifier,
                        Some("_COMM") => &mut fields.comm,
                        Some("__CURSOR") => &mut fields.cursor,
                        Some("log") => &mut fields.log,
                        Some("time") => &mut fields.time,
                        _ => {
                            map.next_value::<serde::de::IgnoredAny>()?;
                            continue;
                        }
                    };
                    *place = map.next_value::<Text<'de>>()?.0;
                }
                Ok(fields)
            }
        }
        deserializer.deserialize_map(Object)
    }
}

/// A value as journald writes one: a string, an array of bytes (not UTF-8), null (too big), or an array of several of these.
struct Text<'a>(Option<Cow<'a, str>>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Value;
        impl<'de> Visitor<'de> for Value {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value of the journal")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Some(Cow::Borrowed(text))))
            }
            fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Some(Cow::Owned(text.to_owned()))))
            }
            fn visit_unit<E>(self) -> Result<Text<'de>, E> {
                Ok(Text(None))
            }
            fn visit_bool<E>(self, _: bool) -> Result<Text<'de>, E> {
                Ok(Text(None))
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
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Text<'de>, A::Error> {
                while map.next_entry::<serde::de::IgnoredAny, serde::de::IgnoredAny>()?.is_some() {}
                Ok(Text(None))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Text<'de>, A::Error> {
                let mut bytes = Vec::new();
                let mut first = None;
                while let Some(item) = seq.next_element::<Element<'de>>()? {
                    match item {
                        Element::Byte(byte) => bytes.push(byte),
                        Element::Text(text) => first = first.or(text),
                    }
                }
                let spelled = || String::from_utf8_lossy(&bytes).into_owned();
                Ok(Text(first.or_else(|| (!bytes.is_empty()).then(|| Cow::Owned(spelled())))))
            }
        }
        deserializer.deserialize_any(Value)
    }
}

/// One element of an array value.
enum Element<'a> {
    Byte(u8),
    Text(Option<Cow<'a, str>>),
}

impl<'de: 'a, 'a> Deserialize<'de> for Element<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct One;
        impl<'de> Visitor<'de> for One {
            type Value = Element<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a byte or a value")
            }
            fn visit_u64<E>(self, number: u64) -> Result<Element<'de>, E> {
                Ok(u8::try_from(number).map_or(Element::Text(None), Element::Byte))
            }
            fn visit_i64<E>(self, _: i64) -> Result<Element<'de>, E> {
                Ok(Element::Text(None))
            }
            fn visit_f64<E>(self, _: f64) -> Result<Element<'de>, E> {
                Ok(Element::Text(None))
            }
            fn visit_bool<E>(self, _: bool) -> Result<Element<'de>, E> {
                Ok(Element::Text(None))
            }
            fn visit_unit<E>(self) -> Result<Element<'de>, E> {
                Ok(Element::Text(None))
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Element<'de>, E> {
                Ok(Element::Text(Some(Cow::Borrowed(text))))
            }
            fn visit_str<E>(self, text: &str) -> Result<Element<'de>, E> {
                Ok(Element::Text(Some(Cow::Owned(text.to_owned()))))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Element<'de>, A::Error> {
                while map.next_entry::<serde::de::IgnoredAny, serde::de::IgnoredAny>()?.is_some() {}
                Ok(Element::Text(None))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Element<'de>, A::Error> {
                let mut bytes = Vec::new();
                while let Some(byte) = seq.next_element::<serde_json::Value>()? {
                    bytes.push(byte.as_u64().and_then(|byte| u8::try_from(byte).ok()).unwrap_or(b'?'));
                }
                Ok(Element::Text(Some(Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()))))
            }
        }
        deserializer.deserialize_any(One)
    }
}
