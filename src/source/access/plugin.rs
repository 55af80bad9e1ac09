//! Runs the credential plugin of a kubeconfig: the command that `kubectl` runs to get a token or a certificate.
//!
//! kube would run it without a bound, on our terminal, and repeat its arguments and output in errors. Here it gets ten
//! seconds, no terminal, and a process group of its own, which ends with it. Of what it says only the credential is
//! kept, which never leaves this folder; errors know the command's name and its exit code.
//!
//! The protocol is client-go's `ExecCredential`:
//! <https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins>.

use std::{fmt, io, path::Path, process::Stdio, time::Duration};

use kube::config::{Cluster, ExecAuthCluster, ExecConfig, ExecInteractiveMode};
use serde::Deserialize;
use tokio::{io::AsyncReadExt as _, process::Command, time::timeout};

use crate::observation::Time;

/// Longest wait for a plugin: 10 s. One that asks a cloud takes about 1 s.
const PATIENCE: Duration = Duration::from_secs(10);
/// Longest answer that is read, in bytes. A token with many groups has some 10 kB.
const ANSWER: u64 = 1 << 20;
/// Version of the protocol for a kubeconfig that names none.
const VERSION: &str = "client.authentication.k8s.io/v1";

/// A command that gives a credential, ready to run.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Plugin {
    command: String,
    arguments: Vec<String>,
    /// Additions to the environment; may hold secrets.
    environment: Vec<(String, String)>,
}

/// What a plugin gave. Its secrets are not in its `Debug`.
#[derive(Clone, Default)]
pub(super) struct Credential {
    /// A bearer token.
    pub(super) token: Option<String>,
    /// A client certificate and its key, in PEM.
    pub(super) certificate: Option<(String, String)>,
    /// When it ends. `None` if it lasts.
    pub(super) expires: Option<Time>,
}

/// Reason why there is no credential, in words for a person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PluginError {
    /// The command is missing or may not be run.
    #[error(
        "the kubeconfig's credential plugin `{command}` cannot be started ({kind}): install it, or correct the kubeconfig"
    )]
    Start {
        /// Name of the command.
        command: String,
        /// The system's reason.
        kind: io::ErrorKind,
    },
    /// The command ended with an error.
    #[error("the kubeconfig's credential plugin `{command}` failed ({ended}): `kubectl get nodes` shows why")]
    Failed {
        /// Name of the command.
        command: String,
        /// Its exit code or signal.
        ended: String,
    },
    /// The command took too long, and was ended.
    #[error(
        "the kubeconfig's credential plugin `{command}` did not answer within {} s: run `kubectl get nodes` once, in \
         case it wants to be logged in", PATIENCE.as_secs()
    )]
    Slow {
        /// Name of the command.
        command: String,
    },
    /// The command's answer holds no credential.
    #[error(
        "the kubeconfig's credential plugin `{command}` gave no credential: `kubectl get nodes` shows whether it works"
    )]
    NoCredential {
        /// Name of the command.
        command: String,
    },
    /// The command can't do without a terminal.
    #[error(
        "the kubeconfig's credential plugin `{command}` wants the terminal (interactiveMode: Always), which the \
         dashboard has: use a context without it"
    )]
    Interactive {
        /// Name of the command.
        command: String,
    },
    /// The kubeconfig names no command.
    #[error("the kubeconfig's user has an `exec` without a command: `kubectl config view` shows it")]
    NoCommand,
}

impl fmt::Debug for Plugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plugin").field("command", &self.name()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential").field("expires", &self.expires).finish_non_exhaustive()
    }
}

impl Plugin {
    /// The plugin of a kubeconfig's user. `cluster` has its certificates inside, not in files.
    ///
    /// # Errors
    ///
    /// An error if the kubeconfig names no command, or one that needs a terminal.
    pub(super) fn new(exec: &ExecConfig, cluster: &Cluster) -> Result<Self, PluginError> {
        let command = exec.command.clone().filter(|command| !command.is_empty()).ok_or(PluginError::NoCommand)?;
        if exec.interactive_mode == Some(ExecInteractiveMode::Always) {
            return Err(PluginError::Interactive { command: name(&command) });
        }
        let mut spec = serde_json::json!({ "interactive": false });
        if exec.provide_cluster_info
            && let Ok(cluster) = ExecAuthCluster::try_from(cluster)
        {
            spec["cluster"] = serde_json::to_value(cluster).unwrap_or_default();
        }
        let version = exec.api_version.as_deref().unwrap_or(VERSION);
        let info = serde_json::json!({ "apiVersion": version, "kind": "ExecCredential", "spec": spec });
        let given = exec.env.iter().flatten().filter_map(|entry| {
            let part = |key| entry.get(key).cloned();
            Some((part("name")?, part("value")?))
        });
        let info = ("KUBERNETES_EXEC_INFO".to_owned(), info.to_string());
        let environment = given.chain([info]).collect();
        Ok(Self { command, arguments: exec.args.clone().unwrap_or_default(), environment })
    }

