//! Errors of the access to the API server, for a person.

use super::{plugin::PluginError, proxy::ProxyError};
use crate::small_file::SlowFileSystem;

/// Failure to configure a client for the API server.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// The cluster is not known yet.
    #[error("waiting for the cluster to be found")]
    NoCluster,
    /// None of the kubeconfig files exists.
    #[error(
        "no kubeconfig at {path}: `kind export kubeconfig --name {cluster}` writes it, or set another one with \
         --kubeconfig"
    )]
    Missing {
        /// Paths that were tried.
        path: String,
        /// Name of the cluster.
        cluster: String,
    },
    /// A kubeconfig file can't be read or parsed.
    #[error("the kubeconfig cannot be read: {message}")]
    Unreadable {
        /// Path of the file and its defect.
        message: String,
    },
    /// The file system of the kubeconfig does not answer.
    #[error("the kubeconfig {path} cannot be read: {source}")]
    SlowFileSystem {
        /// Paths of the files.
        path: String,
        /// Error of the read.
        source: SlowFileSystem,
    },
    /// The kubeconfig lacks the context.
    #[error(
        "the kubeconfig {path} has no context `{context}` (it has {available}): `kind export kubeconfig --name \
         {cluster}` adds it"
    )]
    NoContext {
        /// Paths of the files.
        path: String,
        /// Name of the context.
        context: String,
        /// Names of the contexts that exist.
        available: String,
        /// Name of the cluster.
        cluster: String,
    },
    /// The context, or its cluster or user, is incomplete or invalid.
    #[error(
        "the context `{context}` of the kubeconfig {path} is invalid ({message}): `kind export kubeconfig --name \
         {cluster}` rewrites it"
    )]
    Invalid {
        /// Paths of the files.
        path: String,
        /// Name of the context.
        context: String,
        /// Defect of the context.
        message: String,
        /// Name of the cluster.
        cluster: String,
    },
    /// The user's credential plugin gave no credential.
    #[error(transparent)]
    Plugin(#[from] PluginError),
    /// The user has an `auth-provider`, which client-go removed in Kubernetes 1.26.
    #[error(
        "the user of the context `{context}` has an `auth-provider`, which Kubernetes 1.26 removed: use an `exec` \
         plugin instead"
    )]
    AuthProvider {
        /// Name of the context.
        context: String,
    },
    /// The address of the proxy is invalid.
    #[error(transparent)]
    Proxy(#[from] ProxyError),
    /// The context leads to another API server than the cluster's.
    #[error(
        "the context `{context}` of the kubeconfig {path} leads to {server}, but the cluster `{cluster}` is at \
         {endpoint}: `kind export kubeconfig --name {cluster}` corrects it"
    )]
    OtherCluster {
        /// Paths of the files.
        path: String,
        /// Name of the context.
        context: String,
        /// `host:port` of the context's server.
        server: String,
        /// `host:port` at which the engine publishes the cluster's API server.
        endpoint: String,
        /// Name of the cluster.
        cluster: String,
    },
    /// The plain URL is invalid.
    #[error("`{url}` is not a URL of an API server: {source}")]
    Url {
        /// URL that was given.
        url: String,
        /// Error of the parser.
        source: http::uri::InvalidUri,
    },
    /// The client library refuses the configuration.
    #[error("no client can be created from the kubeconfig: {message}")]
    Client {
        /// Error and its causes.
        message: String,
        /// Error of the library.
        source: Box<kube::Error>,
    },
}
