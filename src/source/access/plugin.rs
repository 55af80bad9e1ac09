//! Credential plugins: commands of a kubeconfig that print a token or a certificate, as run by `kubectl`.
//!
//! kube's own support has no time limit, runs plugins on the program's terminal, and repeats arguments and output in
//! errors. Here a plugin gets ten seconds, no terminal, and a process group that is killed with it. Its credential
//! never leaves this folder, and errors contain only the name of the command and its exit code.
//!
//! The protocol is client-go's `ExecCredential`:
//! <https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins>.

use std::{fmt, io, path::Path, process::Stdio, time::Duration};

use kube::config::{Cluster, ExecAuthCluster, ExecConfig, ExecInteractiveMode};
use serde::Deserialize;
use tokio::{io::AsyncReadExt as _, process::Command, time::timeout};

use super::process_group::ProcessGroup;
use crate::observation::Time;

/// Time limit of a plugin: 10 s. One that asks a cloud takes about 1 s.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Longest output that is read, in bytes; a token with many groups has some 10 kB.
const MAX_OUTPUT: u64 = 1 << 20;
/// Version of the protocol if the kubeconfig names none.
const DEFAULT_VERSION: &str = "client.authentication.k8s.io/v1";

/// A plugin, ready to run.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Plugin {
    command: String,
    arguments: Vec<String>,
    /// Additional environment variables; may contain secrets.
    environment: Vec<(String, String)>,
}

/// Credential from a plugin. `Debug` leaves out its secrets.
#[derive(Clone, Default)]
pub(super) struct PluginCredential {
    /// Bearer token. `None` if there is only a certificate.
    pub(super) token: Option<String>,
    /// Client certificate and its key, in PEM. `None` if there is only a token.
    pub(super) certificate: Option<(String, String)>,
    /// Expiry of the credential. `None` if it lasts.
    pub(super) expires: Option<Time>,
}

/// Failure of a plugin, for a person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PluginError {
    /// The command can't be started.
    #[error(
        "the kubeconfig's credential plugin `{command}` cannot be started ({kind}): install it, or correct the \
         kubeconfig"
    )]
    Start {
        /// Name of the command.
        command: String,
        /// Kind of the system's error.
        kind: io::ErrorKind,
    },
    /// The command ended with an error.
    #[error("the kubeconfig's credential plugin `{command}` failed ({status}): `kubectl get nodes` shows why")]
    Failed {
        /// Name of the command.
        command: String,
        /// Exit code, or the end by a signal.
        status: String,
    },
    /// The command exceeded the time limit and was killed.
    #[error(
        "the kubeconfig's credential plugin `{command}` did not answer within {} s: run `kubectl get nodes` once, in \
         case it needs a login", TIMEOUT.as_secs()
    )]
    Timeout {
        /// Name of the command.
        command: String,
    },
    /// The output of the command contains no credential.
    #[error(
        "the kubeconfig's credential plugin `{command}` gave no credential: `kubectl get nodes` shows whether it works"
    )]
    NoCredential {
        /// Name of the command.
        command: String,
    },
    /// The command requires a terminal.
    #[error(
        "the kubeconfig's credential plugin `{command}` requires the terminal (interactiveMode: Always), which the \
         dashboard uses: choose a context without it"
    )]
    Interactive {
        /// Name of the command.
        command: String,
    },
    /// The kubeconfig has a plugin without a command.
    #[error("the kubeconfig's user has an `exec` without a command: `kubectl config view` shows it")]
    NoCommand,
}

impl fmt::Debug for Plugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plugin").field("command", &self.name()).finish_non_exhaustive()
    }
}

impl fmt::Debug for PluginCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PluginCredential").field("expires", &self.expires).finish_non_exhaustive()
    }
}

