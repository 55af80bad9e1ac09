//! Keys after a change of the terminal's size: each is answered at its first press.

use crate::terminal::{PATIENCE, Terminal};

#[test]
fn the_first_key_after_a_resize_is_answered_without_a_second_one() {
    let mut screen = Terminal::start(120, 40, &["replay", "stop"], &[]);
    screen.wait_for("REPLAY");
    for round in 0..8 {
        let columns = 100 + round;
        screen.resize(columns, 40);
        screen.send("?");
        screen.wait_for("Keys");
        screen.resize(columns, 41);
        screen.send("\x1b");
        screen.wait("the dashboard", PATIENCE, |text| !text.contains("Keys"));
    }
    screen.send("q");
    assert!(screen.end().0.success());
}

#[test]
fn a_size_that_changes_while_the_program_starts_is_seen() {
    let mut screen = Terminal::start(200, 60, &["lab"], &[]);
    screen.resize(80, 24);
    screen.wait("the footer in the last row", PATIENCE, |text| {
        text.lines().nth(23).is_some_and(|row| row.contains("quit"))
    });
    screen.send("q");
    assert!(screen.end().0.success());
}
