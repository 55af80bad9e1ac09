//! Precedence of the rules for locating the engine.

use std::{fs, path::Path};

use super::*;

fn with_config(config: &Path) -> EngineEnvironment {
    EngineEnvironment { docker_config: Some(config.to_owned()), ..EngineEnvironment::default() }
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

#[test]
fn docker_host_takes_precedence_over_everything_else() {
    let environment = EngineEnvironment {
        docker_host: Some("tcp://10.0.0.1:2375".to_owned()),
        docker_context: Some("colima".to_owned()),
        ..EngineEnvironment::default()
    };
    assert_eq!(environment.endpoint().unwrap().host(), "tcp://10.0.0.1:2375");
}

#[test]
fn the_current_context_names_the_socket() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("colima.sock");
    write(&socket, "");
    write(&folder.path().join("config.json"), r#"{"auths":{},"currentContext":"colima"}"#);
    write(
        &folder.path().join("contexts/meta/aa/meta.json"),
        r#"{"Name":"other","Endpoints":{"docker":{"Host":"tcp://x:1"}}}"#,
    );
    write(
        &folder.path().join("contexts/meta/bb/meta.json"),
        &format!(
            r#"{{"Name":"colima","Metadata":{{}},"Endpoints":{{"docker":{{"Host":"unix://{}"}}}}}}"#,
            socket.display()
        ),
    );
    let endpoint = with_config(folder.path()).endpoint().unwrap();
    assert_eq!(endpoint.to_string(), socket.display().to_string());
}

#[test]
fn a_context_without_a_description_is_named() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("config.json"), r#"{"currentContext":"lost"}"#);
    let error = with_config(folder.path()).endpoint().unwrap_err().to_string();
    assert!(error.contains("`lost`"), "{error}");
}

#[test]
fn a_damaged_configuration_counts_as_absent() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("docker.sock");
    write(&socket, "");
    write(&folder.path().join("config.json"), "{");
    let environment = EngineEnvironment {
        sockets: vec![folder.path().join("no.sock"), socket.clone()],
        ..with_config(folder.path())
    };
    assert_eq!(environment.endpoint().unwrap().to_string(), socket.display().to_string());
}

#[test]
fn the_error_for_no_socket_lists_the_paths_that_were_tried() {
    let environment =
        EngineEnvironment { sockets: vec![PathBuf::from("/nowhere/docker.sock")], ..EngineEnvironment::default() };
    let error = environment.endpoint().unwrap_err().to_string();
    assert!(error.contains("/nowhere/docker.sock") && error.contains("start Docker"), "{error}");
}

/// An environment whose certificates are in `folder`.
fn with_tls(host: &str, folder: &Path) -> EngineEnvironment {
    EngineEnvironment {
        docker_host: Some(host.to_owned()),
        tls_verify: true,
        cert_path: Some(folder.to_owned()),
        ..EngineEnvironment::default()
    }
}

#[test]
fn an_address_that_asks_for_tls_has_its_certificates_or_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for host in ["tcp://10.0.0.1:2376", "http://10.0.0.1:2376", "https://10.0.0.1:2376"] {
        let error = with_tls(host, folder.path()).endpoint().unwrap_err().to_string();
        assert!(error.contains("ca.pem cannot be read") && error.contains("DOCKER_CERT_PATH"), "{error}");
    }
    write(&folder.path().join("ca.pem"), "authority");
    for host in ["tcp://10.0.0.1:2376", "http://10.0.0.1:2376", "https://10.0.0.1:2376"] {
        let endpoint = with_tls(host, folder.path()).endpoint().unwrap();
        assert_eq!(endpoint.tls().unwrap().ca, folder.path().join("ca.pem"), "{host}");
    }
    let without_the_variable =
        EngineEnvironment { tls_verify: false, ..with_tls("https://10.0.0.1:2376", Path::new("/nowhere")) };
    assert!(matches!(without_the_variable.endpoint(), Err(EngineError::NoCertificates { .. })));
}

#[test]
fn a_socket_needs_no_certificates() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("docker.sock");
    write(&socket, "");
    let host = format!("unix://{}", socket.display());
    assert_eq!(with_tls(&host, Path::new("/nowhere")).endpoint().unwrap().tls(), None);
}

#[test]
fn a_key_that_is_a_directory_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("ca.pem"), "authority");
    fs::create_dir(folder.path().join("key.pem")).unwrap();
    let error = with_tls("tcp://10.0.0.1:2376", folder.path()).endpoint().unwrap_err().to_string();
    assert!(error.contains("key.pem is a directory, not a regular file"), "{error}");
}

#[test]
fn tls_without_verification_of_the_certificate_is_refused() {
    let environment = EngineEnvironment {
        docker_host: Some("tcp://10.0.0.1:2376".to_owned()),
        tls: true,
        ..EngineEnvironment::default()
    };
    let error = environment.endpoint().unwrap_err().to_string();
    assert!(error.contains("without verification of its certificate"), "{error}");
}

#[test]
fn a_context_with_certificates_uses_tls() {
    let folder = tempfile::tempdir().unwrap();
    let context = |skip: bool| {
        let meta = format!(
            r#"{{"Name":"far","Endpoints":{{"docker":{{"Host":"tcp://10.0.0.1:2376","SkipTLSVerify":{skip}}}}}}}"#
        );
        write(&folder.path().join("contexts/meta/aa/meta.json"), &meta);
        EngineEnvironment { docker_context: Some("far".to_owned()), ..with_config(folder.path()) }.endpoint()
    };
    assert_eq!(context(false).unwrap().tls(), None);
    let ca = folder.path().join("contexts/tls/aa/docker/ca.pem");
    write(&ca, "authority");
    assert_eq!(context(false).unwrap().tls().unwrap().ca, ca);
    assert!(matches!(context(true), Err(EngineError::UnverifiedTls { .. })));
    fs::remove_file(&ca).unwrap();
    assert!(matches!(context(false), Err(EngineError::NoCertificates { .. })));
}

#[test]
fn an_engine_behind_ssh_is_refused_with_the_way_around() {
    let environment =
        EngineEnvironment { docker_host: Some("ssh://me@far".to_owned()), ..EngineEnvironment::default() };
    let error = environment.endpoint().unwrap_err().to_string();
    assert!(error.contains("ssh -nNT -L"), "{error}");
}
