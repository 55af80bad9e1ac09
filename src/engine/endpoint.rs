//! Where the engine is: the rules of the `docker` command, and the usual places of those who bring their own socket.
//!
//! Reads the environment once and the files each time; connects to nothing. An address that asks for TLS never becomes
//! one without: it has its certificates, or it is refused. Blocks on the file system: [`small_file::bounded`] calls it.

use std::{
    env, fmt, fs, io,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use super::EngineError;
use crate::small_file::{SmallFileError, read_regular};

/// Longest file that is read, in bytes: docker's configuration and certificates have some 10 kB.
const LONGEST: u64 = 1 << 20;

/// The address of an engine, in a form that can be connected to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    host: String,
    tls: Option<TlsFiles>,
}

/// The certificates for an engine behind TLS, by their usual names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The authority of the engine's certificate.
    pub ca: PathBuf,
    /// Our certificate.
    pub cert: PathBuf,
    /// Its key.
    pub key: PathBuf,
}

impl TlsFiles {
    fn of(folder: &Path) -> Self {
        let [ca, cert, key] = ["ca.pem", "cert.pem", "key.pem"].map(|name| folder.join(name));
        Self { ca, cert, key }
    }

    /// Whether the files can be used: the library would read whatever the paths name, at each connection.
    fn check(&self) -> Result<(), SmallFileError> {
        read_regular(&self.ca, LONGEST)?;
        for path in [&self.cert, &self.key] {
            match read_regular(path, LONGEST) {
                // an engine that asks for no certificate needs none
                Err(error) if error.is_not_found() => {}
                read => drop(read?),
            }
        }
        Ok(())
    }
}

impl Endpoint {
    /// The address as a URL: `unix:///var/run/docker.sock`.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The certificates. `None` for an engine without TLS.
    pub fn tls(&self) -> Option<&TlsFiles> {
        self.tls.as_ref()
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.host.strip_prefix("unix://").unwrap_or(&self.host))
    }
}

/// What of a process's environment decides where the engine is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EngineEnvironment {
    /// `DOCKER_HOST`: goes before everything else.
    pub docker_host: Option<String>,
    /// `DOCKER_CONTEXT`: goes before the current context of the configuration.
    pub docker_context: Option<String>,
    /// `DOCKER_CONFIG`, or `.docker` in the home folder.
    pub docker_config: Option<PathBuf>,
    /// `DOCKER_TLS_VERIFY`: whether the engine at `docker_host` is behind TLS.
    pub tls_verify: bool,
    /// `DOCKER_TLS`: the same, without a look at the engine's certificate.
    pub tls: bool,
    /// `DOCKER_CERT_PATH`: the folder of the certificates. `None` for `docker_config`.
    pub cert_path: Option<PathBuf>,
    /// Sockets to look for when nothing else decides, the likeliest first.
    pub sockets: Vec<PathBuf>,
}

impl EngineEnvironment {
    /// That of this process.
    pub fn of_this_process() -> Self {
        let variable = |name| env::var(name).ok().filter(|value: &String| !value.is_empty());
        let folder = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let home = folder("HOME").or_else(|| folder("USERPROFILE"));
        let runtime = folder("XDG_RUNTIME_DIR");
        Self {
            docker_host: variable("DOCKER_HOST"),
            docker_context: variable("DOCKER_CONTEXT"),
            docker_config: folder("DOCKER_CONFIG").or_else(|| home.as_ref().map(|home| home.join(".docker"))),
            tls_verify: variable("DOCKER_TLS_VERIFY").is_some(),
            tls: variable("DOCKER_TLS").is_some(),
            cert_path: folder("DOCKER_CERT_PATH"),
            sockets: usual_sockets(home.as_deref(), runtime.as_deref()),
        }
    }

    /// The engine's address, as of now.
    ///
    /// # Errors
    ///
    /// An error if there is no engine, or it can't be reached in the way that is asked for.
    pub fn endpoint(&self) -> Result<Endpoint, EngineError> {
        if let Some(host) = &self.docker_host {
            let security = match (self.tls_verify, self.tls) {
                (true, _) => Security::Verified,
                (false, true) => Security::Unverified,
                (false, false) => Security::None,
            };
            let folder = self.cert_path.as_ref().or(self.docker_config.as_ref());
            return secured(named(host)?, security, folder.map(|folder| TlsFiles::of(folder)));
        }
        if let Some(name) = self.context()? {
            let (host, security, files) = self.of_context(&name)?.ok_or(EngineError::NoContext { name })?;
            return secured(named(&host)?, security, Some(files));
        }
        if cfg!(windows) {
            return named("npipe:////./pipe/docker_engine");
        }
        let found = self.sockets.iter().find(|socket| is_there(socket));
        match found {
            Some(socket) => named(&format!("unix://{}", socket.display())),
            None => Err(EngineError::NotFound {
                tried: self.sockets.iter().map(|socket| socket.display().to_string()).collect(),
            }),
        }
    }

