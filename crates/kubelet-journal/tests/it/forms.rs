//! One record in every form in which journals wrap it: the same worker, time and reading each time.

use chrono::NaiveDate;
use kubelet_journal::{Activity, Moment, Severity, Symptom, TimeResolver, YearHint, entry, read, record};

const KLOG: &str = concat!(
    r#"E1228 16:08:57.706942     228 controller.go:145] "Failed to ensure lease exists, will retry" "#,
    r#"err="Get \"https://cp:6443/x\": dial tcp 172.18.0.2:6443: connect: connection refused" "#,
    r#"interval="200ms""#,
);

fn moment(line: &[u8], hint: YearHint) -> Option<Moment> {
    let entry = entry(line);
    TimeResolver::new(hint).resolve(entry.timestamp.as_ref(), record(&entry.message).time())
}

fn parts(line: &str) -> (Option<String>, Option<String>, String, String) {
    let entry = entry(line.as_bytes());
    let reading = read(&record(&entry.message));
    assert_eq!(
        (reading.control_plane, reading.activity, reading.symptom, reading.severity),
        (true, Activity::Lease, Symptom::ConnectionRefused, Some(Severity::Error)),
        "{line}"
    );
    assert_eq!(reading.endpoint.as_deref(), Some("172.18.0.2:6443"), "{line}");
    assert_eq!(reading.call_site.as_ref().map(ToString::to_string).as_deref(), Some("controller.go:145"), "{line}");
    let moment = moment(line.as_bytes(), YearHint::Year(2024));
    let time = moment.map_or_else(String::new, |moment| moment.local.format("%FT%T%.6f").to_string());
    let utc = moment.and_then(|moment| moment.utc).map_or_else(String::new, |utc| utc.format("%T%.6f").to_string());
    (entry.host.map(Into::into), entry.identifier.map(Into::into), time, utc)
}