    /// Runs the command. Dropping the future ends it.
    ///
    /// # Errors
    ///
    /// An error if it can't be started, fails, takes too long, or gives no credential.
    pub(super) async fn run(&self) -> Result<Credential, PluginError> {
        let start = |error: io::Error| PluginError::Start { command: self.name(), kind: error.kind() };
        let mut command = Command::new(&self.command);
        command.args(&self.arguments).envs(self.environment.iter().cloned());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
        // in a group of its own it is stopped when it reads from our terminal, and is ended with all that it started
        #[cfg(unix)]
        command.process_group(0);
        let mut child = command.spawn().map_err(start)?;
        let mut group = Group::of(&child);
        let output = child.stdout.take();
        let whole = async {
            let mut answer = Vec::new();
            if let Some(output) = output {
                output.take(ANSWER).read_to_end(&mut answer).await?;
            }
            Ok::<_, io::Error>((child.wait().await?, answer))
        };
        let (status, answer) = match timeout(PATIENCE, whole).await {
            Ok(ended) => ended.map_err(start)?,
            Err(_elapsed) => return Err(PluginError::Slow { command: self.name() }),
        };
        group.ended();
        if !status.success() {
            let ended = status.code().map_or_else(|| "by a signal".to_owned(), |code| format!("exit code {code}"));
            return Err(PluginError::Failed { command: self.name(), ended });
        }
        parse(&answer).ok_or_else(|| PluginError::NoCredential { command: self.name() })
    }

    fn name(&self) -> String {
        name(&self.command)
    }
}

/// The command without its folder.
fn name(command: &str) -> String {
    Path::new(command).file_name().map_or_else(|| command.to_owned(), |name| name.to_string_lossy().into_owned())
}