impl Plugin {
    /// Creates the plugin of a kubeconfig's user. `cluster` must contain its certificates, not refer to files.
    ///
    /// # Errors
    ///
    /// Fails if the kubeconfig names no command, or one that requires a terminal.
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
        let version = exec.api_version.as_deref().unwrap_or(DEFAULT_VERSION);
        let info = serde_json::json!({ "apiVersion": version, "kind": "ExecCredential", "spec": spec });
        let variables = exec.env.iter().flatten().filter_map(|entry| {
            let field = |key| entry.get(key).cloned();
            Some((field("name")?, field("value")?))
        });
        let info = ("KUBERNETES_EXEC_INFO".to_owned(), info.to_string());
        let environment = variables.chain([info]).collect();
        Ok(Self { command, arguments: exec.args.clone().unwrap_or_default(), environment })
    }

    /// Runs the plugin. Dropping the future kills it.
    ///
    /// # Errors
    ///
    /// Fails if the plugin can't be started, fails, exceeds the time limit, or prints no credential.
    pub(super) async fn run(&self) -> Result<PluginCredential, PluginError> {
        let start_error = |error: io::Error| PluginError::Start { command: self.name(), kind: error.kind() };
        let mut command = Command::new(&self.command);
        command.args(&self.arguments).envs(self.environment.iter().cloned());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
        // In a group of its own it can't read from the program's terminal, and is killed with all its children.
        #[cfg(unix)]
        command.process_group(0);
        let mut child = command.spawn().map_err(start_error)?;
        let mut group = ProcessGroup::of(&child);
        let output = child.stdout.take();
        let run = async {
            let mut answer = Vec::new();
            if let Some(output) = output {
                output.take(MAX_OUTPUT).read_to_end(&mut answer).await?;
            }
            Ok::<_, io::Error>((child.wait().await?, answer))
        };
        let (status, answer) = match timeout(TIMEOUT, run).await {
            Ok(ended) => ended.map_err(start_error)?,
            Err(_elapsed) => return Err(PluginError::Timeout { command: self.name() }),
        };
        group.leader_has_ended();
        if !status.success() {
            let status = status.code().map_or_else(|| "by a signal".to_owned(), |code| format!("exit code {code}"));
            return Err(PluginError::Failed { command: self.name(), status });
        }
        parse(&answer).ok_or_else(|| PluginError::NoCredential { command: self.name() })
    }

    fn name(&self) -> String {
        name(&self.command)
    }
}

/// File name of a command.
fn name(command: &str) -> String {
    Path::new(command).file_name().map_or_else(|| command.to_owned(), |name| name.to_string_lossy().into_owned())
}

