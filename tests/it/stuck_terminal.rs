//! A terminal that takes no output, as a window that hangs or a connection that stalls: it holds up nothing.

use crate::terminal::{PATIENCE, Terminal};

fn stuck(arguments: &[&str]) -> Terminal {
    let screen = Terminal::start(160, 48, arguments, &[]);
    screen.wait_for("quit");
    screen.hold();
    screen
}

#[test]
fn keys_work_meanwhile_and_the_newest_frame_is_shown_afterwards() {
    let mut screen = stuck(&["lab"]);
    for key in ["z", "z", "?"] {
        screen.send(key);
    }
    screen.read_on();
    screen.wait_for("Keys");
    screen.send("\x1b");
    screen.wait("the dashboard", PATIENCE, |text| !text.contains("Keys"));
    screen.send("q");
    assert!(screen.end().0.success());
}

#[test]
fn every_way_out_stays_open_and_gives_the_terminal_back() {
    let ways: [fn(&mut Terminal); 4] = [
        |screen| screen.send("q"),
        |screen| screen.send("\x03"),
        |screen| screen.signal("TERM"),
        |screen| screen.signal("HUP"),
    ];
    for arguments in [&["lab"][..], &["replay", "stop"]] {
        for way in ways {
            let mut screen = stuck(arguments);
            way(&mut screen);
            screen.wait_for_end();
            // what the terminal still had to show is lost; the way back to the main screen is not
            screen.read_on();
            assert!(screen.end().0.success());
        }
    }
}