/// The credential in a plugin's answer. `None` if there is none.
fn parse(answer: &[u8]) -> Option<Credential> {
    #[derive(Deserialize)]
    struct Answer {
        status: Status,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Status {
        expiration_timestamp: Option<Time>,
        token: Option<String>,
        client_certificate_data: Option<String>,
        client_key_data: Option<String>,
    }
    let Status { expiration_timestamp: expires, token, client_certificate_data, client_key_data } =
        serde_json::from_slice::<Answer>(answer).ok()?.status;
    let token = token.filter(|token| !token.is_empty());
    let certificate = client_certificate_data.zip(client_key_data);
    (token.is_some() || certificate.is_some()).then_some(Credential { token, certificate, expires })
}

/// The plugin's process group, which is killed when this is dropped before the plugin has ended.
struct Group {
    #[cfg(unix)]
    leader: Option<rustix::process::Pid>,
}

#[cfg(unix)]
impl Group {
    fn of(child: &tokio::process::Child) -> Self {
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        Self { leader: id.and_then(rustix::process::Pid::from_raw) }
    }

    fn ended(&mut self) {
        self.leader = None;
    }
}

#[cfg(unix)]
impl Drop for Group {
    fn drop(&mut self) {
        if let Some(leader) = self.leader {
            let _has_ended = rustix::process::kill_process_group(leader, rustix::process::Signal::KILL);
        }
    }
}

#[cfg(not(unix))]
impl Group {
    fn of(_child: &tokio::process::Child) -> Self {
        Self {}
    }

    fn ended(&mut self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(text: &str) -> Plugin {
        Plugin {
            command: "/bin/sh".to_owned(),
            arguments: vec!["-c".to_owned(), text.to_owned()],
            environment: Vec::new(),
        }
    }

    fn exec(yaml: serde_json::Value) -> ExecConfig {
        serde_json::from_value(yaml).unwrap()
    }

    #[tokio::test]
    async fn a_token_and_its_end_are_taken() {
        let given = r#"{"status":{"token":"t0ps3cret","expirationTimestamp":"2030-01-02T03:04:05Z"}}"#;
        let credential = script(&format!("echo '{given}'")).run().await.unwrap();
        assert_eq!(credential.token.as_deref(), Some("t0ps3cret"));
        assert_eq!(credential.expires.unwrap().to_rfc3339(), "2030-01-02T03:04:05+00:00");
        assert!(!format!("{credential:?}").contains("t0ps3cret"));
    }

    #[tokio::test]
    async fn a_certificate_is_taken_only_with_its_key() {
        let both = r#"{"status":{"clientCertificateData":"CERT","clientKeyData":"KEY"}}"#;
        let credential = script(&format!("echo '{both}'")).run().await.unwrap();
        assert_eq!(credential.certificate, Some(("CERT".to_owned(), "KEY".to_owned())));
        let half = script(r#"echo '{"status":{"clientCertificateData":"CERT"}}'"#).run().await.unwrap_err();
        assert_eq!(half, PluginError::NoCredential { command: "sh".to_owned() });
    }

    #[tokio::test]
    async fn errors_tell_the_name_and_the_exit_code_and_nothing_that_it_said() {
        let error = script("echo t0ps3cret; echo t0ps3cret >&2; exit 7").run().await.unwrap_err();
        assert_eq!(error, PluginError::Failed { command: "sh".to_owned(), ended: "exit code 7".to_owned() });
        let missing = Plugin { command: "/nowhere/aws".to_owned(), ..script("") };
        let words = missing.run().await.unwrap_err().to_string();
        assert!(words.contains("`aws` cannot be started (entity not found)"), "{words}");
    }

    #[tokio::test]
    async fn it_has_no_terminal_and_knows_what_it_is_asked() {
        let exec = exec(serde_json::json!({
            "command": "/bin/sh", "args": ["-c", r#"read line; printf '{"status":{"token":"%s"}}' "$EXTRA$line$(echo $KUBERNETES_EXEC_INFO | tr -d '"')""#],
            "env": [{ "name": "EXTRA", "value": "extra " }], "interactiveMode": "IfAvailable", "provideClusterInfo": true,
        }));
        let cluster = Cluster { server: Some("https://far:6443".to_owned()), ..Cluster::default() };
        let credential = Plugin::new(&exec, &cluster).unwrap().run().await.unwrap();
        assert_eq!(
            credential.token.unwrap(),
            "extra {apiVersion:client.authentication.k8s.io/v1,kind:ExecCredential,spec:{cluster:{server:https://far:6443},interactive:false}}"
        );
    }

    #[tokio::test]
    async fn one_that_hangs_is_ended_with_everything_that_it_started() {
        let folder = tempfile::tempdir().unwrap();
        let (lives, pid) = (folder.path().join("lives"), folder.path().join("pid"));
        let text = format!("sleep 1000 & echo $! > {}; mv {} {}; wait", pid.display(), pid.display(), lives.display());
        let plugin = script(&text);
        let run = tokio::spawn(async move { plugin.run().await });
        while !lives.exists() {
            tokio::task::yield_now().await;
        }
        tokio::time::pause();
        tokio::time::advance(PATIENCE).await;
        tokio::time::resume();
        assert_eq!(run.await.unwrap().unwrap_err(), PluginError::Slow { command: "sh".to_owned() });
        let child: i32 = std::fs::read_to_string(&lives).unwrap().trim().parse().unwrap();
        let child = rustix::process::Pid::from_raw(child).unwrap();
        // whoever adopts it may take a moment to bury it
        while is_running(child) {
            tokio::task::yield_now().await;
        }
    }

    fn is_running(process: rustix::process::Pid) -> bool {
        let state = std::fs::read_to_string(format!("/proc/{}/stat", process.as_raw_nonzero())).unwrap_or_default();
        !(state.is_empty() || state.contains(") Z "))
    }

    #[test]
    fn one_that_needs_a_terminal_is_refused() {
        let exec = exec(serde_json::json!({ "command": "/opt/login", "interactiveMode": "Always" }));
        let error = Plugin::new(&exec, &Cluster::default()).unwrap_err();
        assert_eq!(error, PluginError::Interactive { command: "login".to_owned() });
        assert_eq!(Plugin::new(&ExecConfig::default(), &Cluster::default()).unwrap_err(), PluginError::NoCommand);
    }
}
