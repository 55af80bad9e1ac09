//! Reads kubeconfig files: merges them as `kubectl` does, selects a context, and loads the certificates and keys that
//! it refers to, so that no file is read later.
//!
//! Blocks on the file system. Errors name files, contexts and positions in a file, never its text.

use std::path::{Path, PathBuf};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use kube::config::{AuthInfo, Cluster, Kubeconfig, KubeconfigError};
use rustls::pki_types::{CertificateDer, pem::PemObject as _};

use crate::{
    error_chain,
    small_file::{SmallFileError, read_regular},
};

/// Longest file that is read, in bytes; a kubeconfig of a hundred clusters, or a bundle of all public authorities, has
/// some 500 kB.
const MAX_FILE: u64 = 4 << 20;

/// Cluster and user of a context, with the contents of all files.
pub(super) struct SelectedContext {
    /// URL of the cluster's server, not parsed.
    pub(super) server: String,
    pub(super) cluster: Cluster,
    pub(super) user: AuthInfo,
    /// Certificate authorities in DER. `None` for those of the system.
    pub(super) authorities: Option<Vec<Vec<u8>>>,
}

/// Reason why a context can't be used.
#[derive(Debug)]
pub(super) enum KubeconfigProblem {
    /// None of the files exists.
    Missing,
    /// A file can't be read or parsed; its path and defect.
    Unreadable(String),
    /// The context does not exist; the names of those that do.
    NoContext(Vec<String>),
    /// The context, its cluster or its user is incomplete or invalid; the defect.
    Invalid(String),
}

impl From<SmallFileError> for KubeconfigProblem {
    fn from(error: SmallFileError) -> Self {
        Self::Invalid(error.to_string())
    }
}

/// Reads and merges `files`, of which earlier ones take precedence, and selects a context.
///
/// # Errors
///
/// Fails if no file exists, one of them can't be read or parsed, or the context is missing or incomplete.
pub(super) fn load(files: &[PathBuf], context: &str) -> Result<SelectedContext, KubeconfigProblem> {
    let mut merged: Option<Kubeconfig> = None;
    for file in files {
        let text = match read_regular(file, MAX_FILE) {
            Ok(bytes) => decode_text(&bytes).ok_or_else(|| unreadable(file, "is neither UTF-8 nor UTF-16"))?,
            Err(error) if error.is_not_found() => continue,
            Err(error) => return Err(KubeconfigProblem::Unreadable(error.to_string())),
        };
        let mut kubeconfig = Kubeconfig::from_yaml(&text).map_err(|error| unreadable(file, &defect(&error)))?;
        resolve_paths(&mut kubeconfig, file.parent().unwrap_or(Path::new("")));
        merged = Some(match merged {
            None => kubeconfig,
            Some(earlier) => earlier.merge(kubeconfig).map_err(|error| unreadable(file, &defect(&error)))?,
        });
    }
    select(merged.ok_or(KubeconfigProblem::Missing)?, context)
}

fn unreadable(file: &Path, defect: &str) -> KubeconfigProblem {
    KubeconfigProblem::Unreadable(format!("{} {defect}", file.display()))
}

/// Position in the file at which the parser stopped. Its own message quotes lines of the file, which may hold a token.
fn defect(error: &KubeconfigError) -> String {
    match error {
        KubeconfigError::Parse(error) => match error.location() {
            Some(at) => format!("is not a kubeconfig (line {}, column {})", at.line(), at.column()),
            None => "is not a kubeconfig".to_owned(),
        },
        error => format!("is not a kubeconfig ({})", error_chain::message(error)),
    }
}

/// Decodes a file by its byte order mark; PowerShell writes UTF-16. `None` if it is neither UTF-8 nor UTF-16.
fn decode_text(bytes: &[u8]) -> Option<String> {
    let utf16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
        String::from_utf16(&units).ok()
    };
    match bytes {
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] | rest => String::from_utf8(rest.to_vec()).ok(),
    }
}