#[test]
fn a_record_is_found_in_every_wrapping() {
    let prefixes = [
        ("", (None, None, "2024-12-28T16:08:57.706942", "")),
        ("Dec 28 16:08:57 w2 kubelet[228]: ", (Some("w2"), Some("kubelet"), "2024-12-28T16:08:57.706942", "")),
        ("Dec 28 16:08:57.800001 w2 kubelet[228]: ", (Some("w2"), Some("kubelet"), "2024-12-28T16:08:57.800001", "")),
        ("Dec  8 16:08:57 w2 kubelet[    228]: ", (Some("w2"), Some("kubelet"), "2024-12-08T16:08:57.706942", "")),
        ("<30>Dec 28 16:08:57 w2 kubelet: ", (Some("w2"), Some("kubelet"), "2024-12-28T16:08:57.706942", "")),
        ("Dec 28 16:08:57 kubelet[228]: ", (None, Some("kubelet"), "2024-12-28T16:08:57.706942", "")),
        (
            "2023-12-28T17:08:57+0100 w2 kubelet[228]: ",
            (Some("w2"), Some("kubelet"), "2023-12-28T17:08:57.706942", "16:08:57.706942"),
        ),
        (
            "2023-12-28T16:08:57.800001+00:00 w2 kubelet[228]: ",
            (Some("w2"), Some("kubelet"), "2023-12-28T16:08:57.800001", "16:08:57.800001"),
        ),
        (
            "Thu 2023-12-28 16:08:57 UTC w2 kubelet[228]: ",
            (Some("w2"), Some("kubelet"), "2023-12-28T16:08:57.706942", "16:08:57.706942"),
        ),
        (
            "Do 2023-12-28 17:08:57 CET w2 kubelet.service[228]: ",
            (Some("w2"), Some("kubelet.service"), "2023-12-28T17:08:57.706942", ""),
        ),
        (
            "1703779737.800001 w2 kubelet[228]: ",
            (Some("w2"), Some("kubelet"), "2023-12-28T16:08:57.800001", "16:08:57.800001"),
        ),
        ("[ 2772.739124] w2 kubelet[228]: ", (Some("w2"), Some("kubelet"), "2024-12-28T16:08:57.706942", "")),
        ("12月 28 16:08:57 w2 kubelet[228]: ", (Some("w2"), Some("kubelet"), "2024-12-28T16:08:57.706942", "")),
        ("Dez 28 16:08:57 w2 kubelet[228]: ", (Some("w2"), Some("kubelet"), "2024-12-28T16:08:57.706942", "")),
        ("déc. 28 16:08:57 w2 kubelet[228]: ", (Some("w2"), Some("kubelet"), "2024-12-28T16:08:57.706942", "")),
        ("xyzzy 28 16:08:57 w2 kubelet[228]: ", (Some("w2"), Some("kubelet"), "2024-12-28T16:08:57.706942", "")),
        ("2023-12-28T16:08:57.800001234Z stderr F ", (None, None, "2023-12-28T16:08:57.800001", "16:08:57.800001")),
        (
            "[2023-12-28T16:08:57.800001234Z][kubelet][I] ",
            (None, Some("kubelet"), "2023-12-28T16:08:57.800001", "16:08:57.800001"),
        ),
        ("* Dec 28 16:08:57 w2 kubelet[228]: ", (Some("w2"), Some("kubelet"), "2024-12-28T16:08:57.706942", "")),
        ("> Dec 28 16:08:57 w2 kubelet[228]: ", (Some("w2"), Some("kubelet"), "2024-12-28T16:08:57.706942", "")),
        ("    Dec 28 16:08:57 w2 (kubelet)[228]: ", (Some("w2"), Some("kubelet"), "2024-12-28T16:08:57.706942", "")),
        ("Dec 28 16:08:57 w2 k3s[228]: ", (Some("w2"), Some("k3s"), "2024-12-28T16:08:57.706942", "")),
        (
            "Dec 28 16:08:57 w2 microk8s.daemon-kubelite[228]: ",
            (Some("w2"), Some("microk8s.daemon-kubelite"), "2024-12-28T16:08:57.706942", ""),
        ),
        (
            "Dec 28 16:08:57 w2 microshift[228]: kubelet ",
            (Some("w2"), Some("microshift"), "2024-12-28T16:08:57.706942", ""),
        ),
        (" kubelet: ", (None, Some("kubelet"), "2024-12-28T16:08:57.706942", "")),
        ("kubelet[228]: ", (None, Some("kubelet"), "2024-12-28T16:08:57.706942", "")),
    ];
    for (prefix, (host, identifier, time, utc)) in prefixes {
        let want = (host.map(str::to_owned), identifier.map(str::to_owned), time.to_owned(), utc.to_owned());
        assert_eq!(parts(&format!("{prefix}{KLOG}")), want, "{prefix}");
        assert_eq!(parts(&format!("{prefix}{KLOG}\r\n")), want, "{prefix} with a line end");
    }
}

#[test]
fn a_record_is_found_in_json_objects() {
    let text = serde_json::to_string(KLOG).unwrap();
    let bytes = serde_json::to_string(&KLOG.bytes().collect::<Vec<_>>()).unwrap();
    for message in [&text, &bytes] {
        let line = format!(
            r#"{{"_PID":1,"MESSAGE":{message},{},"_HOSTNAME":"w2","SYSLOG_IDENTIFIER":"kubelet"}}"#,
            r#""__REALTIME_TIMESTAMP":"1703779737800001","__CURSOR":"s=1;i=2""#
        );
        assert_eq!(
            parts(&line),
            (Some("w2".into()), Some("kubelet".into()), "2023-12-28T16:08:57.800001".into(), "16:08:57.800001".into())
        );
        assert_eq!(entry(line.as_bytes()).cursor.as_deref(), Some("s=1;i=2"));
    }
    let docker = format!(
        r#"{{"log":{},"stream":"stderr","time":"2023-12-28T16:08:57.800001234Z"}}"#,
        serde_json::to_string(&format!("{KLOG}\n")).unwrap()
    );
    assert_eq!(parts(&docker), (None, None, "2023-12-28T16:08:57.800001".into(), "16:08:57.800001".into()));
}

