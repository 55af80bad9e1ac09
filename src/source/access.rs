//! Access to the API server: a context of a kubeconfig, or a plain URL.
//!
//! Nothing of a kubeconfig leaves this module but a client's configuration and, in errors, names and addresses. The
//! files are read again whenever they may have changed: a kubeconfig may be written late, and a recreated cluster has
//! another port and other certificates. Reading files takes at most 3 s and a credential plugin at most 10 s.

mod api_access;
mod connection;
mod credential_cache;
mod error;
mod kubeconfig;
mod plugin;
mod process_group;
mod proxy;
mod server_url;
mod tls;

pub use api_access::ApiAccess;
pub(super) use api_access::Fingerprint;
pub(crate) use api_access::kubeconfig_error;
pub(super) use connection::ApiConnection;
pub use credential_cache::CredentialCache;
pub(super) use credential_cache::CredentialId;
pub use error::AccessError;
pub use plugin::PluginError;
pub use proxy::ProxyError;
pub(super) use server_url::address;
pub(super) use tls::install_tls;
