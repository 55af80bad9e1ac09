//! Files and folders for their owner alone, and regular files opened without waiting.
//!
//! A named pipe is opened without blocking and refused. An existing file is replaced only with [`Overwrite::Yes`]. A
//! symbolic link is replaced, never followed.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io,
    path::Path,
};

/// Whether an existing file is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overwrite {
    /// The file stays, and creating the new one fails.
    No,
    /// The file is removed first (`--force`).
    Yes,
}

/// Names a file type in a sentence; `None` for a regular file.
fn irregular(kind: fs::FileType) -> Option<&'static str> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        if kind.is_fifo() {
            return Some("a named pipe");
        }
        if kind.is_socket() {
            return Some("a socket");
        }
        if kind.is_char_device() || kind.is_block_device() {
            return Some("a device");
        }
    }
    if kind.is_file() {
        None
    } else if kind.is_dir() {
        Some("a folder")
    } else {
        Some("something else")
    }
}

/// Opens a file for reading, without waiting for the other end of a named pipe. The inner error names what `path` is
/// instead of a regular file, such as `a named pipe`.
///
/// # Errors
///
/// If the file can't be opened.
pub(super) fn open_regular(path: &Path) -> io::Result<Result<File, &'static str>> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed());
    }
    let file = match options.open(path) {
        Ok(file) => file,
        // a socket can't be opened, so its type is taken from the name
        Err(error) => match fs::metadata(path).ok().and_then(|file| irregular(file.file_type())) {
            Some(other) => return Ok(Err(other)),
            None => return Err(error),
        },
    };
    // the type of the opened file, because the name may lead elsewhere by now
    Ok(match irregular(file.metadata()?.file_type()) {
        Some(other) => Err(other),
        None => Ok(file),
    })
}

/// Creates a file with mode 0600.
///
/// # Errors
///
/// If `path` exists and `overwrite` is [`Overwrite::No`], if it is not a regular file, or if it can't be created. The
/// message names the flag that replaces the file, not the path.
pub fn create_private(path: &Path, overwrite: Overwrite) -> io::Result<File> {
    let replaces = may_create(path, overwrite)?;
    if replaces {
        fs::remove_file(path)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => exists(),
        _ => error,
    })
}

/// Checks whether [`create_private`] would accept `path`. Returns whether it would replace a file.
///
/// # Errors
///
/// As [`create_private`].
pub fn may_create(path: &Path, overwrite: Overwrite) -> io::Result<bool> {
    let existing = match fs::symlink_metadata(path) {
        Ok(metadata) => metadata.file_type(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    let target =
        if existing.is_symlink() { fs::metadata(path).map(|file| file.file_type()).ok() } else { Some(existing) };
    if let Some(other) = target.and_then(irregular) {
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, format!("it is {other}, not a file")));
    }
    match overwrite {
        Overwrite::Yes => Ok(true),
        Overwrite::No => Err(exists()),
    }
}

fn exists() -> io::Error {
    io::Error::new(io::ErrorKind::AlreadyExists, "it exists already: choose another name, or replace it with --force")
}

/// Creates a new folder with mode 0700.
///
/// # Errors
///
/// If `path` exists, or if the folder can't be created.
pub fn create_new_private_folder(path: &Path) -> io::Result<()> {
    private_folder().create(path)
}

/// Creates a folder and its missing parents with mode 0700. Existing folders stay as they are.
///
/// # Errors
///
/// If a folder can't be created.
pub fn create_private_folder(path: &Path) -> io::Result<()> {
    private_folder().recursive(true).create(path)
}

fn private_folder() -> DirBuilder {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "only a Unix folder has a mode"))]
    let mut folder = DirBuilder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        folder.mode(0o700);
    }
    folder
}

/// Creates the folder `name` in the program's state folder, both with mode 0700. Removes the permissions of others from
/// existing ones, which an earlier version may have created. Returns the path of the folder.
///
/// # Errors
///
/// If the folder can't be created, or if `name` is not a folder; a symbolic link is not followed.
pub fn create_state_folder(state: &Path, name: &str) -> io::Result<std::path::PathBuf> {
    let folder = state.join(name);
    create_private_folder(&folder)?;
    if !fs::symlink_metadata(&folder)?.is_dir() {
        return Err(io::Error::new(io::ErrorKind::NotADirectory, "it is a link, not a folder: remove it"));
    }
    tighten(state)?;
    tighten(&folder)?;
    Ok(folder)
}

/// Removes the permissions of group and others.
#[cfg(unix)]
fn tighten(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let metadata = fs::symlink_metadata(folder)?;
    let mode = metadata.permissions().mode();
    if metadata.is_dir() && mode & 0o077 != 0 {
        fs::set_permissions(folder, fs::Permissions::from_mode(mode & 0o700))?;
    }
    Ok(())
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the Unix version can fail")]
fn tighten(_folder: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    fn pipe(path: &Path) {
        let made = std::process::Command::new("mkfifo").arg(path).status().unwrap();
        assert!(made.success());
    }

    #[test]
    fn a_new_file_has_mode_0600() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new");
        create_private(&path, Overwrite::No).unwrap();
        assert_eq!(mode(&path), 0o600);
    }

    #[test]
    fn an_existing_file_stays_without_overwrite() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("old");
        fs::write(&path, "mine").unwrap();
        let error = create_private(&path, Overwrite::No).unwrap_err().to_string();
        assert!(error.contains("--force"), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
        create_private(&path, Overwrite::Yes).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "");
        assert_eq!(mode(&path), 0o600);
    }

    #[test]
    fn a_link_is_replaced_and_never_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (target, link) = (folder.path().join("target"), folder.path().join("link"));
        for target_exists in [true, false] {
            if target_exists {
                fs::write(&target, "mine").unwrap();
            }
            symlink(&target, &link).unwrap();
            assert!(create_private(&link, Overwrite::No).is_err());
            create_private(&link, Overwrite::Yes).unwrap();
            assert!(!fs::symlink_metadata(&link).unwrap().is_symlink());
            assert_eq!(fs::read_to_string(&target).ok().as_deref(), target_exists.then_some("mine"));
            fs::remove_file(&link).unwrap();
            let _gone = fs::remove_file(&target);
        }
    }

    #[test]
    fn an_irregular_file_is_named_and_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let (fifo, link) = (folder.path().join("fifo"), folder.path().join("link"));
        pipe(&fifo);
        symlink(&fifo, &link).unwrap();
        for (path, what) in [
            (&*fifo, "a named pipe"),
            (&link, "a named pipe"),
            (folder.path(), "a folder"),
            (Path::new("/dev/null"), "a device"),
        ] {
            assert_eq!(open_regular(path).unwrap().unwrap_err(), what);
            for overwrite in [Overwrite::No, Overwrite::Yes] {
                let error = create_private(path, overwrite).unwrap_err().to_string();
                assert!(error.contains(what), "{error}");
            }
        }
        assert!(fifo.exists());
    }

    #[test]
    fn a_state_folder_loses_the_permissions_of_others() {
        let home = tempfile::tempdir().unwrap();
        let state = home.path().join("blackout");
        let tapes = state.join("tapes");
        fs::create_dir_all(&tapes).unwrap();
        for folder in [home.path(), &state, &tapes] {
            fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
        }
        assert_eq!(create_state_folder(&state, "tapes").unwrap(), tapes);
        assert_eq!([home.path(), &state, &tapes].map(mode), [0o755, 0o700, 0o700]);
        symlink("/tmp", state.join("reports")).unwrap();
        assert!(create_state_folder(&state, "reports").is_err());
    }
}
