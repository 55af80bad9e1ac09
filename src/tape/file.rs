//! The files of the program: opened only if they are files, and made private and new.
//!
//! Nothing here waits: a named pipe is opened without blocking, and refused. A file that exists is replaced only if the
//! person said so; its links are never followed.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io,
    path::Path,
};

/// Whether a file that exists is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overwrite {
    /// It stays as it is, and the new one is refused.
    No,
    /// It is removed first: `--force`.
    Yes,
}

/// What a file that is no regular file is called in a sentence.
pub(super) fn other_kind(kind: fs::FileType) -> Option<&'static str> {
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

/// Opens a file for reading, without waiting for the other end of a named pipe. Returns what it is instead if it is no
/// regular file.
///
/// # Errors
///
/// If it can't be opened.
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
        // a socket can't be opened at all
        Err(error) => match fs::metadata(path).ok().and_then(|file| other_kind(file.file_type())) {
            Some(other) => return Ok(Err(other)),
            None => return Err(error),
        },
    };
    // of the opened file: the name may lead elsewhere by now
    Ok(match other_kind(file.metadata()?.file_type()) {
        Some(other) => Err(other),
        None => Ok(file),
    })
}

/// Creates a file that only its owner can read and write (0600).
///
/// # Errors
///
/// If something has that name and `overwrite` is [`Overwrite::No`], or if it is no regular file; and if the file can't
/// be created. The error names the flag that replaces the file, not the path.
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

/// Checks, before there is anything to write, whether [`create_private`] would refuse `path`; returns whether it would
/// replace a file.
///
/// # Errors
///
/// As [`create_private`].
pub fn may_create(path: &Path, overwrite: Overwrite) -> io::Result<bool> {
    let there = match fs::symlink_metadata(path) {
        Ok(there) => there.file_type(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    let target = if there.is_symlink() { fs::metadata(path).map(|file| file.file_type()).ok() } else { Some(there) };
    if let Some(other) = target.and_then(other_kind) {
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

/// Creates a folder that was not there before, for its owner alone (0700).
///
/// # Errors
///
/// If something has that name, or if it can't be created.
pub fn create_new_private_folder(path: &Path) -> io::Result<()> {
    private_folder().create(path)
}

/// Creates a folder, and those above it that are missing, for their owner alone (0700). A folder that exists stays as
/// it is.
///
/// # Errors
///
/// If one can't be created.
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

/// Creates the folder `name` in the program's state folder, for their owner alone (0700), and takes the rights of
/// others away from both if an earlier version has made them wider. Nothing is followed: a link in the place of `name` is
/// refused.
///
/// # Errors
///
/// If it can't be created, or if it is no folder.
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

/// Takes the rights of group and others away.
#[cfg(unix)]
fn tighten(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let there = fs::symlink_metadata(folder)?;
    let mode = there.permissions().mode();
    if there.is_dir() && mode & 0o077 != 0 {
        fs::set_permissions(folder, fs::Permissions::from_mode(mode & 0o700))?;
    }
    Ok(())
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the other platforms' can fail")]
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
    fn a_new_file_is_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new");
        create_private(&path, Overwrite::No).unwrap();
        assert_eq!(mode(&path), 0o600);
    }

    #[test]
    fn a_file_that_exists_stays_unless_it_is_to_be_replaced() {
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
        for there in [true, false] {
            if there {
                fs::write(&target, "mine").unwrap();
            }
            symlink(&target, &link).unwrap();
            assert!(create_private(&link, Overwrite::No).is_err());
            create_private(&link, Overwrite::Yes).unwrap();
            assert!(!fs::symlink_metadata(&link).unwrap().is_symlink());
            assert_eq!(fs::read_to_string(&target).ok().as_deref(), there.then_some("mine"));
            fs::remove_file(&link).unwrap();
            let _gone = fs::remove_file(&target);
        }
    }

    #[test]
    fn what_is_no_file_is_named_and_nothing_waits() {
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
    fn a_state_folder_that_is_too_wide_is_tightened() {
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
