//! Ctrl-Z and `SIGTSTP`: the terminal is given back, the program stops, and everything is there again when it goes on.

use std::{fs, thread, time::Duration};

use crate::terminal::{PATIENCE, Terminal, wall_clock};

/// The state of a process, as `proc(5)` has it: `S` sleeps, `T` is stopped.
fn state(pid: u32) -> Option<char> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(") ")?.1.chars().next()
}

fn wait_until_stopped(screen: &Terminal) {
    let deadline = wall_clock() + PATIENCE;
    while state(screen.pid()) != Some('T') {
        assert!(wall_clock() < deadline, "it does not stop: {:?}", state(screen.pid()));
        thread::sleep(Duration::from_millis(5));
    }
}

/// The terminal is the shell's, as if the program had ended.
fn assert_given_back(screen: &Terminal) {
    // the program has written everything before it stopped; the emulator may not have read it yet
    screen.wait("the main screen", PATIENCE, |text| !text.contains("quit"));
    screen.look(|screen| {
        assert!(!screen.alternate_screen() && !screen.hide_cursor(), "the terminal was not given back");
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
    });
    assert!(screen.is_set_as_before(), "raw mode was left on");
}

/// Stops the program by `stop`, lets it go on, and looks whether everything is as before.
fn suspended_and_back(arguments: &[&str], stop: impl Fn(&mut Terminal)) {
    let mut screen = Terminal::start(120, 40, arguments, &[]);
    screen.wait_for("quit");
    for _ in 0..2 {
        stop(&mut screen);
        wait_until_stopped(&screen);
        assert_given_back(&screen);
        // the shell in the foreground writes to the terminal and makes it smaller
        screen.forget();
        screen.resize(100, 30);
        screen.signal("CONT");
        screen.wait("a whole repaint in the new size", PATIENCE, |text| {
            text.lines().nth(29).is_some_and(|row| row.contains("quit")) && text.contains("Kubelet journals")
        });
        assert!(screen.look(vt100::Screen::alternate_screen) && screen.look(vt100::Screen::hide_cursor));
        screen.send("?");
        screen.wait_for("Keys");
        screen.send("\x1b");
        screen.wait("the dashboard", PATIENCE, |text| !text.contains("Keys"));
    }
    screen.send("q");
    assert!(screen.end().0.success());
}

#[test]
fn control_z_suspends_the_lab() {
    suspended_and_back(&["lab", "--mouse"], |screen| screen.send("\x1a"));
}

#[test]
fn control_z_suspends_a_replay() {
    suspended_and_back(&["replay", "stop"], |screen| screen.send("\x1a"));
}

#[test]
fn a_sigtstp_from_outside_suspends_as_the_key_does() {
    suspended_and_back(&["lab"], |screen| screen.signal("TSTP"));
    suspended_and_back(&["replay", "stop"], |screen| screen.signal("TSTP"));
}

#[test]
fn a_stop_that_cannot_be_caught_is_repaired_when_it_is_over() {
    let mut screen = Terminal::start(120, 40, &["lab"], &[]);
    screen.wait_for("quit");
    screen.signal("STOP");
    wait_until_stopped(&screen);
    screen.forget();
    screen.signal("CONT");
    screen.wait_for("quit");
    assert!(screen.look(vt100::Screen::alternate_screen));
    screen.send("q");
    assert!(screen.end().0.success());
}

#[test]
fn a_signal_to_a_suspended_program_ends_it_as_soon_as_it_goes_on() {
    let mut screen = Terminal::start(120, 40, &["lab"], &[]);
    screen.wait_for("quit");
    screen.send("\x1a");
    wait_until_stopped(&screen);
    screen.signal("TERM");
    screen.signal("CONT");
    assert!(screen.end().0.success());
}
