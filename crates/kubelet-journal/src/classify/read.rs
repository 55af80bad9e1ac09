//! From a record to its reading: dispatches over the forms, and extracts what else the record names.

use std::borrow::Cow;

use crate::classify::activity::Activity;
use crate::classify::classification::Classification;
use crate::classify::component::Component;
use crate::classify::reading::Reading;
use crate::classify::symptom::Symptom;
use crate::classify::{endpoint, headed, headerless, logrus, reflector, retry_after};
use crate::klog::record::{Form, Record};
use crate::klog::severity::Severity;
use crate::klog::text::merged_record;
use crate::line::program;

/// Line of `kubelet.go` that messages about a pod's status have reached since 1.6; 1.5 logged the internal types.
const INTERNAL_TYPES_BEFORE: u32 = 1520;

/// Reads a record. Any record gives a reading.
#[must_use]
pub fn read<'a>(record: &Record<'a>) -> Reading<'a> {
    let component = record.call_site.as_ref().map_or(Component::Unknown, |site| Component::of(&site.file));
    let found = match record.form {
        Form::Headerless => headerless::classify(record),
        Form::Logrus => logrus::classify(record),
        Form::Text | Form::Structured | Form::Json => {
            if let Some(merged) = merged(component, record) {
                return Reading { severity: record.severity, ..read(&merged) };
            }
            headed::classify(component, record)
        }
    };
    let is_another = record.program.is_some_and(program::is_another);
    let control_plane = found.control_plane && !is_another;
    let found = Classification { control_plane, ..found };
    let named = if found.activity == Activity::Watch { reflector::named(record) } else { reflector::Named::default() };
    let resource = named.resource.or_else(|| implied_resource(record, &found));
    let endpoint = if control_plane && found.symptom != Symptom::None { endpoint::endpoint(found.error) } else { None };
    Reading {
        control_plane,
        activity: found.activity,
        symptom: found.symptom,
        resource: resource.map(Cow::Borrowed),
        endpoint: endpoint.map(Cow::Borrowed),
        retry_in: if control_plane { retry_after::retry_after(record, found.activity) } else { None },
        severity: record.severity,
        call_site: record.call_site.clone(),
        reflector: named.reflector.map(Cow::Borrowed),
        stage: named.stage,
        header_time: record.header_time,
    }
}

/// Finds a second record in the same line; only text of severity `I` from an unknown file can contain one.
fn merged<'a>(component: Component, record: &Record<'a>) -> Option<Record<'a>> {
    let may_contain =
        component == Component::Unknown && record.form == Form::Text && record.severity == Some(Severity::Info);
    if may_contain { merged_record(record.message) } else { None }
}

/// Returns the type of object that a known message is about without naming it; `None` if it may be of any type.
fn implied_resource<'a>(record: &Record<'a>, found: &Classification<'a>) -> Option<&'a str> {
    if record.form == Form::Headerless {
        return None;
    }
    let is_known = found.known_message;
    match found.activity {
        // up to 1.5 the kubelet logged the internal types
        Activity::PodStatus if is_known => {
            let internal = record
                .call_site
                .as_ref()
                .is_some_and(|site| site.file == "kubelet.go" && site.line < INTERNAL_TYPES_BEFORE)
                && record.form == Form::Text;
            Some(if internal { "*api.Pod" } else { "*v1.Pod" })
        }
        Activity::Csi if is_known => Some("*v1.CSINode"),
        Activity::Token if is_known || found.control_plane => Some("*v1.ServiceAccount"),
        Activity::Certificate if is_known => {
            let beta = found.error.contains("/v1beta1/certificatesigningrequests");
            let named = beta || found.error.contains("/certificatesigningrequests");
            named.then_some(if beta { "*v1beta1.CertificateSigningRequest" } else { "*v1.CertificateSigningRequest" })
        }
        Activity::Csi if found.control_plane && found.error.contains("/volumeattachments/") => {
            Some("*v1.VolumeAttachment")
        }
        _ => None,
    }
}
