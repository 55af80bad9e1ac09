//! Choice of the API server, and its resolution into a connection.

use std::{env, fs, path::PathBuf, time::SystemTime};

use serde::{Deserialize, Serialize};

use super::{
    connection::ApiConnection,
    credential_cache::CredentialCache,
    error::AccessError,
    kubeconfig::{self, KubeconfigProblem},
    server_url, tls,
};
use crate::{clock::Clock, observation::Cluster, small_file};

/// Choice of the API server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ApiAccess {
    /// A context of a kubeconfig.
    Kubeconfig {
        /// Path of the file. `None` for the files in `KUBECONFIG`, or `~/.kube/config`.
        file: Option<PathBuf>,
        /// Name of the context. `None` for the context of the cluster.
        context: Option<String>,
    },
    /// A server without TLS or credentials, such as `http://127.0.0.1:8080`.
    Plain {
        /// URL of the server.
        url: String,
    },
}

/// Modification times and sizes of kubeconfig files, for detecting a change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::source) struct Fingerprint(Vec<Option<(SystemTime, u64)>>);

impl ApiAccess {
    /// Fingerprint of the files; that of no files while the file system does not answer.
    pub(in crate::source) async fn fingerprint(&self) -> Fingerprint {
        let files = self.files();
        let state = |path: PathBuf| {
            let file = fs::metadata(path).ok()?;
            Some((file.modified().ok()?, file.len()))
        };
        small_file::bounded(move || Fingerprint(files.into_iter().map(state).collect())).await.unwrap_or_default()
    }

    /// Resolves the choice for a cluster, `None` if it is not known yet.
    ///
    /// # Errors
    ///
    /// Fails if the kubeconfig is missing, invalid or for another cluster, or if its plugin gives no credential.
    pub(in crate::source) async fn connection(
        &self,
        cluster: Option<&Cluster>,
        credentials: &CredentialCache,
        clock: Clock,
    ) -> Result<ApiConnection, AccessError> {
        tls::install_tls();
        match self {
            Self::Plain { url } => match url.parse() {
                Ok(parsed) => Ok(ApiConnection::plain(parsed)),
                Err(source) => Err(AccessError::Url { url: url.clone(), source }),
            },
            Self::Kubeconfig { context, .. } => {
                self.of_kubeconfig(context.as_deref(), cluster, credentials, clock).await
            }
        }
    }

    async fn of_kubeconfig(
        &self,
        context: Option<&str>,
        cluster: Option<&Cluster>,
        credentials: &CredentialCache,
        clock: Clock,
    ) -> Result<ApiConnection, AccessError> {
        let context = context.or(cluster.map(|cluster| cluster.context.as_str())).ok_or(AccessError::NoCluster)?;
        let context = context.to_owned();
        let name = cluster.map_or_else(|| context.trim_start_matches("kind-"), |cluster| &cluster.name).to_owned();
        let (files, wanted) = (self.files(), context.clone());
        let loaded = small_file::bounded(move || kubeconfig::load(&files, &wanted)).await;
        let loaded = loaded.map_err(|source| AccessError::SlowFileSystem { path: self.path(), source })?;
        let selected = loaded.map_err(|problem| self.error(problem, &context, &name))?;
        let Ok(url) = selected.server.parse::<http::Uri>() else {
            let problem = KubeconfigProblem::Invalid("the server of its cluster is not a URL".to_owned());
            return Err(self.error(problem, &context, &name));
        };
        if let Some(endpoint) = cluster.and_then(|cluster| cluster.api_endpoint.as_deref())
            && server_url::endpoint_port(endpoint).is_some_and(|port| server_url::port(&url) != Some(port))
        {
            let server = server_url::address(&url).unwrap_or_default();
            let endpoint = endpoint.to_owned();
            return Err(AccessError::OtherCluster { path: self.path(), context, server, endpoint, cluster: name });
        }
        if selected.user.auth_provider.is_some() {
            return Err(AccessError::AuthProvider { context });
        }
        ApiConnection::of_context(selected, url, credentials, clock).await
    }

    fn error(&self, problem: KubeconfigProblem, context: &str, cluster: &str) -> AccessError {
        let (path, context, cluster) = (self.path(), context.to_owned(), cluster.to_owned());
        match problem {
            KubeconfigProblem::Missing => AccessError::Missing { path, cluster },
            KubeconfigProblem::Unreadable(message) => AccessError::Unreadable { message },
            KubeconfigProblem::NoContext(available) => {
                let available = if available.is_empty() { "none".to_owned() } else { available.join(", ") };
                AccessError::NoContext { path, context, available, cluster }
            }
            KubeconfigProblem::Invalid(message) => AccessError::Invalid { path, context, message, cluster },
        }
    }

    /// Paths of the kubeconfig files; none for a plain server.
    fn files(&self) -> Vec<PathBuf> {
        match self {
            Self::Plain { .. } => Vec::new(),
            Self::Kubeconfig { file: Some(file), .. } => vec![file.clone()],
            Self::Kubeconfig { file: None, .. } => match env::var_os("KUBECONFIG").filter(|list| !list.is_empty()) {
                Some(list) => env::split_paths(&list).filter(|path| !path.as_os_str().is_empty()).collect(),
                None => env::var_os("HOME")
                    .or_else(|| env::var_os("USERPROFILE"))
                    .map(|home| PathBuf::from(home).join(".kube").join("config"))
                    .into_iter()
                    .collect(),
            },
        }
    }

    /// Paths of the kubeconfig files, for an error.
    fn path(&self) -> String {
        let files: Vec<_> = self.files().iter().map(|file| file.display().to_string()).collect();
        if files.is_empty() { "~/.kube/config".to_owned() } else { files.join(", ") }
    }
}

/// Reads a kubeconfig file, for the fuzz target. Returns the message for an unusable context, `None` for a usable one.
pub(crate) fn kubeconfig_error(file: &std::path::Path, context: &str) -> Option<String> {
    let access = ApiAccess::Kubeconfig { file: Some(file.to_owned()), context: None };
    let problem = kubeconfig::load(&access.files(), context).err()?;
    Some(access.error(problem, context, "demo").to_string())
}
