//! The TLS implementation of the process.

/// Installs ring as rustls's provider. May be called any number of times.
pub(in crate::source) fn install_tls() {
    // Fails if it was installed before.
    let _already_installed = rustls::crypto::ring::default_provider().install_default();
}
