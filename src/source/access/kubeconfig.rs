//! Reads the files of a kubeconfig: merges them as `kubectl` does, finds the context, and takes in the certificates and
//! keys that it names, so that nobody reads a file later.
//!
//! Blocks on the file system: only [`small_file::bounded`] calls it. Errors name files, contexts and places in a file,
//! never its text.

use std::path::{Path, PathBuf};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use kube::config::{AuthInfo, Cluster, Kubeconfig, KubeconfigError};
use rustls::pki_types::{CertificateDer, pem::PemObject as _};

use crate::{
    small_file::{SmallFileError, read_regular},
    source::failure,
};

/// Longest file that is read, in bytes: a kubeconfig of a hundred clusters, or a bundle of all public authorities, has
/// some 500 kB.
const LONGEST: u64 = 4 << 20;

/// What a context leads to, with all files taken in.
pub(super) struct Chosen {
    pub(super) server: String,
    pub(super) cluster: Cluster,
    pub(super) user: AuthInfo,
    /// Authorities in DER. `None` for those of the system.
    pub(super) authorities: Option<Vec<Vec<u8>>>,
}

/// Reason why a context leads nowhere.
#[derive(Debug)]
pub(super) enum LoadError {
    /// None of the files is there.
    Missing,
    /// A file can't be read, or is no kubeconfig.
    Unreadable(String),
    /// The context is not among these.
    NoContext(Vec<String>),
    /// The context, or what belongs to it, is incomplete.
    Damaged(String),
}

impl From<SmallFileError> for LoadError {
    fn from(error: SmallFileError) -> Self {
        Self::Damaged(error.to_string())
    }
}

/// Reads `files`, the first of which goes before the others, and finds a context.
///
/// # Errors
///
/// An error if no file is there, one of them can't be read, or the context is not whole.
pub(super) fn load(files: &[PathBuf], context: &str) -> Result<Chosen, LoadError> {
    let mut merged: Option<Kubeconfig> = None;
    for file in files {
        let text = match read_regular(file, LONGEST) {
            Ok(bytes) => text(&bytes).ok_or_else(|| unreadable(file, "is neither UTF-8 nor UTF-16"))?,
            Err(error) if error.is_not_found() => continue,
            Err(error) => return Err(LoadError::Unreadable(error.to_string())),
        };
        let mut read = Kubeconfig::from_yaml(&text).map_err(|error| unreadable(file, &place(&error)))?;
        resolve(&mut read, file.parent().unwrap_or(Path::new("")));
        merged = Some(match merged {
            None => read,
            Some(before) => before.merge(read).map_err(|error| unreadable(file, &place(&error)))?,
        });
    }
    choose(merged.ok_or(LoadError::Missing)?, context)
}

fn unreadable(file: &Path, words: &str) -> LoadError {
    LoadError::Unreadable(format!("{} {words}", file.display()))
}

/// Where in the file the parser stopped. Its own words quote the lines around, and these may hold a token.
fn place(error: &KubeconfigError) -> String {
    match error {
        KubeconfigError::Parse(error) => match error.location() {
            Some(at) => format!("is no kubeconfig (line {}, column {})", at.line(), at.column()),
            None => "is no kubeconfig".to_owned(),
        },
        error => format!("is no kubeconfig ({})", failure::words(error)),
    }
}

