//! Pipes and files that accept no output: a story with no reader, and a tape on a FIFO.

use std::{
    io::Read as _,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use crate::terminal::{PATIENCE, Terminal, program, wall_clock};

fn wait_for_end(child: &mut Child) -> std::process::ExitStatus {
    let deadline = wall_clock() + PATIENCE;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        assert!(wall_clock() < deadline, "it does not end");
        thread::sleep(Duration::from_millis(10));
    }
}

/// Fills a pipe that `writer` shares with the program.
fn fill(writer: &std::io::PipeWriter) {
    use std::{io::Write as _, os::fd::AsFd as _};
    let flags = rustix::fs::fcntl_getfl(writer).unwrap();
    rustix::fs::fcntl_setfl(writer, flags | rustix::fs::OFlags::NONBLOCK).unwrap();
    let mut pipe = std::fs::File::from(writer.as_fd().try_clone_to_owned().unwrap());
    while pipe.write(&[b'x'; 4_096]).is_ok() {}
    rustix::fs::fcntl_setfl(writer, flags).unwrap();
}

#[test]
fn a_story_that_nobody_reads_ends_by_a_signal_all_the_same() {
    let (mut reader, writer) = std::io::pipe().unwrap();
    fill(&writer);
    let mut command = Command::new(program());
    command.args(["lab", "--headless"]).stdout(writer).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // its copy of the writer is closed with it
    drop(command);
    let deadline = wall_clock() + PATIENCE;
    while !is_writing(child.id()) {
        assert!(wall_clock() < deadline, "it does not begin to tell");
        thread::sleep(Duration::from_millis(5));
    }
    let sent = Command::new("kill").args(["-s", "TERM", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    assert!(wait_for_end(&mut child).success());
    let mut error = String::new();
    child.stderr.take().unwrap().read_to_string(&mut error).unwrap();
    assert!(error.contains("nobody read them"), "{error}");
    let mut told = Vec::new();
    reader.read_to_end(&mut told).unwrap();
    assert!(told.iter().all(|byte| *byte == b'x'), "the pipe had no room");
}

/// Whether the thread of the story waits in a `write` for its reader.
fn is_writing(pid: u32) -> bool {
    // system call 1 on x86-64, 64 elsewhere
    const WRITE: &str = if cfg!(target_arch = "x86_64") { "1 " } else { "64 " };
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    tasks.map(|task| task.path()).any(|task| {
        let read = |file| std::fs::read_to_string(task.join(file)).unwrap_or_default();
        read("comm").contains("story") && read("syscall").starts_with(WRITE)
    })
}

#[test]
fn a_tape_on_a_fifo_is_refused_before_anything_begins() {
    let folder = tempfile::tempdir().unwrap();
    let fifo = folder.path().join("fifo");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let fifo = fifo.to_string_lossy();
    let screen = Terminal::start(160, 48, &["lab", "--record", &fifo], &[]);
    screen.wait("the refusal", PATIENCE, |text| text.contains("a named pipe"));
    assert!(!screen.end().0.success());
}