/// Makes paths absolute: they are relative to the kubeconfig's folder. A command is a path only if it contains a
/// separator, as in client-go.
fn resolve_paths(kubeconfig: &mut Kubeconfig, folder: &Path) {
    let make_absolute = |path: &mut Option<String>| {
        if let Some(path) = path.as_mut().filter(|path| Path::new(path.as_str()).is_relative() && !path.is_empty())
            && let Some(absolute) = folder.join(&*path).to_str()
        {
            *path = absolute.to_owned();
        }
    };
    for cluster in kubeconfig.clusters.iter_mut().filter_map(|named| named.cluster.as_mut()) {
        make_absolute(&mut cluster.certificate_authority);
    }
    for user in kubeconfig.auth_infos.iter_mut().filter_map(|named| named.auth_info.as_mut()) {
        make_absolute(&mut user.client_certificate);
        make_absolute(&mut user.client_key);
        make_absolute(&mut user.token_file);
        if let Some(exec) = &mut user.exec
            && exec.command.as_ref().is_some_and(|command| command.contains(std::path::is_separator))
        {
            make_absolute(&mut exec.command);
        }
    }
}

fn select(kubeconfig: Kubeconfig, name: &str) -> Result<SelectedContext, KubeconfigProblem> {
    let Some(context) = kubeconfig.contexts.iter().find(|named| named.name == name) else {
        return Err(KubeconfigProblem::NoContext(kubeconfig.contexts.into_iter().map(|named| named.name).collect()));
    };
    let invalid = |defect: &str| KubeconfigProblem::Invalid(defect.to_owned());
    let context = context.context.as_ref().ok_or_else(|| invalid("it is empty"))?;
    let cluster = kubeconfig.clusters.iter().find(|named| named.name == context.cluster);
    let mut cluster = cluster
        .and_then(|named| named.cluster.clone())
        .ok_or_else(|| KubeconfigProblem::Invalid(format!("there is no cluster `{}`", context.cluster)))?;
    let user = context.user.as_ref().and_then(|user| kubeconfig.auth_infos.iter().find(|named| named.name == *user));
    // A context may have no user: the server decides what it shows to an anonymous one.
    let mut user = user.and_then(|named| named.auth_info.clone()).unwrap_or_default();
    let server = cluster
        .server
        .clone()
        .filter(|server| !server.is_empty())
        .ok_or_else(|| invalid("its cluster has no server"))?;
    load_files(&mut cluster, &mut user)?;
    let authorities = match &cluster.certificate_authority_data {
        Some(data) => Some(authorities(data).ok_or_else(|| invalid("its certificate-authority is not a certificate"))?),
        None => None,
    };
    Ok(SelectedContext { server, cluster, user, authorities })
}

/// Replaces paths of files by their contents. Inline data takes precedence over a file, but a token file over an inline
/// token, as in client-go.
fn load_files(cluster: &mut Cluster, user: &mut AuthInfo) -> Result<(), KubeconfigProblem> {
    let non_empty = |path: Option<String>| path.filter(|path| !path.is_empty());
    let read = |path: String| read_regular(Path::new(&path), MAX_FILE).map(|bytes| BASE64_STANDARD.encode(bytes));
    if let Some(path) = non_empty(cluster.certificate_authority.take())
        && cluster.certificate_authority_data.is_none()
    {
        cluster.certificate_authority_data = Some(read(path)?);
    }
    if let Some(path) = non_empty(user.client_certificate.take())
        && user.client_certificate_data.is_none()
    {
        user.client_certificate_data = Some(read(path)?);
    }
    if let Some(path) = non_empty(user.client_key.take())
        && user.client_key_data.is_none()
    {
        user.client_key_data = Some(read(path)?.into());
    }
    if let Some(path) = non_empty(user.token_file.take()) {
        let token = read_regular(Path::new(&path), MAX_FILE)?;
        let token = String::from_utf8(token).or(Err(KubeconfigProblem::Invalid(format!("{path} is not a token"))))?;
        user.token = Some(token.trim().to_owned().into());
    }
    Ok(())
}

