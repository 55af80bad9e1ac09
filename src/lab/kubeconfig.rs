//! The kubeconfig of a lab. It holds no secrets, because the lab has no users.
//!
//! A file that the lab did not write is never replaced: it may be the only copy of somebody's credentials.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use super::cluster::topology::CLUSTER;

/// Size above which a file is not read, in bytes: the lab's kubeconfig has some 300.
const MAX_SIZE: u64 = 4_096;

/// Why a kubeconfig was not written.
#[derive(Debug)]
pub(super) enum KubeconfigError {
    /// The file exists and was not written by a lab.
    NotOurs,
    /// The file can't be read or written.
    Io(io::Error),
}

impl From<io::Error> for KubeconfigError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::AlreadyExists => Self::NotOurs,
            _ => Self::Io(error),
        }
    }
}

/// Writes the kubeconfig with mode 0600, completely or not at all. Replaces a file that a lab wrote.
///
/// # Errors
///
/// If `path` is anything but a kubeconfig of a lab, or if it can't be written.
pub(super) fn write(path: &Path, url: &str) -> Result<(), KubeconfigError> {
    let replaces = match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_file() && metadata.len() <= MAX_SIZE && is_ours(&fs::read_to_string(path)?) => true,
        Ok(_) => return Err(KubeconfigError::NotOurs),
        Err(error) if error.kind() == io::ErrorKind::NotFound => false,
        Err(error) => return Err(error.into()),
    };
    let partial = partial(path);
    let written = create(&partial, url).and_then(|()| match replaces {
        true => fs::rename(&partial, path),
        // a link, unlike a rename, never replaces a file that was created meanwhile
        false => match fs::hard_link(&partial, path) {
            Ok(()) => fs::remove_file(&partial),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
            // file systems without hard links
            Err(_) => fs::rename(&partial, path),
        },
    });
    if written.is_err() {
        let _may_not_exist = fs::remove_file(&partial);
    }
    Ok(written?)
}

fn create(path: &Path, url: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)?.write_all(text(url).as_bytes())
}

/// Returns a path beside `path` that no other process uses.
fn partial(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}.partial", std::process::id()))
}

/// Whether `content` is the kubeconfig of a lab, byte for byte except for the port.
fn is_ours(content: &str) -> bool {
    let server = content.lines().find_map(|line| line.strip_prefix("    server: "));
    server.is_some_and(|url| content == text(url))
}

fn text(url: &str) -> String {
    format!(
        "apiVersion: v1\n\
         kind: Config\n\
         current-context: {CLUSTER}\n\
         clusters:\n\
         - name: {CLUSTER}\n\
         \x20 cluster:\n\
         \x20   server: {url}\n\
         contexts:\n\
         - name: {CLUSTER}\n\
         \x20 context:\n\
         \x20   cluster: {CLUSTER}\n\
         \x20   user: {CLUSTER}\n\
         users:\n\
         - name: {CLUSTER}\n\
         \x20 user: {{}}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "http://127.0.0.1:4711";

    #[test]
    fn the_kubeconfig_of_an_earlier_lab_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lab.kubeconfig");
        write(&path, "http://127.0.0.1:1").unwrap();
        write(&path, URL).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), text(URL));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left behind");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn any_other_file_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let edited = text(URL).replace("users:", "users: # mine");
        for (name, content) in [("kubeconfig", "apiVersion: v1\nkind: Config\n"), ("edited", &*edited), ("empty", "")] {
            let path = folder.path().join(name);
            fs::write(&path, content).unwrap();
            assert!(matches!(write(&path, URL), Err(KubeconfigError::NotOurs)), "{name}");
            assert_eq!(fs::read_to_string(&path).unwrap(), content);
        }
        assert!(matches!(write(folder.path(), URL), Err(KubeconfigError::NotOurs)));
        assert!(matches!(write(&folder.path().join("no/such/folder"), URL), Err(KubeconfigError::Io(_))));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_not_followed_and_a_pipe_is_not_opened() {
        let folder = tempfile::tempdir().unwrap();
        let (ours, link, fifo) = (folder.path().join("ours"), folder.path().join("link"), folder.path().join("fifo"));
        write(&ours, URL).unwrap();
        std::os::unix::fs::symlink(&ours, &link).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        for path in [link, fifo] {
            assert!(matches!(write(&path, URL), Err(KubeconfigError::NotOurs)));
        }
    }
}
