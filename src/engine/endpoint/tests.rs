//! Where the engine is looked for, and in which order.

use super::*;

fn with_config(config: &Path) -> Environment {
    Environment { docker_config: Some(config.to_owned()), ..Environment::default() }
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

#[test]
fn docker_host_goes_before_everything_else() {
    let environment = Environment {
        docker_host: Some("tcp://10.0.0.1:2375".to_owned()),
        docker_context: Some("colima".to_owned()),
        ..Environment::default()
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
fn a_damaged_configuration_counts_as_none() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("docker.sock");
    write(&socket, "");
    write(&folder.path().join("config.json"), "{");
    let environment =
        Environment { sockets: vec![folder.path().join("no.sock"), socket.clone()], ..with_config(folder.path()) };
    assert_eq!(environment.endpoint().unwrap().to_string(), socket.display().to_string());
}

#[test]
fn without_any_socket_the_error_says_where_it_looked() {
    let environment = Environment { sockets: vec![PathBuf::from("/nowhere/docker.sock")], ..Environment::default() };
    let error = environment.endpoint().unwrap_err().to_string();
    assert!(error.contains("/nowhere/docker.sock") && error.contains("start Docker"), "{error}");
}

#[test]
fn an_engine_behind_ssh_is_refused_with_the_way_around() {
    let environment = Environment { docker_host: Some("ssh://me@far".to_owned()), ..Environment::default() };
    let error = environment.endpoint().unwrap_err().to_string();
    assert!(error.contains("ssh -nNT -L"), "{error}");
}