    /// The chosen context. `None` if it is the default one, which means: no context.
    fn context(&self) -> Result<Option<String>, EngineError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Config {
            current_context: Option<String>,
        }
        let chosen = match (&self.docker_context, &self.docker_config) {
            (Some(context), _) => Some(context.clone()),
            (None, Some(folder)) => {
                read::<Config>(&folder.join("config.json"))?.and_then(|config| config.current_context)
            }
            (None, None) => None,
        };
        Ok(chosen.filter(|name| !name.is_empty() && name != "default"))
    }

    /// Address and certificates of a context. `None` if it has no description. The folders of the contexts are hashes
    /// of their names; the name is inside.
    fn of_context(&self, name: &str) -> Result<Option<(String, Security, TlsFiles)>, EngineError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Meta {
            name: String,
            endpoints: Endpoints,
        }
        #[derive(Deserialize)]
        struct Endpoints {
            docker: Option<Docker>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Docker {
            host: Option<String>,
            #[serde(default, rename = "SkipTLSVerify")]
            skip_verify: bool,
        }
        let Some(contexts) = self.docker_config.as_ref().map(|folder| folder.join("contexts")) else { return Ok(None) };
        let Ok(folders) = fs::read_dir(contexts.join("meta")) else { return Ok(None) };
        let mut refused = None;
        for folder in folders.flatten() {
            let meta = match read::<Meta>(&folder.path().join("meta.json")) {
                Ok(Some(meta)) if meta.name == name => meta,
                Ok(_) => continue,
                Err(error) => {
                    // it may be another context
                    refused = Some(error);
                    continue;
                }
            };
            let Some(Docker { host: Some(host), skip_verify }) = meta.endpoints.docker else { return Ok(None) };
            let material = contexts.join("tls").join(folder.file_name()).join("docker");
            let security = match (skip_verify, material.is_dir()) {
                (true, _) => Security::Unverified,
                (false, true) => Security::Verified,
                (false, false) => Security::None,
            };
            return Ok(Some((host, security, TlsFiles::of(&material))).filter(|(host, ..)| !host.is_empty()));
        }
        refused.map_or(Ok(None), Err)
    }
}

/// How the connection to an engine is to be secured, where it is one over the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Security {
    None,
    Unverified,
    Verified,
}

/// Adds the certificates that an address needs; `https://` always needs some.
fn secured(endpoint: Endpoint, security: Security, files: Option<TlsFiles>) -> Result<Endpoint, EngineError> {
    let is = |scheme| endpoint.host.starts_with(scheme);
    let security = match security {
        _ if !(is("tcp://") || is("http://") || is("https://")) => return Ok(endpoint),
        Security::None if is("https://") => Security::Verified,
        security => security,
    };
    match (security, files) {
        (Security::None, _) => Ok(endpoint),
        (Security::Unverified, _) => Err(EngineError::Unverified { endpoint: endpoint.host }),
        (Security::Verified, None) => Err(EngineError::NoCertificates { endpoint: endpoint.host, source: None }),
        (Security::Verified, Some(files)) => match files.check() {
            Ok(()) => Ok(Endpoint { tls: Some(files), ..endpoint }),
            Err(source) => Err(EngineError::NoCertificates { endpoint: endpoint.host, source: Some(source) }),
        },
    }
}

/// What a file of docker's says. `None` if it is not there, or damaged, which counts as nothing.
fn read<T: for<'de> Deserialize<'de>>(path: &Path) -> Result<Option<T>, EngineError> {
    match read_regular(path, LONGEST) {
        Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
        Err(SmallFileError::Read { .. }) => Ok(None),
        Err(source) => Err(EngineError::Configuration { source }),
    }
}

fn named(host: &str) -> Result<Endpoint, EngineError> {
    // docker takes a bare path for a socket, too
    let host = if host.starts_with('/') { format!("unix://{host}") } else { host.to_owned() };
    let endpoint = Endpoint { host, tls: None };
    let known =
        ["unix://", "tcp://", "http://", "https://", "npipe://"].iter().any(|scheme| endpoint.host.starts_with(scheme));
    if !known {
        return Err(EngineError::Unsupported { endpoint: endpoint.host });
    }
    match endpoint.host.strip_prefix("unix://") {
        Some(socket) if !is_there(Path::new(socket)) => Err(EngineError::NotRunning { endpoint: endpoint.to_string() }),
        _ => Ok(endpoint),
    }
}

/// Whether something is there; yes, too, when only permission to look is missing.
fn is_there(socket: &Path) -> bool {
    match fs::metadata(socket) {
        Ok(_) => true,
        Err(error) => error.kind() == io::ErrorKind::PermissionDenied,
    }
}

fn usual_sockets(home: Option<&Path>, runtime: Option<&Path>) -> Vec<PathBuf> {
    const OF_THE_SYSTEM: [&str; 1] = ["/var/run/docker.sock"];
    const OF_THE_HOME: [&str; 7] = [
        ".docker/run/docker.sock",     // Docker Desktop on macOS
        ".docker/desktop/docker.sock", // Docker Desktop on Linux
        ".colima/default/docker.sock",
        ".colima/docker.sock",
        ".orbstack/run/docker.sock",
        ".rd/docker.sock", // Rancher Desktop
        ".local/share/containers/podman/machine/podman.sock",
    ];
    let system = OF_THE_SYSTEM.iter().map(PathBuf::from);
    let rootless = runtime.map(|folder| folder.join("docker.sock"));
    let own = home.into_iter().flat_map(|home| OF_THE_HOME.iter().map(|path| home.join(path)));
    let podman = runtime.map(|folder| folder.join("podman/podman.sock")).into_iter();
    system.chain(rootless).chain(own).chain(podman).chain([PathBuf::from("/run/podman/podman.sock")]).collect()
}

#[cfg(test)]
mod tests;
