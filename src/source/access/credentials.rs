//! CredentialCache of plugins, shared by all sources, so that a plugin runs once and not once for each of them.
//!
//! A credential is used until it is about to end or the API server refuses it. A plugin never runs more often than
//! every ten seconds: between that its last outcome stands, also when that is an error.

use std::{collections::HashMap, sync::Arc};

use chrono::Duration;
use tokio::sync::Mutex;

use super::plugin::{Credential, Plugin, PluginError};
use crate::{clock::Clock, observation::Time};

/// Shortest time between two runs of a plugin.
const REST: Duration = Duration::seconds(10);
/// Time before its end at which a credential is renewed, so that no request has an old one. As in kube.
const EARLY: Duration = Duration::seconds(60);

/// The credentials of all plugins that have run. Copies share them.
#[derive(Debug, Clone, Default)]
pub struct CredentialCache(Arc<Mutex<HashMap<Plugin, Outcome>>>);

/// What the last run of a plugin gave.
#[derive(Debug)]
struct Outcome {
    ran: Time,
    /// End of its validity. `None` if it lasts.
    until: Option<Time>,
    given: Result<Credential, PluginError>,
}

/// Names one credential, to say that it was refused.
#[derive(Debug, Clone)]
pub(in crate::source) struct Receipt {
    plugin: Plugin,
    ran: Time,
}

/// A credential, and how long it may be used.
#[derive(Debug)]
pub(super) struct Given {
    pub(super) credential: Credential,
    /// When another one has to be asked for. `None` if it lasts.
    pub(super) until: Option<Time>,
    pub(super) receipt: Receipt,
}

impl CredentialCache {
    /// The credential of a plugin, which is run if there is none that is good.
    ///
    /// # Errors
    ///
    /// The error of the plugin's last run.
    pub(super) async fn of(&self, plugin: Plugin, clock: Clock) -> Result<Given, PluginError> {
        let mut known = self.0.lock().await;
        let good = known.get(&plugin).filter(|outcome| outcome.until.is_none_or(|until| clock.now() < until));
        let outcome = match good {
            Some(outcome) => outcome,
            None => {
                let given = plugin.run().await;
                let ran = clock.now();
                let until = match &given {
                    Ok(credential) => credential.expires.map(|expires| (expires - EARLY).max(ran + REST)),
                    Err(_failed) => Some(ran + REST),
                };
                known.entry(plugin.clone()).insert_entry(Outcome { ran, until, given }).into_mut()
            }
        };
        let credential = outcome.given.clone()?;
        Ok(Given { credential, until: outcome.until, receipt: Receipt { plugin, ran: outcome.ran } })
    }

    /// Notes that the API server refused a credential (401): the next one to ask has the plugin run again.
    pub(in crate::source) async fn refused(&self, receipt: &Receipt) {
        if let Some(outcome) = self.0.lock().await.get_mut(&receipt.plugin)
            && outcome.ran == receipt.ran
        {
            outcome.until = Some(outcome.ran + REST);
        }
    }
}

#[cfg(test)]
mod tests {
    use kube::config::{Cluster, ExecConfig};

    use super::*;

    /// A plugin that counts its runs in a file and gives the count as its token.
    fn counting(folder: &std::path::Path, rest: &str) -> Plugin {
        let file = folder.join("runs").display().to_string();
        let text = format!(
            r#"echo run >> {file}; printf '{{"status":{{"token":"token %s"{rest}}}}}' "$(wc -l < {file} | tr -d ' ')""#
        );
        let exec = serde_json::json!({ "command": "/bin/sh", "args": ["-c", text] });
        Plugin::new(&serde_json::from_value::<ExecConfig>(exec).unwrap(), &Cluster::default()).unwrap()
    }

    async fn token(credentials: &CredentialCache, plugin: &Plugin, clock: Clock) -> (String, Receipt) {
        let given = credentials.of(plugin.clone(), clock).await.unwrap();
        (given.credential.token.unwrap(), given.receipt)
    }

    async fn pass(seconds: u64) {
        tokio::time::pause();
        tokio::time::advance(std::time::Duration::from_secs(seconds)).await;
        tokio::time::resume();
    }

    #[tokio::test]
    async fn a_credential_is_shared_until_it_is_refused_and_then_asked_for_once() {
        let folder = tempfile::tempdir().unwrap();
        let (credentials, plugin, clock) = (CredentialCache::default(), counting(folder.path(), ""), Clock::start());
        let (first, receipt) = token(&credentials, &plugin, clock).await;
        pass(11).await;
        assert_eq!((first.as_str(), token(&credentials, &plugin, clock).await.0.as_str()), ("token 1", "token 1"));
        credentials.refused(&receipt).await;
        assert_eq!(token(&credentials, &plugin, clock).await.0, "token 2");
        // a second source says the same of the old one
        credentials.refused(&receipt).await;
        pass(11).await;
        assert_eq!(token(&credentials, &plugin, clock).await.0, "token 2");
    }

    #[tokio::test]
    async fn a_plugin_rests_between_two_runs_also_when_it_fails() {
        let folder = tempfile::tempdir().unwrap();
        let (credentials, clock) = (CredentialCache::default(), Clock::start());
        let exec = serde_json::json!({ "command": "/nowhere/plugin" });
        let missing = Plugin::new(&serde_json::from_value::<ExecConfig>(exec).unwrap(), &Cluster::default()).unwrap();
        let error = credentials.of(missing.clone(), clock).await.unwrap_err();
        assert_eq!(credentials.of(missing, clock).await.unwrap_err(), error);
        let refused_at_once = counting(folder.path(), "");
        let (_, receipt) = token(&credentials, &refused_at_once, clock).await;
        credentials.refused(&receipt).await;
        assert_eq!(token(&credentials, &refused_at_once, clock).await.0, "token 1");
        pass(11).await;
        assert_eq!(token(&credentials, &refused_at_once, clock).await.0, "token 2");
    }

    #[tokio::test]
    async fn one_that_is_about_to_end_is_renewed() {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::start();
        let expires = clock.now() + EARLY + Duration::seconds(30);
        let plugin = counting(folder.path(), &format!(r#","expirationTimestamp":"{}""#, expires.to_rfc3339()));
        let credentials = CredentialCache::default();
        assert_eq!(token(&credentials, &plugin, clock).await.0, "token 1");
        pass(29).await;
        assert_eq!(token(&credentials, &plugin, clock).await.0, "token 1");
        pass(2).await;
        assert_eq!(token(&credentials, &plugin, clock).await.0, "token 2");
    }
}