#[test]
fn a_message_that_journald_left_out_is_empty() {
    let entry = entry(br#"{"MESSAGE":null,"__REALTIME_TIMESTAMP":"1703779737800001","_HOSTNAME":"w2","X":["a","b"]}"#);
    assert_eq!((entry.host.as_deref(), &*entry.message), (Some("w2"), ""));
}

#[test]
fn a_talos_line_names_its_node_and_its_time() {
    let line = concat!(
        r#"sanji: {"ts":1746793716206.3586,"caller":"lease/controller.go:195","msg":"Failed to update lease","#,
        r#""err":"etcdserver: request timed out"}"#
    );
    let entry = entry(line.as_bytes());
    let record = record(&entry.message);
    assert_eq!((entry.host.as_deref(), record.epoch_micros), (Some("sanji"), Some(1_746_793_716_206_358)));
}

#[test]
fn bytes_that_are_not_utf_8_do_not_hide_the_record() {
    let mut line = b"Dec 28 16:08:57 w\xff2 kubelet[228]: ".to_vec();
    line.extend_from_slice(KLOG.as_bytes());
    let entry = entry(&line);
    assert_eq!(entry.host.as_deref(), Some("w\u{fffd}2"));
    assert!(read(&record(&entry.message)).control_plane);
}

#[test]
fn a_line_of_a_hundred_megabytes_is_cut() {
    let mut line = format!("Dec 28 16:08:57 w2 kubelet[228]: {KLOG}").into_bytes();
    line.resize(100_000_000, b'x');
    let entry = entry(&line);
    assert!(entry.message.len() <= kubelet_journal::LONGEST_LINE);
    assert_eq!(read(&record(&entry.message)).activity, Activity::Lease);
}

#[test]
fn a_cri_line_that_was_cut_is_partial() {
    assert!(entry(b"2024-03-07T10:32:54.036205250Z stderr P E0307 10:32").partial);
    assert!(!entry(b"2024-03-07T10:32:54.036205250Z stderr F E0307 10:32").partial);
}

#[test]
fn years_roll_over_at_new_year_and_not_when_a_clock_is_set_back() {
    let mut resolver = TimeResolver::new(YearHint::Year(2023));
    let mut year = |prefix: &str| {
        let line = format!("{prefix} w2 kubelet[1]: x");
        let entry = entry(line.as_bytes());
        resolver.resolve(entry.timestamp.as_ref(), record(&entry.message).time()).map(|moment| moment.local.to_string())
    };
    assert_eq!(year("Dec 31 23:59:59").as_deref(), Some("2023-12-31 23:59:59"));
    assert_eq!(year("Jan  1 00:00:01").as_deref(), Some("2024-01-01 00:00:01"));
    assert_eq!(year("Dec 31 23:59:58").as_deref(), Some("2023-12-31 23:59:58"));
    assert_eq!(year("Jan  1 00:00:02").as_deref(), Some("2024-01-01 00:00:02"));
    assert_eq!(year("Feb 29 00:00:00").as_deref(), Some("2024-02-29 00:00:00"));
    assert_eq!(year("Feb 28 00:00:00").as_deref(), Some("2024-02-28 00:00:00"));
}

#[test]
fn a_files_date_bounds_its_years() {
    let hint = YearHint::NotAfter(NaiveDate::from_ymd_opt(2024, 1, 3).unwrap());
    let year = |line: &[u8]| moment(line, hint).unwrap().local.to_string();
    assert_eq!(year(b"Dec 31 23:59:59 w2 kubelet[1]: x"), "2023-12-31 23:59:59");
    assert_eq!(year(b"Jan  2 00:00:00 w2 kubelet[1]: x"), "2024-01-02 00:00:00");
    assert_eq!(year(b"Feb 29 00:00:00 w2 kubelet[1]: x"), "2020-02-29 00:00:00");
}

#[test]
fn klogs_microseconds_count_only_when_both_clocks_show_the_same_second() {
    let time = |line: &[u8]| moment(line, YearHint::Year(2024)).unwrap().local.format("%T%.6f").to_string();
    // eight hours apart: a zone
    assert_eq!(
        time(b"Jun 05 12:20:07 m2 kubelet[4]: E0605 20:20:07.129629   44788 controller.go:149] x"),
        "12:20:07.129629"
    );
    // three quarters of an hour: Nepal
    assert_eq!(
        time(b"Jun 05 12:20:07 m2 kubelet[4]: E0605 18:05:07.129629   44788 controller.go:149] x"),
        "12:20:07.129629"
    );
    // another second: the journal's time stands alone
    assert_eq!(
        time(b"Jun 05 12:20:08 m2 kubelet[4]: E0605 12:20:07.929629   44788 controller.go:149] x"),
        "12:20:08.000000"
    );
}
