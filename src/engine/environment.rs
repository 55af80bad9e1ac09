//! Location of the engine by the rules of the `docker` command, then by the default sockets.
//!
//! Reads the environment once and the files each time; connects to nothing.

use std::{env, path::PathBuf};

use super::{
    docker_context::{self, DockerContext},
    endpoint::{Endpoint, TlsFiles, TlsMode},
    error::EngineError,
    sockets,
};

/// Environment variables and folders that decide where the engine is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EngineEnvironment {
    /// `DOCKER_HOST`, which takes precedence over everything else.
    pub docker_host: Option<String>,
    /// `DOCKER_CONTEXT`, which takes precedence over the current context of the configuration.
    pub docker_context: Option<String>,
    /// `DOCKER_CONFIG`, or `.docker` in the home folder.
    pub docker_config: Option<PathBuf>,
    /// `DOCKER_TLS_VERIFY`: whether the engine at `docker_host` is behind TLS.
    pub tls_verify: bool,
    /// `DOCKER_TLS`: the same, without verification of the engine's certificate.
    pub tls: bool,
    /// `DOCKER_CERT_PATH`: folder of the certificates. `None` if they are in `docker_config`.
    pub cert_path: Option<PathBuf>,
    /// Sockets to try if nothing else decides, the likeliest first.
    pub sockets: Vec<PathBuf>,
}

impl EngineEnvironment {
    /// Reads the environment of this process.
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
            sockets: sockets::default_paths(home.as_deref(), runtime.as_deref()),
        }
    }

    /// Locates the engine. Blocks on the file system.
    ///
    /// # Errors
    ///
    /// Fails if there is no engine, or its address can't be used: unknown scheme, missing certificates, unverified TLS.
    pub fn endpoint(&self) -> Result<Endpoint, EngineError> {
        if let Some(host) = &self.docker_host {
            let tls_mode = match (self.tls_verify, self.tls) {
                (true, _) => TlsMode::Verified,
                (false, true) => TlsMode::Unverified,
                (false, false) => TlsMode::Off,
            };
            let folder = self.cert_path.as_deref().or(self.docker_config.as_deref());
            return Endpoint::parse(host)?.with_tls(tls_mode, folder.map(TlsFiles::in_folder));
        }
        if let Some(name) = self.context_name()? {
            let context = match &self.docker_config {
                Some(folder) => docker_context::find(folder, &name)?,
                None => None,
            };
            let DockerContext { host, tls_mode, tls_files } = context.ok_or(EngineError::NoContext { name })?;
            return Endpoint::parse(&host)?.with_tls(tls_mode, Some(tls_files));
        }
        if cfg!(windows) {
            return Endpoint::parse("npipe:////./pipe/docker_engine");
        }
        match self.sockets.iter().find(|socket| sockets::exists(socket)) {
            Some(socket) => Endpoint::parse(&format!("unix://{}", socket.display())),
            None => {
                let path = |socket: &PathBuf| socket.display().to_string();
                Err(EngineError::NotFound { tried: self.sockets.iter().map(path).collect() })
            }
        }
    }

    /// Name of the chosen context. `None` for the default context, which stands for no context.
    fn context_name(&self) -> Result<Option<String>, EngineError> {
        let name = match (&self.docker_context, &self.docker_config) {
            (Some(name), _) => Some(name.clone()),
            (None, Some(folder)) => docker_context::current(folder)?,
            (None, None) => None,
        };
        Ok(name.filter(|name| !name.is_empty() && name != "default"))
    }
}

#[cfg(test)]
mod tests;
