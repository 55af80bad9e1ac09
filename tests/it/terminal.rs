//! The program in a pseudo-terminal, seen through a terminal emulator: what is on the screen, since when, and what is
//! left of the terminal afterwards. Waits are for conditions, never for a time.

use std::{
    io::{Read as _, Write},
    path::PathBuf,
    sync::{Arc, Condvar, Mutex, MutexGuard},
    thread,
    time::{Duration, SystemTime},
};

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};

/// Time after which a hung test fails; no test asserts on it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// The program under test: `BLACKOUT_BIN`, else the one that cargo built for the tests.
pub(crate) fn program() -> PathBuf {
    std::env::var_os("BLACKOUT_BIN").map_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_blackout")), PathBuf::from)
}

struct Shown {
    parser: vt100::Parser,
    /// Everything that was written, for what the emulator does not keep.
    bytes: Vec<u8>,
    changed: SystemTime,
    ended: bool,
    /// Nobody looks any more.
    closing: bool,
    /// The window is open, and its output is not read.
    unread: bool,
    /// Nobody reads for now.
    held: bool,
}

/// The program in its terminal.
pub(crate) struct Terminal {
    shown: Arc<(Mutex<Shown>, Condvar)>,
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    /// How the terminal was set before the program.
    settings: String,
    keyboard: Box<dyn Write + Send>,
    reader: thread::JoinHandle<()>,
}

impl Terminal {
    /// Starts the program in a terminal of `columns` by `rows`, with nothing of this environment but the path, and
    /// `environment`.
    pub(crate) fn start(columns: u16, rows: u16, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut command = CommandBuilder::new(program());
        command.args(arguments);
        Self::start_command(columns, rows, command, environment)
    }

    /// Starts a command that becomes the program, as [`Terminal::start`] does.
    pub(crate) fn start_command(
        columns: u16,
        rows: u16,
        mut command: CommandBuilder,
        environment: &[(&str, &str)],
    ) -> Self {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a pseudo-terminal opens");
        command.env_clear();
        for (name, value) in [("PATH", std::env::var("PATH").unwrap_or_default()), ("TERM", "xterm-256color".into())] {
            command.env(name, value);
        }
        for (name, value) in [("LANG", "C.UTF-8")].iter().chain(environment) {
            command.env(name, value);
        }
        let settings = settings(&*pair.master);
        let child = pair.slave.spawn_command(command).expect("the program starts");
        drop(pair.slave);
        let mut output = pair.master.try_clone_reader().expect("its output can be read");
        let keyboard = pair.master.take_writer().expect("it can be typed to");
        let parser = vt100::Parser::new(rows, columns, 0);
        let shown = Shown {
            parser,
            bytes: Vec::new(),
            changed: SystemTime::UNIX_EPOCH,
            ended: false,
            closing: false,
            unread: false,
            held: false,
        };
        let shown = Arc::new((Mutex::new(shown), Condvar::new()));
        let seen = Arc::clone(&shown);
        let reader = thread::spawn(move || {
            let mut buffer = [0; 65_536];
            loop {
                drop(seen.1.wait_while(lock(&seen), |shown| shown.held));
                let read = output.read(&mut buffer).unwrap_or(0);
                let mut shown = lock(&seen);
                shown.changed = wall_clock();
                shown.ended = read == 0 || shown.closing;
                shown.parser.process(&buffer[..read]);
                shown.bytes.extend_from_slice(&buffer[..read]);
                seen.1.notify_all();
                while shown.unread && !shown.closing {
                    shown = seen.1.wait(shown).expect("no user of the terminal panics with it");
                }
                if shown.ended {
                    break;
                }
            }
        });
        Self { shown, child, master: pair.master, settings, keyboard, reader }
    }

