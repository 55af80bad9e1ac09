//! Default sockets of the engines and desktop programs that provide one.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Path of Docker Engine's socket.
const SYSTEM: &str = "/var/run/docker.sock";

/// Paths in the home folder.
const IN_HOME: [&str; 7] = [
    ".docker/run/docker.sock",                            // Docker Desktop on macOS
    ".docker/desktop/docker.sock",                        // Docker Desktop on Linux
    ".colima/default/docker.sock",                        // Colima 0.4 and later
    ".colima/docker.sock",                                // Colima before 0.4
    ".orbstack/run/docker.sock",                          // OrbStack
    ".rd/docker.sock",                                    // Rancher Desktop
    ".local/share/containers/podman/machine/podman.sock", // Podman Machine
];

/// Path of the system's Podman socket.
const SYSTEM_PODMAN: &str = "/run/podman/podman.sock";

/// Lists the default sockets, the likeliest first. `runtime` is `XDG_RUNTIME_DIR`, where rootless engines listen.
pub(super) fn default_paths(home: Option<&Path>, runtime: Option<&Path>) -> Vec<PathBuf> {
    let rootless_docker = runtime.map(|folder| folder.join("docker.sock"));
    let in_home = home.into_iter().flat_map(|home| IN_HOME.iter().map(|path| home.join(path)));
    let rootless_podman = runtime.map(|folder| folder.join("podman/podman.sock"));
    [PathBuf::from(SYSTEM)]
        .into_iter()
        .chain(rootless_docker)
        .chain(in_home)
        .chain(rootless_podman)
        .chain([PathBuf::from(SYSTEM_PODMAN)])
        .collect()
}

/// Whether the path exists. True too if only the permission to see it is missing, so that the error says so.
pub(super) fn exists(socket: &Path) -> bool {
    match fs::metadata(socket) {
        Ok(_) => true,
        Err(error) => error.kind() == io::ErrorKind::PermissionDenied,
    }
}