/// Certificates of a bundle of PEM in base64. `None` if there is none.
fn authorities(data: &str) -> Option<Vec<Vec<u8>>> {
    let bundle = BASE64_STANDARD.decode(data.trim()).ok()?;
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bundle).collect();
    let certificates: Vec<_> = certificates.ok()?.into_iter().map(|certificate| certificate.to_vec()).collect();
    (!certificates.is_empty()).then_some(certificates)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A kubeconfig with one context, `demo`, whose user has these lines.
    fn kubeconfig(user: &str) -> String {
        format!(
            "apiVersion: v1\nkind: Config\n\
             clusters: [{{name: demo, cluster: {{server: 'https://127.0.0.1:6443'}}}}]\n\
             contexts: [{{name: demo, context: {{cluster: demo, user: demo}}}}]\n\
             users:\n- name: demo\n  user:\n{user}"
        )
    }

    fn message(problem: KubeconfigProblem) -> String {
        match problem {
            KubeconfigProblem::Unreadable(message) | KubeconfigProblem::Invalid(message) => message,
            other => format!("{other:?}"),
        }
    }

    fn load_in(folder: &Path, text: impl AsRef<[u8]>) -> Result<SelectedContext, KubeconfigProblem> {
        let path = folder.join("config");
        std::fs::write(&path, text).unwrap();
        load(&[path], "demo")
    }

    #[test]
    fn files_are_loaded_relative_to_the_kubeconfig() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("cert.pem"), "CERT").unwrap();
        std::fs::write(folder.path().join("token"), "from the file\n").unwrap();
        let user =
            "    client-certificate: cert.pem\n    tokenFile: token\n    token: inline\n    exec: {command: ./login}\n";
        let selected = load_in(folder.path(), kubeconfig(user)).unwrap();
        let user = serde_json::to_value(&selected.user).unwrap();
        assert_eq!(user["client-certificate-data"], BASE64_STANDARD.encode("CERT"));
        assert_eq!(user["token"], "from the file");
        assert_eq!(user["exec"]["command"], folder.path().join("./login").to_str().unwrap());
        assert_eq!(selected.server, "https://127.0.0.1:6443");
    }

    #[test]
    fn the_first_of_several_files_takes_precedence_and_a_missing_one_is_skipped() {
        let folder = tempfile::tempdir().unwrap();
        let paths = ["none", "one", "two"].map(|name| folder.path().join(name));
        std::fs::write(&paths[1], kubeconfig("    token: one\n")).unwrap();
        std::fs::write(
            &paths[2],
            kubeconfig("    token: two\n").replace("name: demo, context", "name: other, context"),
        )
        .unwrap();
        let token = |context| serde_json::to_value(load(&paths, context).unwrap().user).unwrap()["token"].clone();
        assert_eq!((token("demo"), token("other")), ("one".into(), "one".into()));
        assert!(matches!(load(&paths[..1], "demo"), Err(KubeconfigProblem::Missing)));
    }

    #[test]
    fn a_file_in_utf_16_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let text = kubeconfig("    token: t\n");
        let utf16: Vec<u8> = [0xFEFF].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        assert!(load_in(folder.path(), utf16).is_ok());
        assert!(load_in(folder.path(), format!("\u{feff}{text}")).is_ok());
        assert!(message(load_in(folder.path(), b"\xffbinary").err().unwrap()).contains("neither UTF-8 nor UTF-16"));
    }

    #[test]
    fn an_error_gives_the_position_and_never_the_text() {
        let folder = tempfile::tempdir().unwrap();
        for damaged in ["    token: t0ps3cret\n   bad: [\n", "    token: [t0ps3cret]\n", "    token: \"t0ps3cret\n"] {
            let message = message(load_in(folder.path(), kubeconfig(damaged)).err().unwrap());
            assert!(message.contains("is not a kubeconfig (line ") && !message.contains("t0ps3cret"), "{message}");
        }
    }

    #[test]
    fn a_certificate_that_is_a_directory_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let text = kubeconfig("    client-key: .\n");
        let message = message(load_in(folder.path(), text).err().unwrap());
        assert!(message.ends_with("is a directory, not a regular file"), "{message}");
    }

    #[test]
    fn an_authority_that_is_not_a_certificate_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let text = kubeconfig("    token: t\n").replace("server:", "certificate-authority-data: aGVsbG8=, server:");
        assert!(
            message(load_in(folder.path(), text).err().unwrap()).contains("certificate-authority is not a certificate")
        );
    }
}
