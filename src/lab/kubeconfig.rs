//! A kubeconfig that leads to the lab. There is nothing secret in it: the lab knows no users.
//!
//! A file that the lab did not write is never replaced: it may be the only copy of somebody's credentials.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use super::topology::CLUSTER;

/// Bytes of the longest file that may be ours.
const LONGEST: u64 = 4_096;

/// Why a kubeconfig was not written.
#[derive(Debug)]
pub(super) enum Refused {
    /// What is there was not written by the lab.
    NotOurs,
    /// It could not be written.
    Io(io::Error),
}

impl From<io::Error> for Refused {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::AlreadyExists => Self::NotOurs,
            _ => Self::Io(error),
        }
    }
}

/// Writes the kubeconfig for its owner alone, whole or not at all. A file that the lab wrote before is replaced.
///
/// # Errors
///
/// If something else has that name, or if the file can't be written.
pub(super) fn write(path: &Path, url: &str) -> Result<(), Refused> {
    let replace = match fs::symlink_metadata(path) {
        Ok(there) if there.is_file() && there.len() <= LONGEST && is_ours(&fs::read_to_string(path)?) => true,
        Ok(_) => return Err(Refused::NotOurs),
        Err(error) if error.kind() == io::ErrorKind::NotFound => false,
        Err(error) => return Err(error.into()),
    };
    let partial = partial(path);
    let written = create(&partial, url).and_then(|()| match replace {
        true => fs::rename(&partial, path),
        // unlike a rename, a link never replaces what somebody has written there meanwhile
        false => match fs::hard_link(&partial, path) {
            Ok(()) => fs::remove_file(&partial),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
            // a file system without links
            Err(_) => fs::rename(&partial, path),
        },
    });
    if written.is_err() {
        let _not_there = fs::remove_file(&partial);
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

/// A name beside `path` that no other run uses.
fn partial(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}.partial", std::process::id()))
}

/// Whether the lab wrote `there`, for whatever port: every other byte is ours.
fn is_ours(there: &str) -> bool {
    let server = there.lines().find_map(|line| line.strip_prefix("    server: "));
    server.is_some_and(|url| there == text(url))
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
    fn a_file_that_the_lab_wrote_is_replaced() {
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
    fn anything_else_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let edited = text(URL).replace("users:", "users: # mine");
        for (name, there) in [("kubeconfig", "apiVersion: v1\nkind: Config\n"), ("edited", &*edited), ("empty", "")] {
            let path = folder.path().join(name);
            fs::write(&path, there).unwrap();
            assert!(matches!(write(&path, URL), Err(Refused::NotOurs)), "{name}");
            assert_eq!(fs::read_to_string(&path).unwrap(), there);
        }
        assert!(matches!(write(folder.path(), URL), Err(Refused::NotOurs)));
        assert!(matches!(write(&folder.path().join("no/such/folder"), URL), Err(Refused::Io(_))));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_not_followed_and_a_pipe_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let (ours, link, fifo) = (folder.path().join("ours"), folder.path().join("link"), folder.path().join("fifo"));
        write(&ours, URL).unwrap();
        std::os::unix::fs::symlink(&ours, &link).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        for path in [link, fifo] {
            assert!(matches!(write(&path, URL), Err(Refused::NotOurs)));
        }
    }
}