/// Parses the credential in a plugin's output. `None` if there is none.
fn parse(answer: &[u8]) -> Option<PluginCredential> {
    #[derive(Deserialize)]
    struct ExecCredential {
        status: ExecCredentialStatus,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct ExecCredentialStatus {
        expiration_timestamp: Option<Time>,
        token: Option<String>,
        client_certificate_data: Option<String>,
        client_key_data: Option<String>,
    }
    let ExecCredentialStatus { expiration_timestamp: expires, token, client_certificate_data, client_key_data } =
        serde_json::from_slice::<ExecCredential>(answer).ok()?.status;
    let token = token.filter(|token| !token.is_empty());
    let certificate = client_certificate_data.zip(client_key_data);
    (token.is_some() || certificate.is_some()).then_some(PluginCredential { token, certificate, expires })
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
    async fn a_token_and_its_expiry_are_parsed() {
        let output = r#"{"status":{"token":"t0ps3cret","expirationTimestamp":"2030-01-02T03:04:05Z"}}"#;
        let credential = script(&format!("echo '{output}'")).run().await.unwrap();
        assert_eq!(credential.token.as_deref(), Some("t0ps3cret"));
        assert_eq!(credential.expires.unwrap().to_rfc3339(), "2030-01-02T03:04:05+00:00");
        assert!(!format!("{credential:?}").contains("t0ps3cret"));
    }

    #[tokio::test]
    async fn a_certificate_without_a_key_is_no_credential() {
        let both = r#"{"status":{"clientCertificateData":"CERT","clientKeyData":"KEY"}}"#;
        let credential = script(&format!("echo '{both}'")).run().await.unwrap();
        assert_eq!(credential.certificate, Some(("CERT".to_owned(), "KEY".to_owned())));
        let half = script(r#"echo '{"status":{"clientCertificateData":"CERT"}}'"#).run().await.unwrap_err();
        assert_eq!(half, PluginError::NoCredential { command: "sh".to_owned() });
    }

    #[tokio::test]
    async fn errors_contain_the_name_and_the_exit_code_and_no_output() {
        let error = script("echo t0ps3cret; echo t0ps3cret >&2; exit 7").run().await.unwrap_err();
        assert_eq!(error, PluginError::Failed { command: "sh".to_owned(), status: "exit code 7".to_owned() });
        let missing = Plugin { command: "/nowhere/aws".to_owned(), ..script("") };
        let message = missing.run().await.unwrap_err().to_string();
        assert!(message.contains("`aws` cannot be started (entity not found)"), "{message}");
    }

    #[tokio::test]
    async fn a_plugin_gets_no_terminal_and_the_request_in_its_environment() {
        // Prints its environment and its standard input as the token.
        let script = r#"read line
            info="$(echo $KUBERNETES_EXEC_INFO | tr -d '"')"
            printf '{"status":{"token":"%s"}}' "$EXTRA$line$info""#;
        let exec = exec(serde_json::json!({
            "command": "/bin/sh",
            "args": ["-c", script],
            "env": [{ "name": "EXTRA", "value": "extra " }],
            "interactiveMode": "IfAvailable",
            "provideClusterInfo": true,
        }));
        let cluster = Cluster { server: Some("https://far:6443".to_owned()), ..Cluster::default() };
        let credential = Plugin::new(&exec, &cluster).unwrap().run().await.unwrap();
        assert_eq!(
            credential.token.unwrap(),
            "extra {apiVersion:client.authentication.k8s.io/v1,kind:ExecCredential,\
             spec:{cluster:{server:https://far:6443},interactive:false}}"
        );
    }

    #[tokio::test]
    async fn a_plugin_that_hangs_is_killed_with_its_children() {
        let folder = tempfile::tempdir().unwrap();
        // The rename makes the file appear with its content.
        let [partial, pid_file] = ["partial", "pid"].map(|name| folder.path().join(name));
        let (from, to) = (partial.display(), pid_file.display());
        let plugin = script(&format!("sleep 1000 & echo $! > {from}; mv {from} {to}; wait"));
        let run = tokio::spawn(async move { plugin.run().await });
        while !pid_file.exists() {
            tokio::task::yield_now().await;
        }
        tokio::time::pause();
        tokio::time::advance(TIMEOUT).await;
        tokio::time::resume();
        assert_eq!(run.await.unwrap().unwrap_err(), PluginError::Timeout { command: "sh".to_owned() });
        let child: i32 = std::fs::read_to_string(&pid_file).unwrap().trim().parse().unwrap();
        let child = rustix::process::Pid::from_raw(child).unwrap();
        // The process that inherits the child may take a moment to reap it.
        while is_running(child) {
            tokio::task::yield_now().await;
        }
    }

    fn is_running(process: rustix::process::Pid) -> bool {
        let state = std::fs::read_to_string(format!("/proc/{}/stat", process.as_raw_nonzero())).unwrap_or_default();
        !(state.is_empty() || state.contains(") Z "))
    }

    #[test]
    fn a_plugin_that_requires_a_terminal_is_refused() {
        let exec = exec(serde_json::json!({ "command": "/opt/login", "interactiveMode": "Always" }));
        let error = Plugin::new(&exec, &Cluster::default()).unwrap_err();
        assert_eq!(error, PluginError::Interactive { command: "login".to_owned() });
        assert_eq!(Plugin::new(&ExecConfig::default(), &Cluster::default()).unwrap_err(), PluginError::NoCommand);
    }
}