/// The text of a file, by its byte order mark, as PowerShell writes one. `None` if it is no text.
fn text(bytes: &[u8]) -> Option<String> {
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

/// Paths in a kubeconfig are relative to its folder; a command is one only with a separator in it, as in client-go.
fn resolve(kubeconfig: &mut Kubeconfig, folder: &Path) {
    let absolute = |path: &mut Option<String>| {
        if let Some(path) = path.as_mut().filter(|path| Path::new(path.as_str()).is_relative() && !path.is_empty())
            && let Some(whole) = folder.join(&*path).to_str()
        {
            *path = whole.to_owned();
        }
    };
    for cluster in kubeconfig.clusters.iter_mut().filter_map(|named| named.cluster.as_mut()) {
        absolute(&mut cluster.certificate_authority);
    }
    for user in kubeconfig.auth_infos.iter_mut().filter_map(|named| named.auth_info.as_mut()) {
        absolute(&mut user.client_certificate);
        absolute(&mut user.client_key);
        absolute(&mut user.token_file);
        if let Some(exec) = &mut user.exec
            && exec.command.as_ref().is_some_and(|command| command.contains(std::path::is_separator))
        {
            absolute(&mut exec.command);
        }
    }
}

fn choose(kubeconfig: Kubeconfig, name: &str) -> Result<Chosen, LoadError> {
    let Some(context) = kubeconfig.contexts.iter().find(|known| known.name == name) else {
        return Err(LoadError::NoContext(kubeconfig.contexts.into_iter().map(|known| known.name).collect()));
    };
    let damaged = |words: &str| LoadError::Damaged(words.to_owned());
    let context = context.context.as_ref().ok_or_else(|| damaged("it is empty"))?;
    let cluster = kubeconfig.clusters.iter().find(|known| known.name == context.cluster);
    let mut cluster = cluster
        .and_then(|known| known.cluster.clone())
        .ok_or_else(|| LoadError::Damaged(format!("there is no cluster `{}`", context.cluster)))?;
    let user = context.user.as_ref().and_then(|user| kubeconfig.auth_infos.iter().find(|known| known.name == *user));
    // a context without a user is well: the server decides what it shows to nobody
    let mut user = user.and_then(|known| known.auth_info.clone()).unwrap_or_default();
    let server = cluster
        .server
        .clone()
        .filter(|server| !server.is_empty())
        .ok_or_else(|| damaged("its cluster has no server"))?;
    take_in_files(&mut cluster, &mut user)?;
    let authorities = match &cluster.certificate_authority_data {
        Some(data) => Some(authorities(data).ok_or_else(|| damaged("its certificate-authority is no certificate"))?),
        None => None,
    };
    Ok(Chosen { server, cluster, user, authorities })
}

/// Replaces the names of files by what is in them. Data goes before a file, but a file before an inline token, as in
/// client-go.
fn take_in_files(cluster: &mut Cluster, user: &mut AuthInfo) -> Result<(), LoadError> {
    let file = |path: Option<String>| path.filter(|path| !path.is_empty());
    let read = |path: String| read_regular(Path::new(&path), LONGEST).map(|bytes| BASE64_STANDARD.encode(bytes));
    if let Some(path) = file(cluster.certificate_authority.take())
        && cluster.certificate_authority_data.is_none()
    {
        cluster.certificate_authority_data = Some(read(path)?);
    }
    if let Some(path) = file(user.client_certificate.take())
        && user.client_certificate_data.is_none()
    {
        user.client_certificate_data = Some(read(path)?);
    }
    if let Some(path) = file(user.client_key.take())
        && user.client_key_data.is_none()
    {
        user.client_key_data = Some(read(path)?.into());
    }
    if let Some(path) = file(user.token_file.take()) {
        let token = read_regular(Path::new(&path), LONGEST)?;
        let token = String::from_utf8(token).or(Err(LoadError::Damaged(format!("{path} is no token"))))?;
        user.token = Some(token.trim().to_owned().into());
    }
    Ok(())
}

/// The certificates of a bundle in base64. `None` if it is none.
fn authorities(data: &str) -> Option<Vec<Vec<u8>>> {
    let bundle = BASE64_STANDARD.decode(data.trim()).ok()?;
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bundle).collect();
    let certificates: Vec<_> = certificates.ok()?.into_iter().map(|certificate| certificate.to_vec()).collect();
    (!certificates.is_empty()).then_some(certificates)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A kubeconfig of one context, `demo`, whose user has these lines.
    fn kubeconfig(user: &str) -> String {
        format!(
            "apiVersion: v1\nkind: Config\n\
             clusters: [{{name: demo, cluster: {{server: 'https://127.0.0.1:6443'}}}}]\n\
             contexts: [{{name: demo, context: {{cluster: demo, user: demo}}}}]\n\
             users:\n- name: demo\n  user:\n{user}"
        )
    }

    fn words(error: LoadError) -> String {
        match error {
            LoadError::Unreadable(words) | LoadError::Damaged(words) => words,
            other => format!("{other:?}"),
        }
    }

    fn load_in(folder: &Path, text: impl AsRef<[u8]>) -> Result<Chosen, LoadError> {
        let path = folder.join("config");
        std::fs::write(&path, text).unwrap();
        load(&[path], "demo")
    }

    #[test]
    fn files_are_taken_in_relative_to_the_kubeconfig() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("cert.pem"), "CERT").unwrap();
        std::fs::write(folder.path().join("token"), "from the file\n").unwrap();
        let user =
            "    client-certificate: cert.pem\n    tokenFile: token\n    token: inline\n    exec: {command: ./login}\n";
        let chosen = load_in(folder.path(), kubeconfig(user)).unwrap();
        let user = serde_json::to_value(&chosen.user).unwrap();
        assert_eq!(user["client-certificate-data"], BASE64_STANDARD.encode("CERT"));
        assert_eq!(user["token"], "from the file");
        assert_eq!(user["exec"]["command"], folder.path().join("./login").to_str().unwrap());
        assert_eq!(chosen.server, "https://127.0.0.1:6443");
    }

    #[test]
    fn the_first_of_several_files_goes_before_the_others_and_a_missing_one_does_not_matter() {
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
        assert!(matches!(load(&paths[..1], "demo"), Err(LoadError::Missing)));
    }

    #[test]
    fn powershell_writes_utf_16() {
        let folder = tempfile::tempdir().unwrap();
        let text = kubeconfig("    token: t\n");
        let utf16: Vec<u8> = [0xFEFF].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        assert!(load_in(folder.path(), utf16).is_ok());
        assert!(load_in(folder.path(), format!("\u{feff}{text}")).is_ok());
        assert!(words(load_in(folder.path(), b"\xffbinary").err().unwrap()).contains("neither UTF-8 nor UTF-16"));
    }

    #[test]
    fn an_error_says_where_and_never_what_is_there() {
        let folder = tempfile::tempdir().unwrap();
        for damaged in ["    token: t0ps3cret\n   bad: [\n", "    token: [t0ps3cret]\n", "    token: \"t0ps3cret\n"] {
            let words = words(load_in(folder.path(), kubeconfig(damaged)).err().unwrap());
            assert!(words.contains("is no kubeconfig (line ") && !words.contains("t0ps3cret"), "{words}");
        }
    }

    #[test]
    fn a_certificate_that_is_a_directory_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let text = kubeconfig("    client-key: .\n");
        let words = words(load_in(folder.path(), text).err().unwrap());
        assert!(words.ends_with("is a directory, not a regular file"), "{words}");
    }

    #[test]
    fn an_authority_that_is_no_certificate_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let text = kubeconfig("    token: t\n").replace("server:", "certificate-authority-data: aGVsbG8=, server:");
        assert!(words(load_in(folder.path(), text).err().unwrap()).contains("certificate-authority is no certificate"));
    }
}
