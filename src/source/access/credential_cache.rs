//! Cache of plugin credentials for all sources, so that a plugin runs once and not once for each source.
//!
//! A credential is used until it is about to expire or the API server refuses it. A plugin never runs twice within ten
//! seconds: until then its last result stands, even an error.

use std::{collections::HashMap, sync::Arc};

use chrono::Duration;
use tokio::sync::Mutex;

use super::plugin::{Plugin, PluginCredential, PluginError};
use crate::{clock::Clock, observation::Time};

/// Shortest time between two runs of a plugin.
const MIN_INTERVAL: Duration = Duration::seconds(10);
/// Time before its expiry at which a credential is renewed, as in kube's client, so that no request has an expired one.
const RENEW_EARLY: Duration = Duration::seconds(60);

/// Results of all plugins that have run. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct CredentialCache(Arc<Mutex<HashMap<Plugin, CachedRun>>>);

/// Last run of a plugin.
#[derive(Debug)]
struct CachedRun {
    ran_at: Time,
    /// Time of the next run. `None` if the credential lasts.
    renew_at: Option<Time>,
    result: Result<PluginCredential, PluginError>,
}

/// Identifies the run of a plugin that gave a credential.
#[derive(Debug, Clone)]
pub(in crate::source) struct CredentialId {
    plugin: Plugin,
    ran_at: Time,
}

/// A credential and its validity.
#[derive(Debug)]
pub(super) struct CachedCredential {
    pub(super) credential: PluginCredential,
    /// Time at which another one is needed. `None` if it lasts.
    pub(super) renew_at: Option<Time>,
    pub(super) id: CredentialId,
}

impl CredentialCache {
    /// Returns the credential of a plugin, and runs the plugin if there is no valid one.
    ///
    /// # Errors
    ///
    /// Fails with the error of the plugin's last run.
    pub(super) async fn get(&self, plugin: Plugin, clock: Clock) -> Result<CachedCredential, PluginError> {
        let mut runs = self.0.lock().await;
        let valid = runs.get(&plugin).filter(|run| run.renew_at.is_none_or(|renew_at| clock.now() < renew_at));
        let run = match valid {
            Some(run) => run,
            None => {
                let result = plugin.run().await;
                let ran_at = clock.now();
                let earliest = ran_at + MIN_INTERVAL;
                let renew_at = match &result {
                    Ok(credential) => credential.expires.map(|expires| (expires - RENEW_EARLY).max(earliest)),
                    Err(_failed) => Some(earliest),
                };
                runs.entry(plugin.clone()).insert_entry(CachedRun { ran_at, renew_at, result }).into_mut()
            }
        };
        let credential = run.result.clone()?;
        Ok(CachedCredential { credential, renew_at: run.renew_at, id: CredentialId { plugin, ran_at: run.ran_at } })
    }

    /// Drops a credential that the API server refused (401), so that the next request for it runs the plugin again.
    pub(in crate::source) async fn invalidate(&self, id: &CredentialId) {
        if let Some(run) = self.0.lock().await.get_mut(&id.plugin)
            && run.ran_at == id.ran_at
        {
            run.renew_at = Some(run.ran_at + MIN_INTERVAL);
        }
    }
}

#[cfg(test)]
mod tests {
    use kube::config::{Cluster, ExecConfig};

    use super::*;

    /// A plugin that counts its runs in a file and returns the count as its token.
    fn counting(folder: &std::path::Path, rest: &str) -> Plugin {
        let file = folder.join("runs").display().to_string();
        let text = format!(
            r#"echo run >> {file}; printf '{{"status":{{"token":"token %s"{rest}}}}}' "$(wc -l < {file} | tr -d ' ')""#
        );
        let exec = serde_json::json!({ "command": "/bin/sh", "args": ["-c", text] });
        Plugin::new(&serde_json::from_value::<ExecConfig>(exec).unwrap(), &Cluster::default()).unwrap()
    }

    async fn token(credentials: &CredentialCache, plugin: &Plugin, clock: Clock) -> (String, CredentialId) {
        let cached = credentials.get(plugin.clone(), clock).await.unwrap();
        (cached.credential.token.unwrap(), cached.id)
    }

    async fn advance(seconds: u64) {
        tokio::time::pause();
        tokio::time::advance(std::time::Duration::from_secs(seconds)).await;
        tokio::time::resume();
    }

    #[tokio::test]
    async fn a_credential_is_shared_until_it_is_refused_and_then_renewed_once() {
        let folder = tempfile::tempdir().unwrap();
        let (credentials, plugin, clock) = (CredentialCache::default(), counting(folder.path(), ""), Clock::start());
        let (first, id) = token(&credentials, &plugin, clock).await;
        advance(11).await;
        assert_eq!((first.as_str(), token(&credentials, &plugin, clock).await.0.as_str()), ("token 1", "token 1"));
        credentials.invalidate(&id).await;
        assert_eq!(token(&credentials, &plugin, clock).await.0, "token 2");
        // A second source invalidates the old credential too.
        credentials.invalidate(&id).await;
        advance(11).await;
        assert_eq!(token(&credentials, &plugin, clock).await.0, "token 2");
    }

    #[tokio::test]
    async fn a_plugin_waits_between_two_runs_even_if_it_fails() {
        let folder = tempfile::tempdir().unwrap();
        let (credentials, clock) = (CredentialCache::default(), Clock::start());
        let exec = serde_json::json!({ "command": "/nowhere/plugin" });
        let missing = Plugin::new(&serde_json::from_value::<ExecConfig>(exec).unwrap(), &Cluster::default()).unwrap();
        let error = credentials.get(missing.clone(), clock).await.unwrap_err();
        assert_eq!(credentials.get(missing, clock).await.unwrap_err(), error);
        let refused_at_once = counting(folder.path(), "");
        let (_, id) = token(&credentials, &refused_at_once, clock).await;
        credentials.invalidate(&id).await;
        assert_eq!(token(&credentials, &refused_at_once, clock).await.0, "token 1");
        advance(11).await;
        assert_eq!(token(&credentials, &refused_at_once, clock).await.0, "token 2");
    }

    #[tokio::test]
    async fn a_credential_that_is_about_to_expire_is_renewed() {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::start();
        let expires = clock.now() + RENEW_EARLY + Duration::seconds(30);
        let plugin = counting(folder.path(), &format!(r#","expirationTimestamp":"{}""#, expires.to_rfc3339()));
        let credentials = CredentialCache::default();
        assert_eq!(token(&credentials, &plugin, clock).await.0, "token 1");
        advance(29).await;
        assert_eq!(token(&credentials, &plugin, clock).await.0, "token 1");
        advance(2).await;
        assert_eq!(token(&credentials, &plugin, clock).await.0, "token 2");
    }
}
