//! Docker contexts: named engines in the configuration folder of the `docker` command.
//!
//! Blocks on the file system. A file that is missing or damaged counts as absent; one that is not a regular file is an
//! error.

use std::{fs, path::Path};

use serde::Deserialize;

use super::{
    endpoint::{TlsFiles, TlsMode},
    error::EngineError,
};
use crate::small_file::{SmallFileError, read_regular};

/// Longest configuration file that is read, in bytes; usual ones have some 10 kB.
const MAX_FILE: u64 = 1 << 20;

/// Address and certificates of a context.
pub(super) struct DockerContext {
    pub(super) host: String,
    pub(super) tls_mode: TlsMode,
    pub(super) tls_files: TlsFiles,
}

/// `config.json`, as far as it is read.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ConfigFile {
    current_context: Option<String>,
}

/// `contexts/meta/HASH/meta.json`, as far as it is read (`cli/context/store` in docker/cli).
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct MetaFile {
    name: String,
    endpoints: MetaEndpoints,
}

#[derive(Deserialize)]
struct MetaEndpoints {
    docker: Option<DockerEndpoint>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DockerEndpoint {
    host: Option<String>,
    #[serde(default, rename = "SkipTLSVerify")]
    skip_tls_verify: bool,
}

/// Name of the current context. `None` if the configuration names none.
pub(super) fn current(config_folder: &Path) -> Result<Option<String>, EngineError> {
    Ok(read::<ConfigFile>(&config_folder.join("config.json"))?.and_then(|config| config.current_context))
}

/// Finds a context by its name, which is inside its description; the folders are named by a hash. `None` if there is no
/// such context, or it has no address.
pub(super) fn find(config_folder: &Path, name: &str) -> Result<Option<DockerContext>, EngineError> {
    let contexts = config_folder.join("contexts");
    let Ok(folders) = fs::read_dir(contexts.join("meta")) else { return Ok(None) };
    // An unreadable description may belong to another context: it counts only if no other one matches.
    let mut unreadable = None;
    for folder in folders.flatten() {
        let meta = match read::<MetaFile>(&folder.path().join("meta.json")) {
            Ok(Some(meta)) if meta.name == name => meta,
            Ok(_) => continue,
            Err(error) => {
                unreadable = Some(error);
                continue;
            }
        };
        let tls_folder = contexts.join("tls").join(folder.file_name()).join("docker");
        return Ok(meta.endpoints.docker.and_then(|endpoint| with_tls(endpoint, &tls_folder)));
    }
    unreadable.map_or(Ok(None), Err)
}

fn with_tls(endpoint: DockerEndpoint, tls_folder: &Path) -> Option<DockerContext> {
    let host = endpoint.host.filter(|host| !host.is_empty())?;
    let tls_mode = match (endpoint.skip_tls_verify, tls_folder.is_dir()) {
        (true, _) => TlsMode::Unverified,
        (false, true) => TlsMode::Verified,
        (false, false) => TlsMode::Off,
    };
    Some(DockerContext { host, tls_mode, tls_files: TlsFiles::in_folder(tls_folder) })
}

fn read<T: for<'de> Deserialize<'de>>(path: &Path) -> Result<Option<T>, EngineError> {
    match read_regular(path, MAX_FILE) {
        Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
        Err(SmallFileError::Read { .. }) => Ok(None),
        Err(source) => Err(EngineError::Configuration { source }),
    }
}
