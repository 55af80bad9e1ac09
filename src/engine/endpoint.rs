//! Where the engine is: the rules of the `docker` command, and the usual places of those who bring their own socket.
//!
//! Reads the environment once and the files each time; connects to nothing.

use std::{
    env, fmt, fs, io,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use super::EngineError;

/// The address of an engine, in a form that can be connected to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    host: String,
}

impl Endpoint {
    /// The address as a URL: `unix:///var/run/docker.sock`.
    pub fn host(&self) -> &str {
        &self.host
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.host.strip_prefix("unix://").unwrap_or(&self.host))
    }
}

/// What of a process's environment decides where the engine is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment {
    /// `DOCKER_HOST`: goes before everything else.
    pub docker_host: Option<String>,
    /// `DOCKER_CONTEXT`: goes before the current context of the configuration.
    pub docker_context: Option<String>,
    /// `DOCKER_CONFIG`, or `.docker` in the home folder.
    pub docker_config: Option<PathBuf>,
    /// Sockets to look for when nothing else decides, the likeliest first.
    pub sockets: Vec<PathBuf>,
}

impl Environment {
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
            sockets: usual_sockets(home.as_deref(), runtime.as_deref()),
        }
    }

    /// The engine's address, as of now.
    pub fn endpoint(&self) -> Result<Endpoint, EngineError> {
        if let Some(host) = &self.docker_host {
            return named(host);
        }
        if let Some(name) = self.context() {
            return match self.host_of_context(&name) {
                Some(host) => named(&host),
                None => Err(EngineError::NoContext { name }),
            };
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

    /// The chosen context, unless it is the default one, which means: no context.
    fn context(&self) -> Option<String> {
        let current = || {
            #[derive(Deserialize)]
            #[serde(rename_all = "camelCase")]
            struct Config {
                current_context: Option<String>,
            }
            let text = fs::read(self.docker_config.as_ref()?.join("config.json")).ok()?;
            serde_json::from_slice::<Config>(&text).ok()?.current_context
        };
        self.docker_context.clone().or_else(current).filter(|name| !name.is_empty() && name != "default")
    }

    /// The folders of the contexts are hashes of their names; the name is inside.
    fn host_of_context(&self, name: &str) -> Option<String> {
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
        }
        let folders = fs::read_dir(self.docker_config.as_ref()?.join("contexts").join("meta")).ok()?;
        folders
            .flatten()
            .filter_map(|folder| fs::read(folder.path().join("meta.json")).ok())
            .filter_map(|text| serde_json::from_slice::<Meta>(&text).ok())
            .find(|meta| meta.name == name)
            .and_then(|meta| meta.endpoints.docker?.host)
            .filter(|host| !host.is_empty())
    }
}

fn named(host: &str) -> Result<Endpoint, EngineError> {
    // docker takes a bare path for a socket, too
    let host = if host.starts_with('/') { format!("unix://{host}") } else { host.to_owned() };
    let endpoint = Endpoint { host };
    let known = ["unix://", "tcp://", "http://", "npipe://"].iter().any(|scheme| endpoint.host.starts_with(scheme));
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