    /// Types `keys` into the terminal.
    pub(crate) fn send(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).expect("the terminal takes keys");
        self.keyboard.flush().expect("the terminal takes keys");
    }

    /// Changes the terminal's size.
    pub(crate) fn resize(&mut self, columns: u16, rows: u16) {
        lock(&self.shown).parser.screen_mut().set_size(rows, columns);
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        self.master.resize(size).expect("the terminal takes its size");
    }

    /// The screen as text.
    pub(crate) fn text(&self) -> String {
        lock(&self.shown).parser.screen().contents()
    }

    /// Waits until the words of the screen, in one line and without borders, satisfy `condition`.
    #[track_caller]
    pub(crate) fn wait_words(&self, what: &str, condition: impl Fn(&str) -> bool) {
        self.wait(what, PATIENCE, |text| condition(&words(text)));
    }

    /// Waits until the screen satisfies `condition` and gives back when it first did; panics with the screen after
    /// `patience`.
    #[track_caller]
    pub(crate) fn wait(&self, what: &str, patience: Duration, condition: impl Fn(&str) -> bool) -> SystemTime {
        let mut shown = lock(&self.shown);
        let deadline = wall_clock() + patience;
        loop {
            let text = shown.parser.screen().contents();
            if condition(&text) {
                return shown.changed;
            }
            let left = deadline.duration_since(wall_clock()).unwrap_or_default();
            if left.is_zero() || shown.ended {
                // the reader goes on, so that the program does not hang while the test is taken down
                drop(shown);
                panic!("waited for {what}; the screen has:\n{text}");
            }
            shown = self.shown.1.wait_timeout(shown, left).expect("the reader does not panic").0;
        }
    }

    /// The words of the screen in one line, without borders.
    pub(crate) fn words(&self) -> String {
        words(&self.text())
    }

    /// Waits until the screen has `text`.
    #[track_caller]
    pub(crate) fn wait_for(&self, text: &str) -> SystemTime {
        self.wait(&format!("`{text}`"), PATIENCE, |screen| screen.contains(text))
    }

    /// Looks at the emulator's screen.
    pub(crate) fn look<T>(&self, at: impl FnOnce(&vt100::Screen) -> T) -> T {
        at(lock(&self.shown).parser.screen())
    }

    /// Forgets what was written, so that only what is written anew is seen.
    pub(crate) fn forget(&self) {
        let mut shown = lock(&self.shown);
        let (rows, columns) = shown.parser.screen().size();
        shown.parser = vt100::Parser::new(rows, columns, 0);
        shown.bytes.clear();
    }

    /// Nobody reads what is written any more, and the terminal has no room left.
    #[cfg(unix)]
    pub(crate) fn hold(&self) {
        use std::os::unix::fs::OpenOptionsExt as _;
        lock(&self.shown).held = true;
        let name = self.master.tty_name().expect("the terminal has a name");
        let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
        let mut terminal = std::fs::File::options();
        let terminal = terminal.write(true).custom_flags(flags.bits().cast_signed()).open(name);
        let mut terminal = terminal.expect("the terminal opens");
        // the reader may be in the middle of a last read, which makes room once more
        for _ in 0..2 {
            while terminal.write(&[0; 1_024]).is_ok() {}
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Reads the terminal's output again.
    #[cfg(unix)]
    pub(crate) fn read_on(&self) {
        lock(&self.shown).held = false;
        self.shown.1.notify_all();
    }

    /// How the terminal is set, against how it was before the program.
    pub(crate) fn is_set_as_before(&self) -> bool {
        settings(&*self.master) == self.settings
    }

    /// The program's process id.
    pub(crate) fn pid(&self) -> u32 {
        self.child.process_id().expect("it runs")
    }

    /// Waits for the program's end while its terminal is not read.
    pub(crate) fn wait_for_end(&mut self) {
        let deadline = wall_clock() + PATIENCE;
        while self.child.try_wait().expect("it can be waited for").is_none() {
            assert!(wall_clock() < deadline, "it does not end");
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Whether these bytes were ever written to the terminal.
    pub(crate) fn wrote(&self, bytes: &[u8]) -> bool {
        lock(&self.shown).bytes.windows(bytes.len()).any(|window| window == bytes)
    }

    /// Reads nothing of what the program writes from now on.
    pub(crate) fn leave_unread(&self) {
        lock(&self.shown).unread = true;
    }

    /// Whether the program has given the whole screen back, or never taken it.
    pub(crate) fn on_main_screen(&self) -> bool {
        !lock(&self.shown).parser.screen().alternate_screen()
    }

    /// Waits for the program's end, however it ends and whatever it leaves on the terminal.
    pub(crate) fn ended(self) -> ExitStatus {
        let Self { shown, mut child, master, keyboard, .. } = self;
        let (ended, end) = std::sync::mpsc::channel();
        thread::spawn(move || ended.send(child.wait()));
        let status = end.recv_timeout(PATIENCE).expect("it ends").expect("it can be waited for");
        lock(&shown).closing = true;
        shown.1.notify_all();
        drop((master, keyboard));
        status
    }

    /// Closes the terminal under the program, as a person closes a window, and waits for the program's end.
    pub(crate) fn hang_up(mut self) -> ExitStatus {
        lock(&self.shown).closing = true;
        // the program writes at least once a second, so the reader notices
        self.reader.join().expect("the reader does not panic");
        drop((self.master, self.keyboard));
        let (ended, end) = std::sync::mpsc::channel();
        thread::spawn(move || ended.send(self.child.wait()));
        end.recv_timeout(PATIENCE).expect("it ends with its terminal").expect("it can be waited for")
    }

    /// Sends a signal to the program.
    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.process_id().expect("it runs").to_string();
        let sent = std::process::Command::new("kill").args(["-s", name, &pid]).status().expect("kill is there");
        assert!(sent.success());
    }

    /// Waits for the program's end; gives back how it ended and what it left on the main screen.
    pub(crate) fn end(mut self) -> (ExitStatus, String) {
        let mut shown = lock(&self.shown);
        let deadline = wall_clock() + PATIENCE;
        while !shown.ended {
            let left = deadline.duration_since(wall_clock()).unwrap_or_default();
            assert!(!left.is_zero(), "it does not end; the screen has:\n{}", shown.parser.screen().contents());
            shown = self.shown.1.wait_timeout(shown, left).expect("the reader does not panic").0;
        }
        let screen = shown.parser.screen();
        assert!(!screen.alternate_screen(), "the alternate screen was left on");
        assert!(!screen.hide_cursor(), "the cursor was left hidden");
        assert!(!screen.bracketed_paste(), "bracketed paste was left on");
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None, "the mouse was kept");
        let text = screen.contents();
        drop(shown);
        assert_eq!(settings(&*self.master), self.settings, "echo and line editing are as they were");
        (self.child.wait().expect("it can be waited for"), text)
    }
}

/// The words of a screen in one line, without borders, so that a wrapped sentence is found.
fn words(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || ('\u{2500}'..='\u{257f}').contains(&c));
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// How the terminal is set: echo, line editing, signals. Nothing where the system does not say.
fn settings(terminal: &(dyn MasterPty + Send)) -> String {
    #[cfg(unix)]
    return format!("{:?}", terminal.get_termios());
    #[cfg(not(unix))]
    String::new()
}

/// The wall clock: what the screen shows is compared with what the engine and the API server say, each with its own.
#[expect(clippy::disallowed_methods, reason = "the tests compare clocks of different programs")]
pub(crate) fn wall_clock() -> SystemTime {
    SystemTime::now()
}

fn lock(shown: &(Mutex<Shown>, Condvar)) -> MutexGuard<'_, Shown> {
    shown.0.lock().expect("no reader panics")
}
